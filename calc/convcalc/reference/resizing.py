"""Operations that make values larger or smaller in space."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import floor, prod
from typing import Any

import numpy as np

from convcalc.operations.resizing import Upsample
from convcalc.reference.kernel import Call, Kernel, Position, at_each
from convcalc.reference.workspace import Array, index

CUBIC = -0.75
"""The parameter of the cubic convolution, as PyTorch has it."""


def upsample(call: Call) -> Array:
    """One dimension after the other: positions repeated, or blended with their neighbours."""
    layer: Upsample = call.operation
    result = call.input
    for axis, (size, step) in enumerate(_steps(layer, call.input.shape[2:]), start=2):
        if layer.mode == "nearest":
            sources = [at * step.numerator // step.denominator for at in range(size)]
            result = result.take(np.minimum(sources, result.shape[axis] - 1), axis)
        else:
            result = _blended(result, axis, size, step, layer.mode)
    return result.astype(call.input.dtype, copy=False)


def _steps(layer: Upsample, sizes: tuple[int, ...]) -> Iterator[tuple[int, Fraction]]:
    """For each dimension the size that comes out, and how far apart its sources lie."""
    for axis, size in enumerate(sizes):
        if layer.scale_factor is None:
            wanted = layer.size[axis] if layer.size else size
            yield wanted, Fraction(size, wanted)
        else:
            step = 1 / Fraction(layer.scale_factor[axis])
            yield size * step.denominator // step.numerator, step


def _blended(values: Array, axis: int, size: int, step: Fraction, mode: str) -> Array:
    """The weighted sums of the two or four positions around each source."""
    sources = [(at + Fraction(1, 2)) * step - Fraction(1, 2) for at in range(size)]
    if mode != "bicubic":
        sources = [max(source, Fraction(0)) for source in sources]
    lows = np.array([floor(source) for source in sources])
    # Cubic weights have both signs: in single precision what they leave of a sum is not exact.
    dtype = np.float64 if mode == "bicubic" else values.dtype
    shares = np.array([float(source - floor(source)) for source in sources], dtype)
    weights = _cubic(shares) if mode == "bicubic" else (1 - shares, shares)
    first = -1 if mode == "bicubic" else 0
    spread = (-1, *(1,) * (values.ndim - axis - 1))
    last = values.shape[axis] - 1
    blended = np.zeros((*values.shape[:axis], size, *values.shape[axis + 1 :]), dtype)
    for tap, weight in enumerate(weights):
        places = np.clip(lows + first + tap, 0, last)
        blended += values.take(places, axis) * weight.reshape(spread)
    return blended


def _cubic(share: Array) -> tuple[Array, ...]:
    """The weights of the four positions around a source, which lies `share` behind the second.

    Source: Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981.
    """

    def far(x: Any) -> Any:
        return ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC

    def near(x: Any) -> Any:
        return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1

    return far(share + 1), near(share), near(1 - share), far(2 - share)


def crop(call: Call) -> Array:
    """The positions that are left."""
    layer, sizes = call.operation, call.input.shape[2:]
    if layer.widths is None:
        starts = [(size - wanted) // 2 for size, wanted in zip(sizes, layer.size, strict=True)]
        parts = [slice(at, at + size) for at, size in zip(starts, layer.size, strict=True)]
    else:
        cut = zip(sizes, layer.widths, strict=True)
        parts = [slice(low, size - high) for size, (low, high) in cut]
    left: Array = call.input[index(..., *parts)]
    return left.copy()


def upsample_value(call: Call, position: Position) -> float:
    """The nearest value, or those around, each by how near it is in every dimension.

    Output position o has its source at `(o + 1/2) / factor - 1/2`, where the factor is the one that
    is given, else output size / input size. The nearest one is at or before `o / factor`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
    """
    n, channel, *at = position
    layer: Upsample = call.operation
    values = call.input[n, channel]
    factors = layer.factors_of(values.shape)
    if layer.mode == "nearest":
        nearest = [
            min(floor(Fraction(o) / factor), size - 1)
            for o, factor, size in zip(at, factors, values.shape, strict=True)
        ]
        return float(values[tuple(nearest)])
    around = [
        _around(o, Fraction(factor), size, layer.mode)
        for o, factor, size in zip(at, factors, values.shape, strict=True)
    ]
    return sum(
        float(values[tuple([place for place, _ in met])]) * prod([weight for _, weight in met])
        for met in product(*around)
    )


def _around(o: int, factor: Fraction, size: int, mode: str) -> list[tuple[int, float]]:
    """The positions around a source with their weights; beyond the border is the border."""
    source = (2 * o + 1) / (2 * factor) - Fraction(1, 2)
    if mode != "bicubic":
        source = max(source, Fraction(0))
    places = range(floor(source) - 1, floor(source) + 3)
    weigh = _cubic_weight if mode == "bicubic" else _linear_weight
    return [
        (min(max(place, 0), size - 1), weight)
        for place in places
        if (weight := weigh(float(abs(source - place))))
    ]


def _linear_weight(away: float) -> float:
    return max(1 - away, 0.0)


def _cubic_weight(away: float) -> float:
    """The kernel of cubic convolution: two cubics that meet at a distance of 1, and 0 from 2 on."""
    if away < 1:
        return (CUBIC + 2) * away**3 - (CUBIC + 3) * away**2 + 1
    if away < 2:
        return CUBIC * (away**3 - 5 * away**2 + 8 * away - 4)
    return 0.0


def crop_value(call: Call, position: Position) -> float:
    """The value so many positions further on as the low side loses."""
    n, channel, *at = position
    layer = call.operation
    if layer.widths is None:
        sizes = zip(call.input.shape[2:], layer.size, strict=True)
        lows = [(size - wanted) // 2 for size, wanted in sizes]
    else:
        lows = [low for low, _ in layer.widths]
    return float(call.input[(n, channel, *map(int.__add__, at, lows))])


KERNELS = {
    "upsample": Kernel(upsample, at_each(upsample_value)),
    "crop": Kernel(crop, at_each(crop_value), exact=True, keeps=True),
}
