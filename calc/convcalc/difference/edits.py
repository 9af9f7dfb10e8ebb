"""What was edited in the text of a network file besides its layers: vars, defaults, blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convcalc.difference.alignment import best_pairs
from convcalc.layers import Path
from convcalc.records import NamedTuple

PARTS = ("vars", "defaults", "blocks")
"""The parts of a file that layers are made by, in the order in which edits are reported."""
MOST_PAIRS = 100_000
"""Pairs of entries that are weighed; in longer lists entries are compared by their position."""
EQUAL, SAME_KEY = 4, 1
"""How much speaks for two entries of a list being the same one."""


class Absent:
    """What stands on the side that does not have something.

    >>> repr(ABSENT)
    'nothing'
    """

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()


class Edit(NamedTuple):
    """A value before and after; `ABSENT` where it was added or removed."""

    path: Path
    """Its path in the new content; in the old one if it was removed."""
    old: Any
    new: Any

    @property
    def title(self) -> str:
        """The path as it is written.

        >>> Edit(("blocks", "b", "layers", 0, "stride"), 1, 2).title
        'blocks.b.layers.0.stride'
        """
        return ".".join(map(str, self.path))


def edits(old: Any, new: Any) -> list[Edit]:
    """The edits from one content of a network file to another, without those of its layers.

    >>> found = edits({"vars": {"base": 16}}, {"vars": {"base": 24, "depth": 2}})
    >>> [(each.title, each.old, each.new) for each in found]
    [('vars.base', 16, 24), ('vars.depth', nothing, 2)]
    """
    sides = [each if isinstance(each, Mapping) else {} for each in (old, new)]
    found: list[Edit] = []
    for part in PARTS:
        before, after = (each.get(part) or {} for each in sides)
        found += _edits((part,), before, after)
    return found


def _edits(path: Path, old: Any, new: Any) -> Iterator[Edit]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _in_mapping(path, old, new)
    elif _is_list(old) and _is_list(new):
        yield from _in_list(path, old, new)
    elif not _is_same(_spelled_out(old, new), _spelled_out(new, old)):
        yield Edit(path, old, new)


def _spelled_out(value: Any, other: Any) -> Any:
    """A layer that is a word alone as a mapping, where the other one is written so."""
    return {value: None} if isinstance(value, str) and isinstance(other, Mapping) else value


def _in_mapping(path: Path, old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterator[Edit]:
    for key in {**new, **old}:
        was, now = old.get(key, ABSENT), new.get(key, ABSENT)
        if was is ABSENT or now is ABSENT:
            yield Edit((*path, key), was, now)
        else:
            yield from _edits((*path, key), was, now)


def _in_list(path: Path, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Edit]:
    """The entries that differ; a list of numbers is one value."""
    if not any(isinstance(each, Mapping) for each in (*old, *new)):
        if not _is_same(old, new):
            yield Edit(path, old, new)
        return
    for one, other in _pairs(old, new):
        if one is None and other is not None:
            yield Edit((*path, other), ABSENT, new[other])
        elif one is not None and other is None:
            yield Edit((*path, one), old[one], ABSENT)
        elif one is not None and other is not None:
            yield from _edits((*path, other), old[one], new[other])


def _pairs(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[int | None, int | None]]:
    """Which entries are the same ones, in order."""
    if len(old) * len(new) > MOST_PAIRS:
        shorter = min(len(old), len(new))
        return [
            *[(at, at) for at in range(shorter)],
            *[(at, None) for at in range(shorter, len(old))],
            *[(None, at) for at in range(shorter, len(new))],
        ]
    keys: dict[str, int] = {}
    before, after = ([_entry(each, keys) for each in side] for side in (old, new))
    return best_pairs(before, after, _likeness)


def _entry(value: Any, keys: dict[str, int]) -> tuple[str, int]:
    """What entries are paired by: their first word, and a number for their whole text."""
    mapping = value if isinstance(value, Mapping) else {str(value): None}
    return str(next(iter(mapping), "")), keys.setdefault(repr(mapping), len(keys))


def _likeness(one: tuple[str, int], other: tuple[str, int]) -> int:
    return EQUAL if one[1] == other[1] else SAME_KEY * (one[0] == other[0])


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_same(old: Any, new: Any) -> bool:
    """Whether two values are one, where true is not 1 and a number may be written as 2 or 2.0."""
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)
