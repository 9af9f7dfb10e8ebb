"""Repeated rounds of a block as one: the rows of a long table that say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from convcalc.facts.audit import LayerFacts
from convcalc.layers import AnyLayer

LONG = 60
"""A table of more rows is folded."""


class Line(NamedTuple):
    """A row of the layer table, for one layer or for as many rounds as are folded into it."""

    name: str
    rows: Sequence[LayerFacts]

    @property
    def facts(self) -> LayerFacts:
        """What is the same in all of them."""
        return self.rows[0]

    @property
    def times(self) -> int:
        """How many layers there are."""
        return len(self.rows)


class _Round(NamedTuple):
    block: str
    number: int
    rows: list[LayerFacts]
    layers: list[AnyLayer]

    def is_like(self, other: _Round) -> bool:
        """Whether both are rounds of one block with the same rows."""
        return self.block == other.block and self._content() == other._content()

    def _content(self) -> list[object]:
        return [
            (layer.path, layer.operation, row.input_shapes, row.output_shape, row.params, row.macs)
            for layer, row in zip(self.layers, self.rows, strict=True)
        ]


def unfolded(rows: Sequence[LayerFacts]) -> list[Line]:
    """A line for each row."""
    return [Line(row.name, (row,)) for row in rows]


def folded(rows: Sequence[LayerFacts], layers: Sequence[AnyLayer]) -> list[Line]:
    """A line for each row, and one for the same row of neighbouring rounds that are alike.

    Rounds of one block were written at the same paths; layers that only have numbers in their names
    were not.
    """
    lines: list[Line] = []
    waiting: list[_Round] = []
    for each in _rounds(rows, layers):
        if not (waiting and each.is_like(waiting[0])):
            lines += _lines(waiting)
            waiting = []
        waiting.append(each)
    return [*lines, *_lines(waiting)]


def _rounds(rows: Sequence[LayerFacts], layers: Sequence[AnyLayer]) -> Iterator[_Round]:
    placed = zip(rows, layers, strict=True)
    for (block, number), members in groupby(placed, key=lambda each: _round_of(each[0].name)):
        found = list(members)
        yield _Round(block, number, [row for row, _ in found], [layer for _, layer in found])


def _round_of(name: str) -> tuple[str, int]:
    """The block and the number of the outermost round a row belongs to; -1 for no round."""
    parts = name.split(".")
    at = next((at for at, part in enumerate(parts[1:], start=1) if part.isdigit()), None)
    return (name, -1) if at is None else (".".join(parts[:at]), int(parts[at]))


def _inner(name: str) -> str:
    block, number = _round_of(name)
    return name if number < 0 else name.removeprefix(f"{block}.{number}").removeprefix(".")


def _lines(rounds: Sequence[_Round]) -> list[Line]:
    if not rounds:
        return []
    if len(rounds) == 1:
        return unfolded(rounds[0].rows)
    first, last = rounds[0], rounds[-1]
    span = f"{first.block}.{first.number}-{last.number}"
    return [
        Line(".".join(filter(None, (span, _inner(alike[0].name)))), alike)
        for alike in zip(*[each.rows for each in rounds], strict=True)
    ]
