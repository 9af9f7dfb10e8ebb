"""Operations that pick values by their places, or by what they are."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.pointwise import activated
from convcalc.files.graph.shapes import reduced, sliced
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.onnx.arrays import Constant, NotConstantError
from convcalc.files.onnx.call import AnyValue, Call, Rule, as_weight
from convcalc.files.onnx.folding.arguments import axis_of
from convcalc.files.onnx.operators.unknown import as_in_file


def gather(call: Call) -> Tensor:
    """Gather: one place or a run of places is a slice; a table of rows for ids is an embedding."""
    data, places = call.value(0), call.value(1)
    axis = call.axis(0, len(data.sizes))
    sizes = (*data.sizes[:axis], *places.sizes, *data.sizes[axis + 1 :])
    if isinstance(data, Constant):
        return _embedded(call, data, sizes)
    numbers = call.numbers(1)
    if numbers and len(places.sizes) < 2:
        own = [axis_of(number, data.sizes[axis]) for number in numbers]
        if own == [*range(own[0], own[0] + len(own))]:
            part = sliced(call.rows, data, axis, own[0], own[-1] + 1)
            return part if places.sizes else reshaped(call.rows, part, sizes)
    return moved(call.rows, "Gather", call.tensors, sizes)


def _embedded(call: Call, table: Constant, sizes: tuple[int, ...]) -> Tensor:
    weight = as_weight(table)
    title = "Embedding" if weight.learned else "Gather"
    return weighted_opaque(call.rows, title, call.tensors, sizes, [weight], macs="none")


def _largest(call: Call) -> Tensor:
    """ArgMax and ArgMin."""
    tensor = call.tensor(0)
    axis = call.axis(0, tensor.rank)
    keep = bool(call.integer("keepdims", 1))
    return reduced(call.rows, tensor, call.node.operator, [axis], keep=keep)


def top(call: Call) -> list[Tensor | None]:
    """TopK: values, and their places."""
    tensor = call.tensor(0)
    axis = call.axis(-1, tensor.rank)
    count = (call.list_of(1, "") or [call.integer("k")])[0]
    if not 0 < count <= tensor.sizes[axis]:
        raise call.fail(f"there are no {count} largest of {tensor.sizes[axis]} values")
    sizes = [*tensor.sizes]
    sizes[axis] = count
    made = moved(call.rows, "TopK", [tensor], sizes)
    return [made] * max(len(call.node.outputs), 1)


def _like_second(call: Call) -> Tensor:
    """GatherElements: the sizes of the places."""
    return moved(call.rows, call.node.operator, call.tensors, call.value(1).sizes)


def _like_first(call: Call) -> Tensor:
    """Scatter and its kin: the sizes of the data."""
    return moved(call.rows, call.node.operator, call.tensors, call.value(0).sizes)


def gather_nd(call: Call) -> Tensor:
    """GatherND: the last axis of the places is how many axes are picked."""
    data, places = call.value(0), call.value(1)
    picked = call.integer("batch_dims") + places.sizes[-1]
    sizes = (*places.sizes[:-1], *data.sizes[picked:])
    return moved(call.rows, "GatherND", call.tensors, sizes)


def grid_sample(call: Call) -> Tensor:
    """GridSample: the positions of the grid, the channels of the value."""
    tensor, grid = call.tensor(0), call.value(1)
    if len(grid.sizes) != tensor.rank:
        raise call.fail(f"a grid of {grid.sizes} does not fit a value of {tensor.sizes}")
    return moved(call.rows, "GridSample", call.tensors, (*tensor.sizes[:2], *grid.sizes[1:-1]))


def _grid(call: Call) -> Tensor:
    """AffineGrid: a position for each place of the wanted sizes."""
    theta, wanted = call.tensor(0), call.list_of(1, "")
    if not wanted:
        raise NotConstantError
    spatial = wanted[2:]
    return moved(call.rows, "AffineGrid", [theta], (wanted[0], *spatial, len(spatial)))


def one_hot(call: Call) -> Tensor:
    """OneHot: a new axis as long as the depth."""
    tensor, depth = call.tensor(0), call.list_of(1, "")
    if not depth:
        raise NotConstantError
    axis = call.axis(-1, tensor.rank + 1)
    sizes = (*tensor.sizes[:axis], depth[0], *tensor.sizes[axis:])
    return moved(call.rows, "OneHot", [tensor], sizes)


def _determinant(call: Call) -> Tensor:
    """Det: without the last two axes."""
    tensor = call.tensor(0)
    return moved(call.rows, "Det", [tensor], tensor.sizes[:-2])


def _quantized(call: Call) -> list[AnyValue | None]:
    """DynamicQuantizeLinear: the value, and numbers for its scale and its zero."""
    tensor = call.tensor(0)
    numbers: list[AnyValue | None] = [Constant(name, (), None) for name in call.node.outputs[1:]]
    return [activated(call.rows, "identity", tensor), *numbers]


def _random(call: Call) -> Constant:
    """RandomNormal and RandomUniform: as sizes they are as good as any constant."""
    sizes = call.node.integers("shape") or []
    if min(sizes, default=0) < 0 or prod(sizes) > 10**15:
        raise call.fail(f"the sizes {sizes} are not possible")
    return Constant(call.node.outputs[0], tuple(sizes), None)


BY_VALUES = (
    "Compress",
    "ConstantOfShape",
    "Multinomial",
    "NonMaxSuppression",
    "NonZero",
    "Range",
    "Unique",
)
"""Operators whose sizes depend on values."""

RULES: Mapping[str, Rule] = {
    "Gather": gather,
    "GatherElements": _like_second,
    "GatherND": gather_nd,
    "Scatter": _like_first,
    "ScatterElements": _like_first,
    "ScatterND": _like_first,
    "TensorScatter": _like_first,
    "TopK": top,
    "GridSample": grid_sample,
    "AffineGrid": _grid,
    "OneHot": one_hot,
    "ArgMax": _largest,
    "ArgMin": _largest,
    "Det": _determinant,
    "DynamicQuantizeLinear": _quantized,
    "RandomNormal": _random,
    "RandomUniform": _random,
    **dict.fromkeys(BY_VALUES, as_in_file),
}
