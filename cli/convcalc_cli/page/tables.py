"""Tables on a screen: in the widest of four layouts that there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.box import Box
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from convcalc_cli.page.blocks import Figure, LongTable, Multiple, Row, Share, Table
from convcalc_cli.page.cells import NOTHING, cell_text, largest_shares, plain_cell
from convcalc_cli.page.long_tables import LongTableLines
from convcalc_cli.shell.screen import ASCII, Glyphs, Screen

ENDLESS = 100_000
"""The width of a file: wider than any line."""


def fitting_table(table: Table, console: Console, screen: Screen) -> Iterator[RenderableType]:
    """The table with a line for each row, with or without bars; or two, shares under their counts;
    or a card each."""
    yield from _fitting(_with_markers(table, screen.glyphs), console, screen.glyphs)
    if any(row.marked for row in table.rows):
        yield Text(f"{screen.glyphs.marker} {table.mark}", style="dim")
    for note in table.notes:
        yield Text(f"{' ' * len(screen.glyphs.marker)} {note}", style="dim")


def fits(drawn: RenderableType, console: Console) -> bool:
    """Whether something can be drawn without being wrapped or cut."""
    if console.width == ENDLESS:
        return True
    endless = console.options.update(width=ENDLESS)
    return console.measure(drawn, options=endless).maximum <= console.width


def _fitting(table: Table, console: Console, glyphs: Glyphs) -> Iterator[RenderableType]:
    """The first layout that fits; a line a row needs no help of Rich."""
    for each in (table, without_bars(table)):
        lines = _wide(each, glyphs)
        if lines.width <= console.width:
            yield lines
            return
    if fits(drawn := _stacked(table, glyphs), console):
        yield drawn
    else:
        yield from _cards(table, glyphs)


def _with_markers(table: Table, glyphs: Glyphs) -> Table:
    """The table with its first cells behind a marker or as much space, if any row is marked."""
    if not any(row.marked for row in table.rows):
        return table
    rows = []
    for row in table.rows:
        marker = glyphs.marker if row.marked else " " * len(glyphs.marker)
        first, *others = row.cells
        rows.append(row._replace(cells=[f"{marker} {plain_cell(first, glyphs)}", *others]))
    return table._replace(rows=rows)


def _wide(table: Table, glyphs: Glyphs) -> LongTableLines:
    marked = [at for at, row in enumerate(table.rows) if row.marked]
    rows = [row.cells for row in table.rows]
    return LongTableLines(LongTable(table.titles, rows), glyphs, marked)


def without_bars(table: Table) -> Table:
    """The table with numbers alone for shares."""
    rows = [
        row._replace(
            cells=[
                Figure(plain_cell(cell, ASCII)) if isinstance(cell, (Share, Multiple)) else cell
                for cell in row.cells
            ]
        )
        for row in table.rows
    ]
    return table._replace(rows=rows)


def _stacked(table: Table, glyphs: Glyphs) -> Grid:
    grid = _empty_grid(glyphs)
    is_share = [isinstance(cell, Share) for cell in table.rows[0].cells]
    for title in _stacks(table.titles, is_share):
        grid.add_column(title)
    for row, cells in _written(table, glyphs, "\n"):
        stacks = _stacks(cells, is_share)
        grid.add_row(*stacks, style="bold" if row.marked else "")
    return grid


def _stacks(cells: Sequence[str], is_share: Sequence[bool]) -> list[str]:
    """The cells with each share below the cell before it."""
    stacks: list[str] = []
    for cell, below in zip(cells, is_share, strict=True):
        if below:
            stacks[-1] += f"\n{cell.strip()}"
        else:
            stacks.append(cell)
    return stacks


def _cards(table: Table, glyphs: Glyphs) -> Iterator[RenderableType]:
    for row, cells in _written(table, glyphs, "\n"):
        style = "bold" if row.marked else ""
        yield Text(cells[0], style=style)
        card = Grid.grid(padding=(0, 2, 0, 0))
        card.add_column(style="cyan")
        card.add_column(overflow="fold", style=style)
        for title, cell in zip(table.titles[1:], cells[1:], strict=True):
            if cell != NOTHING:
                card.add_row(f"    {title}", cell.strip())
        yield card


def _empty_grid(glyphs: Glyphs) -> Grid:
    rule = glyphs.rule
    lines = f"    \n    \n {rule}{rule} \n    \n    \n    \n    \n    \n"
    edges = Box(lines, ascii=rule.isascii())
    return Grid(box=edges, padding=(0, 1, 0, 0), show_edge=False, header_style="cyan")


def _written(table: Table, glyphs: Glyphs, joint: str) -> Iterator[tuple[Row, list[str]]]:
    """Each row with its cells as text."""
    largest = largest_shares([row.cells for row in table.rows])
    for row in table.rows:
        cells = zip(row.cells, largest, strict=True)
        yield row, [cell_text(cell, glyphs, full, joint) for cell, full in cells]
