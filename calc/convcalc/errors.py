"""How the engine refuses: a fact with named values, spelled by whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from math import log10
from typing import Self

LONGEST_VALUE = 60
LONGEST_NUMBER = 10**18


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
        told = self.fact.format_map({name: spell(name, v) for name, v in self.values.items()})
        if not self.instead:
            return told
        fixes = " ".join(spell(name, value) for name, value in self.instead.items())
        return f"{told}; did you mean {fixes}?"

    def __str__(self) -> str:
        return self.spelled(lambda name, value: f"{name}={value_text(value)}")


def value_text(value: object) -> str:
    """A value as Python writes it, cut to a length that a message can carry.

    >>> value_text((3, 3)), value_text("same")
    ('(3, 3)', "'same'")
    >>> value_text(7 * 10**4999)
    '7.0e4999'
    """
    if isinstance(value, int):
        return str(value) if abs(value) <= LONGEST_NUMBER else _rounded(value)
    if isinstance(value, tuple):
        inner = ", ".join(value_text(item) for item in value[:LONGEST_VALUE])
        text = f"({inner},)" if len(value) == 1 else f"({inner})"
    else:
        text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _rounded(value: int) -> str:
    exponent = int(log10(abs(value)))
    lead = abs(value) // 10 ** (exponent - 1) / 10
    return f"{'-' if value < 0 else ''}{lead}e{exponent}"
