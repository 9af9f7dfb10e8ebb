"""Layers of Caffe with weights or windows: their rows."""

from __future__ import annotations

from math import prod

from convcalc.files.caffe.message import Message
from convcalc.files.caffe.site import Site
from convcalc.files.graph.merging import merged
from convcalc.files.graph.norms import by_channel, normalized
from convcalc.files.graph.pointwise import activated
from convcalc.files.graph.products import linear
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.windows import Window, conv_transposed, convolved, pooled, pooled_to
from convcalc.operations.windows import pooled_size


def convolution(site: Site) -> Tensor:
    """A convolution."""
    return _convolved(site, site.settings("convolution_param"))


def depthwise(site: Site) -> Tensor:
    """A convolution of forks, with a group for each channel unless groups are told."""
    part = site.settings("convolution_param")
    channels = site.input.sizes[1] if site.input.rank > 1 else 1
    return _convolved(site, part, part.number("group", channels, 1))


def deconvolution(site: Site) -> Tensor:
    """A transposed convolution."""
    part = site.settings("convolution_param")
    return _convolved(site, part, transposed=True)


def _convolved(site: Site, part: Message, groups: int = 0, *, transposed: bool = False) -> Tensor:
    if site.input.rank < 3:
        raise site.fail(f"a convolution needs positions; {site.input.sizes} has none")
    out = _required(part, "num_output")
    kernel = site.spatial(part, "kernel", 0, 1)
    if not min(kernel):
        raise part.fail("there is no kernel_size")
    strides, pads = site.spatial(part, "stride", 1, 1), site.spatial(part, "pad", 0)
    groups = groups or part.number("group", 1, 1)
    channels = site.input.sizes[1]
    if channels % groups or out % groups:
        raise part.fail(f"group: {groups} does not divide {channels} and {out} channels", "group")
    ends = (channels, out // groups) if transposed else (out, channels // groups)
    weights = [site.weight(0, (*ends, *kernel))]
    if part.flag("bias_term", otherwise=True):
        weights.append(site.weight(1, (out,)))
    dilation = site.spatial(part, "dilation", 1, 1)
    window = Window(kernel, strides, [(pad, pad) for pad in pads], dilation)
    make = conv_transposed if transposed else convolved
    return make(site.rows, site.input, window, weights, out_channels=out, groups=groups)


def _required(part: Message, name: str) -> int:
    if name not in part.fields:
        raise part.fail(f"there is no {name}")
    return part.number(name, 1, 1)


def pooling(site: Site) -> Tensor:
    """A pooling, whose last window may hang over the end."""
    part = site.settings("pooling_param")
    word = "avg" if part.word("pool", "MAX") in ("AVE", "1") else "max"
    if site.input.rank < 3:
        raise site.fail(f"a pooling needs positions; {site.input.sizes} has none")
    sizes = site.input.sizes[2:]
    if part.flag("global_pooling"):
        return pooled_to(site.rows, f"adaptive_{word}_pool", site.input, (1,) * len(sizes))
    kernel = site.spatial(part, "kernel", 0, 1)
    if not min(kernel):
        raise part.fail("there is no kernel_size")
    strides, pads = site.spatial(part, "stride", 1, 1), site.spatial(part, "pad", 0)
    if any(pad >= size for pad, size in zip(pads, kernel, strict=True)):
        raise part.fail(f"a padding of {pads} is not below the kernel of {kernel}", "pad")
    floor = part.word("round_mode", "CEIL") in ("FLOOR", "1")
    floor |= not part.flag("ceil_mode", otherwise=True)
    each = [*zip(sizes, kernel, strides, pads, strict=True)]
    simple = Window(kernel, strides, [(pad, pad) for pad in pads], (1,) * len(sizes))
    wanted = [_pooled_size(*one, floor=floor, padded=any(pads)) for one in each]
    for ceil in (False, True):
        if wanted == [pooled_size(s, k, t, (p, p), 1, ceil) for s, k, t, p in each] and (
            not ceil or all(2 * p <= k for _, k, _, p in each)
        ):
            return pooled(site.rows, f"{word}_pool", site.input, simple, ceil_mode=ceil)
    high = [
        max((out - 1) * t + k - s - p, 0) for out, (s, k, t, p) in zip(wanted, each, strict=True)
    ]
    exact = simple._replace(pads=[*zip(pads, high, strict=True)])
    return pooled(site.rows, f"{word}_pool", site.input, exact)


def _pooled_size(
    size: int, kernel: int, stride: int, pad: int, *, floor: bool, padded: bool
) -> int:
    room = size + 2 * pad - kernel
    if room < 0:
        return 0
    outputs = (room if floor else room + stride - 1) // stride + 1
    return outputs - 1 if padded and (outputs - 1) * stride >= size + pad else outputs


def inner_product(site: Site) -> Tensor:
    """A linear layer over all axes from `axis` on."""
    part = site.settings("inner_product_param")
    out, axis = _required(part, "num_output"), site.axis(part.number("axis", 1, -99))
    features = prod(site.input.sizes[axis:])
    before = site.prepared("flatten", site.input, (*site.input.sizes[:axis], features))
    weights = [site.weight(0, (out, features))]
    if part.flag("bias_term", otherwise=True):
        weights.append(site.weight(1, (out,)))
    return linear(site.rows, before, out, weights)


def batch_norm(site: Site) -> Tensor:
    """A norm that learns nothing; the Scale after it stands for both."""
    if site.fused:
        return activated(site.rows, "identity", site.input)
    return normalized(site.rows, "batch_norm", site.input, [], affine=False)


def bn(site: Site) -> Tensor:
    """The norm of forks, with a weight and a bias."""
    learned = [site.weight(number, site.input.sizes[1:2]) for number in (0, 1)]
    return normalized(site.rows, "batch_norm", site.input, learned)


def scale(site: Site) -> Tensor:
    """A product with learned factors, or with another value, and a learned sum."""
    part = site.settings("scale_param")
    has_bias = part.flag("bias_term")
    if site.fused:
        return bn(site)
    axis = site.axis(part.number("axis", 1, -99))
    if len(site.reads) > 1:
        after = merged(site.rows, "multiply", [site.input, _aligned(site, site.reads[1], axis)])
        return _shifted(site, after, axis, 1, 0) if has_bias else after
    axes = part.number("num_axes", 1, -1)
    if axis == 1 and axes == 1:
        channels = site.input.sizes[1:2]
        after = by_channel(site.rows, "layer_scale", site.input, {}, [site.weight(0, channels)])
    else:
        after = _learned(site, "multiply", site.input, axis, axes, 0)
    return _shifted(site, after, axis, axes, 1) if has_bias else after


def bias(site: Site) -> Tensor:
    """A sum with learned numbers, or with another value."""
    part = site.settings("bias_param")
    axis = site.axis(part.number("axis", 1, -99))
    if len(site.reads) > 1:
        return merged(site.rows, "add", [site.input, _aligned(site, site.reads[1], axis)])
    return _shifted(site, site.input, axis, part.number("num_axes", 1, -1), 0)


def _aligned(site: Site, tensor: Tensor, axis: int) -> Tensor:
    """The second value, whose axes are those of the first one from `axis` on."""
    sizes = (1,) * axis + tensor.sizes
    sizes = tensor.sizes if axis == 0 else sizes
    return site.prepared("reshape", tensor, sizes + (1,) * (site.input.rank - len(sizes)))


def _shifted(site: Site, tensor: Tensor, axis: int, axes: int, number: int) -> Tensor:
    return _learned(site, "add", tensor, axis, axes, number)


def _learned(site: Site, word: str, tensor: Tensor, axis: int, axes: int, number: int) -> Tensor:
    """Combined with learned numbers along some axes."""
    end = tensor.rank if axes < 0 else axis + axes
    sizes = [size if axis <= at < end else 1 for at, size in enumerate(tensor.sizes)]
    return merged(site.rows, word, [tensor, site.weight(number, sizes)])
