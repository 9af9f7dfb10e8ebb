"""Which layers of two networks are the same ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from convcalc.layers import AnyLayer
from convcalc.records import NamedTuple

DERIVED = ("in_channels", "in_features", "num_features")
"""Arguments that follow from the layer before."""

NUMBERED = re.compile(r"_\d+$", re.ASCII)

SAME_ARGUMENTS, SAME_GIVEN_NAME, SAME_NUMBERED_NAME, SAME_OPERATION = 6, 6, 3, 2
"""How much speaks for two rows being the same layer."""

MOST_PAIRS = 1_000_000
"""Pairs of rows that are weighed; in larger networks rows are matched by name alone."""

Pair = tuple[int | None, int | None]
"""An old and a new row; one of them is missing where a layer was added or removed."""

Item = TypeVar("Item")


def has_same_name(old: AnyLayer, new: AnyLayer) -> bool:
    """Whether two of the same operation have one name, but for numbers that only count layers."""
    if _is_numbered(old):
        return _title(old.name) == _title(new.name)
    return old.name == new.name


def _is_numbered(row: AnyLayer) -> bool:
    """Whether the name is one that was not given."""
    return _title(row.name).rpartition(".")[2] == row.operation.word


def given(row: AnyLayer) -> dict[str, Any]:
    """What a row is given, without what follows from the row before.

    >>> from convcalc import Conv, Layer
    >>> "in_channels" in given(Layer("stem", Conv(3, 64, 7)))
    False
    """
    arguments = row.operation.arguments()
    return {name: value for name, value in arguments.items() if name not in DERIVED}


def _title(name: str) -> str:
    """A name without the number that only counts layers."""
    return NUMBERED.sub("", name)


def aligned(old: Sequence[AnyLayer], new: Sequence[AnyLayer]) -> list[Pair]:
    """Which old row is which new one, in order: the pairing with the most that speaks for it.

    Rows are paired if they have a given name in common or are of one operation; equal arguments and
    names speak for a pair. Found by Needleman and Wunsch's method, "A general method applicable to
    the search for similarities", 1970.
    """
    ends = _equal_from_the_start(old, new)
    limit = min(len(old), len(new)) - ends
    tail = _equal_from_the_start(old[::-1][:limit], new[::-1][:limit])
    middle = _paired(old[ends : len(old) - tail], new[ends : len(new) - tail])
    head: list[Pair] = [(at, at) for at in range(ends)]
    inner: list[Pair] = [
        (None if one is None else one + ends, None if other is None else other + ends)
        for one, other in middle
    ]
    last: list[Pair] = [(len(old) - at, len(new) - at) for at in range(tail, 0, -1)]
    return [*head, *inner, *last]


def _equal_from_the_start(old: Sequence[AnyLayer], new: Sequence[AnyLayer]) -> int:
    number = 0
    for one, other in zip(old, new, strict=False):
        if not has_same_name(one, other) or one.operation != other.operation:
            break
        number += 1
    return number


class _Row(NamedTuple):
    """What rows are paired by, as numbers and texts that are quick to compare."""

    word: str
    arguments: int
    name: str
    numbered: bool


def _rows(rows: Sequence[AnyLayer], numbers: dict[str, int]) -> list[_Row]:
    found = []
    for row in rows:
        arguments = numbers.setdefault(argument_text(row), len(numbers))
        found.append(_Row(row.operation.word, arguments, row.name, _is_numbered(row)))
    return found


def argument_text(row: AnyLayer) -> str:
    """The operation of a row with what it is given.

    >>> from convcalc import Conv, Layer
    >>> argument_text(Layer("stem", Conv(3, 64, 7))).startswith("conv {")
    True
    """
    return f"{row.operation.word} {given(row)}"


def _likeness(one: _Row, other: _Row) -> int:
    """What speaks for two rows being the same layer; 0 where they cannot be."""
    if one.name == other.name and not one.numbered:
        return (
            SAME_GIVEN_NAME + SAME_OPERATION + (one.arguments == other.arguments) * SAME_ARGUMENTS
        )
    if one.word != other.word:
        return 0
    score = SAME_OPERATION + (one.arguments == other.arguments) * SAME_ARGUMENTS
    return score + (one.name == other.name) * SAME_NUMBERED_NAME


def _paired(old: Sequence[AnyLayer], new: Sequence[AnyLayer]) -> list[Pair]:
    if len(old) * len(new) > MOST_PAIRS:
        return _paired_by_name(old, new)
    numbers: dict[str, int] = {}
    return best_pairs(_rows(old, numbers), _rows(new, numbers), _likeness)


def best_pairs(
    before: Sequence[Item], after: Sequence[Item], likeness: Callable[[Item, Item], int]
) -> list[Pair]:
    """Which old item is which new one, in order: the pairing with the highest likeness in all.

    >>> best_pairs("abc", "axc", lambda one, other: one == other)
    [(0, 0), (1, None), (None, 1), (2, 2)]
    """
    best = _best_scores(before, after, likeness)
    pairs: list[Pair] = []
    i, j = 0, 0
    while i < len(before) and j < len(after):
        score = likeness(before[i], after[j])
        if score and best[i][j] == best[i + 1][j + 1] + score:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    pairs += [(at, None) for at in range(i, len(before))]
    pairs += [(None, at) for at in range(j, len(after))]
    return pairs


def _best_scores(
    before: Sequence[Item], after: Sequence[Item], likeness: Callable[[Item, Item], int]
) -> list[list[int]]:
    """The most that speaks for a pairing of what follows from row i and row j on."""
    below = [0] * (len(after) + 1)
    table = [below]
    for one in reversed(before):
        line = [0] * (len(after) + 1)
        for j in range(len(after) - 1, -1, -1):
            score = likeness(one, after[j])
            paired = below[j + 1] + score if score else 0
            line[j] = max(paired, below[j], line[j + 1])
        table.append(line)
        below = line
    table.reverse()
    return table


def _paired_by_name(old: Sequence[AnyLayer], new: Sequence[AnyLayer]) -> list[Pair]:
    """Rows of one name, as far as they come in one order; quick for networks of any length."""
    place = {row.name: at for at, row in enumerate(new)}
    pairs: list[Pair] = []
    done = 0
    for at, row in enumerate(old):
        there = place.get(row.name, -1)
        if there < done:
            pairs.append((at, None))
            continue
        pairs += [(None, skipped) for skipped in range(done, there)]
        pairs.append((at, there))
        done = there + 1
    return [*pairs, *[(None, at) for at in range(done, len(new))]]
