"""Operators of ONNX Runtime on whole numbers: standard ones, with scales between their inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from convcalc.files.graph.pointwise import activated
from convcalc.files.graph.products import linear
from convcalc.files.graph.shapes import reduced
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.arrays import Constant
from convcalc.files.onnx.call import Call, Outputs, Rule, as_weight
from convcalc.files.onnx.operators.pointwise import combined
from convcalc.files.onnx.operators.products import gemm, multiplied
from convcalc.files.onnx.operators.recurrent import recurrent
from convcalc.files.onnx.operators.shapes import RULES as SHAPES
from convcalc.files.onnx.operators.windows import RULES as WINDOWS


def _of_few_bits(call: Call) -> Tensor:
    """MatMulNBits: a linear layer whose weight is packed."""
    constant = call.constant(1)
    features, out = call.integer("K"), call.integer("N")
    if constant is None or min(features, out) < 1:
        raise call.fail(f"there is no weight of {features} by {out}")
    weight = Weight(constant.name, (features, out), {constant.name: features * out})
    tensor = call.tensor(0)
    if tensor.sizes[-1:] != (features,):
        raise call.fail(f"a weight of {weight.sizes} does not fit a value of {tensor.sizes}")
    return linear(call.rows, tensor, out, [weight])


def _dynamic_product(bias_at: int) -> Rule:
    """DynamicQuantizeMatMul and MatMulIntegerToFloat: a product with a matrix of whole numbers."""

    def rule(call: Call) -> Tensor:
        value, bias = call.value(1), call.constant(bias_at)
        right = value.as_learned if isinstance(value, Constant) else value
        added = as_weight(bias) if bias is not None and bias.learned else None
        return multiplied(call, call.tensor(0), right, added)

    return rule


def _with(rule: Callable[[Call], Outputs], *places: int) -> Rule:
    """A rule for the inputs at some places alone."""

    def own(call: Call) -> Outputs:
        inputs = [call.inputs[at] if at < len(call.inputs) else None for at in places]
        return rule(call.with_inputs(inputs))

    return own


def _with_learned_bias(call: Call) -> Tensor:
    """QGemm: its bias is of whole numbers too."""
    return gemm(_learned(call))


def _learned(call: Call) -> Call:
    """With arrays of whole numbers that are learned."""
    inputs = [each.as_learned if isinstance(each, Constant) else each for each in call.inputs]
    return call.with_inputs(inputs)


def _joined(call: Call) -> Outputs:
    """QLinearConcat: a scale and a zero for the output, then each value with its own."""
    return SHAPES["Concat"](_learned(call.with_inputs(call.inputs[2::3])))


def _combined(word: str) -> Rule:
    """QLinearAdd and QLinearMul: the second operand is the fourth input."""

    def rule(call: Call) -> Tensor:
        own = _learned(call)
        return combined(own, word, [own.operand(0), own.operand(3)])

    return rule


def _activated(word: str) -> Rule:
    return lambda call: activated(call.rows, word, call.tensor(0))


def _mean(call: Call) -> Tensor:
    """QLinearGlobalAveragePool, with the channels at axis 1 or at the end."""
    tensor = call.tensor(0)
    axes: Sequence[int] = range(2, tensor.rank)
    if call.integer("channels_last"):
        axes = range(1, tensor.rank - 1)
    return reduced(call.rows, tensor, "mean", axes, is_pool=True)


def _channels_first(rule: Rule) -> Rule:
    def own(call: Call) -> Outputs:
        if call.integer("channels_last"):
            raise call.fail(f"{call.node.operator} with the channels at the end has no rule")
        return rule(call)

    return own


def _lstm(call: Call) -> Outputs:
    """DynamicQuantizeLSTM: the axes of its weights are in another order."""
    inputs = [*call.inputs]
    for at in (1, 2):
        value = call.value(at)
        if not isinstance(value, Constant) or len(value.sizes) != 3:
            raise call.fail(f"there is no weight at input {at + 1}")
        directions, features, gates = value.sizes
        inputs[at] = value.as_learned._replace(sizes=(directions, gates, features))
    return recurrent(call.with_inputs(inputs), "LSTM")


RULES: Mapping[str, Rule] = {
    "MatMulNBits": _of_few_bits,
    "DynamicQuantizeMatMul": _dynamic_product(4),
    "MatMulIntegerToFloat": _dynamic_product(6),
    "DynamicQuantizeLSTM": _lstm,
    "QGemm": _with(_with_learned_bias, 0, 3, 6),
    "QLinearAdd": _combined("add"),
    "QLinearMul": _combined("multiply"),
    "QLinearConcat": _joined,
    "QLinearSigmoid": _activated("sigmoid"),
    "QLinearLeakyRelu": _activated("leaky_relu"),
    "QLinearSoftmax": _activated("softmax"),
    "QLinearGlobalAveragePool": _mean,
    "QLinearAveragePool": _channels_first(_with(WINDOWS["AveragePool"], 0)),
}
