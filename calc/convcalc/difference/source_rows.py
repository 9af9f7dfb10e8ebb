"""What changed from one model file to another, row by row of the files themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from convcalc.difference.alignment import Pair, aligned, argument_text, best_pairs
from convcalc.difference.changes import Side
from convcalc.layers import AnyLayer
from convcalc.records import NamedTuple

SAME_LAYERS, SAME_CONTENT, SAME_KIND, SAME_SHAPES, SAME_NUMBER = 6, 4, 2, 1, 1
"""How much speaks for two rows being the same one."""
MOST_PAIRS = 300_000
"""Pairs of rows that are weighed; in larger files the layers are compared alone."""
NUMBER = re.compile(r"^\D*\d+")


class SourceRow(NamedTuple):
    """A row of a file that layers come from."""

    number: int | None
    """Its number in the file; None where the file has names for rows."""
    text: str
    """The row in words, such as [-1, 1, Conv, [64, 3, 2]]."""
    content: str = ""
    """The same without what it reads."""
    kind: str = ""
    """What it is a row of, such as Conv."""

    @property
    def title(self) -> str:
        """The row with its number.

        >>> SourceRow(0, "[-1, 1, Conv, [64, 3, 2]]").title
        '0: [-1, 1, Conv, [64, 3, 2]]'
        """
        return self.text if self.number is None else f"{self.number}: {self.text}"


class RowChangeKind(Enum):
    """What became of a row."""

    CHANGED = "changed"
    FOLLOWS = "follows"
    """As it was, but what comes in has changed."""
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


class RowChange(NamedTuple):
    """A row before and after; one side is None where it was added or removed."""

    kind: RowChangeKind
    old: SourceRow | None
    new: SourceRow | None
    params: tuple[int, int]
    macs: tuple[int, int]
    unknown: frozenset[str] = frozenset()
    """The figures that are lower bounds before or after."""
    reads: tuple[tuple[int | str, ...], tuple[int | str, ...]] = ((), ())
    """What it should read by the numbers of the new file, and what it reads, if that differs."""


class RowDifference(NamedTuple):
    """The rows that changed, in the order of the new file, and which layers are the same ones."""

    changes: Sequence[RowChange]
    unchanged: int
    renumbered: int
    """Of those: rows with another number."""
    pairs: Sequence[Pair]
    """The layers, those of the same row paired."""


class _Group(NamedTuple):
    """A row of a file with its layers."""

    row: SourceRow
    at: list[int]
    layers: str
    shapes: tuple[Any, ...]
    reads: tuple[Any, ...]
    """The rows that it reads, by their place in the file; of inputs the names."""
    inputs: tuple[Any, ...]
    """The shapes of what it reads."""
    params: int
    macs: int
    unknown: frozenset[str]


def row_difference(
    old: Side, new: Side, old_rows: Mapping[str, SourceRow], new_rows: Mapping[str, SourceRow]
) -> RowDifference | None:
    """What changed, by the rows of the files; None where layers come from no numbered rows.

    Args:
        old: the network before.
        new: the network after.
        old_rows: the rows of the file before, by the names that layers or their blocks have.
        new_rows: those of the file after, likewise.
    """
    before, after = _groups(old, old_rows), _groups(new, new_rows)
    if not before or not after or len(before) * len(after) > MOST_PAIRS:
        return None
    pairs = best_pairs(before, after, _likeness)
    files = _Files(before, after, pairs)
    changes = [files.change(one, other) for one, other in pairs]
    both = [(before[i].row, after[j].row) for i, j in pairs if i is not None and j is not None]
    shifted = sum(one.number != other.number for one, other in both)
    found = [each for each in changes if each is not None]
    renumbered = shifted - sum(
        each.old.number != each.new.number
        for each in found
        if each.old and each.new and each.kind is not RowChangeKind.MOVED
    )
    unchanged = len(both) - sum(
        each.kind in (RowChangeKind.CHANGED, RowChangeKind.FOLLOWS) for each in found
    )
    layers = _layer_pairs(old.network.rows, new.network.rows, before, after, pairs)
    return RowDifference(found, unchanged, renumbered, [*layers])


def source_of(name: str, rows: Mapping[str, SourceRow]) -> SourceRow | None:
    """The row that a layer comes from: it has the name of the layer, or of a block around it.

    >>> source_of("model.0.cv1.conv", {"model.0": SourceRow(0, "the first")}).number
    0
    """
    while name not in rows and "." in name:
        name = name.rpartition(".")[0]
    return rows.get(name)


def _groups(side: Side, rows: Mapping[str, SourceRow]) -> list[_Group]:
    """The rows of a file; none if a layer is from no numbered row."""
    layers = side.network.rows
    if not rows:
        return []
    sources = [source_of(layer.name, rows) for layer in layers]
    for at in range(len(sources) - 2, -1, -1):  # an operand without a name is before its row
        sources[at] = sources[at] or sources[at + 1]
    numbers: dict[int, int] = {}
    members: list[list[int]] = []
    place: dict[str, int] = {}
    for at, (layer, source) in enumerate(zip(layers, sources, strict=True)):
        if source is None or source.number is None:
            return []
        group = numbers.setdefault(source.number, len(numbers))
        if group == len(members):
            members.append([])
        members[group].append(at)
        place[layer.name] = group
    firsts = [sources[at[0]] for at in members]
    return [_group(side, row, at, place) for row, at in zip(firsts, members, strict=True) if row]


def _group(side: Side, row: SourceRow, at: list[int], place: Mapping[str, int]) -> _Group:
    layers, facts = side.network.rows, side.facts.layers
    own = place[layers[at[0]].name]
    shapes: dict[str, Any] = {}
    for each in at:
        outside = zip(layers[each].inputs, facts[each].input_shapes, strict=True)
        shapes |= {name: shape for name, shape in outside if place.get(name) != own}
    return _Group(
        row,
        at,
        "\n".join([argument_text(layers[each]) for each in at]),
        tuple([facts[each].output_shape for each in at]),
        tuple(dict.fromkeys([place.get(name, name) for name in shapes])),
        tuple(shapes.values()),
        sum([facts[each].params or 0 for each in at]),
        sum([facts[each].macs or 0 for each in at]),
        frozenset([figure for each in at for figure in facts[each].unknown]),
    )


def _likeness(one: _Group, other: _Group) -> int:
    """What speaks for two rows being the same one; 0 where they cannot be."""
    if one.row.kind != other.row.kind:
        return int(one.shapes[-1:] == other.shapes[-1:])  # one may be in place of the other
    return (
        SAME_KIND
        + (one.row.content == other.row.content) * SAME_CONTENT
        + (one.layers == other.layers) * SAME_LAYERS
        + (one.shapes == other.shapes) * SAME_SHAPES
        + (one.row.number == other.row.number) * SAME_NUMBER
    )


class _Files:
    """Both files, and which of their rows are the same."""

    def __init__(
        self, before: Sequence[_Group], after: Sequence[_Group], pairs: Sequence[Pair]
    ) -> None:
        self._before = before
        self._after = after
        self._now = {i: j for i, j in pairs if i is not None and j is not None}
        kept_now = {*self._now.values()}
        gone = [i for i, j in pairs if i is not None and j is None]
        come = [j for i, j in pairs if i is None and j is not None]
        self._moved = self._pairs_of_moved(gone, come)
        self._was_moved = {*self._moved.values()}
        self._through_old = _passed_through(before, {*self._now})
        self._through_new = _passed_through(after, kept_now)

    def _pairs_of_moved(self, gone: Sequence[int], come: Sequence[int]) -> dict[int, int]:
        """Rows with weights that were taken from one place to another: by the new ones."""
        found: dict[int, int] = {}
        waiting: dict[tuple[str, str], list[int]] = {}
        for one in gone:
            group = self._before[one]
            waiting.setdefault((group.row.content, group.layers), []).append(one)
        for other in come:
            group = self._after[other]
            same = waiting.get((group.row.content, group.layers))
            if same and group.params:
                found[other] = same.pop(0)
        return found

    def change(self, one: int | None, other: int | None) -> RowChange | None:
        """What became of a row; None if nothing did, or if it moved: its new place reports it."""
        if one is not None and other is not None:
            return self._changed(self._before[one], self._after[other])
        if other is not None:
            was = self._moved.get(other)
            kind = RowChangeKind.ADDED if was is None else RowChangeKind.MOVED
            return _made(kind, None if was is None else self._before[was], self._after[other])
        if one is None or one in self._was_moved:
            return None
        return _made(RowChangeKind.REMOVED, self._before[one], None)

    def _changed(self, was: _Group, now: _Group) -> RowChange | None:
        before = [self._through_old.get(each, each) for each in was.reads]
        reads = [self._now.get(each, each) for each in before]
        after = [self._through_new.get(each, each) for each in now.reads]
        inside = was.layers != now.layers and was.inputs == now.inputs
        if was.row.content != now.row.content or reads != after or inside:
            change = _made(RowChangeKind.CHANGED, was, now)
            expected = (self._numbers(reads), self._numbers(now.reads))
            return change._replace(reads=expected) if reads != after else change
        if (was.layers, was.shapes, was.params) != (now.layers, now.shapes, now.params):
            return _made(RowChangeKind.FOLLOWS, was, now)
        return None

    def _numbers(self, reads: Sequence[Any]) -> tuple[int | str, ...]:
        rows = [self._after[each].row if isinstance(each, int) else each for each in reads]
        return tuple([row if isinstance(row, str) else row.number or 0 for row in rows])


def _passed_through(groups: Sequence[_Group], kept: set[int]) -> dict[Any, Any]:
    """For rows that only one file has: the row before them that both have."""
    through: dict[Any, Any] = {}
    for at, group in enumerate(groups):
        if at not in kept and group.reads:
            through[at] = through.get(group.reads[0], group.reads[0])
    return through


def _made(kind: RowChangeKind, was: _Group | None, now: _Group | None) -> RowChange:
    return RowChange(
        kind,
        was and was.row,
        now and now.row,
        (was.params if was else 0, now.params if now else 0),
        (was.macs if was else 0, now.macs if now else 0),
        frozenset().union(*[each.unknown for each in (was, now) if each]),
    )


def _layer_pairs(
    old: Sequence[AnyLayer],
    new: Sequence[AnyLayer],
    before: Sequence[_Group],
    after: Sequence[_Group],
    pairs: Sequence[Pair],
) -> Iterator[Pair]:
    """The layers of both networks, those of the same row paired as far as they are alike."""
    for one, other in pairs:
        ours = before[one].at if one is not None else []
        theirs = after[other].at if other is not None else []
        inner = aligned(
            [_without_number(old[at]) for at in ours], [_without_number(new[at]) for at in theirs]
        )
        for i, j in inner:
            yield None if i is None else ours[i], None if j is None else theirs[j]


def _without_number(layer: AnyLayer) -> AnyLayer:
    return layer._replace(name=NUMBER.sub("row", layer.name))


def same_but_for_number(one: str, other: str) -> bool:
    """Whether names of layers differ in the number of the row at most.

    >>> same_but_for_number("model.12.cv1.conv", "model.13.cv1.conv")
    True
    """
    return NUMBER.sub("", one) == NUMBER.sub("", other)
