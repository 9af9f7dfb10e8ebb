"""Convolutions of all kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod

from convcalc.errors import value_text
from convcalc.files.graph.shapes import padded
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.graph.windows import Window, conv_transposed, convolved
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.layers.activations import fused
from convcalc.files.keras.site import Mapper, Site
from convcalc.operations.windows import span

PADDINGS = ("valid", "same")


def window(site: Site, dims: int, paddings: Sequence[str] = PADDINGS) -> Window:
    """How the kernel of a layer slides, by its config.

    >>> from convcalc.files.graph.rows import Rows
    >>> config = {"kernel_size": 3, "padding": "same"}
    >>> window(Site.alone(Rows(), "Conv1D", config), 1).parameters
    {'kernel_size': 3, 'padding': 'same'}
    """
    fields = site.fields
    kernel = fields.sizes("kernel_size", dims)
    strides = fields.sizes("strides", dims, 1)
    dilation = fields.sizes("dilation_rate", dims, 1)
    padding = fields.word("padding", paddings, "valid")
    if padding == "same":
        return Window(kernel, strides, "same", dilation)
    low = span(kernel[0], dilation[0]) - 1 if padding == "causal" else 0
    return Window(kernel, strides, [(low, 0)] * dims, dilation)


def _conv(site: Site, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    channel = site.channel_axis(tensor)
    fields = site.fields
    filters, groups = fields.whole("filters"), fields.whole("groups", 1)
    slides = window(site, dims, (*PADDINGS, "causal") if dims == 1 else PADDINGS)
    kernel = site.weight("kernel", *slides.kernel, tensor.sizes[channel] // groups, filters)
    weights = [kernel, *site.bias(filters)]
    return fused(site, _convolved(site, tensor, slides, weights, filters, groups))


def _convolved(
    site: Site,
    tensor: Tensor,
    slides: Window,
    weights: Sequence[Weight],
    filters: int,
    groups: int = 1,
) -> Tensor:
    return convolved(
        site.rows,
        tensor,
        slides,
        weights,
        out_channels=filters,
        channel_axis=site.channel_axis(tensor),
        groups=groups,
    )


def _depthwise(site: Site, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    channels = tensor.sizes[site.channel_axis(tensor)]
    multiplier = site.fields.whole("depth_multiplier", 1)
    slides, filters = window(site, dims), channels * multiplier
    kernel = site.weight("depthwise_kernel", *slides.kernel, channels, multiplier)
    weights = [kernel, *site.bias(filters)]
    return fused(site, _convolved(site, tensor, slides, weights, filters, channels))


def _separable(site: Site, dims: int) -> Tensor:
    """A depthwise convolution without a bias, then a 1x1 convolution."""
    tensor = site.with_dims(dims)
    channels = tensor.sizes[site.channel_axis(tensor)]
    fields = site.fields
    filters, between = fields.whole("filters"), channels * fields.whole("depth_multiplier", 1)
    slides = window(site, dims, (*PADDINGS, "causal") if dims == 1 else PADDINGS)
    ones = (1,) * dims
    point = Window(ones, ones, [(0, 0)] * dims, ones)
    depthwise = site.weight("depthwise_kernel", *slides.kernel, between)
    pointwise = site.weight("pointwise_kernel", *ones, between, filters)
    with site.rows.named(f"{site.layer.path}/depthwise"):
        tensor = _convolved(site, tensor, slides, [depthwise], between, channels)
    with site.rows.named(f"{site.layer.path}/pointwise"):
        tensor = _convolved(site, tensor, point, [pointwise, *site.bias(filters)], filters)
    return fused(site, tensor)


def _transposed(site: Site, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    channel = site.channel_axis(tensor)
    filters = site.fields.whole("filters")
    slides = window(site, dims)
    kernel = site.weight("kernel", *slides.kernel, filters, tensor.sizes[channel])
    spatial = site.spatial_axes(tensor)
    crops = _crops(site, slides, [tensor.sizes[axis] for axis in spatial])
    output, rest = _output_padding(crops, slides)
    pads = "same" if crops is None else [_halves(max(crop, 0)) for crop in crops]
    made = conv_transposed(
        site.rows,
        tensor,
        slides._replace(pads=pads),
        [kernel, *site.bias(filters)],
        out_channels=filters,
        channel_axis=channel,
        output_padding=output,
    )
    if any(rest):
        widths = [(0, 0)] * tensor.rank
        for axis, high in zip(spatial, rest, strict=True):
            widths[axis] = (0, high)
        made = padded(site.rows, made, widths, helper="pad")
    _check_output_shape(site, made)
    return fused(site, made)


def _check_output_shape(site: Site, made: Tensor) -> None:
    """The oldest dialect has the shape of the output, with the batch, which may be another."""
    shape = site.fields.get("output_shape")
    if isinstance(shape, list) and len(shape) == made.rank and shape[1:] != [*made.sizes[1:]]:
        raise KerasError(f"output_shape is {value_text(shape)}, but it must be {made.sizes[1:]}")


def _local(site: Site, dims: int) -> Tensor:
    """A convolution with a kernel of its own at every position."""
    tensor = site.with_dims(dims)
    channel, spatial = site.channel_axis(tensor), site.spatial_axes(tensor)
    filters, slides = site.fields.whole("filters"), window(site, dims)
    sizes, positions = [*tensor.sizes], 1
    for axis, kernel, stride in zip(spatial, slides.kernel, slides.stride, strict=True):
        taken = 1 if slides.pads == "same" else kernel
        if sizes[axis] < taken:
            raise KerasError(f"a kernel of {taken:,} does not fit in {sizes[axis]:,} positions")
        sizes[axis] = (sizes[axis] - taken) // stride + 1
        positions *= sizes[axis]
    sizes[channel] = filters
    kernel_size = prod(slides.kernel) * tensor.sizes[channel]
    kernels = site.weight("kernel", positions, kernel_size, filters)
    weights = [kernels, *site.bias(positions * filters)]
    macs = kernels.params * prod(tensor.sizes[1 : site.head])
    title = site.layer.class_name
    return fused(site, weighted_opaque(site.rows, title, [tensor], sizes, weights, macs=macs))


def _crops(site: Site, slides: Window, sizes: Sequence[int]) -> list[int] | None:
    """By how many positions each dimension of the full output is larger than that of the layer.

    Negative where it is smaller; None for what the network language calls `same`.
    """
    given = site.fields.get("output_padding")
    same = slides.pads == "same"
    if given is None and same:
        return None
    dims = len(sizes)
    added = [0] * dims if given is None else site.fields.sizes("output_padding", dims, least=0)
    crops = []
    for at, (size, stride) in enumerate(zip(sizes, slides.stride, strict=True)):
        kernel = span(slides.kernel[at], slides.dilation[at])
        full = (size - 1) * stride + kernel
        if given is None:
            wanted = (size - 1) * stride + max(kernel, stride)
        else:
            wanted = (size - 1) * stride + (kernel % 2 if same else kernel) + added[at]
        crops.append(full - wanted)
    return crops


def _output_padding(
    crops: Sequence[int] | None, slides: Window
) -> tuple[list[int] | None, list[int]]:
    """Output padding as far as the network language has it, and what is left to be padded."""
    if crops is None:
        return None, []
    most = [max(pair) - 1 for pair in zip(slides.stride, slides.dilation, strict=True)]
    missing = [max(-crop, 0) for crop in crops]
    output = [min(pair) for pair in zip(missing, most, strict=True)]
    return output, [one - other for one, other in zip(missing, output, strict=True)]


def _halves(crop: int) -> tuple[int, int]:
    """The odd position is cropped at the high side."""
    return crop // 2, crop - crop // 2


LAYERS: Mapping[str, Mapper] = {
    "Conv1D": partial(_conv, dims=1),
    "Conv2D": partial(_conv, dims=2),
    "Conv3D": partial(_conv, dims=3),
    "Conv1DTranspose": partial(_transposed, dims=1),
    "Conv2DTranspose": partial(_transposed, dims=2),
    "Conv3DTranspose": partial(_transposed, dims=3),
    "DepthwiseConv1D": partial(_depthwise, dims=1),
    "DepthwiseConv2D": partial(_depthwise, dims=2),
    "LocallyConnected1D": partial(_local, dims=1),
    "LocallyConnected2D": partial(_local, dims=2),
    "SeparableConv1D": partial(_separable, dims=1),
    "SeparableConv2D": partial(_separable, dims=2),
}
