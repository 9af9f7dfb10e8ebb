"""Layers of Caffe that learn little or nothing: activations, joins, and other shapes."""

from __future__ import annotations

from itertools import pairwise
from math import prod

from convcalc.errors import shortened, value_text
from convcalc.files.caffe.message import Message
from convcalc.files.caffe.site import Site, text
from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import joined, merged
from convcalc.files.graph.norms import by_channel, learned_function, normalized
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.pointwise import activated, computed
from convcalc.files.graph.pointwise import softmax as softmax_along
from convcalc.files.graph.shapes import expanded, reduced, resized, sliced
from convcalc.files.graph.shapes import split as split_along
from convcalc.files.graph.tensors import Tensor

MOST_AXES = 32
REDUCTIONS = {"SUM": "sum", "MEAN": "mean", "ASUM": "ASum", "SUMSQ": "SumSq"}


def activation(word: str, site: Site) -> Tensor:
    """An activation of the language without settings."""
    return activated(site.rows, word, site.input)


def function(title: str, site: Site) -> Tensor:
    """A function of single values that the language has no word for."""
    return computed(site.rows, title, site.input)


def relu(site: Site) -> Tensor:
    """A ReLU, with a slope below zero if one is told."""
    slope = site.settings("relu_param").real("negative_slope", 0)
    if slope:
        return activated(site.rows, "leaky_relu", site.input, {"negative_slope": slope})
    return activated(site.rows, "relu", site.input)


def elu(site: Site) -> Tensor:
    """An exponential linear unit."""
    alpha = site.settings("elu_param").real("alpha", 1)
    return activated(site.rows, "elu", site.input, {"alpha": alpha})


def dropout(site: Site) -> Tensor:
    """Nothing where the network is used."""
    ratio = site.settings("dropout_param").real("dropout_ratio", 0.5)
    return activated(site.rows, "dropout", site.input, {"p": ratio})


def prelu(site: Site) -> Tensor:
    """A ReLU that learns its slope for each channel, or one for all."""
    count = 1 if site.settings("prelu_param").flag("channel_shared") else site.input.sizes[1]
    learned = [site.weight(0, (count,))]
    return by_channel(site.rows, "prelu", site.input, {"num_parameters": count}, learned)


def lrn(site: Site) -> Tensor:
    """A local response norm, across channels or within them."""
    part = site.settings("lrn_param")
    if part.word("norm_region") in ("WITHIN_CHANNEL", "1"):
        return computed(site.rows, "LRN", site.input)
    size = part.number("local_size", 5, 1)
    return by_channel(site.rows, "local_response_norm", site.input, {"size": size})


def mvn(site: Site) -> Tensor:
    """A norm over the positions of each channel, or over all values."""
    if site.settings("mvn_param").flag("across_channels") or site.input.rank < 3:
        return computed(site.rows, "MVN", site.input)
    return normalized(site.rows, "instance_norm", site.input, [], affine=False)


def normalize(site: Site) -> Tensor:
    """The norm of forks for detection, with a learned factor for each channel, or one for all."""
    shared = site.settings("norm_param").flag("channel_shared", otherwise=True)
    learned = site.weight(0, (1 if shared else site.input.sizes[1],))
    return learned_function(site.rows, "Normalize", site.input, [learned])


def softmax(site: Site) -> Tensor:
    """A softmax along an axis."""
    axis = site.axis(site.settings("softmax_param").number("axis", 1, -99))
    return softmax_along(site.rows, site.input, axis)


def eltwise(site: Site) -> Tensor:
    """Values of one size combined place by place."""
    site.require_equal()
    part = site.settings("eltwise_param")
    kind = part.word("operation", "SUM")
    words = {"SUM": "add", "1": "add", "PROD": "multiply", "0": "multiply"}
    signs = [word.startswith("-") for word in part.words("coeff")]
    is_difference = words.get(kind) == "add" and signs == [False, *[True] * (len(signs) - 1)]
    word = "subtract" if len(signs) > 1 and is_difference else words.get(kind, "maximum")
    if len(site.reads) == 1:
        return activated(site.rows, "identity", site.input)
    return merged(site.rows, word, site.reads)


def axpy(site: Site) -> Tensor:
    """A value times a factor for each channel, plus another value."""
    if len(site.reads) != 3:
        raise site.fail(f"Axpy reads 3 values, not {len(site.reads)}")
    factor, value, other = site.reads
    with site.helpers("multiply"):
        factor = reshaped(site.rows, factor, (*factor.sizes, *[1] * (value.rank - factor.rank)))
        scaled = merged(site.rows, "multiply", [value, factor])
    return merged(site.rows, "add", [scaled, other])


def concat(site: Site) -> Tensor:
    """Values one after the other along an axis."""
    part = site.settings("concat_param")
    axis = site.axis(part.number("axis", part.number("concat_dim", 1), -99))
    if len(site.reads) == 1:
        return activated(site.rows, "identity", site.input)
    return joined(site.rows, site.reads, axis)


def slice_(site: Site) -> list[Tensor]:
    """Parts of an axis: up to each point, or all alike."""
    part = site.settings("slice_param")
    axis = site.axis(part.number("axis", part.number("slice_dim", 1), -99))
    size, tops = site.input.sizes[axis], len(site.layer.words("top"))
    points = part.numbers("slice_point", 1)
    if not points:
        if size % max(tops, 1):
            raise site.fail(f"{size} places of axis {axis} cannot be shared by {tops} tops")
        points = [size // tops * number for number in range(1, tops)]
    lengths = [high - low for low, high in pairwise([0, *points, size])]
    if len(lengths) != tops or min(lengths) < 1:
        raise site.fail(f"points {value_text(points)} do not cut {size} places into {tops} tops")
    return split_along(site.rows, site.input, axis, lengths)


def reshape(site: Site) -> Tensor:
    """Other axes: 0 keeps a size, -1 takes what is left."""
    part = site.settings("reshape_param")
    first = part.number("axis", 0, -99)
    first = first % (site.input.rank + 1)
    count = part.number("num_axes", -1, -1)
    end = site.input.rank if count < 0 else first + count
    sizes = [*site.input.sizes[first:end]]
    wanted = part.part("shape").numbers("dim", -1)
    if len(wanted) > MOST_AXES:
        raise site.fail(f"{len(wanted):,} dims; a value has at most {MOST_AXES} axes")
    for at, size in enumerate(wanted):
        if size == 0 and at >= len(sizes):
            raise site.fail(f"dim: 0 has no size of {text(site.input)} to keep")
        wanted[at] = size if size else sizes[at]
    if first == 0 and wanted[:1] == [site.batch]:
        wanted[0] = 1
    return _reshaped(site, [*site.input.sizes[:first], *wanted, *site.input.sizes[end:]])


def _reshaped(site: Site, wanted: list[int]) -> Tensor:
    if wanted.count(-1) > 1:
        raise site.fail("more than one dim is -1")
    if -1 in wanted:
        known = prod([size for size in wanted if size > 0])
        wanted[wanted.index(-1)] = prod(site.input.sizes) // known
    return reshaped(site.rows, site.input, wanted)


def flatten(site: Site) -> Tensor:
    """Some axes as one."""
    part = site.settings("flatten_param")
    first, last = [site.axis(part.number(*each, -99)) for each in (("axis", 1), ("end_axis", -1))]
    sizes = site.input.sizes
    return _reshaped(site, [*sizes[:first], -1, *sizes[last + 1 :]])


def permute(site: Site) -> Tensor:
    """The axes in another order, which needs no row."""
    order = site.settings("permute_param").numbers("order")
    order += [axis for axis in range(site.input.rank) if axis not in order]
    if sorted(order) != [*range(site.input.rank)]:
        raise site.fail(
            f"order {value_text(order)} does not name each axis of {site.input.sizes} once"
        )
    return site.input.transposed(order)


def split(site: Site) -> list[Tensor]:
    """The same value several times."""
    return [site.input] * len(site.layer.words("top"))


def crop(site: Site) -> Tensor:
    """Cut to the sizes of another value."""
    part = site.settings("crop_param")
    axis, offsets = site.axis(part.number("axis", 2, -99)), part.numbers("offset")
    if len(site.reads) != 2 or site.reads[1].rank != site.input.rank:
        raise site.fail("Crop reads a value and another one with as many axes")
    after = site.input
    for at in range(axis, after.rank):
        own = offsets[min(at - axis, len(offsets) - 1)] if offsets else 0
        after = sliced(site.rows, after, at, own, own + site.reads[1].sizes[at])
    return after


def upsample(site: Site) -> Tensor:
    """Positions repeated: by a scale, or to a size."""
    part = site.settings("upsample_param")
    scale = part.number("scale", 2, 1)
    sizes = []
    for size, axis in zip(site.input.sizes[2:], "hw", strict=True):
        told = part.number(f"upsample_{axis}", size * part.number(f"scale_{axis}", scale, 1), 1)
        sizes.append(told - int(part.flag(f"pad_out_{axis}")))
    return _resized(site, sizes, "nearest")


def interp(site: Site) -> Tensor:
    """Positions blended: to a size, by factors, or to the size of another value."""
    part = site.settings("interp_param")
    padding = part.number("pad_beg", 0, -(2**31)) + part.number("pad_end", 0, -(2**31))
    sizes = []
    for at, (size, name) in enumerate(zip(site.input.sizes[2:], ("height", "width"), strict=True)):
        size += padding
        size = (size - 1) // part.number("shrink_factor", 1, 1) + 1
        size += (size - 1) * (part.number("zoom_factor", 1, 1) - 1)
        told = site.reads[1].sizes[at + 2] if len(site.reads) > 1 else size
        sizes.append(part.number(name, told, 1))
    return _resized(site, sizes, "bilinear")


def _resized(site: Site, sizes: list[int], mode: str) -> Tensor:
    if tuple(sizes) == site.input.sizes[2:]:
        return activated(site.rows, "identity", site.input)
    return resized(site.rows, site.input, (*site.input.sizes[:2], *sizes), mode)


def reduction(site: Site) -> Tensor:
    """The sum or the mean of all axes from one on."""
    part = site.settings("reduction_param")
    kind = REDUCTIONS.get(part.word("operation", "SUM"), "sum")
    axes = [*range(site.axis(part.number("axis", 0, -99)), site.input.rank)]
    return reduced(site.rows, site.input, kind, [axis for axis in axes if axis], keep=False)


def tile(site: Site) -> Tensor:
    """The value several times along an axis."""
    part: Message = site.settings("tile_param")
    axis, tiles = site.axis(part.number("axis", 1, -99)), part.number("tiles", 1, 1)
    sizes = [size * tiles if at == axis else size for at, size in enumerate(site.input.sizes)]
    return expanded(site.rows, site.input, sizes, "Tile")


def argmax(site: Site) -> Tensor:
    """The places of the largest values."""
    part = site.settings("argmax_param")
    if "axis" not in part.fields:
        raise site.fail(f"ArgMax of all values of {shortened(site.name)} has no rule; give an axis")
    axis, top = site.axis(part.number("axis", 1, -99)), part.number("top_k", 1, 1)
    sizes = [top if at == axis else size for at, size in enumerate(site.input.sizes)]
    return moved(site.rows, "ArgMax", [site.input], sizes)


def shuffle(site: Site) -> Tensor:
    """Channels dealt out to groups."""
    groups = site.settings("shuffle_channel_param").number("group", 1, 1)
    if groups == 1:
        return activated(site.rows, "identity", site.input)
    return by_channel(site.rows, "channel_shuffle", site.input, {"groups": groups})
