"""Linear layers and products of values."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import merged
from convcalc.files.graph.products import linear, matmul
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.onnx.arrays import Constant, broadcast
from convcalc.files.onnx.call import Call, Rule, as_weight

MATRIX = 2


def gemm(call: Call) -> Tensor:
    """Gemm: `A' * B' + C`."""
    tensor, constant = call.tensor(0), call.constant(1)
    if tensor.rank != MATRIX or len(call.value(1).sizes) != MATRIX:
        raise call.fail(f"{tensor.sizes} and {call.value(1).sizes} are not two matrices")
    if call.integer("transA"):
        tensor = tensor.transposed([1, 0])
    if constant is None:
        other = call.tensor(1)
        made = matmul(
            call.rows, tensor, other.transposed([1, 0]) if call.integer("transB") else other
        )
        return merged(call.rows, "add", [made, call.operand(2)]) if call.has(2) else made
    weight = as_weight(constant.as_learned)
    features, out = weight.sizes[::-1] if call.integer("transB") else weight.sizes
    if tensor.sizes[-1] != features:
        raise call.fail(f"a weight of {weight.sizes} does not fit a value of {tensor.sizes}")
    bias = call.weight(2)
    if bias is None or not bias.learned:
        made = linear(call.rows, tensor, out, [weight])
        return merged(call.rows, "add", [made, call.operand(2)]) if call.has(2) else made
    if prod(bias.sizes) != out:
        made = linear(call.rows, tensor, out, [weight])
        return merged(call.rows, "add", [made, bias])
    return linear(call.rows, tensor, out, [weight, bias])


def product(call: Call, one: int = 0, other: int = 1, bias: Weight | None = None) -> Tensor:
    """MatMul: with a constant matrix it is a linear layer."""
    first, second = call.value(one), call.value(other)
    ranks = len(first.sizes), len(second.sizes)
    if 0 in ranks:
        raise call.fail(f"{first.sizes} and {second.sizes} do not fit together in a matrix product")
    left = _reshaped(call, first, (1, *first.sizes)) if ranks[0] == 1 else first
    right = _reshaped(call, second, (*second.sizes, 1)) if ranks[1] == 1 else second
    made = multiplied(call, left, right, bias)
    if 1 not in ranks:
        return made
    sizes = [*made.sizes[:-2]]
    sizes += [made.sizes[-2]] * (ranks[0] > 1) + [made.sizes[-1]] * (ranks[1] > 1)
    return reshaped(call.rows, made, sizes)


def _reshaped(call: Call, value: Tensor | Constant, sizes: tuple[int, ...]) -> Tensor | Constant:
    if isinstance(value, Constant):
        return value._replace(sizes=sizes)
    return reshaped(call.rows, value, sizes)


def multiplied(
    call: Call, left: Tensor | Constant, right: Tensor | Constant, bias: Weight | None = None
) -> Tensor:
    """The product of two values, each at least a matrix."""
    a, b = tuple(left.sizes), tuple(right.sizes)
    lead = broadcast([a[:-2], b[:-2]])
    if a[-1] != b[-2]:
        raise call.fail(f"{a} and {b} do not fit together in a matrix product")
    if isinstance(left, Tensor) and isinstance(right, Constant):
        weight = as_weight(_matrix(right))
        if len(weight.sizes) == MATRIX and len(b) <= len(a):
            weights = [weight] if bias is None else [weight, bias]
            return linear(call.rows, left, b[-1], weights)
    if isinstance(right, Tensor) and isinstance(left, Constant):
        weight = as_weight(_matrix(left))
        if len(weight.sizes) == MATRIX and len(a) <= len(b):
            return linear(call.rows, right, a[-2], [weight], axis=-2)
    if isinstance(left, Tensor) and isinstance(right, Tensor):
        return matmul(call.rows, left, right)
    values = [left, right]
    weights = [as_weight(value.as_learned) for value in values if isinstance(value, Constant)]
    tensors = [value for value in values if isinstance(value, Tensor)]
    sizes = (*lead, a[-2], b[-1])
    macs = prod(sizes) * a[-1] // batch_of(call, tensors)
    return weighted_opaque(call.rows, "MatMul", tensors, sizes, weights, macs=macs)


def batch_of(call: Call, tensors: list[Tensor]) -> int:
    """How many items a product of values is for."""
    return call.rows.batch if any(each.batch_axis is not None for each in tensors) else 1


def _matrix(constant: Constant) -> Constant:
    """Without axes of 1 in front."""
    sizes = constant.sizes
    while len(sizes) > MATRIX and sizes[0] == 1:
        sizes = sizes[1:]
    return constant.as_learned._replace(sizes=sizes)


RULES: Mapping[str, Rule] = {
    "Gemm": gemm,
    "MatMul": product,
    "MatMulInteger": product,
    "QLinearMatMul": lambda call: product(call, 0, 3),
}
