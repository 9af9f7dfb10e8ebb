"""Layers that move, cut and repeat values, and those that do nothing when a network is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod

from convcalc.errors import value_text
from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.pointwise import activated
from convcalc.files.graph.shapes import expanded, padded, resized
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.site import DATA_FORMATS, Mapper, Site

MODES = {"nearest": "nearest", "bilinear": "bilinear", "bicubic": "bicubic"}
"""Interpolations that the network language has; all others become the nearest."""


def _same(site: Site, word: str = "identity") -> Tensor:
    """Nothing, when the network is used."""
    return activated(site.rows, word, site.tensor)


def _dropout(site: Site) -> Tensor:
    rate = site.fields.number("rate", None)
    given = {} if rate is None or not 0 <= rate < 1 else {"p": rate}
    return activated(site.rows, "dropout", site.tensor, given)


def _flatten(site: Site) -> Tensor:
    tensor = site.tensor
    head = tensor.sizes[: site.head]
    return reshaped(site.rows, tensor, [*head, prod(tensor.sizes[site.head :])])


def _reshape(site: Site) -> Tensor:
    return with_shape(site, site.tensor, site.fields.get("target_shape"))


def with_shape(site: Site, tensor: Tensor, target: object) -> Tensor:
    """A value with another shape behind the head, one size of which may be -1.

    Raises:
        KerasError: it is no shape, or not one for as many values.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 6, 8), channel_axis=2)
    >>> with_shape(Site.alone(rows, "Reshape", {}, x), x, [-1, 4]).sizes
    (1, 12, 4)
    """
    if not isinstance(target, list) or not all(type(size) is int for size in target):
        raise KerasError(f"target_shape is {value_text(target)}, not a list of whole numbers")
    head, own = tensor.sizes[: site.head], tensor.sizes[site.head :]
    known = prod(size for size in target if size != -1)
    if target.count(-1) > 1 or any(size < -1 or size == 0 for size in target):
        raise KerasError(f"target_shape is {value_text(target)}")
    open_size = prod(own) // known if known else 0
    sizes = [open_size if size == -1 else size for size in target]
    if prod(sizes) != prod(own):
        raise KerasError(f"a value of {own} cannot be reshaped to {value_text(target)}")
    return reshaped(site.rows, tensor, [*head, *sizes])


def _permute(site: Site) -> Tensor:
    tensor, dims = site.tensor, site.fields.get("dims")
    axes = [*range(1, tensor.rank - site.lead)]
    if not isinstance(dims, list) or sorted(map(repr, dims)) != sorted(map(repr, axes)):
        raise KerasError(f"dims is {value_text(dims)}, not an order of the axes {axes}")
    return tensor.transposed([*range(site.head), *[axis + site.lead for axis in dims]])


def _repeat(site: Site) -> Tensor:
    tensor = site.tensor
    times = site.fields.whole("n")
    head, own = tensor.sizes[: site.head], tensor.sizes[site.head :]
    line = reshaped(site.rows, tensor, [*head, 1, *own])
    return expanded(site.rows, line, [*head, times, *own], "RepeatVector")


def _pairs(site: Site, key: str, dims: int) -> list[tuple[int, int]]:
    """A low and a high width for each dimension, as they may be written: n, [n, m], [[l, h], ...].

    In one dimension [l, h] is the pair itself.
    """
    value = site.fields.get(key)
    items = [1 if value is None else value] * dims if not isinstance(value, list) else value
    if dims == 1 and len(items) == 2:
        items = [items]
    if len(items) != dims:
        raise site.fields.wrong(key, f"widths of {dims} dimensions")
    pairs = [item if isinstance(item, list) else [item, item] for item in items]
    if not all(len(pair) == 2 and all(map(_is_width, pair)) for pair in pairs):
        raise site.fields.wrong(key, "whole numbers from 0 on")
    return [(low, high) for low, high in pairs]


def _is_width(value: object) -> bool:
    return type(value) is int and value >= 0


def _padding(site: Site, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    return _padded(site, tensor, _pairs(site, "padding", dims))


def _cropping(site: Site, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    pairs = _pairs(site, "cropping", dims)
    for axis, pair in zip(site.spatial_axes(tensor), pairs, strict=True):
        if sum(pair) >= tensor.sizes[axis]:
            raise KerasError(f"cropping {pair} leaves nothing of {tensor.sizes[axis]:,} positions")
    return _padded(site, tensor, [(-low, -high) for low, high in pairs])


def _padded(site: Site, tensor: Tensor, pairs: Sequence[tuple[int, int]]) -> Tensor:
    widths = [(0, 0)] * tensor.rank
    for axis, pair in zip(site.spatial_axes(tensor), pairs, strict=True):
        widths[axis] = pair
    return padded(site.rows, tensor, widths)


def _upsampling(site: Site, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    factors = site.fields.sizes("size", dims, 2)
    wanted = [*tensor.sizes]
    for axis, factor in zip(site.spatial_axes(tensor), factors, strict=True):
        wanted[axis] *= factor
    return _to(site, tensor, wanted)


def _to(site: Site, tensor: Tensor, sizes: Sequence[int]) -> Tensor:
    mode = MODES.get(str(site.fields.get("interpolation")), "nearest")
    return resized(site.rows, tensor, sizes, mode)


def _resizing(site: Site) -> Tensor:
    """To a height and a width; a crop from the middle, too, becomes that."""
    tensor = site.tensor
    if tensor.rank - site.lead not in (3, 4):
        raise KerasError(f"the layer needs an image, but reads {site.sizes_text(tensor)}")
    last = site.fields.word("data_format", DATA_FORMATS, "channels_last") == "channels_last"
    first = tensor.rank - 3 if last else tensor.rank - 2
    wanted = [*tensor.sizes]
    wanted[first : first + 2] = site.fields.whole("height"), site.fields.whole("width")
    return _to(site, tensor, wanted)


def _cut_out(site: Site) -> Tensor:
    """A part of an image, or that of a resized one where it is too small."""
    tensor = site.tensor
    last = site.fields.word("data_format", DATA_FORMATS, "channels_last") == "channels_last"
    first = tensor.rank - 3 if last else tensor.rank - 2
    wanted = [*tensor.sizes]
    wanted[first : first + 2] = site.fields.whole("height"), site.fields.whole("width")
    left = [size - other for size, other in zip(tensor.sizes, wanted, strict=True)]
    if any(each < 0 for each in left):
        return moved(site.rows, site.layer.class_name, [tensor], wanted)
    return padded(site.rows, tensor, [(-(each // 2), -(each - each // 2)) for each in left])


SAME = (
    "ActivityRegularization",
    "AugMix",
    "AutoContrast",
    "CutMix",
    "Equalization",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "Masking",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "Rescaling",
    "Solarization",
)
"""Layers that keep every value or change it by numbers that are not learned."""

DROPOUTS = (
    "AlphaDropout",
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "StochasticDepth",
)

LAYERS: Mapping[str, Mapper] = {
    **dict.fromkeys(SAME, _same),
    **dict.fromkeys(DROPOUTS, _dropout),
    "CenterCrop": _cut_out,
    "Flatten": _flatten,
    "Permute": _permute,
    "RandomCrop": _cut_out,
    "RepeatVector": _repeat,
    "Reshape": _reshape,
    "Resizing": _resizing,
    **{f"Cropping{dims}D": partial(_cropping, dims=dims) for dims in (1, 2, 3)},
    **{f"UpSampling{dims}D": partial(_upsampling, dims=dims) for dims in (1, 2, 3)},
    **{f"ZeroPadding{dims}D": partial(_padding, dims=dims) for dims in (1, 2, 3)},
}
