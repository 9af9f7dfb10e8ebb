"""The value of expressions in network files: `divisible(64 * $width, 8)`, exact and bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from convcalc.language.functions import ArgumentError, Number, exact
from convcalc.language.parsing import PROGRAMS
from convcalc.language.tokens import (
    LONE_VARIABLE,
    LONGEST_TEXT,
    BareNameError,
    Span,
    clipped,
    error_at,
)
from convcalc.suggestions import closest

if TYPE_CHECKING:  # its import takes longer than most files need in all
    from fractions import Fraction

LARGEST_NUMBER = 10**40
KEPT_DECIMALS = 512
FEW_VARIABLES = 5

ROUND = "round"
"""The variable that holds the number of a round, from 0 on."""
NO_ROUND = "; it has a value in a layer or block that is repeated"


def evaluate(text: str, names: Mapping[str, object]) -> int | Fraction:
    """The exact value of an expression; a whole one is an int.

    Args:
        text: the expression.
        names: what each `$name` stands for, without the `$`.

    Raises:
        ExpressionError: the text is not an expression, or has no value with these variables.

    >>> evaluate("divisible(32 * $width, 8)", {"width": 0.35})
    16
    >>> evaluate("$mid / 3", {"mid": 4})
    Fraction(4, 3)
    >>> evaluate("$mid * 4", {"mif": 4})
    Traceback (most recent call last):
    convcalc.language.tokens.ExpressionError: unknown variable $mid; did you mean $mif?
    """
    try:
        steps = PROGRAMS[text].steps
    except BareNameError as error:
        raise error.among(names) from None
    stack: list[Number] = []
    for number, name, function, arity, spans in steps:
        if function is not None:
            arguments = stack[-arity:]
            del stack[-arity:]
            number = _applied(function, arguments, spans)
        elif name is not None:
            number = _variable(name, names, spans[0], may_be_truth=arity == 1)
        if type(number) is not int or not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
            number = _bounded(number, spans[0])
        stack.append(number)
    return stack[0]


def variables(text: str) -> frozenset[str]:
    """The names that an expression uses as `$name`.

    Raises:
        ExpressionError: the text is not an expression.

    >>> sorted(variables("max($low, 2 * $mid) + $low"))
    ['low', 'mid']
    """
    return PROGRAMS[text].variables


def complexity(text: str) -> tuple[int, frozenset[str]]:
    """How many numbers and functions an expression has, and the names that it uses.

    Raises:
        ExpressionError: the text is not an expression.

    >>> complexity("max(2, 3 * 4)")
    (5, frozenset())
    """
    program = PROGRAMS[text]
    return len(program.steps), program.variables


def lone_variable(text: str) -> str | None:
    """The name, if the text is a variable and nothing else.

    >>> lone_variable(" $bias "), lone_variable("-$bias")
    ('bias', None)
    """
    found = LONE_VARIABLE.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    return found[1] if found else None


def _applied(
    function: Callable[..., Number], arguments: list[Number], spans: tuple[Span, ...]
) -> Number:
    try:
        return function(*arguments)
    except ZeroDivisionError:
        raise error_at("division by zero", spans[2]) from None
    except ArgumentError as error:
        raise error_at(error.message, spans[error.part]) from None


def _variable(name: str, names: Mapping[str, object], span: Span, *, may_be_truth: bool) -> Number:
    try:
        value = names[name]
    except KeyError:
        raise error_at(_unknown_variable(name, names), span) from None
    if type(value) is int or (may_be_truth and type(value) is bool):
        return int(value)
    return _converted(name, value, span)


def _converted(name: str, value: object, span: Span) -> Number:
    from fractions import Fraction

    if isinstance(value, bool):
        truth = "true" if value else "false"
        raise error_at(f"${clipped(name)} is {truth}, not a number", span)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Fraction):
        return value
    try:
        if isinstance(value, float):
            return _decimal(value)
    except ValueError:  # infinite, or not a number even as a float
        pass
    raise error_at(f"${clipped(name)} is not a number", span)


@lru_cache(maxsize=KEPT_DECIMALS)
def _decimal(value: float) -> Fraction:
    return exact(str(value))


def _bounded(number: Number, span: Span) -> Number:
    if max(abs(number.numerator), number.denominator) > LARGEST_NUMBER:
        raise error_at("a number exceeds 10^40", span)
    return number.numerator if number.denominator == 1 else number


def _unknown_variable(name: str, names: Mapping[str, object]) -> str:
    message = f"unknown variable ${clipped(name)}"
    if name == ROUND:
        return f"{message}{NO_ROUND}"
    close = closest(name, names)
    if close:
        return f"{message}; did you mean ${clipped(close)}?"
    if not names:
        return f"{message}; no variables are known here"
    if len(names) > FEW_VARIABLES:
        return message
    return f"{message}; known: {', '.join(f'${clipped(each)}' for each in names)}"
