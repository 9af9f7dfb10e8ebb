"""What is wrong with a specification: all of it, each mistake once."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from convcalc.layers import Path

MOST = 100
"""Problems that are gathered; a file with more of them is wrong as a whole."""


class Problem(NamedTuple):
    """A mistake, and the path to where it was made."""

    path: Path
    message: str
    at_key: bool = False
    """Whether the key at the path is at fault, not its value."""
    used_by: Path | None = None
    """The layer outside all blocks that led to a mistake inside a block."""


class Problems:
    """Gathers problems; a place that has one gets no second."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self._places: set[tuple[Path, bool]] = set()

    def add(
        self, path: Path, message: str, *, at_key: bool = False, used_by: Path | None = None
    ) -> None:
        """Notes a problem, unless its place has one already or there are too many."""
        if (path, at_key) in self._places or len(self.found) >= MOST:
            return
        self._places.add((path, at_key))
        self.found.append(Problem(path, message, at_key, used_by))


def did_you_mean(word: str, choices: Iterable[str], slips: dict[str, str] | None = None) -> str:
    """A suggestion to put behind a message, if there is one.

    >>> did_you_mean("kernel", ["kernel_size", "stride"], {"kernel": "kernel_size"})
    '; did you mean kernel_size?'
    >>> did_you_mean("xyz", ["kernel_size", "stride"])
    ''
    """
    known = list(choices)
    slip = (slips or {}).get(word)
    matches = [slip] if slip in known else get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {matches[0]}?" if matches else ""
