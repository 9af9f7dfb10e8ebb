"""How the engine refuses: a fact with named values, spelled by whoever shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import log10
from typing import Any, Self

FIELD = r"\{(\w+)(\.instead)?\}"
LONGEST_VALUE = 60
DEEPEST_VALUE = 10
"""Lists in each other that are written out; what contains itself has no end."""
MOST_DIGITS = 30
MOST_BITS = 10_000
"""Longer numbers are not written out at all: Python refuses some of them."""


class SpecError(ValueError):
    """A layer that cannot exist.

    The message is a sentence with `{parameter}` in it for every value it speaks of, so that each
    reader sees it in the words they wrote: `groups=5` in Python, `--groups 5` at the prompt.

    Args:
        fact: the sentence, with a `{name}` for each value.
        values: what the names stand for.

    >>> str(SpecError("{groups} does not divide {in_channels}", groups=5, in_channels=16))
    'groups=5 does not divide in_channels=16'
    """

    def __init__(self, fact: str, /, **values: object) -> None:
        super().__init__(fact)
        self.fact = fact
        self.values = values
        self.instead: dict[str, object] = {}

    def suggesting(self, **instead: object) -> Self:
        """The same error with a value that would make the layer right.

        The message ends with it as a question, unless the fact contains `{dims.instead}`.

        >>> str(SpecError("{dims} is too few", dims=2).suggesting(dims=3))
        'dims=2 is too few; did you mean dims=3?'
        """
        self.instead = instead
        return self

    def spelled(self, spell: Callable[[str, object], str]) -> str:
        """The message, each value put in words by `spell(name, value)`.

        >>> error = SpecError("{stride} is below 1", stride=0)
        >>> error.spelled(lambda name, value: f"--{name} {value}")
        '--stride 0 is below 1'
        """
        message = re.sub(FIELD, lambda field: self._filled(field, spell), self.fact)
        if not self.instead or ".instead}" in self.fact:
            return message
        fixes = " ".join(spell(name, value) for name, value in self.instead.items())
        return f"{message}; did you mean {fixes}?"

    def _filled(self, field: re.Match[str], spell: Callable[[str, object], str]) -> str:
        """A value's words; text in braces that is no value's name stays as it is."""
        name, values = field[1], self.instead if field[2] else self.values
        return spell(name, values[name]) if name in values else field[0]

    def __str__(self) -> str:
        return self.spelled(lambda name, value: f"{name}={value_text(value)}")


def value_text(value: object) -> str:
    """A value as Python writes it, cut to a length that a message can carry.

    >>> value_text((3, 3)), value_text("same")
    ('(3, 3)', "'same'")
    >>> value_text(7 * 10**99)
    '700000000000... (100 digits)'
    """
    return shortened(_python_text(value, DEEPEST_VALUE))


def joined(values: Iterable[object], text_of: Callable[[Any], str]) -> str:
    """The texts of a list's items, only as many as a message can show of them.

    >>> joined([1, 2, 3], str)
    '1, 2, 3'
    """
    texts: list[str] = []
    length = 0
    for item in values:
        if length > LONGEST_VALUE:
            break
        texts.append(text_of(item))
        length += len(texts[-1]) + 2
    return ", ".join(texts)


def shortened(text: str) -> str:
    """A text cut to a length that a message can carry.

    >>> shortened("x" * 61) == "x" * 60 + "..."
    True
    """
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _python_text(value: object, depth: int) -> str:
    if isinstance(value, int) and type(value).__repr__ in (int.__repr__, bool.__repr__):
        return _number_text(value)
    if type(value) in (list, tuple, dict):
        return _container_text(value, depth - 1) if depth else "..."
    try:
        if isinstance(value, (str, bytes, bytearray)):  # only what is shown of them is copied
            value = value[: LONGEST_VALUE + 1]
        return shortened(repr(value))
    except Exception:  # noqa: BLE001 - a foreign value's repr must not hide the error
        return f"a {type(value).__name__}"


def _container_text(values: Any, depth: int) -> str:
    def text_of(item: object) -> str:
        return _python_text(item, depth)

    if type(values) is dict:
        pairs = joined(values.items(), lambda pair: ": ".join(map(text_of, pair)))
        return f"{{{pairs}}}"
    inner = joined(values, text_of)
    if type(values) is list:
        return f"[{inner}]"
    return f"({inner},)" if len(values) == 1 else f"({inner})"


def _number_text(value: int) -> str:
    if value.bit_length() > MOST_BITS:
        return f"a number of {int(log10(abs(value))) + 1:,} digits"
    text = str(value)
    return text if len(text) <= MOST_DIGITS else f"{text[:12]}... ({len(text):,} digits)"
