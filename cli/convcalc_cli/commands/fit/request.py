"""The question that the flags of `convcalc fit` ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from convcalc.fitting.choices import DESIGNS, Allowed
from convcalc.fitting.fit import Fitted, fit
from convcalc.fitting.solver import KEEP
from convcalc.operations.convolution import Convolution
from convcalc.records import NamedTuple
from convcalc.wording import did_you_mean
from convcalc_cli.flags.values import FlagError, whole_numbers
from convcalc_cli.reading.networks import NetworkFile
from convcalc_cli.shell.outcome import FAILED, FINE


class Wanted(NamedTuple):
    """The flags besides the budgets."""

    keep: str
    designs: str
    groups: str
    only: str | None
    but: str | None
    exact: bool


class FitReport:
    """What `convcalc fit` reports; the front is worked out when it is asked for."""

    def __init__(
        self, source: NetworkFile, fitted: Fitted, allowed: Allowed, wanted: Wanted
    ) -> None:
        self.source, self.fitted = source, fitted
        self.file, self.network = source.file, source.network
        self.allowed, self.wanted = allowed, wanted
        self._found: list[Fitted] = []
        self._coming = fitted.front()

    @property
    def code(self) -> int:
        """Whether something fits."""
        return FINE if self.fitted.fits else FAILED

    @property
    def front(self) -> Iterator[Fitted]:
        """The answers at other budgets, each found when it is asked for, and kept."""
        yield from self._found
        for each in self._coming:
            self._found.append(each)
            yield each


def fit_report(source: NetworkFile, budgets: Mapping[str, object], wanted: Wanted) -> FitReport:
    """The best designs of a network.

    Raises:
        FlagError: a flag is not valid.
        SpecError: a budget is not valid.
    """
    if wanted.keep not in KEEP:
        hint = did_you_mean(wanted.keep, KEEP)
        raise FlagError(f"--keep {wanted.keep} is not one of {', '.join(KEEP)}{hint}")
    network = source.network
    names = [row.name for row in network.rows if isinstance(row.operation, Convolution)]
    layers = _chosen(names, wanted.only, wanted.but)
    allowed = Allowed(_designs(wanted.designs), tuple(whole_numbers(wanted.groups)), layers)
    fitted = fit(network, keep=wanted.keep, allowed=allowed, exact=wanted.exact, **budgets)
    return FitReport(source, fitted, allowed, wanted)


def _designs(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in DESIGNS:
            hint = did_you_mean(name, DESIGNS) or f"; there are {', '.join(DESIGNS)}"
            raise FlagError(f"--designs {name}: unknown design{hint}")
    return [name for name in DESIGNS if name in names]


def _chosen(names: Sequence[str], only: str | None, but: str | None) -> Callable[[str], bool]:
    """Whether a layer may change, by its name."""
    wanted = _matched("--only", only, names) if only is not None else set(names)
    unwanted = _matched("--except", but, names) if but is not None else set()
    return (wanted - unwanted).__contains__


def _matched(flag: str, text: str, names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for pattern in text.split(","):
        matched = [
            name
            for name in names
            if fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")
        ]
        if not matched:
            raise FlagError(f"{flag} {pattern}: no convolution has such a name")
        found.update(matched)
    return found
