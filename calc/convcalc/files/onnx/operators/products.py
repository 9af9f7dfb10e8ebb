"""Linear layers and products of values."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcalc.files.graph.merging import merged
from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.products import linear, matmul, weighted_product
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.call import Call, Rule, as_weight
from convcalc.files.onnx.constants import Constant, broadcast


def gemm(call: Call) -> Tensor:
    """Gemm: `A' * B' + C`."""
    tensor, weight = call.tensor(0), call.weight(1)
    if call.attribute("transA", 0):
        tensor = tensor.transposed([1, 0])
    if weight is None:
        other = call.tensor(1)
        if call.attribute("transB", 0):
            other = other.transposed([1, 0])
        made = matmul(call.rows, tensor, other)
        return merged(call.rows, "add", [made, _operand(call, 2)]) if call.has(2) else made
    out = weight.sizes[0] if call.attribute("transB", 0) else weight.sizes[-1]
    features = prod(weight.sizes) // max(out, 1)
    if len(weight.sizes) != 2 or tensor.sizes[-1] != features:
        raise call.fail(f"a weight of {weight.sizes} does not fit a value of {tensor.sizes}")
    bias = call.weight(2)
    fits = bias is not None and prod(bias.sizes) == out and out > 1
    made = linear(call.rows, tensor, out, [weight, bias] if fits and bias else [weight])
    if call.has(2) and not fits:
        return merged(call.rows, "add", [made, _operand(call, 2)])
    return made


def _operand(call: Call, at: int) -> Tensor | Weight:
    value = call.inputs[at]
    return as_weight(value) if isinstance(value, Constant) else call.tensor(at)


def product(call: Call, one: int = 0, other: int = 1, bias: Weight | None = None) -> Tensor:
    """MatMul: with a constant matrix it is a linear layer."""
    first, second = call.constant(one), call.constant(other)
    if first is None and second is None:
        return matmul(call.rows, call.tensor(one), call.tensor(other))
    if second is not None and first is None and len(_matrix(second).sizes) == 2:
        tensor, weight = call.tensor(one), as_weight(_matrix(second))
        if tensor.sizes[-1] != weight.sizes[0]:
            raise call.fail(f"a weight of {weight.sizes} does not fit a value of {tensor.sizes}")
        weights = [weight] if bias is None else [weight, bias]
        return linear(call.rows, tensor, weight.sizes[1], weights)
    if first is not None and second is None and len(_matrix(first).sizes) == 2:
        tensor, weight = call.tensor(other), as_weight(_matrix(first))
        if tensor.rank >= 2 and tensor.sizes[-2] == weight.sizes[1]:
            return linear(call.rows, tensor, weight.sizes[0], [weight], axis=-2)
    return _items(call, one, other)


def _matrix(constant: Constant) -> Constant:
    """Without axes of 1 in front."""
    sizes = constant.sizes
    while len(sizes) > 2 and sizes[0] == 1:
        sizes = sizes[1:]
    return constant._replace(sizes=sizes)


def _items(call: Call, one: int, other: int) -> Tensor:
    """A product with a matrix of its own for each item."""
    values = [call.inputs[one], call.inputs[other]]
    a, b = (tuple(value.sizes) if value is not None else () for value in values)
    a, b = (1, *a) if len(a) == 1 else a, (*b, 1) if len(b) == 1 else b
    try:
        lead = broadcast([a[:-2], b[:-2]])
    except ValueError as error:
        raise call.fail(f"{a} and {b} do not fit together in a matrix product") from error
    if not a or not b or a[-1] != b[-2]:
        raise call.fail(f"{a} and {b} do not fit together in a matrix product")
    sizes = (*lead, a[-2], b[-1])
    weights = [as_weight(value) for value in values if isinstance(value, Constant)]
    tensors = [value for value in values if isinstance(value, Tensor)]
    macs = prod(sizes) * a[-1] // call.rows.batch
    return weighted_product(call.rows, tensors, sizes, weights, macs=macs, title="MatMul")


def einsum(call: Call) -> Tensor:
    """Einsum of one or two values: a product for each combination of all indices."""
    equation: str = call.attribute("equation", "")
    left, _, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    values = [value for value in call.inputs if value is not None]
    if "." in equation or "->" not in equation or len(terms) != len(values):
        raise call.fail(f"the equation {equation} is not understood")
    sizes: dict[str, int] = {}
    for term, value in zip(terms, values, strict=True):
        if len(term) != len(value.sizes):
            raise call.fail(f"{term} in {equation} does not fit the sizes {value.sizes}")
        for letter, size in zip(term, value.sizes, strict=True):
            if sizes.setdefault(letter, size) not in (size, 1) and size != 1:
                raise call.fail(f"{letter} in {equation} is {sizes[letter]} and {size}")
            sizes[letter] = max(sizes[letter], size)
    output = tuple([sizes[letter] for letter in right])
    weights = [as_weight(value) for value in values if isinstance(value, Constant)]
    tensors = [value for value in values if isinstance(value, Tensor)]
    if len(terms) == 1:
        return opaque(call.rows, "Einsum", tensors, output, params=0, macs="none")
    macs = prod(sizes.values()) // call.rows.batch
    return weighted_product(call.rows, tensors, output, weights, macs=macs, title="Einsum")


RULES: Mapping[str, Rule] = {
    "Gemm": gemm,
    "MatMul": product,
    "FusedMatMul": product,
    "MatMulInteger": product,
    "QLinearMatMul": lambda call: product(call, 0, 3),
    "Einsum": einsum,
}
