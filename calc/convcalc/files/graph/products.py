"""Linear layers, and products of two values."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.files.graph.arranging import arranged, reshaped
from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.rows import MOST_AXES, Rows, set_style
from convcalc.files.graph.tensors import BATCH, Tensor, Weight
from convcalc.files.graph.weights import weighted
from convcalc.styles import LINEAR


def linear(
    rows: Rows,
    tensor: Tensor,
    out_features: int,
    weights: Sequence[Weight],
    *,
    axis: int = -1,
) -> Tensor:
    """A linear layer along an axis of the file, at every position of the others.

    Args:
        rows: where rows are made.
        tensor: the value.
        out_features: features of the output.
        weights: the matrix, and the bias if there is one.
        axis: the axis of the features, whose place the output's features take.

    >>> rows = Rows()
    >>> tokens = rows.input("x", (1, 196, 768), channel_axis=2)
    >>> matrix = Weight("w", (64, 768), {"w": 49152})
    >>> linear(rows, tokens, 64, [matrix]).sizes, rows.layers[0]["kernel_size"]
    ((1, 196, 64), 1)
    """
    features = axis % tensor.rank
    others = [at for at in tensor.without_batch if at != features and tensor.sizes[at] > 1]
    bias = {} if len(weights) > 1 else {"bias": False}
    if not others:
        tensor = arranged(rows, tensor, [features])
        parameters = {"out_features": out_features, **bias}
        return weighted(rows, "linear", tensor, parameters, weights, title="Linear")
    if len(others) >= MOST_AXES:
        return _in_a_line(rows, tensor, out_features, weights, features)
    tensor = arranged(rows, tensor, [features, *others])
    parameters = {"out_channels": out_features, "kernel_size": 1, **bias}
    made = weighted(rows, "conv", tensor, parameters, weights, title="Linear")
    if rows.last.word == "conv":
        set_style(rows.layer(rows.last.name), LINEAR)
    return made


def _in_a_line(
    rows: Rows, tensor: Tensor, out_features: int, weights: Sequence[Weight], features: int
) -> Tensor:
    """With the positions of more axes than the language has joined to one."""
    order = [axis for axis in range(tensor.rank) if axis != features] + [features]
    turned = tensor.transposed(order)
    *sizes, size = turned.sizes
    first = int(turned.batch_axis == 0)
    line = reshaped(rows, turned, [*sizes[:first], prod(sizes[first:]), size])
    after = linear(rows, line, out_features, weights)
    back = [order.index(axis) for axis in range(tensor.rank)]
    return reshaped(rows, after, [*sizes, out_features]).transposed(back)


def matmul(rows: Rows, one: Tensor, other: Tensor, title: str = "MatMul") -> Tensor:
    """The matrix product of two values over their last two axes.

    >>> rows = Rows()
    >>> queries = rows.input("q", (1, 8, 49, 64), channel_axis=None)
    >>> keys = rows.input("k", (1, 8, 64, 49), channel_axis=None)
    >>> matmul(rows, queries, keys).sizes
    (1, 8, 49, 49)
    """
    rank = max(one.rank, other.rank, 2)
    one, other = _with_rank(rows, one, rank), _with_rank(rows, other, rank)
    if one.sizes[-1] != other.sizes[-2]:
        raise rows.fail(f"{one.sizes} and {other.sizes} do not fit together in a matrix product")
    outer = [max(a, b) for a, b in zip(one.sizes[:-2], other.sizes[:-2], strict=True)]
    sizes = (*outer, one.sizes[-2], other.sizes[-1])
    batch = one.batch_axis if one.batch_axis is not None else other.batch_axis
    lead = [axis for axis in range(rank - 2) if axis != batch and sizes[axis] > 1]
    wanted = [*lead, rank - 2, rank - 1]
    if len(wanted) > MOST_AXES or (batch is not None and batch >= rank - 2):
        macs = prod(sizes) * one.sizes[-1] // (rows.batch if batch is not None else 1)
        return opaque(rows, title, [one, other], sizes, params=0, macs=macs)
    one = arranged(rows, one, wanted)
    turned = [*lead, rank - 1, rank - 2]
    parameters = {}
    if [other.axes[axis] for axis in turned] == [*range(len(wanted))]:
        parameters["transpose"] = "b"
        shape = tuple([other.sizes[axis] for axis in turned])
        other = other if other.shape == shape else arranged(rows, other, turned)
    else:
        other = arranged(rows, other, wanted)
    row = rows.add("matmul", [one, other], parameters)
    return Tensor(row.name, row.shape, sizes, _axes(one, batch))


def _axes(one: Tensor, batch: int | None) -> tuple[int, ...]:
    """The axes of a product are where those of the first operand are."""
    return tuple([BATCH if axis == batch else at for axis, at in enumerate(one.axes)])


def _with_rank(rows: Rows, tensor: Tensor, rank: int) -> Tensor:
    if tensor.rank == rank:
        return tensor
    return reshaped(rows, tensor, (1,) * (rank - tensor.rank) + tensor.sizes)
