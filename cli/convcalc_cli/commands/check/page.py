"""The page of `convcalc check`: the files with their totals, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from convcalc.files.places import Place
from convcalc.wording import counted
from convcalc_cli.commands.check.budgets import used_budgets
from convcalc_cli.commands.check.report import OK, CheckedFile, CheckReport, Level, LocatedFinding
from convcalc_cli.page.blocks import (
    Block,
    ByRoom,
    Cell,
    Figure,
    Finds,
    Found,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Share,
    Tone,
    Word,
)
from convcalc_cli.page.carets import carets
from convcalc_cli.reading.locations import location_text
from convcalc_cli.text import alike_bytes, name_text, printable, total_text

TITLES = ("file", "network", "params", "MACs", "peak activation", "status")
OPTIONAL = ("network", "peak activation", "MACs", "params")


def check_pages(report: CheckReport) -> list[Page]:
    """The files, the findings, and how many there are."""
    peaks = [each.totals.peak_activation_bytes for each in report.files if each.totals]
    in_one_unit = alike_bytes(peaks)
    rows = [_row(file, in_one_unit) for file in report.files]
    title = Heading(f"Check of {counted(len(report.files), 'file')}", level=1)
    page: list[Block | ByRoom] = [ByRoom(full=lambda: [title])]
    if rows:
        page.append(LongTable(TITLES, rows, OPTIONAL))
    page.append(ByRoom(full=partial(_budgets, report)))
    if report.findings:
        page.append(Finds([_found(each) for each in report.findings]))
    tone = Tone.BAD if report.code else Tone.GOOD
    page.append(Paragraph(report.summary, tone, on_stderr=True))
    return [page]


def _row(file: CheckedFile, peak_text: Callable[[int], str]) -> list[Cell]:
    name, status = name_text(file.file), Word(file.status, _tone(file))
    if file.network is None or file.totals is None:
        return [name, None, None, None, None, status]
    totals, peak = file.totals, file.totals.peak_activation_bytes
    return [
        *(name, name_text(file.network.name)),
        *(Figure(total_text(totals, key), getattr(totals, key)) for key in ("params", "macs")),
        *(Figure(peak_text(peak), peak), status),
    ]


def _tone(file: CheckedFile) -> Tone:
    """Green for a file that is all right, yellow where there are warnings."""
    if file.status != OK:
        return Tone.BAD
    return Tone.WARNING if file.findings else Tone.GOOD


def _budgets(report: CheckReport) -> list[Block]:
    """How much of its budgets each network uses, as bars."""
    rows: list[list[Cell]] = [
        [
            *(name_text(each.file), each.total),
            Figure(each.text, each.amount, Tone.BAD if each.amount > each.budget else None),
            Figure(each.budget_text, each.budget),
            Share(each.amount, each.budget),
        ]
        for each in used_budgets(report)
    ]
    titles = ("file", "total", "is", "at most", "of its budget")
    return [Heading("Budgets"), LongTable(titles, rows)] if rows else []


def _found(each: LocatedFinding) -> Found:
    level = "" if each.level is Level.ERROR else f"{each.level}: "
    return Found(
        location_text(each.file, each.place),
        each.rule.code,
        printable(f"{level}{each.text}"),
        list(_shown(each)),
        Tone.BAD if each.level is Level.ERROR else Tone.WARNING,
    )


def _shown(each: LocatedFinding) -> Iterator[str]:
    """The line it is about, with carets under the words."""
    place = each.place
    if isinstance(place, Place) and each.source_line.strip():
        yield from carets(each.source_line, place.column - 1, place.length)
