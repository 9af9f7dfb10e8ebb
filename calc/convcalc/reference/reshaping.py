"""Operations that move values."""

from __future__ import annotations

from math import prod

from convcalc.reference.kernel import Call, Kernel, Position, at_each
from convcalc.reference.padding_modes import padded_with, source_of
from convcalc.reference.workspace import Array


def flatten(call: Call) -> Array:
    """`(n, c * prod(spatial))`, or `(n, c, prod(spatial))`; the same bytes."""
    kept = 2 if call.operation.over == "positions" else 1
    return call.input.reshape(*call.input.shape[:kept], -1)


def unflatten(call: Call) -> Array:
    """`(n, *shape)`, the same bytes."""
    return call.input.reshape(len(call.input), *call.operation.shape)


def pad(call: Call) -> Array:
    """Zeros, or values of the input, around the positions."""
    return padded_with(call.input, call.operation.widths, call.operation.mode)


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
    n, *channel, at = position
    positions = prod(call.input.shape[2:])
    return _counted(call, n, sum(channel) * positions + at)


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


def pad_value(call: Call, position: Position) -> float:
    """The value from which the low padding leads there, or what the mode puts in its place."""
    places = zip(position[2:], call.operation.widths, call.input.shape[2:], strict=True)
    where = [source_of(at - low, size, call.operation.mode) for at, (low, _), size in places]
    return 0.0 if None in where else float(call.input[(*position[:2], *where)])


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
