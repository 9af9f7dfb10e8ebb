"""Operations that move values: reshaping, cutting, padding, joining, resizing, reducing."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import floor, prod

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import joined
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.shapes import expanded, folded, padded, reduced, resized, sliced
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.arrays import Constant, NotConstantError, broadcast
from convcalc.files.onnx.call import AnyValue, Call, Rule, as_weight
from convcalc.files.onnx.folding.arguments import (
    axes_of,
    axis_of,
    reshaped_sizes,
    sizes_constant,
    slices_of,
    split_lengths,
    squeezed_sizes,
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
    try:
        wanted = call.list_of(1, "shape")
    except NotConstantError:
        wanted = None
    if wanted is None:
        sizes = call.sizes()
        if sizes is None:
            raise NotConstantError
        return reshaped(call.rows, tensor, sizes)
    keeps = not call.integer("allowzero")
    return reshaped(call.rows, tensor, reshaped_sizes(tensor.sizes, wanted, keeps_zeros=keeps))


def flatten(call: Call) -> Tensor:
    """Flatten to two axes."""
    tensor = call.tensor(0)
    at = call.integer("axis", 1)
    if not -tensor.rank <= at <= tensor.rank:
        raise call.fail(f"axis {at} is not one of {tensor.rank} axes")
    at = at + tensor.rank if at < 0 else at
    return reshaped(call.rows, tensor, [prod(tensor.sizes[:at]), prod(tensor.sizes[at:])])


def squeeze(call: Call) -> Tensor:
    """Squeeze: without some axes of size 1, or without all of them."""
    tensor = call.tensor(0)
    axes = axes_of(call.node, call.inputs, tensor.rank)
    return reshaped(call.rows, tensor, squeezed_sizes(tensor.sizes, axes))


def unsqueeze(call: Call) -> Tensor:
    """Unsqueeze: with more axes of size 1."""
    tensor = call.tensor(0)
    axes = call.list_of(1, "axes") or []
    return reshaped(call.rows, tensor, unsqueezed_sizes(tensor.sizes, axes))


def transpose(call: Call) -> Tensor:
    """Transpose: the order of axes is carried along, without a row."""
    tensor = call.tensor(0)
    order = call.node.integers("perm") or [*range(tensor.rank)][::-1]
    if sorted(order) != [*range(tensor.rank)]:
        raise call.fail(f"{order} is no order of the axes of {tensor.sizes}")
    return tensor.transposed(order)


def cut(call: Call) -> Tensor | Constant:
    """Slice along some axes."""
    tensor = call.tensor(0)
    taken = slices_of(call.node, call.inputs, tensor.sizes)
    if not all(taken):  # what is empty depends on nothing
        return Constant(call.node.outputs[0], tuple(map(len, taken)), [], is_float=True)
    if any(each.step < 0 and len(each) > 1 for each in taken):
        return moved(call.rows, "Slice", [tensor], [len(each) for each in taken])
    for axis, each in enumerate(taken):
        step = each.step if len(each) > 1 else 1
        tensor = sliced(call.rows, tensor, axis, each[0], each[-1] + 1, step)
    return tensor


def split(call: Call) -> list[AnyValue | None]:
    """Split along an axis, a row for each part that is read."""
    tensor = call.tensor(0)
    axis = call.axis(0, tensor.rank)
    parts: list[AnyValue | None] = []
    start = 0
    lengths = split_lengths(call.node, call.inputs, tensor.sizes[axis])
    for at, length in enumerate(lengths[: len(call.node.outputs)]):
        if length == 0:  # what is empty depends on nothing
            sizes = (*tensor.sizes[:axis], 0, *tensor.sizes[axis + 1 :])
            parts.append(Constant(call.node.outputs[at], sizes, [], is_float=True))
        elif call.is_read(at):
            parts.append(sliced(call.rows, tensor, axis, start, start + length))
        else:
            parts.append(None)
        start += length
    return parts


def concat(call: Call) -> Tensor:
    """Concat along an axis."""
    values = call.values
    if not any(isinstance(each, Tensor) for each in values):
        values[0] = call.tensor(0)
    ranks = {len(each.sizes) for each in values}
    if len(ranks) > 1:
        texts = " and ".join(str(each.sizes) for each in values)
        raise call.fail(f"{texts} do not fit together")
    axis = call.axis(1, *ranks)
    operands = [each if isinstance(each, Tensor) else as_weight(each) for each in values]
    kept = [each for each in operands if each.sizes[axis]]
    return joined(call.rows, kept, axis)


def pad(call: Call) -> Tensor:
    """Pad: low widths of all axes, then high ones."""
    tensor = call.tensor(0)
    written = call.list_of(1, "pads")
    if written is None:
        written = call.node.integers("paddings") or [0] * (2 * tensor.rank)
    axes = call.list_of(3, "") if call.has(3) else [*range(tensor.rank)]
    if axes is None or len(written) != 2 * len(axes):
        raise call.fail(f"pads of {written} do not fit a value of {tensor.sizes}")
    pads = [(0, 0)] * tensor.rank
    for at, axis in enumerate(axes):
        pads[axis_of(axis, tensor.rank)] = (written[at], written[at + len(axes)])
    mode = PADS.get(call.node.text("mode", "constant"), "zeros")
    return padded(call.rows, tensor, pads, mode)


def resize(call: Call) -> Tensor:
    """Resize and Upsample: sizes win over scales."""
    tensor = call.tensor(0)
    wanted = [*tensor.sizes]
    axes = call.node.integers("axes") or [*range(tensor.rank)]
    axes = [axis_of(axis, tensor.rank) for axis in axes]
    sizes = call.list_of(3, "") if call.has(3) else None
    if sizes:
        new = _kept_ratio(call, tensor, axes, sizes)
    else:
        scales = _scales(call)
        if scales is None or call.node.text("coordinate_transformation_mode", "").startswith("tf_"):
            raise NotConstantError
        new = [_scaled(tensor.sizes[a], scale) for a, scale in zip(axes, scales, strict=True)]
    for axis, size in zip(axes, new, strict=True):
        wanted[axis] = size
    if min(wanted) < 1:
        raise call.fail(f"{tensor.sizes} cannot be resized to {tuple(wanted)}")
    mode = RESIZES.get(call.node.text("mode", "nearest"), "nearest")
    return resized(call.rows, tensor, wanted, mode)


def _scales(call: Call) -> list[float] | None:
    if call.node.operator == "Upsample" and not call.has(1):
        written = call.node.attributes.get("scales")
        return written if isinstance(written, list) else None
    at = 1 if call.node.operator == "Upsample" or len(call.inputs) == 2 else 2
    given = call.constant(at)
    return given.values if given is not None and given.values else None


def _scaled(size: int, scale: float) -> int:
    """The size that programs compute, in numbers of 4 bytes."""
    product: float = struct.unpack("f", struct.pack("f", size * scale))[0]
    return floor(product)


def _kept_ratio(call: Call, tensor: Tensor, axes: list[int], sizes: list[int]) -> list[int]:
    """The sizes, or smaller or larger ones that keep the ratio of the axes."""
    policy = call.node.text("keep_aspect_ratio_policy", "stretch")
    if policy == "stretch":
        return sizes
    scales = [size / tensor.sizes[axis] for axis, size in zip(axes, sizes, strict=True)]
    scale = min(scales) if policy == "not_larger" else max(scales)
    return [floor(tensor.sizes[axis] * scale + 0.5) for axis in axes]


def _fold(word: str) -> Rule:
    def rule(call: Call) -> Tensor:
        tensor = call.tensor(0)
        return folded(call.rows, word, tensor, 1, call.integer("blocksize", 1))

    return rule


def expand(call: Call) -> Tensor:
    """Expand: sizes of 1 are repeated."""
    tensor, wanted = call.tensor(0), call.list_of(1, "")
    if wanted is None:
        raise NotConstantError
    sizes = broadcast([tensor.sizes, wanted])
    more = (1,) * (len(sizes) - tensor.rank)
    if more:
        tensor = reshaped(call.rows, tensor, more + tuple(tensor.sizes))
    return expanded(call.rows, tensor, sizes)


def tile(call: Call) -> Tensor:
    """Tile: repeated along each axis."""
    tensor, times = call.tensor(0), call.list_of(1, "")
    if times is None:
        raise NotConstantError
    if len(times) != tensor.rank:
        raise call.fail(f"repeats of {times} do not fit a value of {tensor.sizes}")
    sizes = [size * time for size, time in zip(tensor.sizes, times, strict=True)]
    return expanded(call.rows, tensor, sizes, "Tile")


def _cropped(call: Call) -> Tensor:
    """CenterCropPad: to given sizes."""
    tensor, wanted = call.tensor(0), call.list_of(1, "")
    if wanted is None:
        raise NotConstantError
    axes = call.node.integers("axes") or [*range(tensor.rank)]
    sizes = [*tensor.sizes]
    for axis, size in zip(axes, wanted, strict=True):
        sizes[axis_of(axis, tensor.rank)] = size
    return moved(call.rows, "CenterCropPad", [tensor], sizes)


def _reduction(kind: str) -> Rule:
    def rule(call: Call) -> Tensor:
        tensor = call.tensor(0)
        axes = axes_of(call.node, call.inputs, tensor.rank)
        if not axes:
            if call.integer("noop_with_empty_axes"):
                return tensor
            axes = [*range(tensor.rank)]
        keep = bool(call.integer("keepdims", 1))
        return reduced(call.rows, tensor, kind, axes, keep=keep)

    return rule


REDUCTIONS: Mapping[str, str] = {
    "ReduceMean": "mean",
    "ReduceMax": "max",
    "ReduceSum": "sum",
    **{
        name: name
        for name in (
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceSumSquare",
        )
    },
}

RULES: Mapping[str, Rule] = {
    "Shape": _shape,
    "Size": _size,
    "Reshape": reshape,
    "Flatten": flatten,
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
    "CenterCropPad": _cropped,
    **{name: _reduction(kind) for name, kind in REDUCTIONS.items()},
}
