"""Means, maxima and sums over whole axes."""

from __future__ import annotations

from math import fsum

import numpy as np

from convcalc.reference.kernel import LISTED, Call, Kernel, Position, at_each
from convcalc.reference.workspace import Array


def reduce(call: Call) -> Array:
    """Over the axes, which count from the channels; sums are added up in double precision."""
    axes = tuple([1 + axis for axis in call.operation.axes])
    keep = call.operation.keep
    if call.operation.reduction == "max":
        largest: Array = call.input.max(axes, keepdims=keep)
        return largest
    sums: Array = call.input.sum(axes, np.float64, keepdims=keep)
    if call.operation.reduction == "mean":
        sums /= call.input.size // sums.size
    return sums.astype(call.input.dtype)


def reduce_value(call: Call, position: Position) -> float:
    """The mean, the largest or the sum of all values on the axes.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.mean.html
    """
    n, *left = position
    where: list[int | slice] = [n]
    for axis in range(call.input.ndim - 1):
        reduced = axis in call.operation.axes
        if not reduced or call.operation.keep:
            at = left.pop(0)
        where.append(slice(None) if reduced else at)
    values = call.input[tuple(where)].reshape(-1)
    parts = [values[at : at + LISTED].tolist() for at in range(0, len(values), LISTED)]
    if call.operation.reduction == "max":
        return float(max(map(max, parts)))
    total = fsum(map(fsum, parts))
    return total / len(values) if call.operation.reduction == "mean" else total


KERNELS = {"reduce": Kernel(reduce, at_each(reduce_value), exact=True)}
