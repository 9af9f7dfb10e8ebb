"""`--as` and `--which`: what compares networks with other tools, loaded where it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from convcalc.errors import SpecError
from convcalc.facts.audit import Audit
from convcalc.facts.totals import Totals
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.wording import did_you_mean
from convcalc_cli.flags.values import FlagError

if TYPE_CHECKING:  # only a run with one of the flags needs them
    from convcalc.others.figures import Other, Rows
    from convcalc.others.tool import Tool
    from convcalc.others.which import Asked, Match

EVERY = "all"

Figures: TypeAlias = Mapping[str, int | None]
"""What a tool counts for each row, by its name."""


class Found(NamedTuple):
    """The figures that read like a number, and without any the nearest."""

    number: str
    matches: Sequence[Match]
    nearest: Match | None
    unknown: Mapping[str, str]
    """What has no figures, or not all, with the reasons."""


class Compared(NamedTuple):
    """What other tools would print for a network, and which of them prints a number."""

    totals: Totals
    others: Sequence[Other] = ()
    causes: Sequence[dict[str, dict[str, int]]] = ()
    """For each tool, how many rows of which operation have each cause."""
    by_row: Callable[[], Mapping[str, Figures]] = dict
    """What each tool counts for each row, worked out when it is needed."""
    found: Found | None = None


class Comparer(NamedTuple):
    """Compares with some tools, and looks for a number among all."""

    names: Sequence[str]
    number: Asked | None

    def network(self, network: Network, audit: Audit) -> Compared:
        """What the tools would print for a network."""
        from convcalc.others.figures import Rows, causes_of, other
        from convcalc.others.registry import TOOLS

        rows = Rows(network, audit)
        tools = [TOOLS[name] for name in self.names]
        return Compared(
            audit.totals,
            [other(tool, rows) for tool in tools],
            [causes_of(tool, rows) for tool in tools] if len(tools) == 1 else (),
            partial(_by_row, tools, rows),
            None if self.number is None else _found(self.number, rows),
        )


def _by_row(tools: Sequence[Tool], rows: Rows) -> dict[str, Figures]:
    from convcalc.others.figures import row_figures

    names = [facts.name for facts in rows.facts]
    return {tool.name: dict(zip(names, row_figures(tool, rows), strict=True)) for tool in tools}


def _found(number: Asked, rows: Rows) -> Found:
    from convcalc.others.figures import other
    from convcalc.others.registry import TOOLS
    from convcalc.others.which import nearest, which

    every = [other(tool, rows) for tool in TOOLS.values()]
    matches = which(number, rows.totals, every)
    closest = None if matches else nearest(number, rows.totals, every)
    unknown = _unknown(rows.totals)
    unknown |= {each.tool: each.error for each in every if each.error and each.sizes is None}
    return Found(number.text, matches, closest, unknown)


def _unknown(totals: Totals) -> dict[str, str]:
    """Why figures of the network itself are not known, if some are not."""
    from convcalc.others.which import OURS

    rows = [name for names in totals.unknown.values() for name in names]
    return {OURS: f"figures of {rows[0]} are not known"} if rows else {}


def comparer(names: Sequence[str] | None, number: str | None = None) -> Comparer:
    """What compares with the tools of these names, and looks for a number.

    Raises:
        FlagError: there is no such tool, or the number is none.
    """
    from convcalc.others.registry import TOOLS

    wanted: dict[str, None] = {}
    for name in names or ():
        if name != EVERY and name not in TOOLS:
            hint = did_you_mean(name, [*TOOLS, EVERY])
            choices = "" if hint else f"; choose from {', '.join([*TOOLS, EVERY])}"
            raise FlagError(f"--as {name}: unknown tool{hint}{choices}")
        wanted.update(dict.fromkeys(TOOLS if name == EVERY else [name]))
    return Comparer([*wanted], None if number is None else _asked(number))


def _asked(number: str) -> Asked:
    from convcalc.others.which import asked

    try:
        return asked(number)
    except SpecError as error:
        raise FlagError(f"--which {error}") from error
