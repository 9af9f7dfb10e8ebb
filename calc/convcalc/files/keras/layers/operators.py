"""Functions that stand in a model as if they were layers: `keras.ops`, and TensorFlow's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from math import prod
from typing import Any

from convcalc.errors import value_text
from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import joined, stacked
from convcalc.files.graph.opaque import moved, opaque
from convcalc.files.graph.pointwise import activated, computed, softmax
from convcalc.files.graph.products import matmul
from convcalc.files.graph.shapes import folded, padded, reduced, resized, sliced, split
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.faults import KerasError, NoRuleError
from convcalc.files.keras.fields import Fields
from convcalc.files.keras.layers.activations import SOFTMAX, WORDS, activation
from convcalc.files.keras.layers.merging import combined
from convcalc.files.keras.layers.shaping import with_shape
from convcalc.files.keras.site import Mapper, Site, tensors_in

CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

OTHER_NAMES = {
    "concat": "concatenate",
    "get_item": "getitem",
    "image_resize": "resize",
    "mul": "multiply",
    "reduce_max": "max",
    "reduce_mean": "mean",
    "reduce_min": "min",
    "reduce_prod": "prod",
    "reduce_sum": "sum",
    "sub": "subtract",
    "truediv": "divide",
    "true_divide": "divide",
}
"""Functions of TensorFlow by what `keras.ops` calls them, as far as that is something else."""

TOGETHER = frozenset(
    {
        "add",
        "divide",
        "equal",
        "floor_divide",
        "floordiv",
        "greater",
        "greater_equal",
        "less",
        "less_equal",
        "logical_and",
        "logical_or",
        "logical_xor",
        "maximum",
        "minimum",
        "mod",
        "multiply",
        "not_equal",
        "pow",
        "power",
        "squared_difference",
        "subtract",
        "where",
    }
)
"""Functions of values that are combined place by place."""

ALONE = frozenset(
    {
        "abs",
        "absolute",
        "arccos",
        "arcsin",
        "arctan",
        "cast",
        "ceil",
        "clip",
        "clip_by_value",
        "conj",
        "convert_to_tensor",
        "cos",
        "cumprod",
        "cumsum",
        "erf",
        "exp",
        "expm1",
        "flip",
        "floor",
        "identity",
        "invert",
        "isfinite",
        "isinf",
        "isnan",
        "l2_normalize",
        "log",
        "log10",
        "log1p",
        "log2",
        "logical_not",
        "nan_to_num",
        "neg",
        "negative",
        "normalize",
        "ones_like",
        "reciprocal",
        "reverse",
        "roll",
        "round",
        "rsqrt",
        "sign",
        "sin",
        "sinh",
        "sqrt",
        "square",
        "stop_gradient",
        "tan",
        "zeros_like",
    }
)
"""Functions that keep the shape of the one value that they have."""

REDUCTIONS = ("max", "mean", "min", "prod", "sum", "all", "any", "std", "var", "logsumexp")
AXIS_KEYS = ("axis", "axes", "dim")


def operation_name(site: Site) -> str:
    """What a function is called in `keras.ops`, in lower case.

    >>> from convcalc.files.graph.rows import Rows
    >>> from convcalc.files.keras.definitions import Layer
    >>> config = {"function": "math.reduce_mean"}
    >>> operation_name(Site(Rows(), Layer("m", "TFOpLambda", "TFOpLambda", config, 1), (), {}, 0))
    'mean'
    """
    function = site.fields.get("function")
    if site.layer.source_class == "SlicingOpLambda":
        return "getitem"
    if isinstance(function, str):
        name = function.rpartition(".")[2].strip("_")
    else:
        name = CAPITAL.sub("_", site.layer.class_name).lower()
    return OTHER_NAMES.get(name, name)


def operation(site: Site) -> Tensor | Sequence[Tensor]:
    """The rows of a call of a function.

    Raises:
        NoRuleError: it has no rule.
        KerasError: its arguments are impossible.
    """
    name = operation_name(site)
    if name in TOGETHER:
        return _together(site, name)
    if name in ALONE:
        return computed(site.rows, name, site.tensor)
    if name in WORDS or name in ("elu", "leaky_relu", SOFTMAX):
        return _activated(site, name)
    if name not in FUNCTIONS:
        raise NoRuleError(f"the function {name} has no rule")
    return FUNCTIONS[name](site)


def _option(site: Site, key: str, at: int = 1) -> Any:
    """An argument that is no tensor: by its name, from the config, or by its position."""
    if key in site.kwargs:
        return site.kwargs[key]
    if key in site.layer.config:
        return site.layer.config[key]
    return site.args[at] if len(site.args) > at else None


def _together(site: Site, name: str) -> Tensor:
    if len(site.tensors) == 1:
        return activated(site.rows, "identity", site.tensor)
    return combined(site, name)


def _activated(site: Site, name: str) -> Tensor:
    if name == SOFTMAX:
        axis = _option(site, "axis")
        at = -1 if axis is None else axis
        return softmax(site.rows, site.tensor, _axis(site, site.tensor, at))
    return activation(site.rows, site.tensor, name)


def _axis(site: Site, tensor: Tensor, value: object) -> int:
    """An axis behind the batch."""
    return Fields({"axis": value}).axis("axis", value, tensor.rank - site.lead) + site.lead


def _axes(site: Site, tensor: Tensor) -> list[int] | None:
    """The axes that a reduction names; None for all of them, the batch's too."""
    value = next((v for v in (_option(site, key) for key in AXIS_KEYS) if v is not None), None)
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    return [_axis(site, tensor, item) for item in items]


def _reduced(site: Site, kind: str) -> Tensor:
    tensor = site.tensor
    axes = _axes(site, tensor)
    if axes is None:
        raise NoRuleError("a reduction over the batch has no rule")
    keep = bool(_option(site, "keepdims", 2))
    return reduced(site.rows, tensor, kind, axes, keep=keep)


def _reshape(site: Site) -> Tensor:
    tensor = site.tensor
    key = "newshape" if "newshape" in site.layer.config else "shape"
    shape = _option(site, key)
    if not isinstance(shape, list) or len(shape) < 1:
        raise NoRuleError("a reshape to a computed shape has no rule")
    own = [-1 if size is None else size for size in shape[1:]]
    if shape[0] not in (-1, None, tensor.sizes[0]) or tensors_in(shape):
        raise NoRuleError("a reshape that mixes the batch with other axes has no rule")
    if shape[0] == -1 and -1 in own:
        raise KerasError(f"shape is {value_text(shape)}")
    return with_shape(site, tensor, own)


def _transposed(site: Site) -> Tensor:
    tensor = site.tensor
    key = "perm" if "perm" in site.kwargs else "axes"
    order = _option(site, key)
    if order is None:
        raise NoRuleError("a transposition of the batch has no rule")
    if not isinstance(order, list) or len(order) != tensor.rank or order[:1] != [0]:
        raise KerasError(f"axes is {value_text(order)}, not an order of {tensor.rank} axes")
    turned = [0, *[_axis(site, tensor, axis) for axis in order[1:]]]
    if sorted(turned) != [*range(tensor.rank)]:
        raise KerasError(f"axes is {value_text(order)}, not an order of {tensor.rank} axes")
    return tensor.transposed(turned)


def _expanded(site: Site) -> Tensor:
    tensor = site.tensor
    items = _option(site, "axis")
    sizes = [*tensor.sizes]
    for item in items if isinstance(items, list) else [items]:
        at = item + len(sizes) + 1 if type(item) is int and item < 0 else item
        if type(at) is not int or not 0 < at <= len(sizes):
            raise KerasError(f"axis is {value_text(item)}, not one for {tensor.sizes}")
        sizes.insert(at, 1)
    return reshaped(site.rows, tensor, sizes)


def _squeezed(site: Site) -> Tensor:
    tensor = site.tensor
    axes = _axes(site, tensor)
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
    axis = _option(site, "axis")
    return joined(site.rows, tensors, _axis(site, tensors[0], -1 if axis is None else axis))


def _stacked(site: Site) -> Tensor:
    tensors = site.tensors
    axis = _option(site, "axis")
    at = Fields({}).axis("axis", 0 if axis is None else axis, tensors[0].rank + 1)
    if len({each.sizes for each in tensors}) != 1:
        raise KerasError("values of different sizes cannot be stacked")
    return stacked(site.rows, tensors, at)


def _matmul(site: Site) -> Tensor:
    one, other = site.exactly(2)
    if _option(site, "transpose_a", 9):
        one = _swapped(one)
    if _option(site, "transpose_b", 9):
        other = _swapped(other)
    return matmul(site.rows, one, other)


def _swapped(tensor: Tensor) -> Tensor:
    rank = tensor.rank
    return tensor.transposed([*range(rank - 2), rank - 1, rank - 2])


def _split(site: Site) -> Sequence[Tensor]:
    tensor = site.tensor
    parts = _option(site, "indices_or_sections")
    parts = _option(site, "num_or_size_splits") if parts is None else parts
    axis = _axis(site, tensor, _option(site, "axis", 2))
    size = tensor.sizes[axis]
    if isinstance(parts, list) and "indices_or_sections" in site.layer.config:
        if not all(type(each) is int for each in parts):
            raise KerasError(f"indices_or_sections is {value_text(parts)}")
        ends = [0, *parts, size]
        lengths = [end - start for start, end in pairwise(ends)]
    elif isinstance(parts, list):
        lengths = parts
    elif type(parts) is int and parts > 0 and size % parts == 0:
        lengths = [size // parts] * min(parts, size)
    else:
        raise KerasError(f"{size:,} positions cannot be split into {value_text(parts)} parts")
    if not all(type(each) is int and each > 0 for each in lengths) or sum(lengths) != size:
        raise KerasError(f"{size:,} positions cannot be split into {value_text(parts)}")
    return split(site.rows, tensor, axis, lengths)


def _padded(site: Site) -> Tensor:
    tensor = site.tensor
    key = "paddings" if "paddings" in site.kwargs else "pad_width"
    widths = _option(site, key)
    if not isinstance(widths, list) or len(widths) != tensor.rank:
        raise KerasError(f"{key} is {value_text(widths)}, not widths of {tensor.rank} axes")
    if not all(
        isinstance(pair, list) and len(pair) == 2 and all(type(n) is int and n >= 0 for n in pair)
        for pair in widths
    ):
        raise KerasError(f"{key} is {value_text(widths)}")
    return padded(site.rows, tensor, [(low, high) for low, high in widths])


def _resized(site: Site) -> Tensor:
    tensor = site.tensor
    size = _option(site, "size")
    if not isinstance(size, list) or not all(type(each) is int and each > 0 for each in size):
        raise KerasError(f"size is {value_text(size)}, not a height and a width")
    if len(size) != 2 or tensor.rank != 4:
        raise KerasError(f"a value of {tensor.sizes} cannot be resized to {value_text(size)}")
    spatial = (2, 3) if _option(site, "data_format", 9) == "channels_first" else (1, 2)
    wanted = [*tensor.sizes]
    for axis, each in zip(spatial, size, strict=True):
        wanted[axis] = each
    mode = _option(site, "interpolation", 9)
    return resized(
        site.rows, tensor, wanted, mode if mode in ("nearest", "bicubic") else "bilinear"
    )


def _folded(site: Site, word: str) -> Tensor:
    tensor = site.tensor
    factor = _option(site, "block_size")
    if type(factor) is not int or factor < 1 or tensor.rank != 4:
        raise KerasError(f"block_size is {value_text(factor)}, not a whole number")
    first = _option(site, "data_format", 9) in ("NCHW", "channels_first")
    return folded(site.rows, word, tensor, 1 if first else 3, factor)


def _item(site: Site) -> Tensor:
    """A part of a value: positions, slices, new axes and an ellipsis."""
    tensor = site.tensor
    key = _option(site, "slice_spec")
    key = _option(site, "key") if key is None else key
    parts = _full([_part(each) for each in (key if isinstance(key, list) else [key])], tensor.rank)
    dropped: list[int] = []
    added: list[int] = []
    axis = 0
    for part in parts:
        if part is None:
            added.append(axis - len(dropped) + len(added))
            continue
        if axis == 0 and part != slice(None, None, None):
            raise NoRuleError("a part of the batch has no rule")
        if isinstance(part, int):
            dropped.append(axis)
        tensor = _cut(site, tensor, axis, part)
        axis += 1
    sizes = [size for at, size in enumerate(tensor.sizes) if at not in dropped]
    for at in added:
        sizes.insert(at, 1)
    return tensor if tuple(sizes) == tensor.sizes else reshaped(site.rows, tensor, sizes)


def _cut(site: Site, tensor: Tensor, axis: int, part: int | slice) -> Tensor:
    size = tensor.sizes[axis]
    if isinstance(part, int):
        if not -size <= part < size:
            raise KerasError(f"position {part} is none of {size:,}")
        return sliced(site.rows, tensor, axis, part % size, part % size + 1)
    start, stop, step = part.indices(size)
    if step < 0:
        left = len(range(start, stop, step))
        sizes = [left if at == axis else each for at, each in enumerate(tensor.sizes)]
        return moved(site.rows, "Slice", [tensor], sizes)
    return sliced(site.rows, tensor, axis, start, stop, step)


def _part(value: Any) -> Any:
    """An entry of an index: a number, a slice, None for a new axis, or an ellipsis."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, dict):
        if value.get("class_name") == "__ellipsis__":
            return ...
        config = value.get("config", value)
        ends = [config.get(key) for key in ("start", "stop", "step")]
        if all(end is None or type(end) is int for end in ends) and ends[2] != 0:
            return slice(*ends)
    if value == "...":
        return ...
    raise NoRuleError("an index that is computed has no rule")


def _full(parts: list[Any], rank: int) -> list[Any]:
    """An entry for each axis."""
    own = len([part for part in parts if part is not None and part is not ...])
    if own > rank:
        raise KerasError(f"an index of {own} axes for a value of {rank}")
    missing = [slice(None)] * (rank - own)
    if ... not in parts:
        return [*parts, *missing]
    at = parts.index(...)
    return [*parts[:at], *missing, *[part for part in parts[at + 1 :] if part is not ...]]


def _einsum(site: Site) -> Tensor:
    """A product of two values, whose last axes but one are positions: a matrix product."""
    one, other = site.exactly(2)
    text = _option(site, "subscripts")
    text = _option(site, "equation") if text is None else text
    found = re.fullmatch(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", str(text).replace(" ", ""))
    if found is None:
        raise NoRuleError(f"the equation {value_text(text)} has no rule")
    first, second, written = found.groups()
    letters = {*first, *second}
    if len({*first}) < len(first) or len({*second}) < len(second) or not {*written} <= letters:
        raise NoRuleError(f"the equation {value_text(text)} has no rule")
    if (len(first), len(second)) != (one.rank, other.rank) or written[:1] != first[:1]:
        raise KerasError(f"the equation {value_text(text)} is not for {one.sizes}, {other.sizes}")
    sizes = dict(zip(first, one.sizes, strict=True))
    if any(
        sizes.setdefault(letter, size) != size
        for letter, size in zip(second, other.sizes, strict=True)
    ):
        raise KerasError(f"the equation {value_text(text)} is not for {one.sizes}, {other.sizes}")
    macs = prod(size for letter, size in sizes.items() if letter != first[0])
    return _product(site, macs, [sizes[letter] for letter in written])


def _product(site: Site, macs: int, sizes: Sequence[int]) -> Tensor:
    return opaque(site.rows, "Einsum", site.tensors, sizes, params=0, macs=macs)


def _repeated(site: Site) -> Tensor:
    tensor = site.tensor
    times = _option(site, "repeats")
    axis = _axis(site, tensor, _option(site, "axis", 2))
    if type(times) is not int or times < 1:
        raise NoRuleError("repeats of different lengths have no rule")
    sizes = [size * times if at == axis else size for at, size in enumerate(tensor.sizes)]
    return moved(site.rows, "Repeat", [tensor], sizes)


def _tiled(site: Site) -> Tensor:
    tensor = site.tensor
    key = "multiples" if "multiples" in site.kwargs else "repeats"
    times = _option(site, key)
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
    "einsum": _einsum,
    "expand_dims": _expanded,
    "getitem": _item,
    "matmul": _matmul,
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
