"""Operations that move values."""

from __future__ import annotations

from itertools import product
from math import ceil, floor, prod

import numpy as np

from convcalc.reference.kernel import Call, Kernel, Position, at_each
from convcalc.reference.workspace import Array


def flatten(call: Call) -> Array:
    """`(n, c * prod(spatial))`, the same bytes."""
    return call.input.reshape(len(call.input), -1)


def unflatten(call: Call) -> Array:
    """`(n, *shape)`, the same bytes."""
    return call.input.reshape(len(call.input), *call.operation.shape)


def upsample(call: Call) -> Array:
    """Each position `scale_factor` times, or blended with its neighbours, by dimension."""
    result = call.input
    for axis, factor in enumerate(call.operation.scale_factor, start=2):
        if call.operation.mode == "nearest":
            result = result.repeat(factor, axis)
        else:
            result = _blended(result, axis, factor)
    return result


def _blended(values: Array, axis: int, factor: int) -> Array:
    low, high, share = zip(
        *[_neighbours(at, factor, values.shape[axis]) for at in range(values.shape[axis] * factor)],
        strict=True,
    )
    shares = np.array(share, values.dtype).reshape(-1, *(1,) * (values.ndim - axis - 1))
    blended: Array = values.take(low, axis) * (1 - shares) + values.take(high, axis) * shares
    return blended


def _neighbours(at: int, factor: int, size: int) -> tuple[int, int, float]:
    """The two positions that an output position lies between, and the share of the second."""
    source = max((at + 0.5) / factor - 0.5, 0)
    low = floor(source)
    return low, min(low + 1, size - 1), source - low


def pad(call: Call) -> Array:
    """Zeros around the positions."""
    return np.pad(call.input, ((0, 0), (0, 0), *call.operation.widths))


def pixel_shuffle(call: Call) -> Array:
    """`(n, c, *sizes * factor)` of `(n, c * factor ** dims, *sizes)`."""
    number, channels, *sizes = call.input.shape
    factor, dims = call.operation.factor, len(sizes)
    apart = call.input.reshape(number, -1, *(factor,) * dims, *sizes)
    order = [axis for at in range(dims) for axis in (2 + dims + at, 2 + at)]
    return (
        apart.transpose(0, 1, *order)
        .copy()
        .reshape(number, channels // factor**dims, *[size * factor for size in sizes])
    )


def pixel_unshuffle(call: Call) -> Array:
    """`(n, c * factor ** dims, *sizes / factor)` of `(n, c, *sizes)`."""
    number, channels, *sizes = call.input.shape
    factor, dims = call.operation.factor, len(sizes)
    apart = call.input.reshape(
        number, channels, *[part for size in sizes for part in (size // factor, factor)]
    )
    within, between = range(3, 3 + 2 * dims, 2), range(2, 2 + 2 * dims, 2)
    moved = apart.transpose(0, 1, *within, *between).copy()
    return moved.reshape(number, channels * factor**dims, *[size // factor for size in sizes])


def channel_shuffle(call: Call) -> Array:
    """The first channel of each group, then the second of each, and so on."""
    number, channels, *sizes = call.input.shape
    groups = call.operation.groups
    apart = call.input.reshape(number, groups, channels // groups, *sizes)
    return apart.swapaxes(1, 2).copy().reshape(call.input.shape)


def channel_slice(call: Call) -> Array:
    """The channels from start up to, but without, stop."""
    return call.input[:, slice(*call.operation.channels)].copy()


def flatten_value(call: Call, position: Position) -> float:
    """The value that comes there when one counts through the channels and positions."""
    n, at = position
    return _counted(call, n, at)


def unflatten_value(call: Call, position: Position) -> float:
    """The value that has as many before it as the position has in the new shape."""
    n, *where = position
    at = 0
    for index, size in zip(where, call.operation.shape, strict=True):
        at = at * size + index
    return _counted(call, n, at)


def _counted(call: Call, n: int, at: int) -> float:
    where: list[int] = []
    for size in reversed(call.input.shape[1:]):
        at, index = divmod(at, size)
        where.insert(0, index)
    return float(call.input[(n, *where)])


def upsample_value(call: Call, position: Position) -> float:
    """The nearest value, or those around, each by how near it is in every dimension.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html
    """
    n, channel, *at = position
    values = call.input[n, channel]
    factors = call.operation.scale_factor
    if call.operation.mode == "nearest":
        return float(values[tuple([o // factor for o, factor in zip(at, factors, strict=True)])])
    sources = [
        min(max((o + 0.5) / factor - 0.5, 0), size - 1)
        for o, factor, size in zip(at, factors, values.shape, strict=True)
    ]
    total = 0.0
    for where in product(*[{floor(source), ceil(source)} for source in sources]):
        nearness = [1 - abs(source - i) for source, i in zip(sources, where, strict=True)]
        total += float(values[where]) * prod(nearness)
    return total


def pad_value(call: Call, position: Position) -> float:
    """The value from which the low padding leads there, or zero."""
    where = [at - low for at, (low, _) in zip(position[2:], call.operation.widths, strict=True)]
    sizes = call.input.shape[2:]
    inside = all(0 <= at < size for at, size in zip(where, sizes, strict=True))
    return float(call.input[(*position[:2], *where)]) if inside else 0.0


def pixel_shuffle_value(call: Call, position: Position) -> float:
    """Channel `c * factor**dims + i * factor + j` gives the value at `(i, j)` of each block.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
    """
    n, channel, *at = position
    factor = call.operation.factor
    for index in at:
        channel = channel * factor + index % factor
    return float(call.input[(n, channel, *[index // factor for index in at])])


def pixel_unshuffle_value(call: Call, position: Position) -> float:
    """The other way round.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html
    """
    n, channel, *at = position
    factor = call.operation.factor
    where: list[int] = []
    for block in reversed(at):
        channel, within = divmod(channel, factor)
        where.insert(0, block * factor + within)
    return float(call.input[(n, channel, *where)])


def channel_shuffle_value(call: Call, position: Position) -> float:
    """Output channel `j * groups + g` is the j-th channel of group g.

    Source: Zhang et al., "ShuffleNet", 2017, section 3.1.
    """
    n, channel, *at = position
    number, group = divmod(channel, call.operation.groups)
    source = group * (call.input.shape[1] // call.operation.groups) + number
    return float(call.input[(n, source, *at)])


def channel_slice_value(call: Call, position: Position) -> float:
    """The value of the channel so many further on."""
    n, channel, *at = position
    return float(call.input[(n, channel + call.operation.channels[0], *at)])


KERNELS = {
    "flatten": Kernel(flatten, at_each(flatten_value), exact=True, keeps=True),
    "unflatten": Kernel(unflatten, at_each(unflatten_value), exact=True, keeps=True),
    "upsample": Kernel(upsample, at_each(upsample_value)),
    "pad": Kernel(pad, at_each(pad_value), exact=True, keeps=True),
    "pixel_shuffle": Kernel(pixel_shuffle, at_each(pixel_shuffle_value), exact=True, keeps=True),
    "pixel_unshuffle": Kernel(
        pixel_unshuffle, at_each(pixel_unshuffle_value), exact=True, keeps=True
    ),
    "channel_shuffle": Kernel(
        channel_shuffle, at_each(channel_shuffle_value), exact=True, keeps=True
    ),
    "channel_slice": Kernel(channel_slice, at_each(channel_slice_value), exact=True, keeps=True),
}
