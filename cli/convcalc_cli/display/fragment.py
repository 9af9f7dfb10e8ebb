"""A page as a piece of HTML that stands in another page, of which it knows nothing.

It has no script, no ids, and a style that touches nothing outside it. It takes the colours of what
is around it, so that it can be read on a light page and on a dark one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from pathlib import Path

from convcalc_cli.page.blocks import (
    Folded,
    FullBlock,
    Heading,
    LongTable,
    Page,
    Row,
    full_blocks,
)
from convcalc_cli.page.html_blocks import block_html
from convcalc_cli.page.html_tables import grid_html, notes_html, text_html

MOST_ROWS = 300
"""Rows of a table: a notebook keeps in its file whatever it shows."""
STYLE = Path(__file__).parent / "fragment.css"


def page_fragment(page: Page) -> Iterator[str]:
    """The blocks of a page in one element, with the style for them."""
    yield f'<div class="convcalc">\n<style>\n{STYLE.read_text("utf-8")}</style>\n'
    for block in full_blocks([page]):
        yield from _drawn(block)
    yield "</div>\n"


@singledispatch
def _drawn(block: FullBlock) -> Iterator[str]:
    """How each kind of block is written; most are as in a report."""
    yield from block_html(block, "")


@_drawn.register
def _heading(block: Heading) -> Iterator[str]:
    """No heading of the page around it: it would stand in that page's table of contents."""
    yield f'<p class="title level-{block.level}">{text_html(block.text)}</p>\n'


@_drawn.register
def _long_table(block: LongTable) -> Iterator[str]:
    """A table as wide as a notebook has room for."""
    kept = [at for at, title in enumerate(block.titles) if title not in block.extra]
    titles = [block.titles[at] for at in kept]
    rows = [Row([cells[at] for at in kept]) for cells in block.rows[:MOST_ROWS]]
    yield from grid_html(titles, rows)
    left_out = len(block.rows) - len(rows)
    yield from notes_html([*block.said, *([f"{left_out:,} more rows"] if left_out else [])])


@_drawn.register
def _folded(block: Folded) -> Iterator[str]:
    yield from _details(block.title, _long_table(block.table))


def _details(title: str, content: Iterator[str]) -> Iterator[str]:
    yield f"<details><summary>{text_html(title)}</summary>\n"
    yield from content
    yield "</details>\n"
