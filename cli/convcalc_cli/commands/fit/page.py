"""The page of `convcalc fit`: the verdict, the changed layers, and the front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc_cli.commands.fit.charts import front_chart
from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.commands.fit.settings import Setting, SettingsReport
from convcalc_cli.flags.values import value_typed
from convcalc_cli.page.blocks import (
    Block,
    ByRoom,
    Cell,
    Figure,
    GrowingTable,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Tone,
)
from convcalc_cli.sections.fit_wording import NOTE, gap_text, setting_text, verdict
from convcalc_cli.sections.fitted import changed_convolutions, stuck_rows
from convcalc_cli.text import CONVENTION_LINE, amount_text, count_text, name_text

FRONT_NOTE = (
    "Each row is a question of its own: the same with another budget. A gap is the most by which "
    "it can be off, in the first figure that is not proved."
)
SETTINGS_NOTE = (
    "The best is the one with the fewest layers changed (--keep layers), the most parameters "
    "(params) or the most of each layer (share); of equal ones, that with more parameters, then "
    "more MACs."
)
SETTINGS_OPTIONAL = (TOTALS["peak_activation_bytes"].title, TOTALS["params"].title)
FRONT_OPTIONAL = (TOTALS["peak_activation_bytes"].title, TOTALS["params"].title)
"""The columns that are left out for lack of room, the first one first."""


def fit_pages(report: FitReport | SettingsReport) -> Iterator[Page]:
    """The verdict and what changes; then the front, which takes longer, or all settings."""
    if isinstance(report, SettingsReport):
        yield _settings(report)
        return
    fitted = report.fitted
    tone = Tone.GOOD if fitted.fits else Tone.BAD
    yield [
        Heading(name_text(report.network.name), level=1),
        Paragraph(verdict(fitted), tone),
        *(changed_convolutions(fitted) if fitted.fits else stuck_rows(fitted)),
    ]
    chart = ByRoom(full=partial(front_chart, report))
    yield [*_front(report), chart, Paragraph(NOTE), Paragraph(CONVENTION_LINE)]


def _front(report: FitReport) -> list[Block | GrowingTable]:
    """The answers at other budgets, each shown as soon as it is there."""
    key = report.fitted.front_key
    if key is None:
        return []
    titles = (
        f"{TOTALS[key].title} at most",
        "changed",
        *[TOTALS[total].title for total in MAIN_TOTALS],
        "gap",
    )
    written = report.fitted.question.facts.totals
    number = report.fitted.question.found.convolutions
    most = [getattr(written, total) for total in MAIN_TOTALS]
    widest = _front_row(key, getattr(written, key), number, number, most, "proved")
    rows = (
        _front_row(
            key,
            each.budgets[key],
            each.answer.changed,
            number,
            [getattr(each.totals, total) for total in MAIN_TOTALS],
            gap_text(each.question.keep, each.answer),
        )
        for each in report.front
        if each.answer is not None
    )
    return [
        Heading("other budgets"),
        GrowingTable(titles, rows, widest, FRONT_OPTIONAL, [FRONT_NOTE]),
    ]


def _front_row(
    key: str, budget: int, changed: int, number: int, totals: Sequence[int], gap: str
) -> list[Cell]:
    return [
        Figure(amount_text(TOTALS[key], budget), budget),
        Figure(f"{count_text(changed)} of {count_text(number)}", changed),
        *[
            Figure(amount_text(TOTALS[total], amount), amount)
            for total, amount in zip(MAIN_TOTALS, totals, strict=True)
        ],
        gap,
    ]


def _settings(report: SettingsReport) -> list[Block]:
    """Which setting is the best, what changes there, and the answers for all of them."""
    best = report.best
    number = count_text(len(report.settings))
    if best is None or best.report is None:
        head: list[Block] = [Paragraph(f"Nothing fits: {number} settings were tried.", Tone.BAD)]
    else:
        named = setting_text(report.names, best.values)
        text = f"{named} is the best of {number} settings. {verdict(best.report.fitted)}"
        head = [Paragraph(text, Tone.GOOD), *changed_convolutions(best.report.fitted)]
    totals = [*MAIN_TOTALS, *[key for key in report.budgets if key not in MAIN_TOTALS]]
    titles = (*report.names, "changed", *[TOTALS[key].title for key in totals], "gap")
    rows = [[*map(value_typed, each.values), *_setting(each, totals)] for each in report.settings]
    return [
        Heading(name_text(report.file), level=1),
        *head,
        Heading("settings"),
        LongTable(titles, rows, SETTINGS_OPTIONAL),
        Paragraph(SETTINGS_NOTE),
        Paragraph(NOTE),
    ]


def _setting(setting: Setting, totals: Sequence[str]) -> list[Cell]:
    """The answer for a setting, or what is impossible; of what does not fit the least."""
    if setting.report is None:
        return ["-", *[None] * len(totals), setting.reason]
    fitted = setting.report.fitted
    if fitted.answer is None:
        figures = [fitted.least.get(key) for key in totals]
        changed: Cell = "nothing fits"
        gap = f"at least {', '.join([TOTALS[key].title for key in fitted.above])}"
    else:
        figures = [getattr(fitted.totals, key) for key in totals]
        number = count_text(fitted.question.found.convolutions)
        changed = Figure(f"{count_text(fitted.answer.changed)} of {number}", fitted.answer.changed)
        gap = gap_text(fitted.question.keep, fitted.answer)
    cells: list[Cell] = [
        None if amount is None else Figure(amount_text(TOTALS[key], amount), amount)
        for key, amount in zip(totals, figures, strict=True)
    ]
    return [changed, *cells, gap]
