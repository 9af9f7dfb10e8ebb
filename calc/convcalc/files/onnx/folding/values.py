"""Folding of operators that compute each value from those at the same place."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from convcalc.files.onnx.arrays import (
    Constant,
    NotConstantError,
    all_learned,
    are_few,
    broadcast,
    spread,
)
from convcalc.files.onnx.folding.arguments import ends_of_clip
from convcalc.files.onnx.model import Node

Inputs: TypeAlias = "Sequence[Constant | None]"
Fold: TypeAlias = "Callable[[Node, Inputs], Constant | list[Constant]]"
UNCOMPUTED = (
    "Scatter",
    "ScatterElements",
    "ScatterND",
    "Acos",
    "Acosh",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "Celu",
    "Cosh",
    "Elu",
    "Erf",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "IsInf",
    "IsNaN",
    "LeakyRelu",
    "LogSoftmax",
    "Mish",
    "Selu",
    "Shrink",
    "Sinh",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tan",
    "ThresholdedRelu",
    "Trilu",
    "CumSum",
    "BitwiseNot",
)
"""Functions that no sizes need; their values stay unknown."""
MOST_EXPONENT = 64
LARGEST_BASE = 10**9
BOOL = 9
FLOAT_TYPES = frozenset({1, 10, 11, 16, 17, 18, 19, 20})
WHOLE_TYPES = frozenset({2, 3, 4, 5, 6, 7, 12, 13})


def given(constant: Constant | None) -> Constant:
    """An input that has to be there.

    Raises:
        NotConstantError: it is left out.
    """
    if constant is None:
        raise NotConstantError
    return constant


def _computed(function: Callable[..., Any] | None, is_float: bool | None = None) -> Fold:
    """A function of the values at a place; without it only the sizes are known."""

    def fold(node: Node, inputs: Inputs) -> Constant:
        operands = [given(each) for each in inputs]
        sizes = broadcast([each.sizes for each in operands])
        values = None
        if function and are_few(sizes):
            lists = [spread(each, sizes).values for each in operands]
            if all(each is not None for each in lists):
                values = [function(*each) for each in zip(*filter(None, lists), strict=True)]
        floats = any(each.is_float for each in operands) if is_float is None else is_float
        return Constant(node.outputs[0], sizes, values, floats, all_learned(operands))

    return fold


def _divided(one: Any, other: Any) -> Any:
    if isinstance(one, int) and isinstance(other, int):
        quotient = abs(one) // abs(other)
        return quotient if (one < 0) == (other < 0) else -quotient
    return one / other


def _modulo(node: Node, inputs: Inputs) -> Constant | list[Constant]:
    return _computed(math.fmod if node.integer("fmod", 0) else operator.mod)(node, inputs)


def _power(one: Any, other: Any) -> Any:
    if abs(other) > MOST_EXPONENT or abs(one) > LARGEST_BASE:
        raise NotConstantError
    found = one**other
    if isinstance(found, complex):
        raise NotConstantError
    return found


def _where(condition: Any, one: Any, other: Any) -> Any:
    return one if condition else other


def _cast(node: Node, inputs: Inputs) -> Constant:
    data, kind = given(inputs[0]), node.integer("to", 1)
    change: Callable[[Any], Any] | None = None
    if kind in FLOAT_TYPES:
        change = float
    elif kind == BOOL:
        change = bool
    elif kind in WHOLE_TYPES:
        change = int
    values = None
    if data.values is not None and change is not None:
        values = [change(value) for value in data.values]
    return data._replace(name=node.outputs[0], values=values, is_float=kind in FLOAT_TYPES)


def _clipped(node: Node, inputs: Inputs) -> Constant:
    data, ends = given(inputs[0]), ends_of_clip(node, inputs)
    values = None
    if data.values is not None and ends is not None:
        low, high = ends
        values = [min(max(value, low), high) for value in data.values]
    return data._replace(name=node.outputs[0], values=values)


def kept(node: Node, inputs: Inputs) -> Constant:
    """The first input as it is."""
    return given(inputs[0])._replace(name=node.outputs[0])


def _weight(node: Node, inputs: Inputs) -> Constant:
    """Numbers of few bits that stand for learned ones."""
    data = given(inputs[0]).as_learned
    return data._replace(name=node.outputs[0], values=None, is_float=True)


def _like_first(function: Callable[[Any], Any]) -> Fold:
    return _computed(function, is_float=True)


FOLDS: Mapping[str, Fold] = {
    "Identity": kept,
    "Dropout": kept,
    "CastLike": kept,
    "QuantizeLinear": kept,
    "DequantizeLinear": _weight,
    "Cast": _cast,
    "Clip": _clipped,
    "Mod": _modulo,
    "Add": _computed(operator.add),
    "Sub": _computed(operator.sub),
    "Mul": _computed(operator.mul),
    "Div": _computed(_divided),
    "Pow": _computed(_power),
    "Min": _computed(lambda *values: min(values)),
    "Max": _computed(lambda *values: max(values)),
    "Sum": _computed(lambda *values: sum(values)),
    "Mean": _computed(lambda *values: sum(values) / len(values)),
    "Neg": _computed(operator.neg),
    "Abs": _computed(abs),
    "Sign": _computed(lambda value: (value > 0) - (value < 0)),
    "Relu": _computed(lambda value: max(value, 0)),
    "Floor": _like_first(lambda value: float(math.floor(value))),
    "Ceil": _like_first(lambda value: float(math.ceil(value))),
    "Round": _like_first(lambda value: float(round(value))),
    "Sqrt": _like_first(math.sqrt),
    "Reciprocal": _like_first(lambda value: 1 / value),
    "Exp": _like_first(math.exp),
    "Log": _like_first(math.log),
    "Sin": _like_first(math.sin),
    "Cos": _like_first(math.cos),
    "Sigmoid": _like_first(lambda value: 1 / (1 + math.exp(-value))),
    "Tanh": _like_first(math.tanh),
    "Equal": _computed(operator.eq, is_float=False),
    "Greater": _computed(operator.gt, is_float=False),
    "GreaterOrEqual": _computed(operator.ge, is_float=False),
    "Less": _computed(operator.lt, is_float=False),
    "LessOrEqual": _computed(operator.le, is_float=False),
    "And": _computed(lambda one, other: bool(one and other), is_float=False),
    "Or": _computed(lambda one, other: bool(one or other), is_float=False),
    "Xor": _computed(lambda one, other: bool(one) != bool(other), is_float=False),
    "Not": _computed(operator.not_, is_float=False),
    "Where": _computed(_where),
    **dict.fromkeys(
        UNCOMPUTED,
        lambda node, inputs: kept(node, inputs)._replace(values=None),
    ),
}
