"""Tables as HTML: rows that can be sorted, filtered, folded and linked to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from convcalc_cli.page.blocks import (
    Branch,
    Cell,
    Checks,
    Figure,
    LongTable,
    Multiple,
    Parts,
    Place,
    Row,
    Share,
    Tone,
    Word,
)
from convcalc_cli.page.cells import is_number, largest_shares, plain_cell, quotient
from convcalc_cli.page.svg import mini_bar
from convcalc_cli.shell.screen import UNICODE
from convcalc_cli.text import printable

FILTERED = 20
"""Tables with more rows than this have a box to filter them, and scroll on their own."""
TONES = {Tone.PLAIN: "note", Tone.GOOD: "good", Tone.WARNING: "warning", Tone.BAD: "bad"}
PROSE = 60
"""Longer texts in a table are wrapped."""


def text_html(text: str) -> str:
    """Text that stays text, whatever it holds.

    >>> text_html("<b>")
    '&lt;b&gt;'
    """
    return escape(printable(text))


def long_table_html(block: LongTable, name: str) -> Iterator[str]:
    """The rows, and the notes."""
    yield from _filtered(block, block.key or name)
    yield from notes_html(block.said)


def notes_html(notes: Sequence[str]) -> Iterator[str]:
    """What is to be said below a table."""
    for note in notes:
        yield f'<p class="note">{text_html(note)}</p>\n'


def _filtered(table: LongTable, name: str) -> Iterator[str]:
    """A table that can be sorted, with a box to filter it if it is long."""
    number = sum([place.number is not None for place in table.places]) or len(table.rows)
    if len(table.rows) > FILTERED:
        yield (
            f'<p class="tools"><label for="{name}-filter">Filter rows</label> '
            f'<input id="{name}-filter" type="search" data-filter="{name}" autocomplete="off"> '
            f'<output for="{name}-filter" data-count="{name}">{number} of {number}</output></p>\n'
        )
    if table.rows:
        rows = [Row(cells) for cells in table.rows]
        yield from grid_html(table.titles, rows, name, table.places)


def grid_html(
    titles: Sequence[str], rows: Sequence[Row], name: str = "", places: Sequence[Place] = ()
) -> Iterator[str]:
    """Rows under their titles; the first cell of a row is its heading."""
    numbers = [False]
    numbers += [any(is_number(row.cells[at]) for row in rows) for at in range(1, len(titles))]
    kinds = f"sortable pending{' tree' if places else ''}"
    sortable = f' class="{kinds}" id="{name}"' if name else ""
    long = " long" if len(rows) > FILTERED else ""
    label = f"Table by {titles[0]}" if titles[0] else "Table"
    yield f"{wide_html(label, long)}\n<table{sortable}>\n<thead><tr>"
    for title, number in zip(titles, numbers, strict=True):
        yield f'<th scope="col"{_class(number)}>{text_html(title)}</th>'
    yield "</tr></thead>\n<tbody>\n"
    largest = largest_shares([row.cells for row in rows])
    for at, row in enumerate(rows):
        yield f"{_row(row, numbers, largest, places[at] if places else None)}\n"
    yield "</tbody></table>\n</div>\n"


def wide_html(label: str, more: str = "") -> str:
    """The start of a region that is scrolled where it is wider than the page."""
    return f'<div class="wide{more}" tabindex="0" role="group" aria-label="{text_html(label)}">'


def _class(number: bool) -> str:
    return ' class="number"' if number else ""


def _row(row: Row, numbers: Sequence[bool], largest: Sequence[float], place: Place | None) -> str:
    head, *cells = row.cells
    name = head.label if isinstance(head, Branch) else head
    long = ' class="name"' if isinstance(name, str) and len(name) > PROSE else ""
    written = [f'<th scope="row"{long}>{_head(head, largest[0], place)}</th>']
    for cell, number, full in zip(cells, numbers[1:], largest[1:], strict=True):
        prose = isinstance(cell, str) and len(cell) > PROSE
        kind = ' class="prose"' if prose else _class(number)
        written.append(f"<td{kind}{_value(cell)}>{_cell(cell, full)}</td>")
    return f"<tr{_kind(row, place)}{_place(place, head)}>{''.join(written)}</tr>"


def _kind(row: Row, place: Place | None) -> str:
    """What stands out about a row; among rows with places the script finds the blocks itself."""
    head = row.cells[0]
    is_block = place is None and isinstance(head, Branch) and head.is_block
    kinds = [*(["marked"] if row.marked else []), *(["block"] if is_block else [])]
    return f' class="{" ".join(kinds)}"' if kinds else ""


def _head(cell: Cell, full: float, place: Place | None) -> str:
    """The name of a row; that of a layer is a link to itself, to be copied."""
    text = _cell(cell, full)
    if place is None:
        return text
    above = f'<span class="above">{text_html(place.above)}</span>' if place.above else ""
    if place.number is None:
        return f"{above}{text}"
    return f'<a href="#{text_html(place.anchor)}">{above}{text}</a>'


def _place(place: Place | None, head: Cell) -> str:
    """Where the row is, for links and for the script; how far it stands in."""
    level = head.level if isinstance(head, Branch) else 0
    if place is None:
        return f' data-level="{level}"' if level else ""
    marks = f' id="{text_html(place.anchor)}" data-level="{level}"'
    if place.number is not None:
        marks += f' data-row="{place.number}" data-reads="{" ".join(map(str, place.reads))}"'
    return marks


def _value(cell: Cell) -> str:
    """What a cell is sorted by where its text does not say it."""
    value: float | None = None
    match cell:
        case int():
            value = cell
        case Figure():
            value = cell.value
        case Share() | Multiple():
            value = quotient(cell)
    return "" if value is None else f' data-value="{value}"'


def _cell(cell: Cell, full: float) -> str:
    if isinstance(cell, Parts):  # lines break between them
        return " + ".join([f'<span class="part">{text_html(part)}</span>' for part in cell.parts])
    if isinstance(cell, Branch):
        return text_html(cell.label)
    text = text_html(plain_cell(cell, UNICODE).strip())
    if isinstance(cell, (Word, Figure)) and cell.tone:
        return f'<span class="{TONES[cell.tone]}">{text}</span>'
    if isinstance(cell, Checks):
        failed = [name for name, passed in cell.passed.items() if not passed]
        names = text_html(", ".join(failed))
        return f'<span class="bad">{text} {names}</span>' if failed else text
    if not isinstance(cell, (Share, Multiple)) or not cell.whole:
        return text
    return f"{text}{mini_bar(quotient(cell) / full)}"
