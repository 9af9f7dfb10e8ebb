"""A page on a screen, drawn with Rich; without a width, as in a file, nothing is cut or wrapped."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch

from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from convcalc_cli.page.blocks import (
    Block,
    Derivations,
    Details,
    Fact,
    Facts,
    Finds,
    Folded,
    GrowingTable,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Pictures,
    Table,
    growing_pages,
)
from convcalc_cli.page.carets import is_carets
from convcalc_cli.page.long_tables import LongTableLines
from convcalc_cli.page.tables import ENDLESS, fits, fitting_table
from convcalc_cli.shell.screen import Screen
from convcalc_cli.text import result_text

REMARK = 20
"""The room that a remark needs beside what it is about."""
NARROW = 40
"""Below this width names and values do not fit beside each other."""


class Drawing:
    """A console that keeps what is drawn on it.

    Args:
        screen: what it is drawn for: its colours.
        width: the room in a line.
    """

    def __init__(self, screen: Screen, width: int) -> None:
        self._lines = io.StringIO()
        self.console = Console(
            file=self._lines,
            width=width,
            height=1,
            color_system="standard" if screen.colour else None,
            force_terminal=screen.colour,
            force_jupyter=False,  # it would show what is drawn itself, and keep none of it
            no_color=not screen.colour,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
        )

    @property
    def text(self) -> str:
        """What was drawn, without spaces at the ends of lines."""
        return "".join([f"{line.rstrip()}\n" for line in self._lines.getvalue().splitlines()])


def page_table(pages: Iterable[Page], screen: Screen) -> Iterator[str]:
    """The pages as lines for a screen, one after the other."""
    for number, blocks in enumerate(growing_pages(pages)):
        if number:
            yield "\n"
        yield from _page(blocks, screen)


def _page(blocks: Sequence[Block | GrowingTable], screen: Screen) -> Iterator[str]:
    """The blocks as text: in one piece, but for tables whose rows take time to find."""
    shown = [each for each in blocks if not (isinstance(each, Paragraph) and each.on_stderr)]
    drawing = _drawing(screen)
    for number, block in enumerate(shown):
        if number:
            drawing.console.print()
        if isinstance(block, GrowingTable):
            yield drawing.text
            yield from _growing(block, screen)
            drawing = _drawing(screen)
        else:
            _draw(block, drawing.console, screen)
    yield drawing.text


def _drawing(screen: Screen) -> Drawing:
    return Drawing(screen, screen.width or ENDLESS)


def _draw(block: Block, console: Console, screen: Screen) -> None:
    for part in _drawn(block, console, screen):
        console.print(part, crop=not isinstance(part, LongTableLines))


def _growing(block: GrowingTable, screen: Screen) -> Iterator[str]:
    """The head, then each row when it is there, below a row that is as wide as any."""
    bare = block._replace(notes=())
    *head, _ = _lines(bare.with_rows([block.widest]), screen)
    yield "".join(head)
    for row in block.rows:
        yield _lines(bare.with_rows([block.widest, row]), screen)[-1]
    for note in block.notes:
        yield from _lines(Paragraph(note), screen)


def _lines(block: Block, screen: Screen) -> list[str]:
    drawing = _drawing(screen)
    _draw(block, drawing.console, screen)
    return drawing.text.splitlines(keepends=True)


@singledispatch
def _drawn(block: Block, console: Console, screen: Screen) -> Iterator[RenderableType]:
    """How each kind of block looks."""
    raise NotImplementedError(type(block))


@_drawn.register
def _heading(block: Heading, console: Console, screen: Screen) -> Iterator[RenderableType]:
    del console, screen
    yield Text(block.text, style="bold" if block.level < 3 else "")


@_drawn.register
def _paragraph(block: Paragraph, console: Console, screen: Screen) -> Iterator[RenderableType]:
    del console
    yield Text(screen.filled(block.text), style=block.tone.value)


@_drawn.register
def _table(block: Table, console: Console, screen: Screen) -> Iterator[RenderableType]:
    yield from fitting_table(block, console, screen)


@_drawn.register
def _long_table(block: LongTable, console: Console, screen: Screen) -> Iterator[RenderableType]:
    del console
    yield LongTableLines(block, screen.glyphs)


@_drawn.register
def _folded(block: Folded, console: Console, screen: Screen) -> Iterator[RenderableType]:
    if block.instead:
        yield Text(screen.filled(f"{block.title}: {block.instead}"), style="dim")
        return
    yield Text(f"{block.title}\n", style="bold")
    yield from _long_table(block.table, console, screen)


@_drawn.register
def _details(block: Details, console: Console, screen: Screen) -> Iterator[RenderableType]:
    yield Text(block.title, style="bold")
    for each in block.short:
        yield Text("")
        yield from _drawn(each, console, screen)


@_drawn.register
def _finds(block: Finds, console: Console, screen: Screen) -> Iterator[RenderableType]:
    del console
    for place, code, message, shown, tone in block.found:
        yield Text.assemble((f"{place}: ", "bold"), (code, tone.value), f" {message}")
        for line in shown:
            yield Text(_cut(line, screen), tone.value if is_carets(line) else "")


def _cut(line: str, screen: Screen) -> str:
    """A line that is not wrapped, so that what stands below it stays there."""
    if screen.width is None or len(line) <= screen.width:
        return line
    return f"{line[: screen.width - 1]}{screen.glyphs.ellipsis}"


@_drawn.register
def _pictures(block: Pictures, console: Console, screen: Screen) -> Iterator[RenderableType]:
    del console
    from convcalc_cli.page.grids import side_by_side  # few pages have pictures

    yield from map(Text, side_by_side(block.pictures, screen.glyphs, screen.width))


@_drawn.register
def _fact_lines(block: Facts, console: Console, screen: Screen) -> Iterator[RenderableType]:
    del screen
    yield _facts(block, console)


def _facts(block: Facts, console: Console) -> RenderableType:
    """A line for each fact; where there is no room, remarks and values on lines of their own.

    A long remark is wrapped beside its value if there is some room for it.
    """
    beside = _fact_grid()
    beside.add_column(overflow="fold")
    for fact in block.facts:
        beside.add_row(fact.name, fact.value, _remark(fact, "dim"))
    texts = [fact[:2] for fact in block.facts]
    beside_remarks = sum([max(map(len, column)) + 2 for column in zip(*texts, strict=True)])
    if console.width >= beside_remarks + REMARK or fits(beside, console):
        return beside
    if console.width >= NARROW:
        below = _fact_grid()
        for fact in block.facts:
            value = filter(None, (Text(fact.value), _remark(fact)))
            below.add_row(fact.name, Text("\n").join(value))
        return below
    lines = Text(end="")
    for fact in block.facts:
        lines.append(fact.name, "cyan").append(f"\n  {fact.value}  ")
        lines.append_text(_remark(fact)).append("\n")
    return lines


def _remark(fact: Fact, style: str = "") -> Text:
    """What is said beside a fact, the verdict in its colour."""
    remark = Text()
    if fact.remark:
        remark.append(fact.remark + ("; " if fact.verdict else ""), style)
    if fact.verdict:
        remark.append(fact.verdict.text, fact.verdict.tone.value)
    return remark


def _fact_grid() -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


@_drawn.register
def _derivations(block: Derivations, console: Console, screen: Screen) -> Iterator[RenderableType]:
    del console, screen
    if block.title:
        yield Text(block.title)
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(style="cyan")
    grid.add_column()
    grid.add_column(overflow="fold")
    for quantity, formula, numbers, result in block.derivations:
        grid.add_row(f"  {quantity}", "", formula)
        grid.add_row("", "=", numbers)
        grid.add_row("", "=", Text(result_text(result), style="bold"))
    yield grid
