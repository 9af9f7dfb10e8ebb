"""The rows of a network as a plain list, repeated rounds of a block as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from convcalc.facts.tree import Node, TreeRow
from convcalc.records import NamedTuple

LONG = 60
"""A list of more rows is folded."""


class _Round(NamedTuple):
    block: str
    number: int
    rows: list[TreeRow]

    def is_like(self, other: _Round) -> bool:
        """Whether both are rounds of one block with the same rows."""
        return self.block == other.block and self._content() == other._content()

    def _content(self) -> list[object]:
        return [
            (
                *(layer.path, layer.operation),
                *(row.input_shapes, row.output_shape, row.params, row.macs),
            )
            for layer, row in self.rows
        ]


def unfolded(rows: Sequence[TreeRow]) -> list[Node]:
    """A node for each row."""
    return [Node(row.facts.name, row.facts.name, (row,)) for row in rows]


def folded(rows: Sequence[TreeRow]) -> list[Node]:
    """A node for each row, and one for the same row of neighbouring rounds that are alike.

    Rounds of one block were written at the same paths; layers that only have numbers in their names
    were not.
    """
    nodes: list[Node] = []
    waiting: list[_Round] = []
    for each in _rounds(rows):
        if not (waiting and each.is_like(waiting[0])):
            nodes += _nodes(waiting)
            waiting = []
        waiting.append(each)
    return [*nodes, *_nodes(waiting)]


def _rounds(rows: Sequence[TreeRow]) -> Iterator[_Round]:
    for (block, number), members in groupby(rows, key=lambda row: _round_of(row.facts.name)):
        yield _Round(block, number, list(members))


def _round_of(name: str) -> tuple[str, int]:
    """The block and the number of the outermost round a row belongs to; -1 for no round."""
    parts = name.split(".")
    at = next((at for at, part in enumerate(parts[1:], start=1) if part.isdigit()), None)
    return (name, -1) if at is None else (".".join(parts[:at]), int(parts[at]))


def _inner(name: str) -> str:
    block, number = _round_of(name)
    return name if number < 0 else name.removeprefix(f"{block}.{number}").removeprefix(".")


def _nodes(rounds: Sequence[_Round]) -> list[Node]:
    if not rounds:
        return []
    if len(rounds) == 1:
        return unfolded(rounds[0].rows)
    first, last = rounds[0], rounds[-1]
    span = f"{first.block}.{first.number}-{last.number}"
    nodes = []
    for alike in zip(*[each.rows for each in rounds], strict=True):
        name = ".".join(filter(None, (span, _inner(alike[0].facts.name))))
        nodes.append(Node(name, name, alike))
    return nodes
