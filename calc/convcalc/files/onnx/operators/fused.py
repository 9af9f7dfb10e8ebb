"""Operators of ONNX Runtime that are several standard ones in one."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcalc.files.graph.merging import merged
from convcalc.files.graph.pointwise import activated, computed
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.onnx.arrays import Constant
from convcalc.files.onnx.call import AnyValue, Call, Rule, as_weight
from convcalc.files.onnx.operators.norms import normalized_from
from convcalc.files.onnx.operators.pointwise import WORDS
from convcalc.files.onnx.operators.products import batch_of, gemm, multiplied
from convcalc.files.onnx.operators.unknown import unknown
from convcalc.files.onnx.operators.windows import conv

FEATURES = 2
"""The axis of the features."""


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
    """FusedMatMul: a product of matrices whose axes may be in another order."""
    return multiplied(call, _turned(call, 0, "A"), _turned(call, 1, "B"))


def _turned(call: Call, at: int, letter: str) -> Tensor | Constant:
    """An operand, by attributes with the first axis before the last, and the last two swapped."""
    value = call.value(at)
    order = [*range(len(value.sizes))]
    if call.integer(f"transBatch{letter}"):
        order = [*order[1:-1], order[0], order[-1]]
    if call.integer(f"trans{letter}"):
        order[-2:] = order[:-3:-1]
    if isinstance(value, Tensor):
        return value.transposed(order)
    return value._replace(sizes=tuple([value.sizes[axis] for axis in order]))


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


def _attention(call: Call) -> list[AnyValue | None]:
    """MultiHeadAttention: queries, keys and values with the features of all heads."""
    queries, keys, values = call.tensor(0), call.value(1), call.value(2)
    ranks = {queries.rank, len(keys.sizes), len(values.sizes)}
    if ranks != {FEATURES + 1} or any(call.is_read(at) for at in range(1, len(call.node.outputs))):
        return unknown(call)
    weights = [each for each in call.weights(3) if each.learned]
    sizes = (*queries.sizes[:FEATURES], values.sizes[FEATURES])
    macs = prod(sizes[:FEATURES]) * keys.sizes[1] * (queries.sizes[FEATURES] + sizes[FEATURES])
    macs //= batch_of(call, call.tensors)
    title = call.node.operator
    return [weighted_opaque(call.rows, title, call.tensors, sizes, weights, macs=macs)]


def _projected_attention(call: Call) -> list[AnyValue | None]:
    """Attention: a linear layer for queries, keys and values, and the products of them."""
    tensor, weight = call.tensor(0), call.constant(1)
    if (
        weight is None
        or len(weight.sizes) != FEATURES
        or call.has(4)
        or tensor.rank != FEATURES + 1
    ):
        return unknown(call)
    widths = call.node.integers("qkv_hidden_sizes") or [weight.sizes[1] // 3] * 3
    if len(widths) != 3 or sum(widths) != weight.sizes[1] or tensor.sizes[-1] != weight.sizes[0]:
        raise call.fail(f"a weight of {weight.sizes} does not fit a value of {tensor.sizes}")
    weights = [each for each in [as_weight(weight.as_learned), *call.weights(2)] if each.learned]
    items, length = prod(tensor.sizes[:FEATURES]), tensor.sizes[1]
    macs = items * (prod(weight.sizes) + length * (widths[0] + widths[2]))
    macs //= batch_of(call, [tensor])
    sizes = (*tensor.sizes[:FEATURES], widths[2])
    return [weighted_opaque(call.rows, "Attention", [tensor], sizes, weights, macs=macs)]


RULES: Mapping[str, Rule] = {
    "Attention": _projected_attention,
    "MultiHeadAttention": _attention,
    "FusedConv": _conv,
    "FusedGemm": _gemm,
    "FusedMatMul": _matmul,
    "BiasGelu": _gelu,
    "FastGelu": _gelu,
    "QuickGelu": _gelu,
    "SkipLayerNormalization": _skipping,
}
