"""The page of `convcalc check`: the files with their totals, and what was found."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.facts.totals import MAIN_TOTALS
from convcalc.files.places import Place
from convcalc_cli.commands.check.report import CheckedFile, CheckReport, Level, LocatedFinding
from convcalc_cli.page.blocks import (
    Block,
    Cell,
    Figure,
    Finds,
    Found,
    LongTable,
    Page,
    Paragraph,
    Tone,
)
from convcalc_cli.page.carets import carets
from convcalc_cli.reading.locations import location_text
from convcalc_cli.text import name_text, printable, total_text

TITLES = ("file", "network", "params", "MACs", "peak activation", "status")
OPTIONAL = ("network", "peak activation", "MACs", "params")


def check_pages(report: CheckReport) -> list[Page]:
    """The files, the findings, and how many there are."""
    rows = [_row(file) for file in report.files]
    page: list[Block] = [LongTable(TITLES, rows, OPTIONAL)] if rows else []
    if report.findings:
        page.append(Finds([_found(each) for each in report.findings]))
    tone = Tone.BAD if report.code else Tone.GOOD
    page.append(Paragraph(report.summary, tone, on_stderr=True))
    return [page]


def _row(file: CheckedFile) -> list[Cell]:
    if file.network is None or file.totals is None:
        return [name_text(file.file), None, None, None, None, file.status]
    totals = file.totals
    return [
        name_text(file.file),
        name_text(file.network.name),
        *(Figure(total_text(totals, key), getattr(totals, key)) for key in MAIN_TOTALS),
        file.status,
    ]


def _found(each: LocatedFinding) -> Found:
    level = "" if each.level is Level.ERROR else f"{each.level}: "
    return Found(
        location_text(each.file, each.place),
        each.rule.code,
        printable(f"{level}{each.text}"),
        list(_shown(each)),
    )


def _shown(each: LocatedFinding) -> Iterator[str]:
    """The line it is about, with carets under the words."""
    place = each.place
    if isinstance(place, Place) and each.source_line.strip():
        yield from carets(each.source_line, place.column - 1, place.length)
