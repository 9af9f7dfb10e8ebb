"""Operations value by value: activations, functions without a word, and merges."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, prod

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import merged
from convcalc.files.graph.norms import by_channel, learned_function
from convcalc.files.graph.pointwise import activated, computed, softmax
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.call import Call, Rule, as_tensor
from convcalc.files.onnx.folding.arguments import ends_of_clip

WORDS = {
    "Relu": "relu",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "HardSigmoid": "hardsigmoid",
    "HardSwish": "hardswish",
    "Mish": "mish",
    "Gelu": "gelu",
    "Swish": "silu",
    "Softplus": "softplus",
    "Identity": "identity",
    "Cast": "identity",
    "CastLike": "identity",
    "BitCast": "identity",
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
FUNCTIONS = [
    "Abs",
    "Acos",
    "Acosh",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "BitwiseNot",
    "Ceil",
    "Celu",
    "Cos",
    "Cosh",
    "Erf",
    "Exp",
    "Floor",
    "IsInf",
    "IsNaN",
    "Log",
    "Neg",
    "Not",
    "Reciprocal",
    "Round",
    "Shrink",
    "Sign",
    "Sin",
    "Sinh",
    "Softsign",
    "Sqrt",
    "Tan",
    "ThresholdedRelu",
    "Trilu",
    "CumSum",
    "Bernoulli",
    "RandomNormalLike",
    "RandomUniformLike",
    "EyeLike",
    "ReverseSequence",
    "RotaryEmbedding",
]
COMBINATIONS = [
    "Div",
    "Pow",
    "Mod",
    "Min",
    "Mean",
    "And",
    "Or",
    "Xor",
    "Equal",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "BitShift",
    "BitwiseAnd",
    "BitwiseOr",
    "BitwiseXor",
    "Where",
]
IN_ANY_ORDER = ("add", "multiply", "maximum")
FIRST_OPSET_ALONG_ONE_AXIS = 13
FIRST_OPSET_THAT_BROADCASTS = 7


def _word(word: str) -> Rule:
    return lambda call: activated(call.rows, word, call.tensor(0))


def _function(call: Call) -> Tensor:
    return computed(call.rows, call.node.operator, call.tensor(0))


def merge(call: Call) -> Tensor:
    """Values that are combined place by place; one alone is itself."""
    operands = [call.operand(at) for at in range(len(call.inputs))]
    if len(operands) == 1:
        return activated(call.rows, "identity", call.tensor(0))
    if call.opset < FIRST_OPSET_THAT_BROADCASTS and call.integer("broadcast"):
        operands[1] = _aligned(call, operands[0], call.operand(1))
    return combined(call, MERGES.get(call.node.operator, call.node.operator), operands)


def combined(call: Call, word: str, operands: list[Tensor | Weight]) -> Tensor:
    """Values and weights that are combined, a value first, as it is the one that stays.

    Args:
        call: the node.
        word: what it does.
        operands: what it combines.
    """
    if not any(isinstance(each, Tensor) for each in operands):
        operands[0] = call.tensor(0)
    if isinstance(operands[0], Weight):
        if word not in IN_ANY_ORDER and operands[0].learned:
            operands[0] = as_tensor(call.rows, call.inputs[0])  # type: ignore[arg-type]
        else:
            operands.sort(key=lambda each: isinstance(each, Weight))
    return merged(call.rows, word, operands)


def _aligned(call: Call, one: Tensor | Weight, other: Tensor | Weight) -> Tensor | Weight:
    """An operand of the oldest files, whose axes begin at `axis` of the first."""
    rank, own = len(one.sizes), len(other.sizes)
    at = call.axis(rank - own, rank) if own else 0
    sizes = (*other.sizes, *[1] * (rank - own - at))
    return other.reshaped(sizes) if isinstance(other, Weight) else reshaped(call.rows, other, sizes)


CLIPS: Mapping[tuple[float, float], str] = {(0, 6): "relu6", (0, inf): "relu"}


def clip(call: Call) -> Tensor:
    """Clip: between 0 and 6 it is relu6, from 0 on relu."""
    ends = ends_of_clip(call.node, call.inputs)
    word = None if ends is None else CLIPS.get(ends)
    if word is None:
        return computed(call.rows, "Clip", call.tensor(0))
    return activated(call.rows, word, call.tensor(0))


def _with_number(word: str, parameter: str, default: float) -> Rule:
    def rule(call: Call) -> Tensor:
        number = call.node.real("alpha", default)
        if not -inf < number < inf:
            raise call.fail(f"alpha is {number}")
        return activated(call.rows, word, call.tensor(0), {parameter: float(f"{number:.6g}")})

    return rule


def prelu(call: Call) -> Tensor:
    """PRelu: a slope for all values, for each channel, or for each value."""
    tensor, slope = call.tensor(0), call.weight(1)
    if slope is None:
        return merged(call.rows, "PRelu", [tensor, call.tensor(1)])
    sizes = (1,) * (tensor.rank - len(slope.sizes)) + tuple(slope.sizes)
    if call.opset < FIRST_OPSET_THAT_BROADCASTS and slope.sizes == tensor.sizes[1:2]:
        sizes = (1, *slope.sizes, *[1] * (tensor.rank - 2))
    count = prod(sizes)
    if not slope.learned:
        if count == 1:
            call.rows.note("the slope of a single number is not counted as a parameter")
        return computed(call.rows, "PRelu", tensor)
    if tensor.rank > 1 and count == sizes[1] == tensor.sizes[1]:
        slopes = {"num_parameters": count}
        return by_channel(call.rows, "prelu", tensor, slopes, [slope.reshaped((count,))])
    if len(sizes) > tensor.rank or any(
        mine not in (1, size) for mine, size in zip(sizes, tensor.sizes, strict=True)
    ):
        raise call.fail(f"slopes of {slope.sizes} do not fit a value of {tensor.sizes}")
    return learned_function(call.rows, "PRelu", tensor, [slope])


def _softmax(call: Call) -> Tensor:
    """Softmax: up to opset 12 over all axes from `axis` on."""
    tensor = call.tensor(0)
    if call.node.operator != "Softmax":
        return _function(call)
    if call.opset >= FIRST_OPSET_ALONG_ONE_AXIS:
        return softmax(call.rows, tensor, call.axis(-1, tensor.rank))
    axis = call.axis(1, tensor.rank)
    long = [at for at in range(axis, tensor.rank) if tensor.sizes[at] > 1]
    return softmax(call.rows, tensor, long[0]) if len(long) == 1 else _function(call)


def _dropout(call: Call) -> list[Tensor]:
    """Dropout: in use it changes nothing; which values are kept is a second output."""
    return [call.tensor(0)] * max(len(call.node.outputs), 1)


RULES: Mapping[str, Rule] = {
    **{name: _word(word) for name, word in WORDS.items()},
    **dict.fromkeys(FUNCTIONS, _function),
    **dict.fromkeys([*MERGES, *COMBINATIONS], merge),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax"), _softmax),
    "Clip": clip,
    "LeakyRelu": _with_number("leaky_relu", "negative_slope", 0.01),
    "Elu": _with_number("elu", "alpha", 1.0),
    "PRelu": prelu,
    "Dropout": _dropout,
}
