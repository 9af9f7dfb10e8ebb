"""Where the MACs and the params of a network go."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.facts.breakdown import WITHOUT_WEIGHT, Part
from convcalc.facts.totals import Totals
from convcalc_cli.page.blocks import Cell, Row, Share, Table

HEADING = "Where the MACs and the params go"


def kinds_table(parts: Sequence[Part], totals: Totals) -> Table:
    """What each kind of layer adds to the totals."""
    *weights, others = parts
    used = [part for part in weights if part.params or part.macs]
    rows = [_part(part, totals) for part in (*used, others)]
    return Table(("kind", "params", "of params", "MACs", "of MACs"), rows)


def _part(part: Part, totals: Totals) -> Row:
    params: list[Cell] = [part.params, Share(part.params, totals.params)]
    macs: list[Cell] = [part.macs, Share(part.macs, totals.macs)]
    nothing: list[Cell] = [None, None]
    has_weights = part.params or part.kind not in WITHOUT_WEIGHT
    return Row(
        [
            part.kind,
            *(params if has_weights else nothing),
            *(macs if part.macs else nothing),
        ]
    )
