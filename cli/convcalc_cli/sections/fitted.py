"""What changes in a network that fits its budgets, and why another does not."""

from __future__ import annotations

from convcalc.facts.totals import TOTALS
from convcalc.fitting.fit import Fitted
from convcalc_cli.page.blocks import Block, Cell, Figure, Heading, LongTable, Share
from convcalc_cli.text import amount_text, name_text

MOST_STUCK = 5
LAYER_TITLES = ("layer", "was", "becomes", "MACs", "as written", "params", "of its params")
LAYER_OPTIONAL = ("was", "as written", "params")
"""The columns that are left out for lack of room, the first one first."""


def changed_convolutions(fitted: Fitted) -> list[Block]:
    """What changes, and what it becomes."""
    batch = fitted.network.batch
    rows: list[list[Cell]] = []
    for place, choice in fitted.changed:
        written = place.choices[0]
        was = repr(written.layers[0][0].operation)
        rows.append(
            [
                *(name_text(", ".join(place.names)), was, choice.name),
                *(batch * choice.macs, batch * written.macs),
                *(choice.params, Share(choice.params, written.params)),
            ]
        )
    return (
        [Heading("changed layers"), LongTable(LAYER_TITLES, rows, LAYER_OPTIONAL)] if rows else []
    )


def stuck_rows(fitted: Fitted) -> list[Block]:
    """What makes up the least of each total that is above its budget."""
    rows: list[list[Cell]] = []
    for key, most in fitted.budgets.items():
        least = fitted.question.least(key)
        if least <= most:
            continue
        total = TOTALS[key]
        for row, amount in fitted.stuck(key)[:MOST_STUCK]:
            figure = Figure(amount_text(total, amount), amount)
            rows.append([name_text(row.name), total.title, figure, row.reason])
    titles = ("row", "total", "holds", "because")
    return [Heading("rows that cannot change"), LongTable(titles, rows)] if rows else []
