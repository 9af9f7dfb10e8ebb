"""Functions that move, join, cut and reduce values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from convcalc.errors import value_text
from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import joined, stacked
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.shapes import folded, padded, reduced, resized, split
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.faults import KerasError, NoRuleError
from convcalc.files.keras.fields import Fields
from convcalc.files.keras.layers.indexing import part_of
from convcalc.files.keras.layers.options import option, own_axes, own_axis
from convcalc.files.keras.layers.products import einsum_of_values, product_of_values
from convcalc.files.keras.layers.shaping import with_shape
from convcalc.files.keras.nested import found
from convcalc.files.keras.references import MOST_OUTPUTS
from convcalc.files.keras.site import Mapper, Site

REDUCTIONS = ("max", "mean", "min", "prod", "sum", "all", "any", "std", "var", "logsumexp")


def _reduced(site: Site, kind: str) -> Tensor:
    tensor = site.tensor
    axes = own_axes(site, tensor)
    if axes is None:
        raise NoRuleError("a reduction over the batch has no rule")
    keep = bool(option(site, "keepdims", 2))
    return reduced(site.rows, tensor, kind, axes, keep=keep)


def _reshape(site: Site) -> Tensor:
    tensor = site.tensor
    key = "newshape" if "newshape" in site.layer.config else "shape"
    shape = option(site, key)
    if not isinstance(shape, list) or len(shape) < 1:
        raise NoRuleError("a reshape to a computed shape has no rule")
    own = [-1 if size is None else size for size in shape[1:]]
    if shape[0] not in (-1, None, tensor.sizes[0]) or any(found(Tensor, shape)):
        raise NoRuleError("a reshape that mixes the batch with other axes has no rule")
    if shape[0] == -1 and -1 in own:
        raise KerasError(f"shape is {value_text(shape)}")
    return with_shape(site, tensor, own)


def _transposed(site: Site) -> Tensor:
    tensor = site.tensor
    key = "perm" if "perm" in site.kwargs else "axes"
    order = option(site, key)
    if order is None:
        raise NoRuleError("a transposition of the batch has no rule")
    if not isinstance(order, list) or len(order) != tensor.rank or order[:1] != [0]:
        raise KerasError(f"axes is {value_text(order)}, not an order of {tensor.rank} axes")
    turned = [0, *[own_axis(site, tensor, axis) for axis in order[1:]]]
    if sorted(turned) != [*range(tensor.rank)]:
        raise KerasError(f"axes is {value_text(order)}, not an order of {tensor.rank} axes")
    return tensor.transposed(turned)


def _expanded(site: Site) -> Tensor:
    tensor = site.tensor
    items = option(site, "axis")
    sizes = [*tensor.sizes]
    for item in items if isinstance(items, list) else [items]:
        at = item + len(sizes) + 1 if type(item) is int and item < 0 else item
        if type(at) is not int or not 0 < at <= len(sizes):
            raise KerasError(f"axis is {value_text(item)}, not one for {tensor.sizes}")
        sizes.insert(at, 1)
    return reshaped(site.rows, tensor, sizes)


def _squeezed(site: Site) -> Tensor:
    tensor = site.tensor
    axes = own_axes(site, tensor)
    if axes is None:
        axes = [axis for axis in tensor.without_batch if tensor.sizes[axis] == 1]
    if any(tensor.sizes[axis] != 1 for axis in axes):
        raise KerasError(f"axes {axes} of {tensor.sizes} are not all 1")
    kept = [size for axis, size in enumerate(tensor.sizes) if axis not in axes]
    return reshaped(site.rows, tensor, kept)


def _concatenated(site: Site) -> Tensor:
    tensors = site.tensors
    if not tensors or any(each.rank != tensors[0].rank for each in tensors):
        raise KerasError("values of different numbers of axes cannot be joined")
    axis = option(site, "axis")
    return joined(site.rows, tensors, own_axis(site, tensors[0], -1 if axis is None else axis))


def _stacked(site: Site) -> Tensor:
    tensors = site.tensors
    if not tensors:
        raise KerasError("the layer reads nothing")
    axis = option(site, "axis")
    at = Fields({}).axis("axis", 0 if axis is None else axis, tensors[0].rank + 1)
    if len({each.sizes for each in tensors}) != 1:
        raise KerasError("values of different sizes cannot be stacked")
    return stacked(site.rows, tensors, at)


def _split(site: Site) -> Sequence[Tensor]:
    tensor = site.tensor
    axis = own_axis(site, tensor, option(site, "axis", 2))
    return split(site.rows, tensor, axis, _lengths(site, tensor.sizes[axis]))


def _lengths(site: Site, size: int) -> list[int]:
    """The lengths of the parts: a number of equal ones, the places of the cuts, or the lengths."""
    cuts = option(site, "indices_or_sections")
    parts = option(site, "num_or_size_splits") if cuts is None else cuts
    wrong = KerasError(f"{size:,} positions cannot be split into {value_text(parts)}")
    if isinstance(parts, list):
        if not all(type(each) is int for each in parts):
            raise wrong
        ends = [0, *parts, size]
        lengths = parts if cuts is None else [end - start for start, end in pairwise(ends)]
    elif type(parts) is int and 0 < parts <= MOST_OUTPUTS and size % parts == 0:
        lengths = [size // parts] * parts
    else:
        raise wrong
    if not all(each > 0 for each in lengths) or sum(lengths) != size:
        raise wrong
    return lengths


def _padded(site: Site) -> Tensor:
    tensor = site.tensor
    key = "paddings" if "paddings" in site.kwargs else "pad_width"
    widths = option(site, key)
    if not isinstance(widths, list) or len(widths) != tensor.rank:
        raise KerasError(f"{key} is {value_text(widths)}, not widths of {tensor.rank} axes")
    if not all(map(_is_pair, widths)):
        raise KerasError(f"{key} is {value_text(widths)}, not a low and a high width for each axis")
    return padded(site.rows, tensor, [(low, high) for low, high in widths])


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(width) is int and width >= 0 for width in value)
    )


def _resized(site: Site) -> Tensor:
    tensor = site.tensor
    size = option(site, "size")
    if not isinstance(size, list) or not all(type(each) is int and each > 0 for each in size):
        raise KerasError(f"size is {value_text(size)}, not a height and a width")
    if len(size) != 2 or tensor.rank != 4:
        raise KerasError(f"a value of {tensor.sizes} cannot be resized to {value_text(size)}")
    spatial = (2, 3) if option(site, "data_format", 9) == "channels_first" else (1, 2)
    wanted = [*tensor.sizes]
    for axis, each in zip(spatial, size, strict=True):
        wanted[axis] = each
    mode = option(site, "interpolation", 9)
    known = mode if mode in ("nearest", "bicubic") else "bilinear"
    return resized(site.rows, tensor, wanted, known)


def _folded(site: Site, word: str) -> Tensor:
    tensor = site.tensor
    factor = option(site, "block_size")
    if type(factor) is not int or factor < 1 or tensor.rank != 4:
        raise KerasError(f"block_size is {value_text(factor)}, not a whole number")
    first = option(site, "data_format", 9) in ("NCHW", "channels_first")
    return folded(site.rows, word, tensor, 1 if first else 3, factor)


def _repeated(site: Site) -> Tensor:
    tensor = site.tensor
    times = option(site, "repeats")
    axis = own_axis(site, tensor, option(site, "axis", 2))
    if type(times) is not int or times < 1:
        raise NoRuleError("repeats of different lengths have no rule")
    sizes = [size * times if at == axis else size for at, size in enumerate(tensor.sizes)]
    return moved(site.rows, "Repeat", [tensor], sizes)


def _tiled(site: Site) -> Tensor:
    tensor = site.tensor
    key = "multiples" if "multiples" in site.kwargs else "repeats"
    times = option(site, key)
    if not isinstance(times, list) or len(times) != tensor.rank or times[0] != 1:
        raise NoRuleError("a repetition of the batch has no rule")
    if not all(type(each) is int and each > 0 for each in times):
        raise KerasError(f"{key} is {value_text(times)}")
    sizes = [size * each for size, each in zip(tensor.sizes, times, strict=True)]
    return moved(site.rows, "Tile", [tensor], sizes)


FUNCTIONS: Mapping[str, Mapper] = {
    **{kind: partial(_reduced, kind=kind) for kind in REDUCTIONS},
    "concatenate": _concatenated,
    "depth_to_space": partial(_folded, word="pixel_shuffle"),
    "einsum": einsum_of_values,
    "expand_dims": _expanded,
    "getitem": part_of,
    "matmul": product_of_values,
    "pad": _padded,
    "repeat": _repeated,
    "reshape": _reshape,
    "resize": _resized,
    "space_to_depth": partial(_folded, word="pixel_unshuffle"),
    "split": _split,
    "squeeze": _squeezed,
    "stack": _stacked,
    "tile": _tiled,
    "transpose": _transposed,
}
"""Functions with rules of their own, by their names in `keras.ops`."""
