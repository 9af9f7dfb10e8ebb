"""A page as HTML: one file that needs nothing else, for a browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from html import escape
from itertools import chain
from pathlib import Path

from convcalc import __version__
from convcalc_cli.page.blocks import (
    Cell,
    Chart,
    Checks,
    Derivations,
    Facts,
    Figure,
    Finds,
    Folded,
    FullBlock,
    GrowingTable,
    Heading,
    LongTable,
    Multiple,
    Page,
    Paragraph,
    Pictures,
    Row,
    Share,
    Table,
    Tone,
    full_blocks,
)
from convcalc_cli.page.cells import is_number, largest_shares, plain_cell, quotient, remark_text
from convcalc_cli.page.grids import side_by_side
from convcalc_cli.page.svg import chart_key, chart_svg, mini_bar
from convcalc_cli.shell.screen import UNICODE, Screen
from convcalc_cli.text import printable, result_text

TEMPLATES = Path(__file__).parent / "templates"
TONES = {
    Tone.PLAIN: "note",
    Tone.GOOD: "verdict good",
    Tone.WARNING: "verdict",
    Tone.BAD: "verdict bad",
}
FILTERED = 20
"""Tables with more rows than this have a box to filter them, and scroll on their own."""
PROSE = 60
"""Longer texts in a table are wrapped."""


def page_html(pages: Iterable[Page], _screen: Screen) -> Iterator[str]:
    """The pages as one document, piece by piece; names are text, whatever they hold.

    The first heading is its title. If that stands there only because there is room for it, it is
    the title of several parts, which are listed below it.
    """
    pages = iter(pages)
    start = next(pages, [])
    blocks = full_blocks(chain([start], pages))
    first = next(blocks, None)
    title = first if isinstance(first, Heading) else Heading("convcalc", level=1)
    named = [each for each in start if isinstance(each, Heading) and each.level == 1]
    parts = [] if any(first is each for each in named) else named
    yield _head(title.text)
    yield f"<h1>{_text(title.text)}</h1>\n"
    yield from _contents(parts)
    rest = blocks if first is title else chain([] if first is None else [first], blocks)
    yield from _body(rest, has_parts=bool(parts))
    yield f"</main>\n<footer><p>convcalc {__version__}</p></footer>\n"
    yield f"<script>{asset('report.js')}</script>\n</body>\n</html>\n"


def _body(blocks: Iterable[FullBlock], *, has_parts: bool) -> Iterator[str]:
    """The blocks below the title; what has parts has their headings one level below it."""
    part = 0
    for number, block in enumerate(blocks):
        if not (has_parts and isinstance(block, Heading)):
            yield from _drawn(block, f"table-{number}")
        elif block.level == 1:
            part += 1
            yield _heading_text(block._replace(level=2), f' id="part-{part}"')
        else:
            yield _heading_text(block._replace(level=block.level + bool(part)))


def _contents(parts: Sequence[Heading]) -> Iterator[str]:
    """Links to the parts of the page."""
    if parts:
        links = [
            f'<li><a href="#part-{number}">{_text(part.text)}</a></li>'
            for number, part in enumerate(parts, start=1)
        ]
        yield f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>\n'


def asset(name: str) -> str:
    """A file that every page carries: the style or the script."""
    return (TEMPLATES / name).read_text("utf-8")


def policy(style: str, script: str) -> str:
    """Nothing is loaded, and nothing runs or is styled but what the page itself brings."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _head(title: str) -> str:
    style, script = asset("report.css"), asset("report.js")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy(style, script))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>convcalc: {_text(title)}</title>
<style>{style}</style>
</head>
<body>
<main>
"""


def _text(text: str) -> str:
    return escape(printable(text))


@singledispatch
def _drawn(block: FullBlock, name: str) -> Iterator[str]:
    """How each kind of block is written, with a name that is unique on the page."""
    raise NotImplementedError(type(block))


@_drawn.register
def _heading(block: Heading, _name: str) -> Iterator[str]:
    yield _heading_text(block)


def _heading_text(block: Heading, anchor: str = "") -> str:
    return f"<h{block.level}{anchor}>{_text(block.text)}</h{block.level}>\n"


@_drawn.register
def _paragraph(block: Paragraph, _name: str) -> Iterator[str]:
    yield f'<p class="{TONES[block.tone]}">{_text(block.text)}</p>\n'


@_drawn.register
def _facts(block: Facts, _name: str) -> Iterator[str]:
    yield '<dl class="totals">\n'
    for fact in block.facts:
        remark = remark_text(fact)
        more = f" <small>{_text(remark)}</small>" if remark else ""
        yield f"<div><dt>{_text(fact.name)}</dt><dd>{_text(fact.value)}{more}</dd></div>\n"
    yield "</dl>\n"


@_drawn.register
def _table(block: Table, _name: str) -> Iterator[str]:
    yield from _grid(block.titles, block.rows)
    if any(row.marked for row in block.rows):
        yield f'<p class="note"><b>Bold</b>: {_text(block.mark)}</p>\n'
    yield from _notes(block.notes)


@_drawn.register
def _long_table(block: LongTable, name: str) -> Iterator[str]:
    start = block.fold.start if block.fold else len(block.rows)
    yield from _filtered(block.titles, block.rows[:start], name)
    if block.fold:
        yield f"<details><summary>{_text(block.fold.title)}</summary>\n"
        yield from _filtered(block.titles, block.rows[start:], f"{name}-more")
        yield "</details>\n"
    yield from _notes(block.notes)


def _notes(notes: Sequence[str]) -> Iterator[str]:
    for note in notes:
        yield f'<p class="note">{_text(note)}</p>\n'


def _filtered(titles: Sequence[str], rows: Sequence[Sequence[Cell]], name: str) -> Iterator[str]:
    """A table that can be sorted, with a box to filter it if it is long."""
    if len(rows) > FILTERED:
        yield (
            f'<p class="filter"><label for="{name}-filter">Filter rows</label> '
            f'<input id="{name}-filter" type="search" data-filter="{name}" autocomplete="off"> '
            f'<output for="{name}-filter" data-count="{name}">{len(rows)} of {len(rows)}</output>'
            "</p>\n"
        )
    if rows:
        yield from _grid(titles, [Row(cells) for cells in rows], name)


def _grid(titles: Sequence[str], rows: Sequence[Row], name: str = "") -> Iterator[str]:
    """Rows under their titles; the first cell of a row is its heading."""
    numbers = [False]
    numbers += [any(is_number(row.cells[at]) for row in rows) for at in range(1, len(titles))]
    sortable = f' class="sortable" id="{name}"' if name else ""
    long = " long" if len(rows) > FILTERED else ""
    yield f"{_wide(f'Table by {titles[0]}', long)}\n<table{sortable}>\n<thead><tr>"
    for title, number in zip(titles, numbers, strict=True):
        yield f'<th scope="col"{_class(number)}>{_text(title)}</th>'
    yield "</tr></thead>\n<tbody>\n"
    largest = largest_shares([row.cells for row in rows])
    for row in rows:
        yield f"{_row(row, numbers, largest)}\n"
    yield "</tbody></table>\n</div>\n"


def _wide(label: str, more: str = "") -> str:
    """The start of a region that is scrolled where it is wider than the page."""
    return f'<div class="wide{more}" tabindex="0" role="region" aria-label="{_text(label)}">'


def _class(number: bool) -> str:
    return ' class="number"' if number else ""


def _row(row: Row, numbers: Sequence[bool], largest: Sequence[float]) -> str:
    head, *cells = row.cells
    written = [f'<th scope="row">{_cell(head, largest[0])}</th>']
    for cell, number, full in zip(cells, numbers[1:], largest[1:], strict=True):
        prose = isinstance(cell, str) and len(cell) > PROSE
        kind = ' class="prose"' if prose else _class(number)
        written.append(f"<td{kind}{_value(cell)}>{_cell(cell, full)}</td>")
    mark = ' class="marked"' if row.marked else ""
    return f"<tr{mark}>{''.join(written)}</tr>"


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
    text = _text(plain_cell(cell, UNICODE))
    if isinstance(cell, Checks):
        failed = [name for name, passed in cell.passed.items() if not passed]
        names = _text(", ".join(failed))
        return f'<span class="bad">{text} {names}</span>' if failed else text
    if not isinstance(cell, (Share, Multiple)) or not cell.whole:
        return text
    return f"{text}{mini_bar(quotient(cell) / full)}"


@_drawn.register
def _chart(block: Chart, _name: str) -> Iterator[str]:
    yield '<figure>\n<div class="chart">\n'
    yield from chart_svg(block)
    yield f'</div>\n<figcaption><p class="pointed">{_text(block.caption)}</p>\n<ul class="keys">\n'
    yield from chart_key(block)
    yield "</ul></figcaption>\n</figure>\n"


@_drawn.register
def _finds(block: Finds, _name: str) -> Iterator[str]:
    for place, code, message, shown, _ in block.found:
        yield f'<p><b>{_text(place)}</b>: <b class="bad">{_text(code)}</b> {_text(message)}</p>\n'
        if shown:
            yield f"<pre>{chr(10).join(map(_text, shown))}</pre>\n"


@_drawn.register
def _growing_table(block: GrowingTable, name: str) -> Iterator[str]:
    yield from _long_table(block.whole(), name)


@_drawn.register
def _folded(block: Folded, name: str) -> Iterator[str]:
    yield f"<details><summary>{_text(block.title)}</summary>\n"
    yield from _long_table(block.table, name)
    yield "</details>\n"


@_drawn.register
def _derivations(block: Derivations, _name: str) -> Iterator[str]:
    if block.title:
        yield f"<p><code>{_text(block.title)}</code></p>\n"
    yield f"{_wide('Where the numbers come from')}\n<table>\n<tbody>\n"
    for quantity, formula, numbers, result in block.derivations:
        cells = [f"<code>{_text(each)}</code>" for each in (formula, numbers)]
        cells.append(f"<b>{_text(result_text(result))}</b>")
        columns = "".join([f"<td>= {each}</td>" for each in cells])
        yield f'<tr><th scope="row">{_text(quantity)}</th>{columns}</tr>\n'
    yield "</tbody></table>\n</div>\n"


@_drawn.register
def _pictures(block: Pictures, _name: str) -> Iterator[str]:
    lines = map(_text, side_by_side(block.pictures, UNICODE))
    yield f"<pre>{chr(10).join(lines)}</pre>\n"
