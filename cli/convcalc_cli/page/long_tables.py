"""Long tables on a screen: lines of text, quick to draw, narrow by leaving columns out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment

from convcalc_cli.page.blocks import Cell, Figure, LongTable, Multiple, Share
from convcalc_cli.page.cells import largest_shares
from convcalc_cli.page.tables import cell_text
from convcalc_cli.shell.screen import Glyphs
from convcalc_cli.short_names import shortened

GAP = "  "
INDENT = "    "
SHORT, SHORTEST = 24, 8
"""Characters of a name that are shown before a column is left out, and at any rate."""

Column = Sequence[str]
"""The title, and then the title and each cell as text of one width."""


class LongTableLines:
    """A renderable of one segment a line: Rich's own table takes fifty times as long for a row."""

    def __init__(self, table: LongTable, glyphs: Glyphs) -> None:
        self.table = table
        self.glyphs = glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The widest version that fits; in the narrowest one names are cut, but never numbers."""
        head, *rows = self._fitting(options.max_width)
        for line in head:
            yield Segment(line, console.get_style("cyan"))
            yield Segment.line()
        yield Segment(self.glyphs.rule * max(len(line) for row in (head, *rows) for line in row))
        yield Segment.line()
        for row in rows:
            for line in row:
                yield Segment(line)
                yield Segment.line()

    def _fitting(self, width: int) -> list[list[str]]:
        """As many columns as there is room for beside names that can be told apart.

        The lines of each row; there is more than one only where a column is below the others.
        """
        every = _columns(self.table, self.glyphs)
        columns = self._beside(every, width)
        if not self.table.below or _room(columns, width) >= _wanted(columns):
            return [[line] for line in _lines(self._cut(columns, width))]
        (below,) = [column for column in every if column[0] == self.table.below]
        columns = self._beside([column for column in every if column is not below], width)
        lines = zip(_lines(self._cut(columns, width)), below[1:], strict=True)
        return [[line, *_wrapped(text, width)] for line, text in lines]

    def _beside(self, columns: list[Column], width: int) -> list[Column]:
        """The columns without those that are left out until there is room."""
        columns = _without(self.table.extra, columns, width, len(columns[0][1]))
        return _without(self.table.optional, columns, width, _wanted(columns))

    def _cut(self, columns: list[Column], width: int) -> list[Column]:
        """The columns with names that fit."""
        title, head, *names = columns[0]
        room = max(_room(columns, width), SHORTEST)
        if room >= len(head):
            return columns
        cut = shortened([name.rstrip() for name in names], room, self.glyphs.ellipsis)
        return [[title, head[:room], *[name.ljust(room) for name in cut]], *columns[1:]]


def _without(titles: Sequence[str], columns: list[Column], width: int, wanted: int) -> list[Column]:
    """The columns without as many of these as leave the first one the room that it wants."""
    for title in titles:
        if _room(columns, width) >= wanted:
            break
        columns = [column for column in columns if column[0] != title]
    return columns


def _room(columns: Sequence[Column], width: int) -> int:
    """What there is for the first column beside the others."""
    return width - sum([len(GAP) + len(column[1]) for column in columns[1:]])


def _wanted(columns: Sequence[Column]) -> int:
    """What there should be for it."""
    return min(len(columns[0][1]), SHORT)


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Text on lines of its own, all of it."""
    yield from wrap(
        text.rstrip(),
        max(width, 2 * len(INDENT)),
        initial_indent=INDENT,
        subsequent_indent=INDENT,
        break_on_hyphens=False,
    )


def _columns(table: LongTable, glyphs: Glyphs) -> list[Column]:
    """Title and cells of each column, as text of one width."""
    largest = largest_shares(table.rows) if table.rows else [1.0] * len(table.titles)
    cells = zip(*table.rows, strict=True) if table.rows else [()] * len(table.titles)
    return [
        _column(title, column, full, glyphs)
        for title, column, full in zip(table.titles, cells, largest, strict=True)
    ]


def _column(title: str, cells: Sequence[Cell], full: float, glyphs: Glyphs) -> Column:
    texts = [title, *[cell_text(cell, glyphs, full, " + ") for cell in cells]]
    width = max(map(len, texts))
    right = any(isinstance(cell, (int, Figure)) for cell in cells)
    is_share = any(isinstance(cell, (Share, Multiple)) for cell in cells)
    padded = [text.rjust(width) if right else text.ljust(width) for text in texts]
    return [title, *padded] if not is_share else [title, texts[0].ljust(width), *padded[1:]]


def _lines(columns: Sequence[Column]) -> list[str]:
    return [
        GAP.join(cells).rstrip() for cells in zip(*[column[1:] for column in columns], strict=True)
    ]
