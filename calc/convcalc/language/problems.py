"""What is wrong with a specification: all of it, each mistake once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from convcalc.errors import (
    DEEPEST_VALUE,
    LONGEST_VALUE,
    SpecError,
    joined,
    shortened,
    value_text,
)
from convcalc.layers import LONGEST_NAME, Path
from convcalc.records import NamedTuple

MOST = 100
"""Problems that are gathered; a file with more of them is wrong as a whole."""

LONGEST_MESSAGE = 500
MOST_NAMES = 8
"""Names that are listed where none is like the one that was written."""

PLAIN = re.compile(r"[A-Za-z0-9_.+-]+", re.ASCII)
CONSTANTS = {True: "true", False: "false", None: "null"}


class SpecProblem(NamedTuple):
    """A mistake, and the path to where it was made."""

    path: Path
    message: str
    at_key: bool = False
    """Whether the key at the path is at fault, not its value."""
    used_by: Path | None = None
    """The layer outside all blocks that led to a mistake inside a block."""
    absent: bool = False
    """Whether something is not there; a fault of the text may have taken it."""


class PlacedError(SpecError):
    """An error, and the path to what it is about."""

    def __init__(self, path: Path, error: SpecError, *, at_key: bool = False) -> None:
        super().__init__(error.fact, **error.values)
        if "dims" not in error.instead:  # the input has them, and no key of the language
            self.instead = error.instead
        self.path = path
        self.at_key = at_key

    def with_cause(self, cause: str) -> PlacedError:
        """The same error with what led to it.

        >>> error = PlacedError(("layers", 0), SpecError("it does not fit"))
        >>> str(error.with_cause("; the input is too small"))
        'it does not fit; the input is too small'
        """
        error = SpecError(self.fact + cause, **self.values).suggesting(**self.instead)
        return PlacedError(self.path, error, at_key=self.at_key)


class Problems:
    """Gathers problems; a place that has one gets no second."""

    def __init__(self) -> None:
        self.found: list[SpecProblem] = []
        self.full = False
        self._places: set[tuple[Path, bool]] = set()

    def mapping(self, path: Path, value: Any) -> dict[str, Any]:
        """A mapping with texts as keys; empty, and a problem, if it is anything else."""
        if value is not None and not isinstance(value, dict):
            self.add(path, "expected a mapping")
            return {}
        found = {key: item for key, item in (value or {}).items() if isinstance(key, str)}
        if len(found) < len(value or {}):
            self.add(path, "a key that is not text")
        return found

    def has(self, path: Path, *, at_key: bool = False) -> bool:
        """Whether a place has a problem already."""
        return (path, at_key) in self._places

    def add(
        self,
        path: Path,
        message: str,
        *,
        at_key: bool = False,
        used_by: Path | None = None,
        absent: bool = False,
    ) -> None:
        """Notes a problem, unless its place has one already or there are too many."""
        if (path, at_key) in self._places or self.full:
            return
        if len(message) > LONGEST_MESSAGE:
            message = f"{message[:LONGEST_MESSAGE]}..."
        self._places.add((path, at_key))
        self.found.append(SpecProblem(path, message, at_key, used_by, absent))
        self.full = len(self.found) == MOST


def spelled(error: SpecError) -> str:
    """What an engine's error says, its values as a network file writes them.

    >>> spelled(SpecError("{stride} is not a list of whole numbers", stride=(True, 2)))
    'stride=[true, 2] is not a list of whole numbers'
    """
    return error.spelled(_named)


def value_written(value: object) -> str:
    """A value as a network file writes it, cut to a length that a message can carry.

    >>> value_written([True, None, "same", (1, 2)]), value_written("two words")
    ('[true, null, same, [1, 2]]', "'two words'")
    """
    return shortened(_written(value, DEEPEST_VALUE))


def _written(value: object, depth: int) -> str:
    if value is None or isinstance(value, bool):
        return CONSTANTS[value]
    if isinstance(value, (list, tuple)):
        return f"[{joined(value, lambda item: _written(item, depth - 1))}]" if depth else "..."
    plain = isinstance(value, str) and len(value) <= LONGEST_VALUE and PLAIN.fullmatch(value)
    return str.__str__(value) if plain else value_text(value)


def _named(name: str, value: object) -> str:
    if name == "input_shape":
        return f"its input {value_text(value)}"
    if name == "dims":  # no word of the language: the input has them
        return f"an input of {value} spatial sizes" if value != 1 else "an input of 1 spatial size"
    return f"{name}={value_written(value)}"


def known_names(names: Iterable[str]) -> str:
    """The names there are, to put behind a message; the first ones, if there are many.

    >>> known_names(["input", "stem"])
    '; known names: input, stem'
    """
    first = [shortened(name) for name in islice(names, MOST_NAMES + 1)]
    more = "..." if len(first) > MOST_NAMES else ""
    return f"; known names: {', '.join(first[:MOST_NAMES])}{more}"


def too_long(name: str) -> str:
    """What is wrong with a name that exceeds the limit on names.

    >>> too_long("x" * 1000)
    'a name of 1,000 characters is too long: at most 200 are allowed'
    """
    return f"a name of {len(name):,} characters is too long: at most {LONGEST_NAME} are allowed"


def path_text(path: Path) -> str:
    """A path as people write it.

    >>> path_text(("layers", 3, "conv"))
    'layers[3].conv'
    """
    names = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    text = "".join([name[: LONGEST_NAME + 1] for name in names])
    return text.lstrip(".") or "top"
