"""Long tables on a screen: lines of text, quick to draw, narrow by leaving columns out."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment

from convcalc_cli.formats.tables import cell_text, largest_shares
from convcalc_cli.page import Cell, Figure, LongTable, Multiple, Share
from convcalc_cli.screen import Glyphs

GAP = "  "
SHORT, SHORTEST = 24, 8
"""Characters of a name that are shown before a column is left out, and at any rate."""


class LongTableLines:
    """A renderable of one segment a line: Rich's own table takes fifty times as long for a row."""

    def __init__(self, table: LongTable, glyphs: Glyphs) -> None:
        self.table = table
        self.glyphs = glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The widest version that fits; in the narrowest one names are cut, but never numbers."""
        head, *lines = self._fitting(options.max_width)
        yield Segment(head, console.get_style("cyan"))
        yield Segment.line()
        yield Segment(self.glyphs.rule * max(map(len, [head, *lines])))
        yield Segment.line()
        for line in lines:
            yield Segment(line)
            yield Segment.line()

    def _fitting(self, width: int) -> list[str]:
        """As many columns as there is room for beside names that can be told apart."""
        columns = _columns(self.table, self.glyphs)
        for left_out in (None, *self.table.optional):
            columns = [column for column in columns if column[0] != left_out]
            full = len(columns[0][1])
            room = full - max(map(len, _lines(columns))) + width
            if room >= min(full, SHORT):
                break
        if room < full:
            columns[0] = [_cut(name, max(room, SHORTEST), self.glyphs) for name in columns[0]]
        return _lines(columns)


def _columns(table: LongTable, glyphs: Glyphs) -> list[list[str]]:
    """Title and cells of each column, as text of one width."""
    largest = largest_shares(table.rows) if table.rows else [1.0] * len(table.titles)
    cells = zip(*table.rows, strict=True) if table.rows else [()] * len(table.titles)
    return [
        _column(title, column, full, glyphs)
        for title, column, full in zip(table.titles, cells, largest, strict=True)
    ]


def _column(title: str, cells: Sequence[Cell], full: float, glyphs: Glyphs) -> list[str]:
    texts = [title, *[cell_text(cell, glyphs, full, " + ") for cell in cells]]
    width = max(map(len, texts))
    right = any(isinstance(cell, (int, Figure)) for cell in cells)
    is_share = any(isinstance(cell, (Share, Multiple)) for cell in cells)
    padded = [text.rjust(width) if right else text.ljust(width) for text in texts]
    return [title, *padded] if not is_share else [title, texts[0].ljust(width), *padded[1:]]


def _lines(columns: Sequence[Sequence[str]]) -> list[str]:
    return [
        GAP.join(cells).rstrip() for cells in zip(*[column[1:] for column in columns], strict=True)
    ]


def _cut(name: str, width: int, glyphs: Glyphs) -> str:
    """A name that loses its middle: its ends say most."""
    text = name.rstrip()
    if len(text) <= width:
        return text.ljust(width)
    behind = (width - 1) // 2
    return f"{text[: width - 1 - behind]}{glyphs.ellipsis}{text[len(text) - behind :]}"
