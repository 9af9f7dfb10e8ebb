"""Operations that pick values by their places, or by what they are."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.opaque import moved, opaque
from convcalc.files.graph.shapes import reduced, sliced
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.weights import uncounted
from convcalc.files.onnx.call import AnyValue, Call, Rule, as_weight
from convcalc.files.onnx.operators.shapes import told


def gather(call: Call) -> Tensor:
    """Gather: one place or a run of places is a slice; a table of rows for ids is an embedding."""
    places = call.inputs[1]
    table = call.constant(0)
    if table is not None and isinstance(places, Tensor):
        axis = call.axis(0, len(table.sizes))
        sizes = (*table.sizes[:axis], *places.sizes, *table.sizes[axis + 1 :])
        weight = as_weight(table)
        made = opaque(
            call.rows,
            "Embedding" if weight.learned else "Gather",
            [places],
            sizes,
            params=uncounted(call.rows, [weight]),
            macs="none",
        )
        for key in weight.learned:
            call.rows.owners.setdefault(key, call.rows.last)
        return made
    tensor = call.tensor(0)
    axis = call.axis(0, tensor.rank)
    count: tuple[int, ...] = () if places is None else tuple(places.sizes)
    sizes = (*tensor.sizes[:axis], *count, *tensor.sizes[axis + 1 :])
    numbers = call.numbers(1)
    if numbers and len(count) < 2:
        size = tensor.sizes[axis]
        own = [number + size if number < 0 else number for number in numbers]
        if own == [*range(own[0], own[0] + len(own))] and own[-1] < size:
            part = sliced(call.rows, tensor, axis, own[0], own[-1] + 1)
            return part if count else reshaped(call.rows, part, sizes)
    return moved(call.rows, "Gather", [tensor], sizes)


def _largest(call: Call) -> Tensor:
    """ArgMax and ArgMin."""
    tensor = call.tensor(0)
    axis = call.axis(0, tensor.rank)
    keep = bool(call.attribute("keepdims", 1))
    return reduced(call.rows, tensor, call.node.operator, [axis], keep=keep)


def top(call: Call) -> list[Tensor]:
    """TopK: values and their places."""
    tensor = call.tensor(0)
    axis = call.axis(-1, tensor.rank)
    number = call.numbers(1) or [call.attribute("k", 0)]
    sizes = [*tensor.sizes]
    sizes[axis] = number[0]
    if not 0 < number[0] <= tensor.sizes[axis]:
        raise call.fail(f"there are no {number[0]} largest of {tensor.sizes[axis]}")
    made = moved(call.rows, "TopK", [tensor], sizes)
    return [made] * max(len(call.node.outputs), 1)


def _like_second(call: Call) -> Tensor:
    """GatherElements: the sizes of the places."""
    places = call.tensor(1)
    return moved(call.rows, call.node.operator, [call.tensor(0)], places.sizes)


def _like_first(call: Call) -> Tensor:
    """Scatter and its kin: the sizes of the data."""
    reads = [value for value in call.inputs if isinstance(value, Tensor)]
    first = call.constant(0) or call.tensor(0)
    return moved(call.rows, call.node.operator, reads, first.sizes)


def gather_nd(call: Call) -> Tensor:
    """GatherND: the last axis of the places says how many axes are picked."""
    tensor = call.tensor(0)
    places = call.constant(1) or call.tensor(1)
    batch = call.attribute("batch_dims", 0)
    picked = batch + places.sizes[-1]
    return moved(call.rows, "GatherND", [tensor], (*places.sizes[:-1], *tensor.sizes[picked:]))


def grid_sample(call: Call) -> Tensor:
    """GridSample: the positions of the grid, the channels of the value."""
    tensor, grid = call.tensor(0), call.tensor(1)
    sizes = (*tensor.sizes[:2], *grid.sizes[1:-1])
    return moved(call.rows, "GridSample", [tensor, grid], sizes)


def one_of(call: Call) -> Tensor:
    """OneHot: a new axis as long as the depth."""
    tensor, depth = call.tensor(0), call.numbers(1)
    if not depth:
        return told(call, [tensor])
    axis = call.axis(-1, tensor.rank + 1)
    return moved(
        call.rows, "OneHot", [tensor], (*tensor.sizes[:axis], depth[0], *tensor.sizes[axis:])
    )


def by_told_sizes(call: Call) -> list[AnyValue]:
    """What depends on values: NonZero, NonMaxSuppression and their kin."""
    reads = [value for value in call.inputs if isinstance(value, Tensor)]
    made: list[AnyValue] = []
    for at in range(len(call.node.outputs)):
        sizes = call.sizes(at)
        if sizes is None:
            told(call, reads)
        made.append(moved(call.rows, call.node.operator, reads, sizes or ()))
    return made


RULES: Mapping[str, Rule] = {
    "Gather": gather,
    "GatherElements": _like_second,
    "GatherND": gather_nd,
    "Scatter": _like_first,
    "ScatterElements": _like_first,
    "ScatterND": _like_first,
    "TopK": top,
    "GridSample": grid_sample,
    "OneHot": one_of,
    "ArgMax": _largest,
    "ArgMin": _largest,
    **dict.fromkeys(("NonZero", "NonMaxSuppression", "Compress", "Unique"), by_told_sizes),
}
