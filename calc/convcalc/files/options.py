"""Named values of a text format that are read as words and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from convcalc.errors import shortened
from convcalc.files.graph.rows import GraphError
from convcalc.files.places import Place, SourceFault

LARGEST = 2**31 - 1
"""What an `int` of C holds."""

Chosen = TypeVar("Chosen")


class Options:
    """Named values, each with its place; a format says what they are and how they are written.

    >>> class Flags(Options):
    ...     def values(self, name):
    ...         return ["3"] if name == "stride" else []
    >>> Flags().number("stride", 1), Flags().number("pad", 0)
    (3, 0)
    """

    __slots__ = ()
    sign = "="
    """What stands between a name and its value."""

    def values(self, name: str) -> Sequence[str]:
        """The values of a name as they are written."""
        raise NotImplementedError

    def place_of(self, name: str) -> Place:
        """The place of a name's value, or of all options if it has none."""
        raise NotImplementedError

    def fail(self, message: str, name: str = "") -> GraphError:
        """An error at a value, or at all options, to be raised."""
        return GraphError(SourceFault(message, self.place_of(name)))

    def word(self, name: str, default: str = "") -> str:
        """A value; of several the last one counts."""
        return (self.values(name) or [default])[-1]

    def choice(self, name: str, choices: Mapping[str, Chosen]) -> Chosen:
        """What a value stands for; the first choice if there is none.

        Raises:
            GraphError: the value is not one of them.
        """
        word = self.word(name, next(iter(choices)))
        if word not in choices:
            known = ", ".join(choices)
            raise self.fail(f"unknown {name} {shortened(word)}: use one of {known}", name)
        return choices[word]

    def numbers(self, name: str, least: int = 0) -> list[int]:
        """The values as whole numbers.

        Raises:
            GraphError: one is another text, too large, or below `least`.
        """
        return [self.whole(name, value, least) for value in self.values(name)]

    def number(self, name: str, default: int, least: int = 0) -> int:
        """A value as a whole number, see `numbers`."""
        return (self.numbers(name, least) or [default])[-1]

    def digits(self, value: str) -> str:
        """The part of a value that is a whole number; empty if it is none."""
        digits = value[1:] if value[:1] in ("-", "+") else value
        return value if digits.isascii() and digits.isdigit() else ""

    def real(self, name: str, default: float) -> float:
        """A value as a number that need not be whole, up to a comment or C's mark of a float."""
        word = self.word(name, str(default))
        try:
            return float(word.partition("#")[0].rstrip("fF"))
        except ValueError:
            raise self.fail(f"{name}{self.sign}{shortened(word)} is not a number", name) from None

    def whole(self, name: str, value: str, least: int) -> int:
        """One of the values of a name as a whole number, see `numbers`."""
        digits = self.digits(value)
        message = f"{name}{self.sign}{shortened(value or self.word(name))}"
        if not value:
            raise self.fail(f"{message} has a number missing", name)
        if not digits:
            raise self.fail(f"{message} is not a whole number", name)
        if digits != value:
            message += f", read as {shortened(digits)},"
        if len(digits) > len(str(LARGEST)) + 1 or abs(int(digits)) > LARGEST:
            raise self.fail(f"{message} is too large", name)
        if int(digits) < least:
            raise self.fail(f"{message} is below {least}", name)
        return int(digits)
