"""Cells of a page as text, for every format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from convcalc.wording import percent_text
from convcalc_cli.page.blocks import (
    Branch,
    Cell,
    Checks,
    Fact,
    Figure,
    Multiple,
    Parts,
    Share,
    Tone,
    Word,
)
from convcalc_cli.shell.screen import Glyphs
from convcalc_cli.text import count_text, multiple_text

NOTHING = "-"
BAR_WIDTH = 10


def plain_cell(cell: Cell, glyphs: Glyphs, joint: str = " + ") -> str:
    """A cell as text, without a bar."""
    match cell:
        case None:
            return NOTHING
        case Share() | Multiple():
            return quotient_text(cell)
        case Parts(parts):
            return joint.join(parts)
        case int():
            return count_text(cell)
        case Figure() | Word() | Branch():
            return cell.text
        case Checks():
            return checks_text(cell, glyphs)
        case str():
            return cell
        case _:
            assert_never(cell)


def cell_style(cell: Cell) -> str:
    """How a cell stands out where there are colours; empty if it does not."""
    match cell:
        case Figure(tone=Tone() as tone) | Word(tone=tone):
            return tone.value
        case Branch(is_block=True):
            return "bold"
        case _:
            return ""


def is_number(cell: Cell) -> bool:
    """Whether a cell is aligned as a number."""
    return isinstance(cell, (int, Share, Multiple, Figure))


def quotient_text(cell: Share | Multiple) -> str:
    """A share in percent, or how many times one number is another."""
    if isinstance(cell, Share):
        return percent_text(cell.part, cell.whole)
    return multiple_text(cell.part, cell.whole)


def checks_text(checks: Checks, glyphs: Glyphs) -> str:
    """A character for each check."""
    return "".join([glyphs.passed if each else glyphs.failed for each in checks.passed.values()])


def largest_shares(rows: Sequence[Sequence[Cell]]) -> list[float]:
    """For each column its largest share, which has the longest bar."""
    columns = zip(*rows, strict=True)
    return [max(map(quotient, column), default=0) or 1 for column in columns]


def quotient(cell: Cell) -> float:
    """The part that a share or a multiple is of its whole; 0 of other cells."""
    return cell.part / cell.whole if isinstance(cell, (Share, Multiple)) and cell.whole else 0


def remark_text(fact: Fact) -> str:
    """What is said beside a fact, without colours."""
    return "; ".join(filter(None, (fact.remark, fact.verdict.text if fact.verdict else "")))


def cell_text(cell: Cell, glyphs: Glyphs, full: float, joint: str) -> str:
    """A cell as text; a bar is as long as its share of the column's largest."""
    text = plain_cell(cell, glyphs, joint)
    if isinstance(cell, (Share, Multiple)):
        room = 7 if isinstance(cell, Share) else 6
        return f"{text:>{room}} {_bar(quotient(cell) / full, glyphs.bar)}"
    return text


def _bar(filled: float, steps: str) -> str:
    """At least one step long for any share at all, so that a small one is seen."""
    length = max(int(filled * BAR_WIDTH * len(steps) + 0.5), 1 if filled else 0)
    whole, rest = divmod(length, len(steps))
    return steps[-1] * whole + (steps[rest - 1] if rest else "")
