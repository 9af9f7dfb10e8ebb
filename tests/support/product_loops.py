"""Products of activations and reductions as plain loops over nested lists, without an array."""

from collections.abc import Callable, Sequence
from itertools import product
from math import exp, sqrt
from typing import NamedTuple

Place = tuple[int, ...]
Values = dict[Place, float]
"""A value by its place: channel first."""


class Worked(NamedTuple):
    """What the loops made, and how many products they did."""

    values: Values
    multiplications: int


def places(shape: Sequence[int]) -> list[Place]:
    return list(product(*map(range, shape)))


def shape_of(values: Values) -> Place:
    return tuple(max(sizes) + 1 for sizes in zip(*values, strict=True))


def attention(queries: Values, keys: Values, values: Values, *, heads: int) -> Worked:
    """Each head by itself: every query meets every key, every weight meets every value."""
    done = 0
    found: Values = {}
    key_channels, value_channels = shape_of(keys)[0] // heads, shape_of(values)[0] // heads
    here = sorted({place[1:] for place in queries})
    there = sorted({place[1:] for place in keys})
    for head in range(heads):
        for at in here:
            powers = []
            for key in there:
                score = 0.0
                for channel in range(head * key_channels, (head + 1) * key_channels):
                    score += queries[channel, *at] * keys[channel, *key]
                    done += 1
                powers.append(exp(score / sqrt(key_channels)))
            for channel in range(head * value_channels, (head + 1) * value_channels):
                found[channel, *at] = 0.0
                for power, key in zip(powers, there, strict=True):
                    found[channel, *at] += power / sum(powers) * values[channel, *key]
                    done += 1
    return Worked(found, done)


def matmul(a: Values, b: Values, *, transpose: str | None) -> Worked:
    """Every row of the first meets every column of the second; places of size 1 serve all."""
    if transpose in ("a", "both"):
        a = {(*outer, column, row): value for (*outer, row, column), value in a.items()}
    if transpose in ("b", "both"):
        b = {(*outer, column, row): value for (*outer, row, column), value in b.items()}
    *outer_a, rows, shared = shape_of(a)
    *outer_b, _, columns = shape_of(b)
    outer = [max(sizes) for sizes in zip(outer_a, outer_b, strict=True)]
    done = 0
    found: Values = {}
    for *at, row, column in places([*outer, rows, columns]):
        of_a = [min(i, size - 1) for i, size in zip(at, outer_a, strict=True)]
        of_b = [min(i, size - 1) for i, size in zip(at, outer_b, strict=True)]
        found[*at, row, column] = 0.0
        for step in range(shared):
            found[*at, row, column] += a[*of_a, row, step] * b[*of_b, step, column]
            done += 1
    return Worked(found, done)


def reduced(
    values: Values, axes: Sequence[int], of: Callable[[list[float]], float], *, keep: bool
) -> Values:
    """What `of` makes of all the values that differ on the axes alone."""
    together: dict[Place, list[float]] = {}
    for place, value in values.items():
        kept = [0 if axis in axes else at for axis, at in enumerate(place)]
        left = [at for axis, at in enumerate(kept) if keep or axis not in axes]
        together.setdefault(tuple(left), []).append(value)
    return {place: of(each) for place, each in together.items()}
