"""Long tables on a screen: lines of text, quick to draw, narrow by leaving columns out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import zip_longest
from textwrap import wrap

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from convcalc.records import NamedTuple
from convcalc_cli.page.blocks import Cell, Figure, LongTable, Multiple, Share
from convcalc_cli.page.cells import cell_style, cell_text, largest_shares, plain_cell
from convcalc_cli.shell.screen import Glyphs
from convcalc_cli.short_names import shortened

GAP = "  "
INDENT = "    "
SHORTEST = 8
"""Characters of a name that are shown at any rate."""


class Column(NamedTuple):
    """A column as text."""

    title: str
    head: Sequence[str]
    """The title in lines; more than one where it would be wider than the cells."""
    cells: Sequence[str]
    styles: Sequence[str]
    """How each cell stands out; empty if it does not."""
    is_right: bool = False
    """Whether the cells are aligned at the right."""
    bare: Sequence[str] | None = None
    """The cells without their bars, if they have any."""

    @property
    def width(self) -> int:
        """What the title and the cells need."""
        return max(map(len, (*self.head, *self.cells)))

    def padded(self, text: str, width: int) -> str:
        """A text of the column, moved to its side."""
        return text.rjust(width) if self.is_right else text.ljust(width)

    def without_bars(self) -> Column:
        """The column with the numbers alone."""
        if self.bare is None:
            return self
        return self._replace(cells=self.bare, bare=None, is_right=True)

    def narrow(self) -> Column:
        """The column with a title that is no wider than the cells, if its words allow it."""
        room = max(map(len, self.cells), default=0)
        lines = wrap(self.title, max(room, 1), break_long_words=False, break_on_hyphens=False)
        return self._replace(head=lines)


class LongTableLines:
    """A renderable of one segment a line: Rich's own table takes fifty times as long for a row.

    Args:
        table: what is drawn.
        glyphs: the characters it is drawn with.
        bold: the numbers of rows that stand out.
    """

    def __init__(self, table: LongTable, glyphs: Glyphs, bold: Collection[int] = ()) -> None:
        self.table = table
        self.glyphs = glyphs
        self.bold = bold

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The widest version that fits; in the narrowest one names are cut, but never numbers."""
        every = self.columns
        columns, below = self._fitting(every, options.max_width)
        lines = list(_lines(columns, below, options.max_width))
        head = [*_head(columns), *([f"{INDENT}{below.title}"] if below else [])]
        widest = max(map(len, (*head, *map(_text, lines))))
        yield from _plain(head, console.get_style("cyan"))
        yield from _plain([self.glyphs.rule * widest])
        for line in lines:
            for text, style in line:
                yield Segment(text, console.get_style(style) if style else None)
            yield Segment.line()
        kept = {column.title for column in (*columns, *([below] if below else []))}
        notes = [note for title, note in self.table.legends.items() if title in kept]
        notes += self.table.notes
        left_out = [column.title for column in every if column.title not in kept]
        if left_out and self.table.advice:
            notes.append(f"not shown: {', '.join(left_out)} ({self.table.advice})")
        for note in notes:
            yield from _plain(wrap(note, options.max_width), console.get_style("dim"))

    def _fitting(self, every: list[Column], width: int) -> tuple[list[Column], Column | None]:
        """As many columns as there is room for beside names that can be distinguished.

        If there is another, it is on lines of its own, below the others.
        """
        columns = self._beside(every, width)
        if not self.table.below or _room(columns, width) >= self._wanted(columns):
            return self._cut(columns, width), None
        (below,) = [column for column in every if column.title == self.table.below]
        columns = self._beside([column for column in every if column is not below], width)
        return self._cut(columns, width), below

    def _beside(self, columns: list[Column], width: int) -> list[Column]:
        """The columns without those that are left out until there is room."""
        if _room(columns, width) >= columns[0].width:
            return columns
        columns = [columns[0], *[column.narrow() for column in columns[1:]]]
        columns = _without(self.table.extra, columns, width, columns[0].width)
        return _without(self.table.optional, columns, width, self._wanted(columns))

    def _wanted(self, columns: Sequence[Column]) -> int:
        """The room that there should be for the first column."""
        return min(columns[0].width, self.table.room)

    def _cut(self, columns: list[Column], width: int) -> list[Column]:
        """The columns with names that fit."""
        names = columns[0]
        room = max(_room(columns, width), SHORTEST)
        if room >= names.width:
            return columns
        cut = shortened(names.cells, room, self.glyphs.ellipsis)
        return [names._replace(head=[names.title[:room]], cells=cut), *columns[1:]]

    @property
    def width(self) -> int:
        """What all columns need beside each other, with nothing cut."""
        return sum([column.width for column in self.columns]) + len(GAP) * (len(self.columns) - 1)

    @cached_property
    def columns(self) -> list[Column]:
        """Every column as text."""
        table = self.table
        largest = largest_shares(table.rows) if table.rows else [1.0] * len(table.titles)
        cells = zip(*table.rows, strict=True) if table.rows else [()] * len(table.titles)
        return [
            _column(title, column, full, self.glyphs, self.bold)
            for title, column, full in zip(table.titles, cells, largest, strict=True)
        ]


def _column(
    title: str, cells: Sequence[Cell], full: float, glyphs: Glyphs, bold: Collection[int]
) -> Column:
    """A column with bars is aligned at the left; the numbers before the bars have one width."""
    texts = [cell_text(cell, glyphs, full, " + ") for cell in cells]
    bare = None
    right = any(isinstance(cell, (int, Figure)) for cell in cells)
    if not right and any(isinstance(cell, (Share, Multiple)) for cell in cells):
        bare = [plain_cell(cell, glyphs) for cell in cells]
    styles = list(map(cell_style, cells))
    for at in bold:
        styles[at] = f"bold {styles[at]}".rstrip()
    return Column(title, [title], texts, styles, right, bare)


def _without(titles: Sequence[str], columns: list[Column], width: int, wanted: int) -> list[Column]:
    """The columns without as many of these as leave the first one the room that it wants."""
    for title in titles:
        if _room(columns, width) >= wanted:
            break
        columns = [
            column.without_bars() if column.title == title else column
            for column in columns
            if column.title != title or column.bare is not None
        ]
    return columns


def _room(columns: Sequence[Column], width: int) -> int:
    """What there is for the first column beside the others."""
    return width - sum([len(GAP) + column.width for column in columns[1:]])


Line = Sequence[tuple[str, str]]
"""Texts with their styles; the style is empty for text as it is."""


def _text(line: Line) -> str:
    return "".join([text for text, _ in line])


def _plain(lines: Sequence[str], style: Style | None = None) -> Iterator[Segment]:
    for line in lines:
        yield Segment(line, style)
        yield Segment.line()


def _head(columns: Sequence[Column]) -> Iterator[str]:
    """The titles, the last line of each right above the rule."""
    turned = zip_longest(*[reversed(column.head) for column in columns], fillvalue="")
    for lines in reversed(list(turned)):
        texts = [
            column.padded(text, column.width) for column, text in zip(columns, lines, strict=True)
        ]
        yield GAP.join(texts).rstrip()


def _lines(columns: Sequence[Column], below: Column | None, width: int) -> Iterator[Line]:
    widths = [column.width for column in columns]
    styled = any(any(column.styles) for column in columns)
    for at, cells in enumerate(zip(*[column.cells for column in columns], strict=True)):
        texts = [
            column.padded(text, room)
            for column, text, room in zip(columns, cells, widths, strict=True)
        ]
        if styled:
            yield _styled(texts, [column.styles[at] for column in columns])
        else:
            yield [(GAP.join(texts).rstrip(), "")]
        if below is not None:
            yield from [[(text, "")] for text in _wrapped(below.cells[at], width)]


def _styled(texts: Sequence[str], styles: Sequence[str]) -> Line:
    """The cells of a row; what stands out does so without the spaces around it."""
    line: list[tuple[str, str]] = []
    waiting = ""
    for text, style in zip(texts, styles, strict=True):
        if style and text.strip():
            start = len(text) - len(text.lstrip())
            end = len(text.rstrip())
            line += [(waiting + text[:start], ""), (text[start:end], style)]
            waiting = text[end:] + GAP
        else:
            waiting += text + GAP
    return [*line, (waiting.rstrip(), "")]


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Text on lines of its own, all of it."""
    yield from wrap(
        text.rstrip(),
        max(width, 2 * len(INDENT)),
        initial_indent=INDENT,
        subsequent_indent=INDENT,
        break_on_hyphens=False,
    )
