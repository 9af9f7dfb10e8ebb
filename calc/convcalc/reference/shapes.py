"""Operations on the axes of a value."""

from __future__ import annotations

from math import prod

import numpy as np

from convcalc.reference.kernel import Call, Kernel, Position, at_each
from convcalc.reference.workspace import Array, index


def reshape(call: Call) -> Array:
    """`(n, *shape)`, the same bytes."""
    return call.input.reshape(len(call.input), *call.operation.shape)


def permute(call: Call) -> Array:
    """The axes of each input in another order, and the values moved to where they belong now."""
    order = [axis + 1 for axis in call.operation.axes]
    return call.input.transpose(0, *order).copy()


def axis_slice(call: Call) -> Array:
    """Every `step`-th place of one axis, from start up to, but without, stop."""
    layer = call.operation
    start, stop = layer.ends
    before = (slice(None),) * (layer.axis + 1)
    taken: Array = call.input[index(*before, slice(start, stop, layer.step))]
    return taken.copy()


def channel_pad(call: Call) -> Array:
    """Channels of zeros at both ends."""
    number, channels, *sizes = call.input.shape
    low, high = call.operation.widths
    result = np.zeros((number, low + channels + high, *sizes), call.input.dtype)
    result[:, low : low + channels] = call.input
    return result


def reshape_value(call: Call, position: Position) -> float:
    """The value that has as many before it as the position has in the new shape."""
    n, *where = position
    sizes, there = call.operation.shape, call.input.shape[1:]
    known = prod([size for size in sizes if size != -1])
    at = 0
    for place, size in zip(where, sizes, strict=True):
        at = at * (prod(there) // known if size == -1 else size) + place
    source: list[int] = []
    for size in reversed(there):
        at, place = divmod(at, size)
        source.insert(0, place)
    return float(call.input[(n, *source)])


def permute_value(call: Call, position: Position) -> float:
    """Place `where[i]` of the output's axis i is that of the input's axis `axes[i]`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.permute.html
    """
    n, *where = position
    source = dict(zip(call.operation.axes, where, strict=True))
    return float(call.input[(n, *[source[axis] for axis in range(len(where))])])


def slice_value(call: Call, position: Position) -> float:
    """The value `start + step * place` along the axis; a negative start counts from the end."""
    n, *where = position
    layer = call.operation
    start = layer.ends[0] or 0
    if start < 0:
        start += call.input.shape[layer.axis + 1]
    where[layer.axis] = start + layer.step * where[layer.axis]
    return float(call.input[(n, *where)])


def channel_pad_value(call: Call, position: Position) -> float:
    """The value of the channel so many before, or zero where there is none."""
    n, channel, *at = position
    source = channel - call.operation.widths[0]
    return float(call.input[(n, source, *at)]) if 0 <= source < call.input.shape[1] else 0.0


KERNELS = {
    "reshape": Kernel(reshape, at_each(reshape_value), exact=True, keeps=True),
    "permute": Kernel(permute, at_each(permute_value), exact=True, keeps=True),
    "slice": Kernel(axis_slice, at_each(slice_value), exact=True, keeps=True),
    "channel_pad": Kernel(channel_pad, at_each(channel_pad_value), exact=True, keeps=True),
}
