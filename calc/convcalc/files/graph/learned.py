"""Learned values that are rows of their own: positions, class tokens, scales."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.files.graph.rows import MOST_AXES, Rows
from convcalc.files.graph.tensors import UNIT, Tensor, Weight
from convcalc.files.graph.weights import uncounted


def parameter(rows: Rows, weight: Weight, order: Sequence[int]) -> Tensor:
    """A learned value as a row, with its axes in some order; the same row each time it is read."""
    shape = tuple([weight.sizes[axis] for axis in order]) or (1,)
    axes = [UNIT] * len(weight.sizes)
    for at, axis in enumerate(order):
        axes[axis] = at
    key = next(iter(weight.learned))
    made = rows.parameters.get(key)
    if made is not None and made.shape == shape:
        return Tensor(made.row, shape, weight.sizes, tuple(axes))
    params = uncounted(rows, [weight])
    with rows.named(weight.name):
        if params == weight.params and weight.is_plain:
            row = rows.add("parameter", [], {"shape": [*shape]})
        else:
            known = {"title": "Parameter", "shape": [*shape], "params": params, "macs": "none"}
            row = rows.add("opaque", [rows.any_input()], known)
    rows.own([weight])
    tensor = Tensor(row.name, shape, weight.sizes, tuple(axes))
    rows.parameters.pop(key, None)  # so that the last row's stay last
    rows.parameters[key] = tensor
    return tensor


def whole(rows: Rows, weight: Weight) -> Tensor:
    """A learned value as a row, with the axes of the file."""
    if len(weight.sizes) > MOST_AXES:
        long = [size for size in weight.sizes if size > 1]
        weight = weight.reshaped(long if len(long) <= MOST_AXES else [prod(long)])
    return parameter(rows, weight, range(len(weight.sizes)))
