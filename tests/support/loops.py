"""Convolutions as plain loops that slide and count, written without a formula."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple


class Counted(NamedTuple):
    """What the loops have seen."""

    output_shape: tuple[int, ...]
    multiplications: int
    weights: int


def window_starts(padded: int, kernel: int, stride: int, dilation: int) -> list[int]:
    """Where a window can be put down in a line of cells so that all its taps are on cells."""
    line = [True] * padded
    starts = []
    start = 0
    while start < padded:
        taps = [start + tap * dilation for tap in range(kernel)]
        if all(tap < len(line) for tap in taps):
            starts.append(start)
        start += stride
    return starts


def spread_cells(size: int, kernel: int, stride: int, dilation: int) -> set[int]:
    """The cells from the first to the last that the taps of all inputs fall on."""
    hit = {cell * stride + tap * dilation for cell in range(size) for tap in range(kernel)}
    return set(range(min(hit), max(hit) + 1))


def count_convolution(
    input_shape: tuple[int, ...],
    out_channels: int,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pads: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    groups: int,
) -> Counted:
    """Every product that a convolution makes, zeros of the padding included."""
    in_channels, *sizes = input_shape
    starts = [
        window_starts(len([0] * low + [1] * size + [0] * high), k, s, d)
        for size, (low, high), k, s, d in zip(sizes, pads, kernel, stride, dilation, strict=True)
    ]
    products, weights = 0, set()
    for out_channel, in_channel in linked_channels(in_channels, out_channels, groups):
        for _ in product(*starts):
            for tap in product(*map(range, kernel)):
                weights.add((out_channel, in_channel, tap))
                products += 1
    return Counted((out_channels, *map(len, starts)), products, len(weights))


def count_transposed(
    input_shape: tuple[int, ...],
    out_channels: int,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pads: tuple[tuple[int, int], ...],
    output_padding: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> Counted:
    """Every product that a transposed convolution makes, cropped ones included."""
    in_channels, *sizes = input_shape
    lengths = []
    for size, k, s, (low, high), extra, d in zip(
        sizes, kernel, stride, pads, output_padding, dilation, strict=True
    ):
        cells = sorted(spread_cells(size, k, s, d))
        cells += [cells[-1] + 1 + more for more in range(extra)]
        cropped = cells[low:] if not high else cells[low:-high]
        lengths.append(len(cropped) if low + high <= len(cells) else 0)
    products, weights = 0, set()
    for out_channel, in_channel in linked_channels(in_channels, out_channels, groups):
        for _ in product(*map(range, sizes)):
            for tap in product(*map(range, kernel)):
                weights.add((in_channel, out_channel, tap))
                products += 1
    return Counted((out_channels, *lengths), products, len(weights))


def linked_channels(in_channels: int, out_channels: int, groups: int) -> Iterator[tuple[int, int]]:
    """Output channel and input channel of one group, dealt out a group at a time."""
    inputs, outputs = list(range(in_channels)), list(range(out_channels))
    while inputs:
        mine = [inputs.pop(0) for _ in range(in_channels // groups)]
        theirs = [outputs.pop(0) for _ in range(out_channels // groups)]
        yield from product(theirs, mine)


def widest_view(kernel: int, stride: int, dilation: int, *, transposed: bool) -> int:
    """Inputs from first to last that one output depends on, at the output that sees most."""
    size = 4 * kernel * dilation + 4
    seen: dict[int, set[int]] = {}
    if transposed:
        for cell, tap in product(range(size), range(kernel)):
            seen.setdefault(cell * stride + tap * dilation, set()).add(cell)
    else:
        for output, start in enumerate(window_starts(size, kernel, stride, dilation)):
            seen[output] = {start + tap * dilation for tap in range(kernel)}
    return max(max(cells) - min(cells) + 1 for cells in seen.values())
