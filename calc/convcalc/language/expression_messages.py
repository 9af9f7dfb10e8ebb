"""Which texts are expressions, and what is wrong with those that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from convcalc.errors import shortened
from convcalc.language.expressions import NO_ROUND, ROUND, evaluate, lone_variable, variables
from convcalc.language.tokens import ExpressionError
from convcalc.layers import NAME
from convcalc.operations.declarations import ParameterKind
from convcalc.wording import did_you_mean

TIMES = re.compile(r"\d+(x\d+)+")
PAIRS = re.compile(r"\d+:\d+(x\d+:\d+)*")
NAMED_PADDING = ("same", "valid", "causal")

PADDING_KINDS = (ParameterKind.PADDING, ParameterKind.WIDTHS)
NAMED_KINDS = (ParameterKind.CUTS, ParameterKind.FACTORS)
"""The kinds that may be the name of a value."""
TEXT_KINDS = (
    ParameterKind.CHOICE,
    ParameterKind.WORDS,
    ParameterKind.FLAG,
    ParameterKind.TEXT,
)
WORDS_OF_KIND = {
    ParameterKind.OUTPUT_SHAPE: ("same",),
    ParameterKind.KNOWN: ("unknown",),
    ParameterKind.KNOWN_MACS: ("none", "unknown"),
}
"""The words that stand for themselves where an expression may stand too."""


def meant_as_text(value: str, kind: ParameterKind) -> bool:
    """Whether a text stands for itself, and is not an expression.

    >>> meant_as_text("same", ParameterKind.PADDING), meant_as_text("same", ParameterKind.WHOLE)
    (True, False)
    """
    if kind in PADDING_KINDS:
        return value in NAMED_PADDING
    if kind in WORDS_OF_KIND:
        return value in WORDS_OF_KIND[kind]
    if kind in NAMED_KINDS:
        return NAME.fullmatch(value) is not None
    if kind in TEXT_KINDS:
        return lone_variable(value) is None
    return False


def unreadable(value: Any, kind: ParameterKind, names: Iterable[str] = ()) -> str | None:
    """What is wrong with a value where an expression is expected, whatever its variables are.

    >>> unreadable("3x5", ParameterKind.SIZES), unreadable("3 * $k", ParameterKind.SIZES)
    ('3x5 is written [3, 5] here', None)
    """
    if isinstance(value, list):
        return next(filter(None, (unreadable(item, kind, names) for item in value)), None)
    if not isinstance(value, str) or meant_as_text(value, kind):
        return None
    if kind in PADDING_KINDS and NAME.fullmatch(value):
        hint = did_you_mean(value, NAMED_PADDING)
        return f"{value} is not a number, same, valid or causal{hint}"
    if kind in WORDS_OF_KIND and NAME.fullmatch(value):
        return f"{value} is not {kind.value}{did_you_mean(value, WORDS_OF_KIND[kind])}"
    try:
        variables(value)
    except ExpressionError as error:
        return _unreadable_message(value, error, names)
    return None


def unknown_variables(text: str, names: Collection[str]) -> list[str]:
    """A message for each variable of an expression that is not there.

    >>> unknown_variables("$widht * 2", ["width"])
    ['unknown variable $widht; did you mean $width?']
    """
    unknown = [name for name in variables(text) if name not in names]
    return [f"unknown variable ${name}{_variable_hint(name, names)}" for name in sorted(unknown)]


def _variable_hint(name: str, names: Collection[str]) -> str:
    if name == ROUND:
        return NO_ROUND
    if name in getattr(names, "arguments", ()):
        return "; the default of an argument cannot use other arguments"
    return did_you_mean(name, names).replace("mean ", "mean $")


def _unreadable_message(text: str, error: ExpressionError, names: Iterable[str]) -> str:
    if TIMES.fullmatch(text):
        return sizes_message(text)
    if PAIRS.fullmatch(text):
        pairs = [f"[{pair.replace(':', ', ')}]" for pair in text.split("x")]
        return f"{text} is written [{', '.join(pairs)}] here"
    try:
        evaluate(text, dict.fromkeys(names, 1))
    except ExpressionError as informed:  # it knows the variables
        error = informed
    return expression_message(text, error)


def sizes_message(text: str) -> str:
    """How sizes joined by x are written in a file.

    >>> sizes_message("3x32x32")
    '3x32x32 is written [3, 32, 32] here'
    """
    return f"{text} is written [{', '.join(text.split('x'))}] here"


def expression_message(text: str, error: ExpressionError) -> str:
    """What is wrong with an expression, after as much of it as a message can carry.

    >>> expression_message("2 / 0", ExpressionError("division by zero", 4, 1))
    '2 / 0: division by zero'
    """
    if error.message.startswith(f"{text} "):
        return error.message
    return f"{shortened(text)}: {error.message}"
