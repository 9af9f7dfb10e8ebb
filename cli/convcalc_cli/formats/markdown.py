"""A page as Markdown, for pull requests and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import assert_never

from convcalc_cli.formats.pictures import side_by_side
from convcalc_cli.page import (
    Block,
    Cell,
    Derivations,
    Facts,
    Heading,
    Page,
    Paragraph,
    Parts,
    Pictures,
    Row,
    Share,
    Table,
)
from convcalc_cli.screen import Glyphs
from convcalc_cli.text import count_text, printable, result_text, share_text

SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


def page_markdown(page: Page, glyphs: Glyphs) -> str:
    """The page in GitHub's Markdown."""
    return "\n\n".join(["\n".join(_lines(block, glyphs)) for block in page]) + "\n"


def _lines(block: Block, glyphs: Glyphs) -> list[str]:
    match block:
        case Heading(text, level):
            marks = "#" * (level + 1)
            return [f"{marks} `{text}`" if level == 1 else f"{marks} {_plain(text)}"]
        case Paragraph(text):
            return [_plain(text)]
        case Facts(facts):
            rows = [map(_plain, fact) for fact in facts]
            return [_line(["", "", ""]), _line([":---"] * 3), *map(_line, rows)]
        case Table():
            return _table(block)
        case Derivations():
            return _derivations(block)
        case Pictures(pictures):
            return ["```text", *side_by_side(pictures, glyphs), "```"]
        case _:
            assert_never(block)


def _table(table: Table) -> list[str]:
    sides = [":---" if isinstance(cell, (str, Parts)) else "---:" for cell in table.rows[0].cells]
    lines = [_line(map(_plain, table.titles)), _line(sides), *map(_row, table.rows)]
    if any(row.marked for row in table.rows):
        lines += ["", f"**Bold**: {_plain(table.mark)}."]
    return [*lines, *[line for note in table.notes for line in ("", f"{_plain(note)}.")]]


def _row(row: Row) -> str:
    cells = [_plain(_cell_text(cell)) for cell in row.cells]
    return _line([f"**{cell}**" for cell in cells] if row.marked else cells)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _derivations(block: Derivations) -> list[str]:
    lines = [
        f"- {quantity} = `{formula}` = `{numbers}` = **{_plain(result_text(result))}**"
        for quantity, formula, numbers, result in block.derivations
    ]
    return [f"`{block.title}`", "", *lines] if block.title else lines


def _cell_text(cell: Cell) -> str:
    match cell:
        case None:
            return "-"
        case Share(part, whole):
            return share_text(part, whole)
        case Parts(parts):
            return " + ".join(parts)
        case int():
            return count_text(cell)
        case str():
            return cell
        case _:
            assert_never(cell)


def _plain(text: str) -> str:
    """Text that means nothing to Markdown."""
    return SPECIAL.sub(r"\\\1", printable(text))
