"""Operations that move values: reshaping, cutting, padding, joining, resizing, reducing."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, prod

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import joined
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.shapes import expanded, folded, padded, reduced, resized, sliced
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.call import Call, Rule, as_weight
from convcalc.files.onnx.constants import (
    Constant,
    NotConstantError,
    axes_of,
    broadcast,
    reshaped_sizes,
    sizes_constant,
    slices_of,
    split_lengths,
    unsqueezed_sizes,
)

RESIZES = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}
PADS = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _shape(call: Call) -> Constant:
    return sizes_constant(call.node, call.tensor(0).sizes)


def _size(call: Call) -> Constant:
    return Constant(call.node.outputs[0], (), [prod(call.tensor(0).sizes)])


def reshape(call: Call) -> Tensor:
    """Reshape: 0 keeps a size, -1 takes what is left."""
    tensor = call.tensor(0)
    wanted = call.numbers(1) if len(call.inputs) > 1 else call.attribute("shape")
    if wanted is None:
        told = call.sizes()
        if told is None:
            raise call.fail("the sizes of this Reshape are computed from the input")
        return reshaped(call.rows, tensor, told)
    try:
        keeps = not call.attribute("allowzero", 0)
        sizes = reshaped_sizes(tensor.sizes, wanted, keeps_zeros=keeps)
    except ValueError as error:
        raise call.fail(f"{tensor.sizes} cannot be reshaped to {tuple(wanted)}") from error
    return reshaped(call.rows, tensor, sizes)


def squeeze(call: Call) -> Tensor:
    """Squeeze: without some axes of size 1, or without all of them."""
    tensor = call.tensor(0)
    axes = axes_of(call.node, call.inputs, tensor.rank)
    gone = axes if axes is not None else [at for at, size in enumerate(tensor.sizes) if size == 1]
    return reshaped(call.rows, tensor, [s for at, s in enumerate(tensor.sizes) if at not in gone])


def unsqueeze(call: Call) -> Tensor:
    """Unsqueeze: with more axes of size 1."""
    tensor = call.tensor(0)
    written = call.numbers(1) if call.has(1) else call.attribute("axes")
    if written is None:
        raise call.fail("the axes of this Unsqueeze are not known")
    rank = tensor.rank + len(written)
    return reshaped(
        call.rows, tensor, unsqueezed_sizes(tensor.sizes, [axis % rank for axis in written])
    )


def transpose(call: Call) -> Tensor:
    """Transpose: the order of axes is carried along, without a row."""
    tensor = call.tensor(0)
    order = call.attribute("perm") or [*range(tensor.rank)][::-1]
    if sorted(order) != [*range(tensor.rank)]:
        raise call.fail(f"{order} is no order of the axes of {tensor.sizes}")
    return tensor.transposed(order)


def cut(call: Call) -> Tensor:
    """Slice along some axes."""
    tensor = call.tensor(0)
    try:
        taken = slices_of(call.node, call.inputs, tensor.sizes)
    except (NotConstantError, ValueError) as error:
        return told(call, [tensor], error)
    if any(not each for each in taken):
        raise call.fail(f"nothing of {tensor.sizes} is left")
    if any(each.step < 0 for each in taken):
        return moved(call.rows, "Slice", [tensor], [len(each) for each in taken])
    for axis, each in enumerate(taken):
        tensor = sliced(call.rows, tensor, axis, each.start, each[-1] + 1, each.step)
    return tensor


def told(call: Call, reads: list[Tensor], error: Exception | None = None) -> Tensor:
    """A row that moves data, with the sizes that the file tells."""
    sizes = call.sizes()
    if sizes is None:
        raise call.fail(
            f"the output of {call.node.operator} has a shape that depends on values, and the file "
            "does not tell it"
        ) from error
    return moved(call.rows, call.node.operator, reads, sizes)


def split(call: Call) -> list[Tensor]:
    """Split along an axis, a row for each part."""
    tensor = call.tensor(0)
    axis = call.axis(0, tensor.rank)
    lengths = split_lengths(call.node, call.inputs, tensor.sizes[axis])
    if sum(lengths) != tensor.sizes[axis] or min(lengths) < 1:
        raise call.fail(f"{lengths} do not add up to the {tensor.sizes[axis]} of axis {axis}")
    parts, start = [], 0
    for length in lengths:
        parts.append(sliced(call.rows, tensor, axis, start, start + length))
        start += length
    return parts


def concat(call: Call) -> Tensor:
    """Concat along an axis."""
    values = [value for value in call.inputs if value is not None]
    axis = call.axis(1, len(values[0].sizes))
    return joined(
        call.rows,
        [as_weight(each) if isinstance(each, Constant) else each for each in values],
        axis,
    )


def pad(call: Call) -> Tensor:
    """Pad: low widths of all axes, then high ones."""
    tensor = call.tensor(0)
    written = call.numbers(1) if call.has(1) else call.attribute("pads", call.attribute("paddings"))
    if written is None:
        return told(call, [tensor])
    axes = call.numbers(3) if call.has(3) else [*range(tensor.rank)]
    if axes is None or len(written) != 2 * len(axes):
        raise call.fail(f"pads of {written} do not fit a value of {tensor.sizes}")
    pads = [(0, 0)] * tensor.rank
    for at, axis in enumerate(axes):
        pads[axis % tensor.rank] = (written[at], written[at + len(axes)])
    return padded(call.rows, tensor, pads, PADS.get(call.attribute("mode", "constant"), "zeros"))


def resize(call: Call) -> Tensor:
    """Resize and Upsample: sizes win over scales."""
    tensor = call.tensor(0)
    mode = RESIZES.get(call.attribute("mode", "nearest"), "nearest")
    if call.node.operator == "Upsample":
        written = call.constant(1)
        scales = written.values if written else call.attribute("scales")
        sizes = None
    else:
        at = 1 if len(call.inputs) == 2 else 2
        given = call.constant(at)
        scales = given.values if given and given.values else None
        sizes = call.numbers(3) if call.has(3) else None
    axes = call.attribute("axes") or [*range(tensor.rank)]
    wanted = [*tensor.sizes]
    if sizes:
        for axis, size in zip(axes, sizes, strict=True):
            wanted[axis] = size
    elif scales:
        for axis, scale in zip(axes, scales, strict=True):
            wanted[axis] = floor(tensor.sizes[axis] * scale + 1e-9)
    else:
        return told(call, [tensor])
    if min(wanted) < 1:
        raise call.fail(f"{tensor.sizes} cannot be resized to {tuple(wanted)}")
    return resized(call.rows, tensor, wanted, mode)


def _fold(word: str) -> Rule:
    def rule(call: Call) -> Tensor:
        factor = call.attribute("blocksize", 1)
        return folded(call.rows, word, call.tensor(0), 1, factor)

    return rule


def expand(call: Call) -> Tensor:
    """Expand: sizes of 1 are repeated."""
    tensor, wanted = call.tensor(0), call.numbers(1)
    if wanted is None:
        return told(call, [tensor])
    try:
        sizes = broadcast([tensor.sizes, wanted])
    except ValueError as error:
        raise call.fail(f"{tensor.sizes} cannot be expanded to {tuple(wanted)}") from error
    if len(sizes) > tensor.rank:
        tensor = reshaped(
            call.rows, tensor, (1,) * (len(sizes) - tensor.rank) + tuple(tensor.sizes)
        )
    return expanded(call.rows, tensor, sizes)


def tile(call: Call) -> Tensor:
    """Tile: repeated along each axis."""
    tensor, times = call.tensor(0), call.numbers(1)
    if times is None or len(times) != tensor.rank:
        return told(call, [tensor])
    sizes = [size * time for size, time in zip(tensor.sizes, times, strict=True)]
    return expanded(call.rows, tensor, sizes, "Tile")


def _reduction(kind: str) -> Rule:
    def rule(call: Call) -> Tensor:
        tensor = call.tensor(0)
        axes = axes_of(call.node, call.inputs, tensor.rank)
        if not axes:
            if call.attribute("noop_with_empty_axes", 0):
                return tensor
            axes = [*range(tensor.rank)]
        keep = bool(call.attribute("keepdims", 1))
        return reduced(call.rows, tensor, kind, axes, keep=keep)

    return rule


REDUCTIONS: Mapping[str, str] = {
    "ReduceMean": "mean",
    "ReduceMax": "max",
    "ReduceSum": "sum",
    "ReduceMin": "ReduceMin",
    "ReduceProd": "ReduceProd",
    "ReduceL1": "ReduceL1",
    "ReduceL2": "ReduceL2",
    "ReduceLogSum": "ReduceLogSum",
    "ReduceLogSumExp": "ReduceLogSumExp",
    "ReduceSumSquare": "ReduceSumSquare",
}

RULES: Mapping[str, Rule] = {
    "Shape": _shape,
    "Size": _size,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Slice": cut,
    "Split": split,
    "Concat": concat,
    "Pad": pad,
    "Resize": resize,
    "Upsample": resize,
    "DepthToSpace": _fold("pixel_shuffle"),
    "SpaceToDepth": _fold("pixel_unshuffle"),
    "Expand": expand,
    "Tile": tile,
    **{name: _reduction(kind) for name, kind in REDUCTIONS.items()},
}
