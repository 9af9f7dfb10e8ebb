"""Products of activations: attention, and matrix products of two values."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, sqrt
from operator import mul

import numpy as np

from convcalc.operations.products import Attention, MatMul
from convcalc.reference.kernel import LISTED, Call, Kernel, Position, at_each
from convcalc.reference.whole_numbers import signs
from convcalc.reference.workspace import Array
from convcalc.values import Shape

PORTION = 2**20
"""Scores that are worked on at once."""


def attention(call: Call) -> Array:
    """`(n, Cv, *positions of q)` of queries, keys and values, head by head.

    The scores of some queries at a time are laid out, made weights of, and multiplied with the
    values; all scores together may be far more than the result.
    """
    layer: Attention = call.operation
    queries, keys, values = [_by_heads(each, layer.heads) for each in call.inputs]
    result = np.empty((len(values), *values.shape[1:3], queries.shape[3]), call.input.dtype)
    together = max(1, PORTION // keys.shape[3])
    for head in np.ndindex(*result.shape[:2]):
        for start in range(0, queries.shape[3], together):
            some = slice(start, start + together)
            scores = call.workspace.product(queries[head][:, some].T, keys[head])
            weights = _softmax(scores / sqrt(queries.shape[2]))
            call.workspace.product(values[head], weights.T, out=result[head][:, some])
    return result.reshape(len(result), call.inputs[2].shape[1], *call.input.shape[2:])


def _by_heads(values: Array, heads: int) -> Array:
    """`(n, head, channel of the head, position)`."""
    return values.reshape(len(values), heads, values.shape[1] // heads, -1)


def _softmax(scores: Array) -> Array:
    """The exponentials of each row, as shares of their sum."""
    weights: Array = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return weights


def attention_values(call: Call, positions: Sequence[Position]) -> list[float]:
    """The mean of the values of a channel, each weighed by the softmax of its key's score.

    Source: Vaswani et al., "Attention Is All You Need", 2017, sections 3.2.1 and 3.2.2.
    """
    layer: Attention = call.operation
    values = call.inputs[2]
    found: list[float] = []
    weights_of: dict[Position, list[float]] = {}
    for n, channel, *at in positions:
        head = channel // (values.shape[1] // layer.heads)
        if (n, head, *at) not in weights_of:
            weights_of[n, head, *at] = _weights(call, n, head, tuple(at))
        weights = weights_of[n, head, *at]
        there = values[n, channel].reshape(-1)
        parts = range(0, len(there), LISTED)
        products = [
            map(mul, weights[p : p + LISTED], there[p : p + LISTED].tolist()) for p in parts
        ]
        found.append(fsum(map(fsum, products)))
    return found


def _weights(call: Call, n: int, head: int, at: Position) -> list[float]:
    """What each position of the keys weighs for one query of one head."""
    queries, keys = call.inputs[:2]
    channels = keys.shape[1] // call.operation.heads
    scores = [0.0] * keys[n, 0].size
    for channel in range(head * channels, (head + 1) * channels):
        query = float(queries[(n, channel, *at)])
        row = keys[n, channel].reshape(-1).tolist()
        scores = [score + query * key for score, key in zip(scores, row, strict=True)]
    largest = max(scores)
    powers = [exp((score - largest) / sqrt(channels)) for score in scores]
    total = fsum(powers)
    return [power / total for power in powers]


def matmul(call: Call) -> Array:
    """The matrix product over the last two axes, sizes of 1 in the others serving every place."""
    return call.workspace.product(*_turned(call))


def _turned(call: Call) -> tuple[Array, Array]:
    """The operands as they are multiplied."""
    layer: MatMul = call.operation
    a, b = call.inputs
    return (
        a.swapaxes(-1, -2) if layer.transpose in ("a", "both") else a,
        b.swapaxes(-1, -2) if layer.transpose in ("b", "both") else b,
    )


def matmul_sums_agree(call: Call, result: Array) -> bool:
    """Whether sums of the rows of the result are the products of summed rows."""
    a, b = _turned(call)
    (summing,) = signs(1, a.shape[-2], _fan_in(call.operation, call.input.shape[1:]), result.dtype)
    return np.array_equal((summing @ a) @ b, summing @ result)


def matmul_value(call: Call, position: Position) -> float:
    """The sum over the shared size of a row of the first operand times a column of the second.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.matmul.html
    """
    *outer, row, column = position
    a, b = [
        values[
            tuple([0 if size == 1 else at for at, size in zip(outer, values.shape, strict=False)])
        ]
        for values in call.inputs
    ]
    transpose = call.operation.transpose
    rows = a[:, row] if transpose in ("a", "both") else a[row]
    columns = b[column] if transpose in ("b", "both") else b[:, column]
    parts = range(0, len(rows), LISTED)
    return sum(
        [
            sum(map(mul, rows[p : p + LISTED].tolist(), columns[p : p + LISTED].tolist()))
            for p in parts
        ]
    )


def _fan_in(layer: MatMul, input_shape: Shape) -> int:
    """The shared size; times 3, since both factors are as large as values between layers."""
    return 3 * input_shape[-2 if layer.transpose in ("a", "both") else -1]


KERNELS = {
    "attention": Kernel(attention, attention_values, is_double=True),
    "matmul": Kernel(
        matmul,
        at_each(matmul_value),
        exact=True,
        fan_in=_fan_in,
        sums_agree=matmul_sums_agree,
    ),
}
