"""Operators of ONNX Runtime that are several standard ones in one."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.files.graph.merging import merged
from convcalc.files.graph.pointwise import activated, computed
from convcalc.files.graph.products import linear
from convcalc.files.graph.shapes import reduced
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.arrays import Constant
from convcalc.files.onnx.call import AnyValue, Call, Rule, as_weight
from convcalc.files.onnx.operators.norms import normalized_from
from convcalc.files.onnx.operators.pointwise import WORDS, combined
from convcalc.files.onnx.operators.products import gemm, multiplied
from convcalc.files.onnx.operators.unknown import unknown
from convcalc.files.onnx.operators.windows import conv


def _activated(call: Call, tensor: Tensor, name: str) -> Tensor:
    if not name:
        return tensor
    word = WORDS.get(name)
    return activated(call.rows, word, tensor) if word else computed(call.rows, name, tensor)


def _conv(call: Call) -> Tensor:
    """FusedConv: a convolution, a sum and an activation."""
    made = conv(call)
    if call.has(3):
        made = merged(call.rows, "add", [made, call.operand(3)])
    return _activated(call, made, call.node.text("activation", ""))


def _gemm(call: Call) -> Tensor:
    """FusedGemm: a linear layer and an activation."""
    return _activated(call, gemm(call), call.node.text("activation", ""))


def _matmul(call: Call) -> Tensor:
    """FusedMatMul: a product of matrices that may be transposed."""
    values: list[Tensor | Constant] = []
    for at, name in enumerate(("transA", "transB")):
        value = call.value(at)
        order = [*range(len(value.sizes))]
        if call.integer(name):
            order[-2:] = order[:-3:-1]
        if isinstance(value, Tensor):
            values.append(value.transposed(order))
        else:
            values.append(value._replace(sizes=tuple([value.sizes[axis] for axis in order])))
    return multiplied(call, values[0], values[1])


def _gelu(call: Call) -> Tensor:
    """BiasGelu and FastGelu: a bias and an activation."""
    tensor = call.tensor(0)
    if call.has(1):
        tensor = merged(call.rows, "add", [tensor, call.operand(1)])
    return activated(call.rows, "gelu", tensor)


def _skipping(call: Call) -> list[AnyValue | None]:
    """SkipLayerNormalization: a sum of two or three, and a norm."""
    operands = [call.operand(0), call.operand(1)]
    if call.has(4):
        operands.append(call.operand(4))
    total = merged(call.rows, "add", operands)
    norm = call.node._replace(attributes={"axis": -1})
    own = Call(call.rows, norm, [total, *call.inputs[2:4]], opset=call.opset)
    made: list[AnyValue | None] = [normalized_from(own, total)]
    made += [None] * (len(call.node.outputs) - 1)
    if len(made) > 3:
        made[3] = total
    return made


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


def _quantized(word: str) -> Rule:
    """QLinearAdd and QLinearMul: the second operand is the fourth input."""

    def rule(call: Call) -> Tensor:
        return combined(call, word, [call.operand(0), call.operand(3)])

    return rule


def _quantized_activation(word: str) -> Rule:
    return lambda call: activated(call.rows, word, call.tensor(0))


def _quantized_mean(call: Call) -> Tensor:
    tensor = call.tensor(0)
    return reduced(call.rows, tensor, "mean", range(2, tensor.rank))


def _dynamic_product(call: Call) -> Tensor:
    """DynamicQuantizeMatMul and MatMulIntegerToFloat: a product with a matrix of whole numbers."""
    value = call.value(1)
    right = value.as_learned if isinstance(value, Constant) else value
    return multiplied(call, call.tensor(0), right, _bias(call))


def _bias(call: Call) -> Weight | None:
    at = 4 if call.node.operator == "DynamicQuantizeMatMul" else 6
    bias = call.constant(at)
    return as_weight(bias) if bias is not None and bias.learned else None


RULES: Mapping[str, Rule] = {
    "Attention": unknown,
    "FusedConv": _conv,
    "FusedGemm": _gemm,
    "FusedMatMul": _matmul,
    "BiasGelu": _gelu,
    "FastGelu": _gelu,
    "QuickGelu": _gelu,
    "SkipLayerNormalization": _skipping,
    "MatMulNBits": _of_few_bits,
    "DynamicQuantizeMatMul": _dynamic_product,
    "MatMulIntegerToFloat": _dynamic_product,
    "QLinearAdd": _quantized("add"),
    "QLinearMul": _quantized("multiply"),
    "QLinearSigmoid": _quantized_activation("sigmoid"),
    "QLinearLeakyRelu": _quantized_activation("leaky_relu"),
    "QLinearGlobalAveragePool": _quantized_mean,
}
