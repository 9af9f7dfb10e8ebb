"""Which removed file is which added one, by git's measure: how much of the one is in the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

PIECE = re.compile(rb"[^\n]{64}|[^\n]{0,63}\n|[^\n]+")
"""Lines, and pieces of 64 bytes of long ones, as git cuts files."""
LEAST = 0.5
"""The share of the larger file that has to be in the other one, which is git's too."""
MOST_PAIRS = 10_000
"""Pairs that are compared; where there are more, only files with equal content are."""


def renames(removed: Mapping[str, bytes], added: Mapping[str, bytes]) -> dict[str, str]:
    r"""The old names of added files, the pairs that are most alike first.

    Args:
        removed: what was in the files that are gone.
        added: what is in those that have come.

    >>> renames({"a": b"1\n2\n3\n", "b": b"7\n"}, {"c": b"1\n2\n4\n", "d": b"9\n"})
    {'c': 'a'}
    """
    found = _equal(removed, added)
    old = [each for each in removed if each not in found.values()]
    new = [each for each in added if each not in found]
    if len(old) * len(new) > MOST_PAIRS:
        return found
    before, after = (
        {name: _pieces(side[name]) for name in names}
        for side, names in ((removed, old), (added, new))
    )
    likely = [
        (_likeness(before[one], after[other]), one, other)
        for one in old
        for other in new
        if _may_be(len(removed[one]), len(added[other]))
    ]
    for share, one, other in sorted(likely, key=lambda each: -each[0]):
        if share >= LEAST and other not in found and one not in found.values():
            found[other] = one
    return found


def _equal(removed: Mapping[str, bytes], added: Mapping[str, bytes]) -> dict[str, str]:
    waiting: dict[bytes, list[str]] = {}
    for name, data in removed.items():
        waiting.setdefault(data, []).append(name)
    return {name: waiting[data].pop(0) for name, data in added.items() if waiting.get(data)}


def _pieces(data: bytes) -> Counter[bytes]:
    """How many bytes there are of each piece."""
    counts: Counter[bytes] = Counter(PIECE.findall(data))
    return Counter({piece: number * len(piece) for piece, number in counts.items()})


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    """The share of the larger file that is in both."""
    if len(one) > len(other):
        one, other = other, one
    both = sum([min(size, other[piece]) for piece, size in one.items() if piece in other])
    return both / max(one.total(), other.total(), 1)


def _may_be(one: int, other: int) -> bool:
    """Whether files of such sizes can have enough in common."""
    return min(one, other) >= LEAST * max(one, other)
