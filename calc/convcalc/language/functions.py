"""The operators and functions of expressions, exact on whole numbers and fractions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from convcalc.records import NamedTuple

if TYPE_CHECKING:  # its import takes longer than most files need in all
    from fractions import Fraction

Number: TypeAlias = "int | Fraction"

LARGEST_EXPONENT = 64


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


def _power(x: Number, exponent: Number) -> Number:
    if type(exponent) is not int or not 0 <= exponent <= LARGEST_EXPONENT:
        fact = f"an exponent is a whole number from 0 to {LARGEST_EXPONENT}, not {exponent}"
        raise ArgumentError(fact, part=2)
    power: Number = x**exponent
    return power


def _not(x: Number) -> int:
    return int(not x)


def _and(x: Number, y: Number) -> int:
    return int(x != 0 and y != 0)


def _or(x: Number, y: Number) -> int:
    return int(x != 0 or y != 0)


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


class Operator(NamedTuple):
    """An operator of expressions; operators bind as tightly as in Python."""

    apply: Callable[..., Number] | None
    """None for one that changes nothing."""
    binds: int
    """How tightly it binds what comes after it."""
    is_prefix: bool = False
    is_right: bool = False
    """Whether of several in a row the last one comes first."""

    @property
    def joins(self) -> int:
        """The least binding of operators before it that come first."""
        return self.binds + (self.is_right or self.binds == COMPARISON)

    @property
    def is_logic(self) -> bool:
        """Whether it takes true and false."""
        return self.binds < COMPARISON


OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER = range(1, 9)
"""How tightly operators bind."""

LOGIC = Operator(_not, NOT, is_prefix=True)
SIGNS = {
    "+": Operator(None, SIGN, is_prefix=True),
    "-": Operator(operator.neg, SIGN, is_prefix=True),
}
COMPARISONS: dict[str, Callable[[Number, Number], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATORS = {
    "or": Operator(_or, OR),
    "and": Operator(_and, AND),
    **{sign: Operator(compare, COMPARISON) for sign, compare in COMPARISONS.items()},
    "+": Operator(operator.add, SUM),
    "-": Operator(operator.sub, SUM),
    "*": Operator(operator.mul, PRODUCT),
    "/": Operator(_quotient, PRODUCT),
    "//": Operator(operator.floordiv, PRODUCT),
    "%": Operator(operator.mod, PRODUCT),
    "**": Operator(_power, POWER, is_right=True),
}
"""The operators between two numbers; true is 1, false is 0."""
