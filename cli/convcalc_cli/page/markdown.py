"""A page as Markdown, for pull requests and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import singledispatch

from convcalc_cli.page.blocks import (
    Block,
    Branch,
    Cell,
    Derivations,
    Details,
    Facts,
    Finds,
    Folded,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Pictures,
    Row,
    Table,
    Tone,
    narrow_pages,
)
from convcalc_cli.page.cells import is_number, plain_cell, remark_text
from convcalc_cli.page.grids import side_by_side
from convcalc_cli.shell.screen import Glyphs, Screen
from convcalc_cli.text import printable, result_text

INDENT = "&emsp;"
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&$])")
LINKING = re.compile(r"(@|:(?=//)|\bwww(?=\.))", re.IGNORECASE)


def page_markdown(pages: Iterable[Page], screen: Screen) -> Iterator[str]:
    """The pages in GitHub's Markdown, one after the other."""
    for number, blocks in enumerate(narrow_pages(pages)):
        written = ["\n".join(_lines(block, screen.glyphs)) for block in blocks]
        yield ("\n" if number else "") + "\n\n".join(written) + "\n"


@singledispatch
def _lines(block: Block, glyphs: Glyphs) -> list[str]:
    """How each kind of block is written."""
    raise NotImplementedError(type(block))


@_lines.register
def _heading(block: Heading, glyphs: Glyphs) -> list[str]:
    del glyphs
    marks = "#" * (block.level + 1)
    return [f"{marks} {_code(block.text) if block.level == 1 else _plain(block.text)}"]


@_lines.register
def _paragraph(block: Paragraph, glyphs: Glyphs) -> list[str]:
    del glyphs
    text = _plain(block.text)
    return [text if block.tone is Tone.PLAIN else f"**{text}**"]


@_lines.register
def _facts(block: Facts, glyphs: Glyphs) -> list[str]:
    del glyphs
    rows = [map(_plain, (fact.name, fact.value, remark_text(fact))) for fact in block.facts]
    return [_line(["", "", ""]), _line([":---"] * 3), *map(_line, rows)]


@_lines.register
def _long_table(block: LongTable, glyphs: Glyphs) -> list[str]:
    table = Table(block.titles, [Row(cells) for cells in block.rows], notes=block.said)
    return _table(table, glyphs) if block.rows else []


@_lines.register
def _folded(block: Folded, glyphs: Glyphs) -> list[str]:
    inner = _long_table(block.table, glyphs)
    return [f"<details><summary>{_plain(block.title)}</summary>", "", *inner, "", "</details>"]


@_lines.register
def _details(block: Details, glyphs: Glyphs) -> list[str]:
    inner = [line for each in block.blocks for line in (*_lines(each, glyphs), "")]
    return [f"<details><summary>{_plain(block.title)}</summary>", "", *inner, "</details>"]


@_lines.register
def _finds(block: Finds, glyphs: Glyphs) -> list[str]:
    rows = [Row([found.place, found.code, found.message]) for found in block.found]
    return _table(Table(("where", "rule", "finding"), rows), glyphs)


@_lines.register
def _pictures(block: Pictures, glyphs: Glyphs) -> list[str]:
    lines = [printable(line) for line in side_by_side(block.pictures, glyphs)]
    fence = _fence(lines)
    return [f"{fence}text", *lines, fence]


@_lines.register
def _table(table: Table, glyphs: Glyphs) -> list[str]:
    columns = zip(*[row.cells for row in table.rows], strict=True)
    sides = ["---:" if any(map(is_number, column)) else ":---" for column in columns]
    rows = [_row(row, glyphs) for row in table.rows]
    lines = [_line(map(_plain, table.titles)), _line(sides), *rows]
    if any(row.marked for row in table.rows):
        lines += ["", f"**Bold**: {_plain(table.mark)}."]
    return [*lines, *[line for note in table.notes for line in ("", f"{_plain(note)}.")]]


def _row(row: Row, glyphs: Glyphs) -> str:
    cells = [_cell(cell, glyphs) for cell in row.cells]
    return _line([f"**{cell}**" for cell in cells] if row.marked else cells)


def _cell(cell: Cell, glyphs: Glyphs) -> str:
    """A cell; what is below another in a tree is moved in by spaces that GitHub keeps."""
    indent = INDENT * cell.level if isinstance(cell, Branch) else ""
    return indent + _plain(plain_cell(cell, glyphs).strip())


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


@_lines.register
def _derivations(block: Derivations, glyphs: Glyphs) -> list[str]:
    del glyphs
    lines = [
        f"- {_plain(line.quantity)} = {_code(line.formula)} = {_code(line.numbers)} "
        f"= **{_plain(result_text(line.result))}**"
        for line in block.derivations
    ]
    return [_code(block.title), "", *lines] if block.title else lines


def _plain(text: str) -> str:
    """Text that means nothing to Markdown, nor to GitHub: no mention, no link, no formula."""
    plain = SPECIAL.sub(r"\\\1", printable(text))
    return LINKING.sub(r"\1<!-- -->", plain)


def _code(text: str) -> str:
    """Text as code, in more backticks than there are in it."""
    text = printable(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    if not longest:
        return f"`{text}`"
    marks = "`" * (longest + 1)
    return f"{marks} {text} {marks}"


def _fence(lines: Iterable[str]) -> str:
    runs = [len(run) for line in lines for run in re.findall("`+", line)]
    return "`" * max([2, *runs], default=2) + "`"
