"""What a command hands back: something to show, and the exit code it has earned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from convcalc.records import NamedTuple
from convcalc_cli.shell.screen import Screen

FINE = 0
FAILED = 1
BAD_INPUT = 2
OWN_FAULT = 3
INTERRUPTED = 130

STDOUT = "-"


class Outcome(NamedTuple):
    """Text, drawn once it is known for which screen, and an exit code."""

    render: Callable[[Screen], str | Iterable[str]]
    code: int = FINE
    messages: Sequence[str] = ()
    """Lines on stderr."""
    output: str | None = None
    """The file that the text goes to; stdout if there is none."""
    saved: Mapping[str, str | bytes | Iterable[str]] = {}
    """Files that are written besides, and what goes into them."""
    inputs: Sequence[str] = ()
    """Files that were read, for whatever purpose, and must not be written over."""
    renewed: Mapping[str, Callable[[], str | bytes]] = {}
    """Files that are read and written anew while no other run does, and what goes into them."""
    closing: str = ""
    """The last line on stderr."""
    quiet: bool = False
    """Whether nothing is said of the files that are written."""
    paged: bool = False
    """Whether a pager shows the text on a terminal."""

    @property
    def writes(self) -> bool:
        """Whether there is a file to write."""
        return self.output not in (None, STDOUT) or bool(self.saved or self.renewed)
