"""Layers that share weights are redesigned together, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcalc.layers import AnyLayer, own_weights
from convcalc.operations.convolution import Convolution

Pairs = dict[int, list[int]]
"""The positions of the rows of each depthwise separable pair, by that of its first half."""

KEPT = "its weights are shared, and would have different shapes"
"""Why layers that share weights stay as they are."""


def owners(rows: Sequence[AnyLayer]) -> dict[int, int]:
    """The position of the row that a row shares the weights of, of convolutions.

    >>> from convcalc import Conv, Layer
    >>> rows = [Layer("a", Conv(8, 8, 3)), Layer("b", Conv(8, 8, 3), ("a",), weights_of="a")]
    >>> owners(rows)
    {1: 0}
    """
    if not any(row.weights_of for row in rows):
        return {}
    place = {row.name: at for at, row in enumerate(rows)}
    return {
        at: place[row.weights_of]
        for at, row in enumerate(rows)
        if row.weights_of and isinstance(row.operation, Convolution)
    }


def in_training_too(rows: Sequence[AnyLayer], owner_of: Mapping[int, int]) -> set[int]:
    """The positions of rows that share weights with one that only runs in training.

    >>> from convcalc import Conv, Layer
    >>> rows = [Layer("a", Conv(8, 8, 3)), Layer("b", Conv(8, 8, 3), weights_of="a", training=True)]
    >>> in_training_too(rows, {1: 0})
    {0, 1}
    """
    first: dict[int, int] = {}
    for at, owner in owner_of.items():
        first[at] = first.get(owner, owner)
    found = {start for at, start in first.items() if rows[at].training}
    return found | {at for at, start in first.items() if start in found}


def without_broken(pairs: Pairs, owner_of: Mapping[int, int]) -> Pairs:
    """The pairs whose halves share weights with both halves of another pair, or with nothing.

    >>> without_broken({0: [0, 1], 2: [2, 3]}, {3: 1})
    {}
    """
    while True:
        half = {at: (start, at == start) for start, at in _halves(pairs)}
        broken = {
            place[0]
            for one, other in owner_of.items()
            if not _are_alike(half.get(one), half.get(other), pairs, owner_of)
            for place in (half.get(one), half.get(other))
            if place
        }
        if not broken:
            return pairs
        pairs = {start: pair for start, pair in pairs.items() if start not in broken}


def _halves(pairs: Pairs) -> list[tuple[int, int]]:
    return [(start, at) for start, pair in pairs.items() for at in (pair[0], pair[-1])]


def _are_alike(
    one: tuple[int, bool] | None,
    other: tuple[int, bool] | None,
    pairs: Pairs,
    owner_of: Mapping[int, int],
) -> bool:
    """Whether two convolutions are the same half of two pairs that share both, or single."""
    if one is None or other is None:
        return one is other
    mine, theirs = pairs[one[0]], pairs[other[0]]
    ends = [(mine[0], theirs[0]), (mine[-1], theirs[-1])]
    return one[1] == other[1] and all(owner_of.get(at) == there for at, there in ends)


def own_params(rows: Sequence[AnyLayer], owner: Sequence[AnyLayer]) -> int:
    """The params of rows that share the weights of others, one by one."""
    own = [
        own_weights(row.operation, other.operation) for row, other in zip(rows, owner, strict=True)
    ]
    return sum([prod(shape) for weights in own for shape in weights.values()])


def can_share(rows: Sequence[AnyLayer], owner: Sequence[AnyLayer]) -> bool:
    """Whether rows could have the weights of others, one by one."""
    if len(rows) != len(owner):
        return False
    return all(
        "weight" not in own_weights(row.operation, other.operation)
        for row, other in zip(rows, owner, strict=True)
    )
