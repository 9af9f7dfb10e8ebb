"""The page of `convcalc fit`: the verdict, the changed layers, and the front."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc.fitting.fit import Fitted
from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.commands.fit.wording import NOTE, gap_text, verdict
from convcalc_cli.page.blocks import (
    Block,
    Cell,
    Figure,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Share,
    Tone,
)
from convcalc_cli.text import CONVENTION_LINE, amount_text, count_text, name_text

MOST_STUCK = 5
FRONT_NOTE = (
    "Each row is a question of its own: the same with another budget. A gap is the most by which "
    "it can be off, in the first figure that is not proved."
)
LAYER_TITLES = ("layer", "was", "becomes", "MACs", "as written", "params", "of its params")


def fit_pages(report: FitReport) -> Iterator[Page]:
    """The verdict and what changes; then the front, which takes longer."""
    fitted = report.fitted
    tone = Tone.GOOD if fitted.fits else Tone.BAD
    yield [
        Heading(name_text(report.network.name), level=1),
        Paragraph(verdict(fitted), tone),
        *(_layers(fitted) if fitted.fits else _stuck(fitted)),
    ]
    yield [*_front(report), Paragraph(NOTE), Paragraph(CONVENTION_LINE)]


def _layers(fitted: Fitted) -> list[Block]:
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
    return [Heading("changed layers"), LongTable(LAYER_TITLES, rows, ("was",))] if rows else []


def _stuck(fitted: Fitted) -> list[Block]:
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


def _front(report: FitReport) -> list[Block]:
    if not report.front:
        return []
    number = report.fitted.question.found.convolutions
    rows: list[list[Cell]] = []
    for each in report.front:
        answer = each.answer
        if answer is None:
            continue
        key = next(iter(each.budgets))
        budget = each.budgets[key]
        figures: list[Cell] = [
            Figure(amount_text(TOTALS[total], value), value)
            for total in MAIN_TOTALS
            for value in [getattr(each.totals, total)]
        ]
        changed = Figure(f"{count_text(answer.changed)} of {count_text(number)}", answer.changed)
        asked = Figure(amount_text(TOTALS[key], budget), budget)
        rows.append([asked, changed, *figures, gap_text(answer)])
    name = TOTALS[next(iter(report.fitted.budgets))].title
    titles = (f"{name} at most", "changed", *[TOTALS[key].title for key in MAIN_TOTALS], "gap")
    return [Heading("other budgets"), LongTable(titles, rows, notes=[FRONT_NOTE])]
