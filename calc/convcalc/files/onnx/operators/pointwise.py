"""Operations value by value: activations, functions without a word, and merges."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from convcalc.files.graph.merging import merged
from convcalc.files.graph.norms import by_channel, learned_function
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.pointwise import activated, computed, softmax
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.call import Call, Rule, as_tensor, as_weight
from convcalc.files.onnx.constants import Constant, broadcast, ends_of_clip

WORDS = {
    "Relu": "relu",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "HardSigmoid": "hardsigmoid",
    "HardSwish": "hardswish",
    "Mish": "mish",
    "Gelu": "gelu",
    "FastGelu": "gelu",
    "QuickGelu": "gelu",
    "Swish": "silu",
    "Identity": "identity",
    "Cast": "identity",
    "CastLike": "identity",
    "QuantizeLinear": "identity",
    "DequantizeLinear": "identity",
}
MERGES = {
    "Add": "add",
    "Sum": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Max": "maximum",
}
FUNCTIONS = """
    Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Cos Cosh Erf Exp Floor HardMax Hardmax
    IsInf IsNaN Log LogSoftmax Neg Not Reciprocal Round Shrink Sign Sin Sinh Softsign Sqrt Tan
    ThresholdedRelu Trilu CumSum Bernoulli RandomNormalLike RandomUniformLike EyeLike BiasGelu
    ReverseSequence
"""
COMBINATIONS = """
    Div Pow Mod Min Mean And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual BitShift
    BitwiseAnd BitwiseOr BitwiseXor
"""


def _word(word: str) -> Rule:
    return lambda call: activated(call.rows, word, call.tensor(0))


def _function(call: Call) -> Tensor:
    return computed(call.rows, call.node.operator, call.tensor(0))


def merge(call: Call) -> Tensor:
    """Values that are combined place by place; one alone is itself."""
    operands: list[Tensor | Weight] = []
    for value in call.inputs:
        if isinstance(value, Constant):
            operands.append(as_weight(value))
        elif value is not None:
            operands.append(value)
    word = MERGES.get(call.node.operator, call.node.operator)
    if len(operands) == 1:
        return activated(call.rows, "identity", call.tensor(0))
    if isinstance(operands[0], Weight):  # the value first, as it is the one that stays
        tensors = [each for each in operands if isinstance(each, Tensor)]
        if word in ("subtract", *COMBINATIONS.split()) and operands[0].learned:
            operands[0] = as_tensor(call.rows, call.inputs[0])  # type: ignore[arg-type]
        elif word in ("add", "multiply", "maximum") or not operands[0].learned:
            operands = [*tensors, *[each for each in operands if isinstance(each, Weight)]]
    return merged(call.rows, word, operands)


def where(call: Call) -> Tensor:
    """Where: three values."""
    values = [value for value in call.inputs if value is not None]
    tensors = [each for each in values if isinstance(each, Tensor)]
    learned = [
        as_tensor(call.rows, each) for each in values if isinstance(each, Constant) and each.learned
    ]
    try:
        sizes = broadcast([each.sizes for each in values])
    except ValueError as error:
        texts = " and ".join(str(each.sizes) for each in values)
        raise call.fail(f"{texts} do not fit together") from error
    return moved(call.rows, "Where", [*tensors, *learned], sizes)


CLIPS: Mapping[tuple[float, float], str] = {(0, 6): "relu6", (0, inf): "relu"}


def clip(call: Call) -> Tensor:
    """Clip: between 0 and 6 it is relu6, from 0 on relu."""
    ends = ends_of_clip(call.node, call.inputs)
    word = CLIPS.get(ends)
    if word is None:
        return computed(call.rows, "Clip", call.tensor(0))
    return activated(call.rows, word, call.tensor(0))


def _with_number(word: str, parameter: str, attribute: str, default: float) -> Rule:
    def rule(call: Call) -> Tensor:
        number = round(float(call.attribute(attribute, default)), 6)
        return activated(call.rows, word, call.tensor(0), {parameter: number})

    return rule


def prelu(call: Call) -> Tensor:
    """PRelu: a slope for all values, for each channel, or for each value."""
    tensor, slope = call.tensor(0), call.weight(1)
    if slope is None:
        return merged(call.rows, "PRelu", [tensor, call.tensor(1)])
    sizes = (1,) * (tensor.rank - len(slope.sizes)) + tuple(slope.sizes)
    channels = tensor.sizes[1] if tensor.rank > 1 else 1
    count = 1
    for size in sizes:
        count *= size
    if count in (1, channels) and (count == 1 or sizes[1] == channels):
        flat = slope.reshaped((count,))
        if not flat.learned:  # one number
            flat = Weight(flat.name, (1,), {flat.name: 1})
        return by_channel(call.rows, "prelu", tensor, {"num_parameters": count}, [flat])
    return learned_function(call.rows, "PRelu", tensor, [slope])


def _softmax(call: Call) -> Tensor:
    tensor = call.tensor(0)
    return softmax(call.rows, tensor, call.axis(-1, tensor.rank))


def dropout(call: Call) -> list[Tensor]:
    """Dropout: in use it changes nothing; which values are kept is a second output."""
    return [call.tensor(0)] * max(len(call.node.outputs), 1)


def softplus(call: Call) -> Tensor:
    """Softplus."""
    parameters: dict[str, Any] = {}
    return activated(call.rows, "softplus", call.tensor(0), parameters)


RULES: Mapping[str, Rule] = {
    **{name: _word(word) for name, word in WORDS.items()},
    **dict.fromkeys(FUNCTIONS.split(), _function),
    **dict.fromkeys([*MERGES, *COMBINATIONS.split()], merge),
    "Where": where,
    "Clip": clip,
    "LeakyRelu": _with_number("leaky_relu", "negative_slope", "alpha", 0.01),
    "Elu": _with_number("elu", "alpha", "alpha", 1.0),
    "Softplus": softplus,
    "Softmax": _softmax,
    "PRelu": prelu,
    "Dropout": dropout,
}
