"""Shares and multiples in words."""

from __future__ import annotations

from convcalc.wording import percent_text
from convcalc_cli.page.blocks import Multiple, Share
from convcalc_cli.text import multiple_text


def quotient_text(cell: Share | Multiple) -> str:
    """A share in percent, or how many times one number is another."""
    if isinstance(cell, Share):
        return percent_text(cell.part, cell.whole)
    return multiple_text(cell.part, cell.whole)
