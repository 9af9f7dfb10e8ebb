"""What pictures show, before they are drawn: numbers and names, for whoever draws them."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.records import NamedTuple
from convcalc_cli.commands.audit.report import NetworkReport

MOST_BARS = 400
"""Most bars that can be distinguished; more rows are drawn as groups of neighbours."""


class Bar(NamedTuple):
    """A row, or neighbouring rows together."""

    name: str
    first: str
    """The first of these rows."""
    params: int
    macs: int
    alive: int
    """The most bytes that are alive while one of them runs."""
    has_peak: bool


class Largest(NamedTuple):
    """The largest amounts of any bar, where the scales of all charts end."""

    macs: int
    params: int
    alive: int


def largest(reports: Sequence[NetworkReport]) -> Largest:
    """The largest amounts of all networks."""
    bars = [bar for each in reports for bar in bars_of(each)]
    return Largest(
        max([bar.macs for bar in bars], default=0),
        max([bar.params for bar in bars], default=0),
        max([bar.alive for bar in bars], default=0),
    )


def bars_of(report: NetworkReport) -> list[Bar]:
    """A bar for each row of a network, or for as many rows together as there is room for."""
    rows = report.audit.layers
    alive = [row.alive_bytes or 0 for row in rows]
    together = -(-len(rows) // MOST_BARS)
    peak = alive.index(max(alive))
    bars = []
    for at in range(0, len(rows), together):
        part = rows[at : at + together]
        bars.append(
            Bar(
                _span([row.name for row in part]),
                part[0].name,
                sum([row.params or 0 for row in part]),
                sum([row.macs or 0 for row in part]),
                max(alive[at : at + together]),
                at <= peak < at + together,
            )
        )
    return bars


def _span(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
