"""Folding of operators that move numbers, make them, or reduce them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from convcalc.files.onnx.arrays import (
    Constant,
    NotConstantError,
    all_learned,
    are_few,
    broadcast,
    constant_of,
    picked,
    spread,
    whole_numbers,
)
from convcalc.files.onnx.folding.arguments import (
    axes_of,
    axis_of,
    list_of,
    reshaped_sizes,
    sizes_constant,
    slices_of,
    split_lengths,
    squeezed_sizes,
    unsqueezed_sizes,
)
from convcalc.files.onnx.folding.values import Fold, Inputs, given, kept
from convcalc.files.onnx.model import Array, Node, NodeError


def _numbers(constant: Constant | None) -> list[int]:
    found = whole_numbers(constant)
    if found is None:
        raise NotConstantError
    return found


def _gathered(node: Node, inputs: Inputs) -> Constant:
    data, places = map(given, inputs)
    axis = axis_of(node.integer("axis", 0), len(data.sizes))
    sizes = (*data.sizes[:axis], *places.sizes, *data.sizes[axis + 1 :])
    if places.values is None:
        return Constant(node.outputs[0], sizes, None, data.is_float, data.learned)
    positions = [axis_of(at, data.sizes[axis]) for at in _numbers(places)]
    flat = (*data.sizes[:axis], len(positions), *data.sizes[axis + 1 :])

    def place(at: tuple[int, ...]) -> list[int]:
        return [*at[:axis], positions[at[axis]], *at[axis + 1 :]]

    return picked(node.outputs[0], data, flat, place)._replace(sizes=sizes)


def _joined(node: Node, inputs: Inputs) -> Constant:
    parts = [given(each) for each in inputs]
    axis = axis_of(node.integer("axis", 1), len(parts[0].sizes))
    first = parts[0].sizes
    total = sum(each.sizes[axis] for each in parts)
    sizes = (*first[:axis], total, *first[axis + 1 :])
    if any((*p.sizes[:axis], total, *p.sizes[axis + 1 :]) != sizes for p in parts):
        raise NodeError(f"{[each.sizes for each in parts]} do not fit together")
    values: list[Any] | None = None
    lists = [each.values for each in parts]
    if are_few(sizes) and all(each is not None for each in lists):
        values = []
        for outer in range(prod(sizes[:axis])):
            for each, own in zip(parts, lists, strict=True):
                length = prod(each.sizes[axis:])
                values += (own or [])[outer * length : (outer + 1) * length]
    return Constant(node.outputs[0], sizes, values, parts[0].is_float, all_learned(parts))


def _sliced(node: Node, inputs: Inputs) -> Constant:
    data = given(inputs[0])
    taken = slices_of(node, inputs, data.sizes)
    sizes = [len(each) for each in taken]
    return picked(
        node.outputs[0], data, sizes, lambda at: [r[i] for r, i in zip(taken, at, strict=True)]
    )


def _transposed(node: Node, inputs: Inputs) -> Constant:
    data = given(inputs[0])
    order = node.integers("perm") or [*range(len(data.sizes))][::-1]
    if sorted(order) != [*range(len(data.sizes))]:
        raise NodeError(f"{order} is no order of the axes of {data.sizes}")
    back = [order.index(axis) for axis in range(len(order))]
    sizes = [data.sizes[axis] for axis in order]
    return picked(node.outputs[0], data, sizes, lambda at: [at[axis] for axis in back])


def _expanded(node: Node, inputs: Inputs) -> Constant:
    data = given(inputs[0])
    sizes = broadcast([data.sizes, _numbers(inputs[1])])
    return spread(data, sizes)._replace(name=node.outputs[0])


def _tiled(node: Node, inputs: Inputs) -> Constant:
    data, times = given(inputs[0]), _numbers(inputs[1])
    sizes = [size * time for size, time in zip(data.sizes, times, strict=True)]
    return picked(
        node.outputs[0],
        data,
        sizes,
        lambda at: [i % size for i, size in zip(at, data.sizes, strict=True)],
    )


def _with_sizes(node: Node, data: Constant, sizes: Sequence[int]) -> Constant:
    return data._replace(name=node.outputs[0], sizes=tuple(sizes))


def _reshaped(node: Node, inputs: Inputs) -> Constant:
    data, wanted = given(inputs[0]), list_of(node, inputs, 1, "shape")
    if wanted is None:
        raise NotConstantError
    keeps = not node.integer("allowzero", 0)
    return _with_sizes(node, data, reshaped_sizes(data.sizes, wanted, keeps_zeros=keeps))


def _flattened(node: Node, inputs: Inputs) -> Constant:
    data, axis = given(inputs[0]), node.integer("axis", 1)
    at = axis + len(data.sizes) if axis < 0 else axis
    return _with_sizes(node, data, [prod(data.sizes[:at]), prod(data.sizes[at:])])


def _unsqueezed(node: Node, inputs: Inputs) -> Constant:
    data, axes = given(inputs[0]), list_of(node, inputs, 1, "axes")
    return _with_sizes(node, data, unsqueezed_sizes(data.sizes, axes or []))


def _squeezed(node: Node, inputs: Inputs) -> Constant:
    data = given(inputs[0])
    axes = axes_of(node, inputs, len(data.sizes))
    return _with_sizes(node, data, squeezed_sizes(data.sizes, axes))


def _filled(node: Node, inputs: Inputs) -> Constant:
    sizes = _numbers(inputs[0])
    if min(sizes, default=0) < 0:
        raise NodeError(f"{sizes} has a negative size")
    value = node.attributes.get("value")
    number, floats = 0.0, True
    if isinstance(value, Array):
        if not value.values:
            raise NotConstantError
        number, floats = value.values[0], value.is_float
    values = [number] * prod(sizes) if are_few(sizes) else None
    return Constant(node.outputs[0], tuple(sizes), values, floats)


def _ranged(node: Node, inputs: Inputs) -> Constant:
    start, stop, step = map(_number, inputs)
    count = max(math.ceil((stop - start) / step), 0)
    values = [start + step * at for at in range(count)] if are_few([count]) else None
    return Constant(node.outputs[0], (count,), values, isinstance(start, float))


def _number(constant: Constant | None) -> Any:
    values = given(constant).values
    if not values:
        raise NotConstantError
    return values[0]


def written(node: Node, _: Inputs) -> Constant:
    """The array of a Constant node.

    Raises:
        NotConstantError: it is of a kind that is not read, such as a sparse one.
    """
    value = node.attributes.get("value")
    if isinstance(value, Array):
        return constant_of(value._replace(name=node.outputs[0]))
    for key in ("value_int", "value_float", "value_ints", "value_floats"):
        value = node.attributes.get(key)
        if value is not None:
            values = value if isinstance(value, list) else [value]
            sizes = (len(values),) if isinstance(value, list) else ()
            return constant_of(Array(node.outputs[0], sizes, "float" in key, values))
    raise NotConstantError


def _reduced(function: Callable[[list[Any]], Any]) -> Fold:
    def fold(node: Node, inputs: Inputs) -> Constant:
        data = given(inputs[0])
        gone = axes_of(node, inputs, len(data.sizes))
        if not gone:
            if node.integer("noop_with_empty_axes", 0):
                return kept(node, inputs)
            gone = [*range(len(data.sizes))]
        sizes = [1 if at in gone else size for at, size in enumerate(data.sizes)]
        values = _over(function, data, gone) if data.values is not None else None
        if not node.integer("keepdims", 1):
            sizes = [size for at, size in enumerate(sizes) if at not in gone]
        return Constant(node.outputs[0], tuple(sizes), values, data.is_float, data.learned)

    return fold


def _over(
    function: Callable[[list[Any]], Any], data: Constant, gone: Sequence[int]
) -> list[Any] | None:
    """A function of the numbers along some axes."""
    if len({*gone}) == len(data.sizes):
        return [function(data.values or [])]
    groups: dict[tuple[int, ...], list[Any]] = {}
    places = product(*map(range, data.sizes))
    for at, value in zip(places, data.values or (), strict=True):
        groups.setdefault(tuple([i for a, i in enumerate(at) if a not in gone]), []).append(value)
    return [function(group) for group in groups.values()]


def _split(node: Node, inputs: Inputs) -> list[Constant]:
    data = given(inputs[0])
    axis = axis_of(node.integer("axis", 0), len(data.sizes))
    made, start = [], 0
    lengths = split_lengths(node, inputs, data.sizes[axis])
    for name, length in zip(node.outputs, lengths, strict=False):
        sizes = [*data.sizes]
        sizes[axis] = length

        def place(at: tuple[int, ...], begin: int = start) -> list[int]:
            return [i + begin if axis == a else i for a, i in enumerate(at)]

        made.append(picked(name, data, sizes, place))
        start += length
    return made


def _size_of(node: Node, inputs: Inputs) -> Constant:
    return Constant(node.outputs[0], (), [given(inputs[0]).numbers])


def _shape_of(node: Node, inputs: Inputs) -> Constant:
    return sizes_constant(node, given(inputs[0]).sizes)


def _not_zero(node: Node, inputs: Inputs) -> Constant:
    data = given(inputs[0])
    if data.values is None or not data.sizes:
        raise NotConstantError
    places = product(*map(range, data.sizes))
    found = [at for at, value in zip(places, data.values, strict=True) if value]
    values = [at[axis] for axis in range(len(data.sizes)) for at in found]
    return Constant(node.outputs[0], (len(data.sizes), len(found)), values)


FOLDS: Mapping[str, Fold] = {
    "Constant": written,
    "ConstantOfShape": _filled,
    "Shape": _shape_of,
    "Size": _size_of,
    "Range": _ranged,
    "Gather": _gathered,
    "Concat": _joined,
    "Slice": _sliced,
    "Split": _split,
    "Transpose": _transposed,
    "Expand": _expanded,
    "Tile": _tiled,
    "Reshape": _reshaped,
    "Flatten": _flattened,
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
    "NonZero": _not_zero,
    "ReduceProd": _reduced(prod),
    "ReduceSum": _reduced(sum),
    "ReduceMax": _reduced(max),
    "ReduceMin": _reduced(min),
    "ReduceMean": _reduced(lambda values: sum(values) / len(values)),
    "ReduceL1": _reduced(lambda values: sum(map(abs, values))),
    "ReduceL2": _reduced(lambda values: math.sqrt(sum(value * value for value in values))),
    "ReduceSumSquare": _reduced(lambda values: sum(value * value for value in values)),
}
