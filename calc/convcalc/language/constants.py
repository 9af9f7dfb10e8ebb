"""What is wrong with a value as it is written, whatever the variables in it stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.errors import SpecError, value_text
from convcalc.language.expressions import lone_variable
from convcalc.language.problems import spelled
from convcalc.layers import LONGEST_NAME
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.opaque import SAME, Opaque
from convcalc.operations.registry import DECLARATIONS
from convcalc.operations.shapes import ends_of, shape_with_rest
from convcalc.values import (
    dims_of,
    factors,
    flag,
    number,
    one_of,
    padding_of,
    per_dimension,
    shape_of,
    whole,
    whole_list,
)
from convcalc.wording import did_you_mean

NUMERIC = (
    ParameterKind.WHOLE,
    ParameterKind.SIZES,
    ParameterKind.PADDING,
    ParameterKind.WIDTHS,
    ParameterKind.NUMBER,
    ParameterKind.CUTS,
    ParameterKind.FACTORS,
)
"""The kinds that an expression may stand for."""


def wrong_constant(declaration: Declaration, name: str, value: Any) -> str | None:
    """What is wrong with a parameter whatever the input is; None if nothing, or if it depends.

    >>> wrong_constant(DECLARATIONS["conv"], "kernel_size", [3, 0])
    'kernel_size=[3, 0] has a value that is below 1'
    >>> wrong_constant(DECLARATIONS["conv"], "padding", [None, "$how", 1])
    "padding=[null, '$how', 1] is not a list of whole numbers"
    >>> wrong_constant(DECLARATIONS["conv"], "padding", ["$how", 1])
    """
    kind = declaration.kinds[name]
    if isinstance(value, str) and (kind in NUMERIC or lone_variable(value) is not None):
        return None
    if value is None and declaration.defaults.get(name, ...) is None:
        return None  # written out, but empty: as if left out
    try:
        if kind is ParameterKind.CHOICE:
            one_of(name, value, declaration.choices[name])
            return None
        CHECKS[kind](
            name, value if kind is ParameterKind.WORDS else _filled(value), declaration.least(name)
        )
    except SpecError as error:
        as_written = SpecError(error.fact, **{**error.values, name: value})
        return spelled(as_written.suggesting(**error.instead))
    return None


def wrong_repeat(value: Any) -> str | None:
    """The same for how often a layer is repeated."""
    if value is None or isinstance(value, str):
        return None
    try:
        whole("repeat", value, least=0)
    except SpecError as error:
        return spelled(error)
    return None


def wrong_condition(value: Any) -> str | None:
    """The same for the condition on which a layer is there.

    >>> wrong_condition([1]), wrong_condition(True)
    ('if=[1] is neither an expression nor true nor false', None)
    """
    if value is None or isinstance(value, (str, bool)):
        return None
    try:
        number("if", value)
    except SpecError:
        return spelled(
            SpecError("{if} is neither an expression nor true nor false", **{"if": value})
        )
    return None


def between_declaration(text: Any) -> Declaration:
    """The operation that a word for `between` stands for.

    Raises:
        SpecError: it is not such a word.
    """
    declaration = DECLARATIONS.get(text) if isinstance(text, str) else None
    if declaration is None or not declaration.stands_alone:
        words = [word for word, each in DECLARATIONS.items() if each.stands_alone]
        hint = did_you_mean(str(text), words)
        raise SpecError(f"unknown operation {value_text(text)} for between{hint}")
    return declaration


def between_words(words: Any) -> list[Any]:
    """What `between` holds, if that is a list.

    Raises:
        SpecError: it is anything else.
    """
    if not isinstance(words, list):
        raise SpecError("expected a list of words such as batch_norm or relu")
    return words


def _filled(value: Any) -> Any:
    """The value with the least number in place of each expression in a list."""
    if not isinstance(value, list):
        return value
    return [1 if isinstance(item, str) else _filled(item) for item in value]


def _check_number(name: str, value: Any, _least: int) -> None:
    number(name, value)


def _check_flag(name: str, value: Any, _least: int) -> None:
    flag(name, value)


def _check_sizes(name: str, value: Any, least: int) -> None:
    per_dimension(name, value, dims_of(None, **{name: value}), least)


def _check_padding(name: str, value: Any, _least: int) -> None:
    padding_of(value, dims_of(None, **{name: value}), name)


def _check_numbers(name: str, value: Any, least: int) -> None:
    if not whole_list(name, value, least):
        raise SpecError(f"{{{name}}} is an empty list", **{name: value})


def _check_factors(name: str, value: Any, _least: int) -> None:
    factors(name, value, dims_of(None, **{name: value}))


def _check_shape(name: str, value: Any, _least: int) -> None:
    shape_with_rest(name, value)


def _check_ends(name: str, value: Any, _least: int) -> None:
    ends_of(name, value)


def _check_words(_name: str, value: Any, _least: int) -> None:
    for text in between_words(value):
        if not isinstance(text, str) or lone_variable(text) is None:
            between_declaration(text)


def _check_text(name: str, value: Any, _least: int) -> None:
    if not isinstance(value, str) or not value or len(value) > LONGEST_NAME:
        raise SpecError(
            f"{{{name}}} is not a name of at most {LONGEST_NAME} characters", **{name: value}
        )


def _check_output_shape(name: str, value: Any, _least: int) -> None:
    if value != SAME:
        shape_of(name, value)


def _check_known(name: str, value: Any, _least: int) -> None:
    Opaque("opaque", shape=SAME, **{name: value})


CHECKS: dict[ParameterKind, Callable[[str, Any, int], object]] = {
    ParameterKind.WHOLE: whole,
    ParameterKind.NUMBER: _check_number,
    ParameterKind.FLAG: _check_flag,
    ParameterKind.SIZES: _check_sizes,
    ParameterKind.PADDING: _check_padding,
    ParameterKind.WIDTHS: _check_padding,
    ParameterKind.NUMBERS: _check_numbers,
    ParameterKind.CUTS: _check_padding,
    ParameterKind.FACTORS: _check_factors,
    ParameterKind.SHAPE: _check_shape,
    ParameterKind.ENDS: _check_ends,
    ParameterKind.WORDS: _check_words,
    ParameterKind.TEXT: _check_text,
    ParameterKind.OUTPUT_SHAPE: _check_output_shape,
    ParameterKind.KNOWN: _check_known,
    ParameterKind.KNOWN_MACS: _check_known,
}
"""What a constant must be, by kind, unless the declaration has a choice of words for it."""
