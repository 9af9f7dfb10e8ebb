"""Channel grids in characters, as many side by side as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from convcalc.facts.connectivity import Link
from convcalc_cli.page.blocks import Picture
from convcalc_cli.shell.screen import Glyphs

GAP = " " * 4


def side_by_side(
    pictures: Sequence[Picture], glyphs: Glyphs, width: int | None = None
) -> Iterator[str]:
    """The lines of the pictures, in rows no wider than the width if there is one."""
    waiting = [_lines(picture, glyphs) for picture in pictures]
    while waiting:
        number = _fitting(waiting, width)
        shown, waiting = waiting[:number], waiting[number:]
        for lines in zip_longest(*shown):
            padded = [
                line if line is not None else " " * len(block[0])
                for line, block in zip(lines, shown, strict=True)
            ]
            yield GAP.join(padded).rstrip()
        if waiting:
            yield ""


def _fitting(blocks: Sequence[Sequence[str]], width: int | None) -> int:
    """How many of the blocks fit beside each other; one at the least."""
    if width is None:
        return len(blocks)
    used = len(blocks[0][0])
    for number, block in enumerate(blocks[1:], start=1):
        used += len(GAP) + len(block[0])
        if used > width:
            return number
    return len(blocks)


def _lines(picture: Picture, glyphs: Glyphs) -> list[str]:
    """Title, grid and caption as lines of one length."""
    cells = {
        Link.ALL: glyphs.linked,
        Link.NONE: glyphs.unlinked,
        Link.LEFT_OUT: glyphs.left_out,
    }
    grid = [" ".join([cells[link] for link in row]) for row in picture.grid.links]
    lines = [picture.title, *grid, *picture.caption]
    width = max(map(len, lines))
    return [line.ljust(width) for line in lines]
