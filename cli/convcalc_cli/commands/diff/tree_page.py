"""Many networks as a page: a table of all of them, and what changed in each, folded."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.facts.totals import Totals
from convcalc_cli.commands.diff.network_page import network_blocks
from convcalc_cli.commands.diff.tree_report import (
    FoundError,
    NetworkChange,
    Status,
    TreeReport,
    grown_messages,
)
from convcalc_cli.page.blocks import (
    UNKNOWN,
    Block,
    Cell,
    Details,
    Figure,
    Finds,
    Found,
    Heading,
    LongTable,
    Paragraph,
    Tone,
    Word,
)
from convcalc_cli.text import CONVENTION_LINE, change_text, name_text, printable, total_text

FIGURES = {
    "params": "params",
    "MACs": "macs",
    "peak activation": "peak_activation_bytes",
}
TITLES = ("network", "verdict", *[title for each in FIGURES for title in (each, f"{each} change")])
OPTIONAL = ("peak activation", "peak activation change", "params", "MACs", "params change")
ADVICE = "a wider terminal, or --format markdown, shows them"

TONES = {Status.INVALID: Tone.BAD, Status.CHANGED: Tone.WARNING}


def tree_blocks(report: TreeReport) -> list[Block]:
    """The networks, what is wrong with them, and what changed in each."""
    heading = f"{name_text(report.revision)} -> working tree"
    page: list[Block] = [Heading(heading, level=1)]
    if report.changes:
        rows = [_row(each) for each in report.changes]
        page.append(LongTable(TITLES, rows, OPTIONAL, advice=ADVICE))
    page.append(Paragraph(report.summary, Tone.BAD if report.code else Tone.GOOD, on_stderr=True))
    if report.errors:
        page.append(Finds([_found(each) for each in report.errors]))
    page += [Paragraph(printable(each), Tone.BAD) for each in grown_messages(report.changes)]
    page += [each for change in report.changes for each in _details(change)]
    return [*page, Paragraph(CONVENTION_LINE)]


def _details(change: NetworkChange) -> Iterator[Details]:
    """What changed in a network; a terminal has its totals in the table already."""
    if change.report and change.status is Status.CHANGED:
        short = network_blocks(change.report, with_totals=False)
        yield Details(_name(change), network_blocks(change.report), short)


def _row(change: NetworkChange) -> list[Cell]:
    verdict = Word(str(change.status), TONES.get(change.status, Tone.GOOD))
    figures = [cell for key in FIGURES.values() for cell in _figures(change, key)]
    return [_name(change), verdict, *figures]


def _name(change: NetworkChange) -> str:
    if change.is_renamed:
        return f"{name_text(change.old_file)} -> {name_text(change.file)}"
    return name_text(change.file)


def _figures(change: NetworkChange, key: str) -> list[Cell]:
    """A total before and after, and by how much it grew."""
    old, new = change.totals
    known = [each for each in (old, new) if each is not None]
    if not known or change.status is Status.INVALID:
        return [None, None]
    texts = list(dict.fromkeys([total_text(each, key) for each in known]))
    value = getattr(known[-1], key)
    return [Figure(" -> ".join(texts), value), _change(old, new, key)]


def _change(old: Totals | None, new: Totals | None, key: str) -> Cell:
    if old is None or new is None:
        return None
    if old.unknown_of(key) != new.unknown_of(key):
        return UNKNOWN
    before, after = getattr(old, key), getattr(new, key)
    tone = None if before == after else Tone.BAD if after > before else Tone.GOOD
    return Figure(change_text(before, after), after - before, tone)


def _found(each: FoundError) -> Found:
    error = each.error
    place = name_text(error.file)
    if error.line is not None:
        place = f"{place}:{error.line}:{error.column}"
    return Found(printable(place), each.code, printable(error.message))
