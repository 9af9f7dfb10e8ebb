"""Layers of a Darknet network that read the layer before them: their rows."""

from __future__ import annotations

from math import prod

from convcalc.files.darknet.site import Site, value
from convcalc.files.graph.norms import by_channel, normalized
from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.products import linear
from convcalc.files.graph.shapes import resized
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.windows import Window, convolved, pooled
from convcalc.values import Shape


def convolutional(site: Site) -> Tensor:
    """A convolution, its norm and its activation; `share_index` takes another one's weights."""
    before = site.image()
    filters, size = _filters(site), site.number("size", 1)
    groups = site.number("groups", 1)
    strides = _strides(site)
    written = site.number("dilation", 1)
    dilation = written if size > 1 else 1
    padding = site.number("padding", 0, least=0)
    if site.flag("pad"):
        padding = size // 2
    _refuse(site, "antialiasing", "it adds a blur that has no rule")
    if before.shape[0] % groups:
        raise site.fail(f"groups={groups} does not divide {before.shape[0]} channels", "groups")
    kernel = (filters, before.shape[0] // groups, size, size)
    owner = _owner(site, kernel)
    has_norm = site.flag("batch_normalize") or site.flag("cbn")
    weights = [_weight("weights", owner, kernel)]
    if not has_norm:
        weights.append(_weight("biases", owner, (filters,)))
    pads = [(padding * dilation, padding * dilation)] * 2
    window = Window((size, size), strides, pads, (dilation, dilation))
    after = convolved(site.rows, before, window, weights, out_channels=filters, groups=groups)
    wanted = tuple(
        (room + 2 * padding - size) // step + 1
        for room, step in zip(before.shape[1:], strides, strict=True)
    )
    if after.shape[1:] != wanted:
        raise site.fail(
            f"Darknet takes {wanted} for the size of the output, the convolution gives "
            f"{after.shape[1:]}",
            "dilation",
        )
    return site.activated(_normalized(site, after, owner) if has_norm else after, "logistic")


def _filters(site: Site, key: str = "filters") -> int:
    if key not in site.section.options:
        message = f"[{site.section.word}] has no {key}; Darknet takes 1"
        site.note(message, site.section.place)
    return site.number(key, 1)


def _strides(site: Site) -> tuple[int, int]:
    """Down and across: one for both, or one for each."""
    stride = site.number("stride", 1)
    across, down = site.number("stride_x", -1, least=-1), site.number("stride_y", -1, least=-1)
    return (down if down > 0 else stride), (across if across > 0 else stride)


def _refuse(site: Site, key: str, why: str) -> None:
    if site.flag(key):
        raise site.fail(f"{key} is not supported: {why}", key)


def _weight(role: str, owner: int, sizes: Shape) -> Weight:
    return Weight(f"L{owner}.{role}", sizes, {(role, owner): prod(sizes)})


def _owner(site: Site, kernel: Shape) -> int:
    """The layer whose weights a convolution uses."""
    kernels = site.network.kernels
    kernels[site.index] = (site.index, kernel)
    if not site.values("share_index"):
        return site.index
    (shared,) = site.layers("share_index")[:1]
    if shared not in kernels:
        raise site.fail(f"share_index: layer {shared} is no convolution", "share_index")
    owner, other = kernels[shared]
    if other != kernel:
        raise site.fail(
            f"share_index: weights of {other} in layer {shared}, of {kernel} here", "share_index"
        )
    kernels[site.index] = (owner, kernel)
    return owner


def _normalized(site: Site, tensor: Tensor, owner: int) -> Tensor:
    channels = (tensor.shape[0],)
    learned = [_weight(role, owner, channels) for role in ("scales", "shifts")]
    return normalized(site.rows, "batch_norm", tensor, learned)


def connected(site: Site) -> Tensor:
    """A linear layer over all values, its norm and its activation."""
    before = site.flat()
    output = _filters(site, "output")
    has_norm = site.flag("batch_normalize")
    weights = [_weight("weights", site.index, (output, before.shape[0]))]
    if not has_norm:
        weights.append(_weight("biases", site.index, (output,)))
    after = linear(site.rows, before, output, weights)
    return site.activated(_normalized(site, after, site.index) if has_norm else after, "logistic")


def maxpool(site: Site) -> Tensor:
    """A pooling; its padding is that of both sides together."""
    _refuse(site, "maxpool_depth", "a pooling over channels has no rule")
    _refuse(site, "antialiasing", "it adds a blur that has no rule")
    return _pool(site, "max_pool")


def local_avgpool(site: Site) -> Tensor:
    """An average over windows, padded as `maxpool` is."""
    return _pool(site, "avg_pool")


def local(site: Site) -> Tensor:
    """A convolution with weights of its own at each position."""
    before = site.image()
    filters, size = _filters(site), site.number("size", 1)
    stride, lost = site.number("stride", 1), 1 if site.flag("pad") else size
    sizes = [(room - lost) // stride + 1 for room in before.shape[1:]]
    if min(sizes) < 1:
        raise site.fail(f"size={size} leaves nothing of {before.shape}", "size")
    outputs = filters * prod(sizes)
    macs = outputs * before.shape[0] * size**2
    after = opaque(
        site.rows, "local", [before], (1, filters, *sizes), params=macs + outputs, macs=macs
    )
    return site.activated(after, "logistic")


def _pool(site: Site, word: str) -> Tensor:
    stride = site.number("stride", 1)
    strides = site.number("stride_y", stride), site.number("stride_x", stride)
    size = site.number("size", stride)
    padding = site.number("padding", size - 1, least=0)
    pads = [(padding // 2, padding - padding // 2)] * 2
    return pooled(site.rows, word, site.image(), Window((size, size), strides, pads, (1, 1)))


def avgpool(site: Site) -> Tensor:
    """The mean of each channel."""
    return site.row("adaptive_avg_pool", [site.image()], output_size=1)


def upsample(site: Site) -> Tensor:
    """Every position repeated; a negative stride shrinks."""
    before = site.image()
    stride = site.number("stride", 2, least=-(2**31))
    if stride == 0:
        raise site.fail("stride=0 leaves nothing", "stride")
    sizes = [size * stride if stride > 0 else size // -stride for size in before.shape[1:]]
    if min(sizes) < 1:
        raise site.fail(f"stride={stride} leaves nothing of {before.shape}", "stride")
    if tuple(sizes) == before.shape[1:]:
        return same(site)
    return resized(site.rows, before, (1, before.shape[0], *sizes))


def reorg(site: Site) -> Tensor:
    """Positions that become channels, or with `reverse` channels that become positions."""
    stride = site.number("stride", 1)
    word = "pixel_shuffle" if site.flag("reverse") else "pixel_unshuffle"
    before = site.image()
    return site.row(word, [before], factor=stride) if stride > 1 else same(site)


def crop(site: Site) -> Tensor:
    """The middle of an image."""
    height, width = site.number("crop_height", 1), site.number("crop_width", 1)
    before = site.image()
    if height > before.shape[1] or width > before.shape[2]:
        raise site.fail(f"a crop of ({height}, {width}) is larger than {before.shape}")
    return site.row("crop", [before], size=[height, width])


def batchnorm(site: Site) -> Tensor:
    """A norm that is a layer of its own."""
    return _normalized(site, site.image(), site.index)


def normalization(site: Site) -> Tensor:
    """A local response norm."""
    parameters = {"size": site.number("size", 5)}
    return by_channel(site.rows, "local_response_norm", site.image(), parameters)


def activation(site: Site) -> Tensor:
    """An activation that is a layer of its own."""
    after = site.activated(site.input, "linear")
    return after if after is not site.input else same(site)


def dropout(site: Site) -> Tensor:
    """Nothing where the network is used."""
    return site.row("dropout", [site.input], p=site.real("probability", 0.2))


def softmax(site: Site) -> Tensor:
    """A softmax over the channels."""
    return site.row("softmax", [site.input])


def same(site: Site) -> Tensor:
    """The value before it, under the layer's name."""
    return site.row("identity", [site.input])


def loss(site: Site) -> Tensor:
    """Nothing at all: it is there for training."""
    return site.input


def implicit(site: Site) -> Tensor:
    """Learned numbers that no other layer computes."""
    shape = (site.number("filters", 128), site.number("atoms", 1), 1)
    row = site.rows.add("parameter", [], {"shape": [*shape]})
    return value(row.name, row.shape)
