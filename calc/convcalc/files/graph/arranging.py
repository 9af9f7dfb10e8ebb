"""Axes of values in the order that an operation of the network language needs."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import prod

from convcalc.files.graph.rows import MOST_AXES, Rows
from convcalc.files.graph.tensors import BATCH, LOOSE, UNIT, Tensor
from convcalc.values import Shape


def arranged(rows: Rows, tensor: Tensor, wanted: Sequence[int]) -> Tensor:
    """The value with some axes of the file, in some order, as the axes of its row.

    The other axes are the batch's or have a size of 1. Rows are made where it is not so already.

    Raises:
        GraphError: another axis is longer than 1, or there are too many axes.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> tokens = rows.input("x", (1, 196, 768), channel_axis=None)
    >>> arranged(rows, tokens, [2, 1]).shape, rows.layers
    ((768, 196), [{'permute': [1, 0], 'name': 'layer.permute'}])
    """
    sizes = tuple([tensor.sizes[axis] for axis in wanted])
    if len(sizes) > MOST_AXES:
        raise rows.fail(f"a value has the sizes {sizes}; at most {MOST_AXES} axes are possible")
    if prod(sizes) != prod(tensor.shape):
        others = [a for a in tensor.without_batch if a not in wanted and tensor.sizes[a] > 1]
        raise rows.fail(f"axis {others[:1]} of {tensor.sizes} has no place in this operation")
    axes = [BATCH if axis == tensor.batch_axis else UNIT for axis in range(tensor.rank)]
    for at, axis in enumerate(wanted):
        axes[axis] = at
    if not tensor.is_loose:
        tensor = _in_order(rows, tensor, [tensor.axes[axis] for axis in wanted])
    if tensor.shape != sizes:
        tensor = _reshaped_row(rows, tensor, sizes)
    return Tensor(tensor.row, sizes, tensor.sizes, tuple(axes))


def _in_order(rows: Rows, tensor: Tensor, order: Sequence[int]) -> Tensor:
    """A row in which the axes of the value that are longer than 1 are in some order."""
    now = [axis for axis, size in enumerate(tensor.shape) if size > 1]
    wanted = [axis for axis in order if axis in now]
    if now == wanted:
        return tensor
    turned = [*order, *[axis for axis in range(len(tensor.shape)) if axis not in order]]
    turned = [axis for axis in turned if axis >= 0]
    row = rows.add("permute", [tensor], {"axes": turned}, helper="permute")
    return tensor._replace(row=row.name, shape=row.shape)


def _reshaped_row(rows: Rows, tensor: Tensor, shape: Shape) -> Tensor:
    """A row with the values of another one in another shape."""
    name, parameters = _reshaping(tensor.shape, shape)
    row = rows.add(name, [tensor], parameters, helper=name)
    return tensor._replace(row=row.name, shape=row.shape)


def _reshaping(before: Shape, after: Shape) -> tuple[str, dict[str, object]]:
    """The operation that reads best from one shape to the other."""
    if len(after) == 1:
        return "flatten", {}
    if len(before) > 1 and after == (before[0], prod(before[1:])):
        return "flatten", {"over": "positions"}
    if len(before) == 1:
        return "unflatten", {"shape": [*after]}
    return "reshape", {"shape": [*after]}


def reshaped(rows: Rows, tensor: Tensor, sizes: Sequence[int]) -> Tensor:
    """The value with other axes in the file, of as many values.

    A row is made where axes are joined or split that stand beside each other in the row, too. Where
    they do not, what comes later makes one for what it needs.

    Raises:
        GraphError: it has another number of values, or the batch would be mixed with other axes.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> image = rows.input("x", (1, 3, 8, 8), channel_axis=1)
    >>> reshaped(rows, image, (1, 192)).shape, rows.layers
    ((192,), [{'flatten': None, 'name': 'layer'}])
    """
    sizes = tuple(sizes)
    if prod(sizes) != prod(tensor.sizes):
        raise rows.fail(f"{tensor.sizes} cannot be reshaped to {sizes}")
    keeps_batch = _keeps_batch(tensor, sizes)
    if not keeps_batch and rows.batch > 1 and tensor.batch_axis is not None:
        raise rows.fail(
            f"the batch of {rows.batch:,} is mixed with other axes: {tensor.sizes} becomes {sizes}"
        )
    first = int(keeps_batch)
    if tensor.is_loose:
        return _loose(tensor, sizes, first)
    groups = _groups(tensor, sizes, first)
    axes = _axes_after(tensor, groups, sizes, first)
    if axes is None and (shuffled := _shuffled(rows, tensor, groups, sizes)):
        return shuffled
    if axes is None:
        return _loose_or_flat(rows, tensor, sizes, first)
    shape, places = axes
    if shape != tensor.shape:
        if len(shape) > MOST_AXES:
            return _loose(tensor, sizes, first)
        word, parameters = _reshaping(tensor.shape, shape)
        before = tensor
        tensor = tensor._replace(row=rows.add(word, [tensor], parameters).name)
        rows.reshaped_from[tensor.row] = before
    return Tensor(tensor.row, shape, sizes, (*[BATCH] * first, *places))


def reshaped_sizes(
    before: Sequence[int], wanted: Sequence[int], *, keeps_zeros: bool = True
) -> list[int]:
    """The sizes of a reshape: 0 keeps a size, one -1 takes what is left.

    Raises:
        ValueError: they hold another number of values.

    >>> reshaped_sizes((2, 3, 4), (0, -1))
    [2, 12]
    """
    sizes = [
        before[at] if size == 0 and keeps_zeros and at < len(before) else size
        for at, size in enumerate(wanted)
    ]
    if sizes.count(-1) == 1:
        rest = prod(size for size in sizes if size != -1)
        sizes[sizes.index(-1)] = prod(before) // rest if rest else 0
    if prod(sizes) != prod(before) or min(sizes, default=1) < 0:
        raise ValueError(f"{tuple(before)} cannot be reshaped to {tuple(wanted)}")
    return sizes


def _keeps_batch(tensor: Tensor, sizes: Shape) -> bool:
    at = tensor.batch_axis
    return at == 0 and bool(sizes) and sizes[0] == tensor.sizes[0]


def _loose_or_flat(rows: Rows, tensor: Tensor, sizes: Shape, first: int) -> Tensor:
    """All values in one line need one row, whatever their order; all else waits."""
    if len([size for size in sizes[first:] if size > 1]) > 1:
        return _loose(tensor, sizes, first)
    shape = (prod(sizes[first:]),)
    row = rows.add("flatten", [tensor])
    places = [0 if size > 1 else UNIT for size in sizes[first:]]
    return Tensor(row.name, shape, sizes, (*[BATCH] * first, *places))


def _shuffled(
    rows: Rows, tensor: Tensor, groups: Sequence[tuple[list[int], list[int]]], sizes: Shape
) -> Tensor | None:
    """The channels split, swapped and joined again: one row instead of the one that split them."""
    before = rows.reshaped_from.get(tensor.row)
    if before is None or [mine for mine, _ in groups][:1] != [[1, 0]]:
        return None
    if (prod(tensor.shape[:2]), *tensor.shape[2:]) != before.shape or sizes != before.sizes:
        return None
    if [mine for mine, _ in groups[1:]] != [[axis] for axis in range(2, len(tensor.shape))]:
        return None
    rows.superseded.add(tensor.row)
    row = rows.add("channel_shuffle", [before], {"groups": tensor.shape[0]})
    return before._replace(row=row.name)


def _loose(tensor: Tensor, sizes: Shape, first: int) -> Tensor:
    axes = (*[BATCH] * first, *[LOOSE] * (len(sizes) - first))
    return Tensor(tensor.row, tensor.shape, sizes, axes)


def _groups(tensor: Tensor, sizes: Shape, first: int) -> list[tuple[list[int], list[int]]]:
    """Which axes of the row become which axes of the file, in the smallest parts.

    Axes of size 1 are left out.
    """
    axes = tensor.axes
    before = [axes[at] for at in range(tensor.rank) if axes[at] >= 0 and tensor.sizes[at] > 1]
    after = [at for at in range(first, len(sizes)) if sizes[at] > 1]
    groups: list[tuple[list[int], list[int]]] = []
    left, right = deque(before), deque(after)
    while left and right:
        mine, theirs = [left.popleft()], [right.popleft()]
        one, other = tensor.shape[mine[0]], sizes[theirs[0]]
        while one != other:
            if one < other:
                mine.append(left.popleft())
                one *= tensor.shape[mine[-1]]
            else:
                theirs.append(right.popleft())
                other *= sizes[theirs[-1]]
        groups.append((mine, theirs))
    return groups


def _axes_after(
    tensor: Tensor, groups: Sequence[tuple[list[int], list[int]]], sizes: Shape, first: int
) -> tuple[Shape, list[int]] | None:
    """The shape of the row and the place of each axis; None where axes would have to move."""
    long = [axis for axis, size in enumerate(tensor.shape) if size > 1]
    by_axis: dict[int, tuple[list[int], list[int]]] = {}
    for mine, theirs in groups:
        at = long.index(mine[0])
        if long[at : at + len(mine)] != mine:
            return None
        by_axis[mine[0]] = (mine, theirs)
    changes = len(sizes) == first + 1 or any(len(a) > 1 or len(b) > 1 for a, b in groups)
    shape: list[int] = []
    places = [UNIT] * len(sizes)
    for axis, size in enumerate(tensor.shape):
        if axis not in by_axis:
            if size == 1 and not changes:
                shape.append(1)
            continue
        for each in by_axis[axis][1]:
            places[each] = len(shape)
            shape.append(sizes[each])
    return tuple(shape) or (1,), places[first:]
