"""Windows that slide over arrays: where they start, what they see, and in which portions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import TypeAlias

from numpy.lib.stride_tricks import as_strided

from convcalc.operations.windowed import Windowed
from convcalc.records import NamedTuple
from convcalc.reference.workspace import Array, Workspace, index
from convcalc.values import Pads, Shape

Block: TypeAlias = tuple[slice, ...]
"""A part of an array's positions, a range for each dimension."""


class Sliding(NamedTuple):
    """A window's measures, one number for each dimension."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: Pads

    def reach(self, axis: int) -> int:
        """Steps from the first tap to the last."""
        return self.dilation[axis] * (self.kernel[axis] - 1)

    def starts(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """How many windows fit into the padded input, by dimension."""
        return tuple(
            len(range(0, size + low + high - self.reach(axis), self.stride[axis]))
            for axis, (size, (low, high)) in enumerate(zip(sizes, self.pads, strict=True))
        )

    def unpadded(self) -> Sliding:
        """The same window over an input that has its padding already."""
        return self._replace(pads=((0, 0),) * len(self.kernel))

    def in_three(self) -> Sliding:
        """The same window over three dimensions, the first ones of size 1."""
        more = 3 - len(self.kernel)
        ones = (1,) * more
        return Sliding(
            ones + self.kernel,
            ones + self.stride,
            ones + self.dilation,
            ((0, 0),) * more + self.pads,
        )


def sliding(operation: Windowed, sizes: Sequence[int]) -> Sliding:
    """The window of an operation over an input of these sizes, its padding in numbers."""
    kernel, stride, dilation = operation.kernel_size, operation.stride, operation.dilation
    if operation.padding == "same":
        pads = tuple(map(_same, sizes, kernel, stride, dilation))
    else:
        pads = operation.padding
    return Sliding(kernel, stride, dilation, pads)


def _same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """The least padding with a window at every stride-th position of the input."""
    last_start = (size - 1) // stride * stride
    missing = max(last_start + dilation * (kernel - 1) - (size - 1), 0)
    return missing // 2, missing - missing // 2


def blocks(sizes: Sequence[int], most: int) -> Iterator[Block]:
    """All positions in portions of at most `most`, each of them in one piece of memory.

    >>> [[(part.start, part.stop) for part in block] for block in blocks((2, 3), 2)]
    [[(0, 1), (0, 2)], [(0, 1), (2, 3)], [(1, 2), (0, 2)], [(1, 2), (2, 3)]]
    """
    steps: list[int] = []
    for size in reversed(sizes):
        steps.insert(0, max(1, min(size, most)))
        most = most // size
    ranges = [range(0, size, step) for size, step in zip(sizes, steps, strict=True)]
    for starts in product(*ranges):
        ends = map(min, sizes, map(int.__add__, starts, steps))
        yield tuple(map(slice, starts, ends))


def first_of(block: Block, sizes: Sequence[int]) -> int:
    """How many positions lie before a block."""
    return sum(part.start * prod(sizes[axis + 1 :]) for axis, part in enumerate(block))


def size_of(block: Block) -> Shape:
    """How many positions a block has, by dimension."""
    return tuple([part.stop - part.start for part in block])


def spanned(window: Sliding, block: Block) -> list[range]:
    """The positions from the first to the last that the windows of a block see."""
    found = []
    for axis, part in enumerate(block):
        first = part.start * window.stride[axis] - window.pads[axis][0]
        last = (part.stop - 1) * window.stride[axis] - window.pads[axis][0] + window.reach(axis)
        found.append(range(first, last + 1))
    return found


def padded(values: Array, window: Sliding, block: Block, workspace: Workspace) -> Array:
    """What the windows of a block see of `(c, *spatial)`: zeros where there is padding."""
    wanted = spanned(window, block)
    inside, place = [], []
    for span, size in zip(wanted, values.shape[1:], strict=True):
        start = max(span.start, 0)
        stop = max(min(span.stop, size), start)
        inside.append(slice(start, stop))
        place.append(slice(start - span.start, stop - span.start))
    source: Array = values[index(slice(None), *inside)]
    shape = tuple([len(span) for span in wanted])
    if source.shape[1:] == shape:
        return source
    seen = workspace.scratch("padded", (len(values), *shape), values.dtype)
    seen.fill(0)
    seen[index(slice(None), *place)] = source
    return seen


def taps(seen: Array, window: Sliding, outputs: Shape) -> Array:
    """Every tap of every window over `(c, *spatial)`: `(c, *kernel, *outputs)`, nothing copied."""
    channel, *steps = seen.strides
    by_tap = map(int.__mul__, steps, window.dilation)
    by_window = map(int.__mul__, steps, window.stride)
    shape = (len(seen), *window.kernel, *outputs)
    view: Array = as_strided(seen, shape, (channel, *by_tap, *by_window), writeable=False)
    return view


def shifted(window: Sliding, block: Block) -> Sliding:
    """The window as a block sees it, whose first position is the block's first."""
    pads = [
        (low - part.start * stride, high)
        for (low, high), part, stride in zip(window.pads, block, window.stride, strict=True)
    ]
    return window._replace(pads=tuple(pads))


class Overlap(NamedTuple):
    """The windows for which one tap lies on the input, and where it lies there."""

    tap: tuple[int, ...]
    outputs: Block
    inputs: Block


def overlaps(window: Sliding, sizes: Sequence[int], outputs: Sequence[int]) -> Iterator[Overlap]:
    """For each tap, the windows that have it on the input, not on the padding."""
    for tap in product(*map(range, window.kernel)):
        parts = [
            _overlap(window, axis, at, sizes[axis], outputs[axis]) for axis, at in enumerate(tap)
        ]
        mine, there = zip(*parts, strict=True)
        if all(part.start < part.stop for part in mine):
            yield Overlap(tap, mine, there)


def _overlap(window: Sliding, axis: int, tap: int, size: int, outputs: int) -> tuple[slice, slice]:
    """The windows of one dimension whose tap lies on the input, and the positions it lies on."""
    stride = window.stride[axis]
    ahead = tap * window.dilation[axis] - window.pads[axis][0]
    first = max(0, -(ahead // stride))
    stop = max(first, min(outputs, (size - 1 - ahead) // stride + 1))
    start = first * stride + ahead
    end = max(start + (stop - first - 1) * stride + 1, start)
    return slice(first, stop), slice(start, end, stride)
