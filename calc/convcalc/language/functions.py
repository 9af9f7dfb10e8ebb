"""The operators and functions of expressions, exact on whole numbers and fractions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:  # its import takes longer than most files need in all
    from fractions import Fraction

Number: TypeAlias = "int | Fraction"


class ArgumentError(Exception):
    """A function cannot take an argument.

    Args:
        message: what is wrong.
        part: which argument; the first one is 1.
    """

    def __init__(self, message: str, part: int) -> None:
        super().__init__(message)
        self.message = message
        self.part = part


def exact(x: Number | str) -> Fraction:
    """A number, or its decimal digits, as a fraction.

    >>> exact("0.35")
    Fraction(7, 20)
    """
    from fractions import Fraction

    return Fraction(x)


def _quotient(x: Number, y: Number) -> Number:
    if type(x) is not int or type(y) is not int:
        return exact(x) / y
    return x // y if x % y == 0 else exact(x) / y


def _least(*numbers: Number) -> Number:
    return min(numbers)


def _greatest(*numbers: Number) -> Number:
    return max(numbers)


def _floor(x: Number) -> int:
    return x.numerator // x.denominator


def _ceil(x: Number) -> int:
    return -(-x.numerator // x.denominator)


def _round(x: Number) -> int:
    return (2 * x.numerator + x.denominator) // (2 * x.denominator)


def _divisible(x: Number, d: Number) -> int:
    if type(d) is not int or d < 1:
        raise ArgumentError("divisible needs a whole number of at least 1 here", part=2)
    top, bottom = x.numerator, x.denominator
    nearest = max(d, (2 * top + bottom * d) // (2 * bottom * d) * d)
    return nearest + d if 10 * bottom * nearest < 9 * top else nearest


class Function(NamedTuple):
    """A function of expressions."""

    apply: Callable[..., Number]
    arity: int | None
    """Number of arguments; None for 1 or more."""


FUNCTIONS = {
    "min": Function(_least, None),
    "max": Function(_greatest, None),
    "round": Function(_round, 1),
    "floor": Function(_floor, 1),
    "ceil": Function(_ceil, 1),
    "divisible": Function(_divisible, 2),
}
SUMS: dict[str, Callable[..., Number]] = {"+": operator.add, "-": operator.sub}
PRODUCTS: dict[str, Callable[..., Number]] = {
    "*": operator.mul,
    "/": _quotient,
    "//": operator.floordiv,
    "%": operator.mod,
}
