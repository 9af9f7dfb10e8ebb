"""The entry points: a value of the engine as a table, in text and in HTML.

`str()` of a value calls them where this package is installed; the engine does not know them.
"""

from __future__ import annotations

import os
import shutil
import sys

from convcalc_cli.display.pages import page_of
from convcalc_cli.shell.screen import Screen, screen_of

NARROWEST, WIDEST = 80, 100
"""Columns of a table in text: as many as there are on the terminal, between these."""


def text(value: object) -> str:
    """The table that a terminal shows, without colours.

    >>> import convcalc
    >>> comparison = convcalc.compare(convcalc.Conv(4, 8, 1), (4, 9, 9))
    >>> print(text(comparison).partition(chr(10))[0])
    Conv2d(4, 8, kernel_size=(1, 1), stride=(1, 1))
    """
    from convcalc_cli.page.terminal import page_table

    columns = shutil.get_terminal_size((WIDEST, 1)).columns
    width = min(max(columns, NARROWEST), WIDEST)
    screen = Screen(width, glyphs=screen_of(sys.stdout, os.environ).glyphs)
    return "".join(page_table([page_of(value)], screen)).rstrip("\n")


def html(value: object) -> str:
    """The tables of the report, to stand in a page such as a notebook.

    >>> import convcalc
    >>> "<script" in html(convcalc.compare(convcalc.Conv(4, 8, 1), (4, 9, 9)))
    False
    """
    from convcalc_cli.display.fragment import page_fragment

    return "".join(page_fragment(page_of(value)))
