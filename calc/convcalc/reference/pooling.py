"""Pooling: the largest value or the mean of windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product
from math import fsum
from typing import Any

import numpy as np

from convcalc.operations.pooling import AdaptivePool, Pool
from convcalc.reference.kernel import LISTED, Call, Kernel, Position, at_each
from convcalc.reference.sliding import Sliding, overlaps, sliding
from convcalc.reference.workspace import Array, index
from convcalc.values import Shape


def max_pool(call: Call) -> Array:
    """`(n, c, *outputs)`: the largest value of each window; padding is below every number."""
    window, outputs = _sliding(call)
    result = np.full((*call.input.shape[:2], *outputs), -np.inf, call.input.dtype)
    for _, mine, there in overlaps(window, call.input.shape[2:], outputs):
        into = result[index(..., *mine)]
        np.maximum(into, call.input[index(..., *there)], out=into)
    return result


def avg_pool(call: Call) -> Array:
    """`(n, c, *outputs)`: each window's sum over its positions, zeros of the padding among them."""
    window, outputs = _sliding(call)
    result = np.zeros((*call.input.shape[:2], *outputs), call.input.dtype)
    for _, mine, there in overlaps(window, call.input.shape[2:], outputs):
        result[index(..., *mine)] += call.input[index(..., *there)]
    counts = [
        np.array([_taps_within(window, axis, size, at) for at in range(number)], result.dtype)
        for axis, (size, number) in enumerate(zip(call.input.shape[2:], outputs, strict=True))
    ]
    result /= reduce(np.multiply.outer, counts)
    return result


def adaptive_max_pool(call: Call) -> Array:
    """`(n, c, *output_size)`: the largest value of each of the windows that cover the input."""
    return _adaptive(call, np.max)


def adaptive_avg_pool(call: Call) -> Array:
    """`(n, c, *output_size)`: the means of windows that cover the input."""
    return _adaptive(call, np.mean)


def _adaptive(call: Call, reduced: Callable[..., Any]) -> Array:
    """Each dimension after the other cut into windows, a number for each."""
    result = call.input
    for axis, wanted in enumerate(call.operation.output_size, start=2):
        before = (slice(None),) * axis
        windows = [
            reduced(result[index(*before, slice(*ends))], axis)
            for ends in _covering(result.shape[axis], wanted)
        ]
        result = np.stack(windows, axis)
    return np.ascontiguousarray(result)


def max_pool_value(call: Call, position: Position) -> float:
    """The largest input value of the window.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
    """
    return max(_window_values(call, position), default=-np.inf)


def avg_pool_value(call: Call, position: Position) -> float:
    """The window's sum over the number of its positions on the padded input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
    """
    pool: Pool = call.operation
    count = 1
    for axis, (low, high) in enumerate(pool.pads(call.input.shape[1:])):
        start = position[axis + 2] * pool.stride[axis] - low
        end = call.input.shape[axis + 2] + high
        count *= min(start + pool.kernel_size[axis], end) - start
    return fsum(_window_values(call, position)) / count


def adaptive_max_pool_value(call: Call, position: Position) -> float:
    """The largest value from `floor(o*i/O)` up to, but without, `ceil((o + 1)*i/O)`."""
    return max(_adaptive_values(call, position))


def adaptive_avg_pool_value(call: Call, position: Position) -> float:
    """The mean from `floor(o*i/O)` up to, but without, `ceil((o + 1)*i/O)`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
    """
    total, count = 0.0, 0
    for value in _adaptive_values(call, position):
        total, count = total + value, count + 1
    return total / count


def _sliding(call: Call) -> tuple[Sliding, Shape]:
    """The window, and how many of them there are by dimension."""
    pool: Pool = call.operation
    sizes = call.input.shape[2:]
    window = sliding(pool, sizes)
    if not pool.ceil_mode:
        return window, window.starts(sizes)
    return window, tuple([_starts_up(window, axis, size) for axis, size in enumerate(sizes)])


def _starts_up(window: Sliding, axis: int, size: int) -> int:
    """Windows of one dimension in ceil mode.

    One more starts as long as the one before leaves something over, and as it starts on the input
    or its low padding.
    """
    low, high = window.pads[axis]
    stride, reach = window.stride[axis], window.reach(axis)
    starts = range(0, size + low, stride)
    return sum(start - stride + reach < size + low + high - 1 for start in starts)


def _taps_within(window: Sliding, axis: int, size: int, at: int) -> int:
    """How many taps of a window lie on the input or its padding."""
    low, high = window.pads[axis]
    first, step = at * window.stride[axis], window.dilation[axis]
    return sum(first + tap * step < size + low + high for tap in range(window.kernel[axis]))


def _window_values(call: Call, position: Position) -> Iterator[float]:
    pool: Pool = call.operation
    values = call.input[position[:2]]
    pads = pool.pads(call.input.shape[1:])
    for tap in product(*map(range, pool.kernel_size)):
        where = tuple(
            o * s - low + t * d
            for o, s, (low, _), t, d in zip(
                position[2:], pool.stride, pads, tap, pool.dilation, strict=True
            )
        )
        if all(0 <= i < size for i, size in zip(where, values.shape, strict=True)):
            yield float(values[where])


def _adaptive_values(call: Call, position: Position) -> Iterator[float]:
    pool: AdaptivePool = call.operation
    values = call.input[position[:2]]
    ends = zip(position[2:], values.shape, pool.output_size, strict=True)
    *outer, inner = [range(o * i // n, -(-(o + 1) * i // n)) for o, i, n in ends]
    for where in product(*outer):
        for start in range(inner.start, inner.stop, LISTED):
            part = slice(start, min(start + LISTED, inner.stop))
            yield from values[index(*where, part)].tolist()


def _covering(size: int, wanted: int) -> Sequence[tuple[int, int]]:
    """First and last but one of windows, as even as can be, that cover a dimension."""
    return [(at * size // wanted, -(-(at + 1) * size // wanted)) for at in range(wanted)]


KERNELS = {
    # A window on padding alone has no largest value: what comes out need not be small.
    "max_pool": Kernel(max_pool, at_each(max_pool_value), exact=True),
    "avg_pool": Kernel(avg_pool, at_each(avg_pool_value)),
    "adaptive_max_pool": Kernel(
        adaptive_max_pool, at_each(adaptive_max_pool_value), exact=True, keeps=True
    ),
    "adaptive_avg_pool": Kernel(adaptive_avg_pool, at_each(adaptive_avg_pool_value)),
}
