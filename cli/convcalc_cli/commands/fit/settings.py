"""`--vary`: the same question about a network with other variables, sizes or batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from convcalc.errors import SpecError
from convcalc.facts.totals import TOTALS
from convcalc.fitting.budgets import budgets_of, own_budget
from convcalc.fitting.choices import WHOLE
from convcalc.language.document import Overrides
from convcalc.records import NamedTuple
from convcalc.sweeping import Variation
from convcalc_cli.commands.fit.request import FitReport, Wanted, fit_report
from convcalc_cli.flags.values import FlagError, with_value
from convcalc_cli.reading.sources import Source
from convcalc_cli.reading.varied import network_variations, varied_file
from convcalc_cli.shell.outcome import FAILED, FINE

MOST_SETTINGS = 1_000


class Setting(NamedTuple):
    """Values that vary, with the answer, or why there is no network."""

    values: tuple[Any, ...]
    report: FitReport | None
    reason: str = ""

    @property
    def rank(self) -> tuple[int, ...]:
        """What settings that fit are compared by: `--keep`, then most parameters and MACs."""
        if self.report is None or self.report.fitted.answer is None:
            return ()
        answer, totals = self.report.fitted.answer, self.report.fitted.totals
        written = self.report.fitted.question.found.convolutions
        ranks: dict[str, tuple[int, ...]] = {
            "layers": (-answer.changed,),
            "params": (totals.params, -answer.changed),
            "share": (answer.kept - WHOLE * written, -answer.changed),
        }
        return *ranks[self.report.wanted.keep], totals.params, totals.macs


class SettingsReport:
    """What `convcalc fit --vary` reports: an answer for each setting, and the best of them."""

    def __init__(
        self,
        file: str,
        budgets: Mapping[str, int],
        varied: Sequence[Variation],
        settings: Sequence[Setting],
    ) -> None:
        self.file, self.budgets, self.varied, self.settings = file, budgets, varied, settings

    @property
    def best(self) -> Setting | None:
        """The setting whose answer is the best; the first of equal ones."""
        fitting = [each for each in self.settings if each.rank]
        return max(fitting, key=lambda each: each.rank, default=None)

    @property
    def names(self) -> list[str]:
        """What varies."""
        return [each.name for each in self.varied]

    @property
    def code(self) -> int:
        """Whether something fits."""
        return FAILED if self.best is None else FINE


def settings_report(
    source: Source,
    fixed: Overrides,
    vary: Sequence[str],
    budgets: Mapping[str, str | None],
    wanted: Wanted,
) -> SettingsReport:
    """The best designs of a network for each setting.

    Shares are of what the network has as its file says.

    Raises:
        FlagError: a flag is not valid, or the file describes no network.
        SpecError: a budget is not valid.
    """
    varied = network_variations(source, fixed, vary)
    number = prod([len(each.values) for each in varied])
    if number > MOST_SETTINGS:
        raise FlagError(f"--vary: {number:,} settings are more than {MOST_SETTINGS:,}")
    make = varied_file(source, fixed)
    try:
        network = make().network
    except SpecError as error:
        raise FlagError(f"{source.file}: {error.spelled(with_value)}") from error
    given = {name.removeprefix("max_"): most for name, most in budgets.items() if most is not None}
    amounts = budgets_of(given or own_budget(network), network.audit())
    limits = {f"max_{TOTALS[key].name}": most for key, most in amounts.items()}
    settings = []
    for values in product(*[each.values for each in varied]):
        named = dict(zip([each.name for each in varied], values, strict=True))
        try:
            file = make(**named)
            file.network.totals()
        except SpecError as error:
            settings.append(Setting(values, None, error.spelled(with_value)))
            continue
        settings.append(Setting(values, fit_report(file, limits, wanted)))
    return SettingsReport(source.file, amounts, varied, settings)
