"""How the engine refuses: a fact with named values, spelled by whoever shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import log10
from typing import Self

FIELD = re.compile(r"\{(\w+)\}")
LONGEST_VALUE = 60
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
        told = FIELD.sub(lambda field: self._filled(field, spell), self.fact)
        if not self.instead:
            return told
        fixes = " ".join(spell(name, value) for name, value in self.instead.items())
        return f"{told}; did you mean {fixes}?"

    def _filled(self, field: re.Match[str], spell: Callable[[str, object], str]) -> str:
        """A value's words; text in braces that is no value's name stays as it is."""
        name = field[1]
        return spell(name, self.values[name]) if name in self.values else field[0]

    def __str__(self) -> str:
        return self.spelled(lambda name, value: f"{name}={value_text(value)}")


def value_text(value: object) -> str:
    """A value as Python writes it, cut to a length that a message can carry.

    >>> value_text((3, 3)), value_text("same")
    ('(3, 3)', "'same'")
    >>> value_text(7 * 10**99)
    '700000000000... (100 digits)'
    """
    if isinstance(value, int):
        return _number_text(value)
    if isinstance(value, (list, tuple)):
        return _shortened(_list_text(value))
    try:
        return _shortened(repr(value))
    except ValueError:  # a number in it is too long for Python to write
        return f"a {type(value).__name__}"


def _list_text(values: Sequence[object]) -> str:
    inner = ", ".join([value_text(item) for item in values[:LONGEST_VALUE]])
    if isinstance(values, list):
        return f"[{inner}]"
    return f"({inner},)" if len(values) == 1 else f"({inner})"


def _number_text(value: int) -> str:
    if value.bit_length() > MOST_BITS:
        return f"a number of {int(log10(abs(value))) + 1:,} digits"
    text = str(value)
    return text if len(text) <= MOST_DIGITS else f"{text[:12]}... ({len(text):,} digits)"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
