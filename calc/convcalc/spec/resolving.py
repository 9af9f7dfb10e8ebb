"""Values as they are written, with their expressions worked out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from convcalc.errors import SpecError
from convcalc.expressions import ExpressionError, evaluate, lone_variable
from convcalc.operations.words import Kind
from convcalc.spec.steps import expression_told, meant_as_text


def resolved(value: Any, kind: Kind, names: Mapping[str, Any]) -> Any:
    """A parameter's value; a variable alone may stand for anything.

    Raises:
        SpecError: an expression cannot be worked out, or does not come to a whole number.

    >>> resolved(["$k", 3], Kind.SIZES, {"k": 5}), resolved("$mid * 4", Kind.WHOLE, {"mid": 64})
    ([5, 3], 256)
    """
    if isinstance(value, list):
        return [resolved(item, kind, names) for item in value]
    if not isinstance(value, str) or meant_as_text(value, kind):
        return value
    name = lone_variable(value)
    if name is not None and name in names and not isinstance(names[name], (float, Fraction)):
        return names[name]
    return _number(value, evaluated(value, names), kind)


def argument(value: Any, names: Mapping[str, Any]) -> Any:
    """What a block's argument stands for: a number where it can be one, else as it is.

    >>> argument("$width * 8", {"width": 2}), argument("same", {}), argument([1, "$p"], {"p": 2})
    (16, 'same', [1, 2])
    """
    if isinstance(value, list):
        return [argument(item, names) for item in value]
    if not isinstance(value, str):
        return value
    if "$" in value:
        name = lone_variable(value)
        return names[name] if name is not None and name in names else evaluated(value, names)
    try:
        return evaluate(value, names)
    except ExpressionError:
        return value


def evaluated(text: str, names: Mapping[str, Any]) -> int | Fraction:
    """What an expression comes to.

    Raises:
        SpecError: it cannot be worked out.
    """
    try:
        return evaluate(text, names)
    except ExpressionError as error:
        raise SpecError(expression_told(text, error)) from error


def _number(text: str, number: int | Fraction, kind: Kind) -> int | float:
    if kind is Kind.NUMBER:
        return float(number) if isinstance(number, Fraction) else number
    if isinstance(number, Fraction):
        raise SpecError(f"{text} comes to {float(number):g}, not a whole number")
    return number
