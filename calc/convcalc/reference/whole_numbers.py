"""Small whole numbers: products and sums of them are exact, in whatever order they are added."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import isfinite
from random import Random

import numpy as np
import numpy.typing as npt

from convcalc.reference.kernel import Position
from convcalc.reference.workspace import Array
from convcalc.values import Shape

LARGEST = 7
"""Values between layers are whole numbers from -7 to 7."""
LARGEST_WEIGHT = 3
"""Weights, and the network's input, are -3, -1, 1 and 3: their mean is 0, so that sums of many are
of both signs, and what a relu lets pass does not die out."""

FEWEST = 0.05
"""The share of values that must not be zero for a layer's input to say anything."""

EXACT_IN_FLOAT32 = 2**24
"""Whole numbers up to this one, and sums that stay below it, are exact in float32."""

PORTION = 2**20

SEEN = 10_000
"""Values that are looked at to tell whether most are zero."""


class WholeNumbers:
    """Random whole numbers, the same ones for the same seed.

    >>> WholeNumbers(0).array((2, 3), np.float32).shape
    (2, 3)
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - numbers to compute with, no secrets

    def array(self, shape: Shape, dtype: npt.DTypeLike) -> Array:
        """An array of -3, -1, 1 and 3."""
        numbers = np.empty(shape, dtype)
        flat = numbers.reshape(-1)
        for start in range(0, flat.size, PORTION):
            part = flat[start : start + PORTION]
            part[:] = (np.frombuffer(self._random.randbytes(part.size), np.int8) >> 6) * 2 + 1
        return numbers

    def positions(self, shape: Sequence[int], more: int) -> list[Position]:
        """All corners of an array, and some positions more."""
        corners = product(*[sorted({0, size - 1}) for size in shape])
        others = [tuple([self._random.randrange(size) for size in shape]) for _ in range(more)]
        return [*corners, *others]


def exact_dtype(fan_in: int) -> npt.DTypeLike:
    """The least format in which so many products of value and weight, and a bias, add up exactly.

    >>> exact_dtype(4608), exact_dtype(10**6)
    (<class 'numpy.float32'>, <class 'numpy.float64'>)
    """
    largest = (fan_in * LARGEST + 1) * LARGEST_WEIGHT
    return np.float32 if largest < EXACT_IN_FLOAT32 else np.float64


def signs(groups: int, outputs: int, fan_in: int, dtype: npt.DTypeLike) -> Array:
    """Rows of 1 and -1 that take sums of output channels, `(group, sum, output)`, all exact.

    Every output is in one of the sums; as many are in each as the format can hold.
    """
    largest = (fan_in * LARGEST + 1) * LARGEST_WEIGHT
    exact = EXACT_IN_FLOAT32 if dtype == np.float32 else 2**53
    together = max(1, min(outputs, (exact - 1) // largest))
    sums = -(-outputs // together)
    chosen = Random(outputs)  # noqa: S311 - no secrets
    matrix = np.zeros((groups, sums, outputs), dtype)
    for at in range(outputs):
        matrix[:, at // together, at] = [chosen.choice((-1, 1)) for _ in range(groups)]
    return matrix


def settle(values: Array) -> None:
    """Makes whole numbers from -7 to 7 of any numbers, where they lie, in proportion."""
    largest = float(max(values.max(), -values.min()))
    if not isfinite(largest):
        np.nan_to_num(values, copy=False, nan=0, posinf=LARGEST, neginf=-LARGEST)
        np.clip(values, -LARGEST, LARGEST, out=values)
    elif largest > 0:
        values *= LARGEST / largest
    np.rint(values, out=values)


def nearly_zero(values: Array) -> bool:
    """Whether so few values are not zero that a layer could forget its input unnoticed."""
    some = values.reshape(-1)[:: max(1, values.size // SEEN)]
    return bool(np.count_nonzero(some) < FEWEST * some.size)
