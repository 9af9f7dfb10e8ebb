"""Where the output goes: how wide it is, and what it can show."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from textwrap import wrap
from typing import TextIO

from convcalc.records import NamedTuple

PROSE_WIDTH = 100
"""Wider prose is hard to read, on the widest screen too."""


class Glyphs(NamedTuple):
    """The characters that tables and pictures are drawn with."""

    marker: str
    rule: str
    bar: str
    """From an eighth of a cell to a whole one; or a whole one only."""
    linked: str
    unlinked: str
    left_out: str
    ellipsis: str
    passed: str
    failed: str


UNICODE = Glyphs("▸", "─", "▏▎▍▌▋▊▉█", "■", "·", "…", "…", "✓", "✗")
ASCII = Glyphs(">", "-", "#", "#", ".", ":", "~", "+", "x")


class Screen(NamedTuple):
    """The width is None where nothing may be cut or wrapped: in a file or a pipe."""

    width: int | None = None
    colour: bool = False
    glyphs: Glyphs = UNICODE

    def filled(self, text: str, indent: str = "") -> str:
        """Prose in lines that are easy to read; a flag is in one of them, to be copied.

        >>> print(Screen(24).filled("a --kernel-size and --channels-multiple-of", "  "))
        a --kernel-size and
          --channels-multiple-of
        """
        width = min(PROSE_WIDTH, self.width or PROSE_WIDTH)
        return "\n".join(wrap(text, width, subsequent_indent=indent, break_on_hyphens=False))


def screen_of(stream: TextIO | None, environment: Mapping[str, str]) -> Screen:
    """What a stream can show, by what it is and by NO_COLOR, FORCE_COLOR and TERM."""
    if stream is None:
        return Screen()
    terminal = stream.isatty()
    return Screen(
        width=shutil.get_terminal_size().columns if terminal else None,
        colour=has_colour(terminal, environment),
        glyphs=UNICODE if _can_encode(stream.encoding, "".join(UNICODE)) else ASCII,
    )


def has_colour(terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether colours are wanted, where a stream is a terminal or not.

    >>> has_colour(True, {}), has_colour(True, {"NO_COLOR": "1"}), has_colour(False, {})
    (True, False, False)
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return terminal and environment.get("TERM") != "dumb"


def _can_encode(encoding: str | None, text: str) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
