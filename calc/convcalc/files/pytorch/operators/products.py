"""Convolutions, linear layers, products of values, attention."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import merged
from convcalc.files.graph.pointwise import softmax
from convcalc.files.graph.products import linear, matmul
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.graph.windows import Window, conv_transposed, convolved
from convcalc.files.pytorch.operators.counting import ATTENTIONS, CONVOLUTIONS
from convcalc.files.pytorch.operators.rule import Rule
from convcalc.files.pytorch.values import AnyValue, Operation

UNCOUNTED = "aten::{name} counts as {macs:,} MACs here; PyTorch's FlopCounterMode leaves it out"


def _convolution(op: Operation) -> Tensor:
    """aten::convolution, transposed or not."""
    weight, bias = op.value("weight"), op.get("bias")
    if isinstance(weight, Tensor) or isinstance(bias, Tensor):
        return _with_macs(op)
    tensor = op.tensor("input")
    if tensor.rank == len(weight.sizes) - 1:  # without a batch
        tensor = reshaped(op.rows, tensor, (1, *tensor.sizes))
    count = len(weight.sizes) - 2
    stride, padding, dilation, more = [
        _each(op.get(name, default), count)
        for name, default in (
            ("stride", 1),
            ("padding", 0),
            ("dilation", 1),
            ("output_padding", 0),
        )
    ]
    pads = op.call.written.padding or [(pad, pad) for pad in padding]
    window = Window(tuple(weight.sizes[2:]), stride, pads, dilation)
    groups = op.get("groups", 1)
    weights = [weight, *op.weights("bias")]
    if op.get("transposed", False):
        out = weight.sizes[1] * groups
        made = conv_transposed(
            op.rows,
            tensor,
            window,
            weights,
            out_channels=out,
            groups=groups,
            output_padding=more,
        )
    else:
        out = weight.sizes[0]
        made = convolved(op.rows, tensor, window, weights, out_channels=out, groups=groups)
    return reshaped(op.rows, made, op.sizes)


def _each(value: int | list[int], count: int) -> tuple[int, ...]:
    numbers = [value] if isinstance(value, int) else value
    return tuple(numbers * count if len(numbers) == 1 else numbers)


def _with_macs(op: Operation) -> Tensor:
    """A product that has no row of its own, with its learned numbers and its MACs."""
    return weighted_opaque(op.rows, op.name, op.tensors, op.sizes, op.learned, macs=op.products())


def _matrix(op: Operation, one: str, other: str, bias: str | None = None) -> Tensor:
    """A product of two matrices, one of which may be a weight."""
    first, second = op.value(one), op.value(other)
    added = op.value(bias) if bias else None
    if isinstance(second, Weight):
        out = second.sizes[1]
        if isinstance(added, Weight) and added.learned and prod(added.sizes) == out:
            return linear(op.rows, op.tensor(one), out, [second, added])
        made = linear(op.rows, op.tensor(one), out, [second])
    elif isinstance(first, Weight):
        made = linear(op.rows, second, first.sizes[0], [first], axis=-2)
    else:
        made = matmul(op.rows, first, second)
    return _plus(op, made, added)


def _plus(op: Operation, made: Tensor, added: AnyValue | None) -> Tensor:
    """A product with what is added to it, unless those are numbers only."""
    if isinstance(added, Tensor) or (added is not None and added.learned):
        return merged(op.rows, "add", [made, added])
    return made


def _batched(op: Operation, one: str, other: str, bias: str | None = None) -> Tensor:
    """Products of matrices side by side."""
    first, second = op.value(one), op.value(other)
    if isinstance(first, Weight) or isinstance(second, Weight):
        return _with_macs(op)
    return _plus(op, matmul(op.rows, first, second), op.value(bias) if bias else None)


def _vector(op: Operation, matrix: str, vector: str, bias: str | None = None) -> Tensor:
    """A matrix and a vector: a linear layer of one feature where the vector is learned."""
    first, second = op.value(matrix), op.value(vector)
    op.rows.note(UNCOUNTED.format(name=op.name, macs=op.products()))
    if isinstance(first, Tensor) and isinstance(second, Weight):
        column = second.reshaped((*second.sizes, 1))
        made = reshaped(op.rows, linear(op.rows, first, 1, [column]), op.sizes)
        return _plus(op, made, op.value(bias) if bias else None)
    return _with_macs(op)


def _dot(op: Operation) -> Tensor:
    op.rows.note(UNCOUNTED.format(name=op.name, macs=op.products()))
    return _with_macs(op)


def _attention(op: Operation) -> list[Tensor]:
    """Scaled dot-product attention: two products and a softmax between them."""
    query, key, value = (op.tensor(name) for name in ("query", "key", "value"))
    order = [*range(key.rank)]
    scores = matmul(op.rows, query, key.transposed([*order[:-2], order[-1], order[-2]]))
    return [matmul(op.rows, softmax(op.rows, scores, -1), value)]


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(CONVOLUTIONS, _convolution),
    "mm": lambda op: _matrix(op, "self", "mat2"),
    "addmm": lambda op: _matrix(op, "mat1", "mat2", "self"),
    "bmm": lambda op: _batched(op, "self", "mat2"),
    "baddbmm": lambda op: _batched(op, "batch1", "batch2", "self"),
    "mv": lambda op: _vector(op, "self", "vec"),
    "addmv": lambda op: _vector(op, "mat", "vec", "self"),
    **dict.fromkeys(("addbmm", "_addmm_activation"), _with_macs),
    **dict.fromkeys(("dot", "vdot"), _dot),
    **dict.fromkeys(ATTENTIONS, _attention),
}
