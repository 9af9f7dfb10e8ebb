"""The rows of a network as a tree: the dots of their names are its branches.

A block is what several rows have in front of a dot: `stage2` of `stage2.0.conv_1`. The formats of
other programs name their rows so too (`layer1.0.conv1`, `model.4.m.0.cv1.conv`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from convcalc.facts.audit import LayerFacts
from convcalc.layers import AnyLayer
from convcalc.records import NamedTuple

NUMBERED = re.compile(r"(.*?)([0-9]+)", re.ASCII | re.DOTALL)
"""A label that ends in a number: `0`, `bottleneck_2`."""


class TreeRow(NamedTuple):
    """A row of the network: the layer, and its facts."""

    layer: AnyLayer
    facts: LayerFacts


class Node(NamedTuple):
    """A block with what it consists of; or a single row, which has no children.

    >>> import convcalc
    >>> layers = [{"conv": 4, "kernel_size": 3, "name": name} for name in ("a.x", "a.y", "b")]
    >>> net = convcalc.network({"input": [4, 9, 9], "layers": layers})
    >>> block, row = tree(net.rows, net.audit().layers)
    >>> block.name, block.params, [child.label for child in block.children], row.children
    ('a', 296, ['x', 'y'], ())
    """

    name: str
    """All of it, as in `stage2.0`; of rounds that are folded, `stage2.1-3`."""
    label: str
    """What it is called below its parent; a number alone has the word before it: `stage2.0`."""
    rows: tuple[TreeRow, ...]
    """Every row in it, in the order they run; of a folded row, the same row of each round."""
    children: tuple[Node, ...] = ()
    times: int = 1
    """How many equal rounds it stands for; its figures are those of all of them."""

    @property
    def last(self) -> TreeRow:
        """The row that runs last: what comes out of the block, and what that sees."""
        return self.rows[-1]

    @property
    def params(self) -> int | None:
        """The parameters of all its rows; None if those of none are known."""
        return _sum([row.facts.params for row in self.rows])

    @property
    def macs(self) -> int | None:
        """The MACs of all its rows; None where the convention counts none."""
        return _sum([row.facts.macs for row in self.rows])

    @property
    def weight_bytes(self) -> int | None:
        """The bytes of `params`."""
        return _sum([row.facts.weight_bytes for row in self.rows])

    @property
    def alive_bytes(self) -> int | None:
        """The most that is in memory while one of its rows runs."""
        found = [row.facts.alive_bytes for row in self.rows]
        return max([each for each in found if each is not None], default=None)

    @property
    def unknown(self) -> frozenset[str]:
        """Which of its figures are lower bounds: `params`, `macs`."""
        return frozenset([figure for row in self.rows for figure in row.facts.unknown])


def _sum(figures: Sequence[int | None]) -> int | None:
    known = [each for each in figures if each is not None]
    return sum(known) if known else None


def tree(layers: Sequence[AnyLayer], facts: Sequence[LayerFacts]) -> tuple[Node, ...]:
    """The blocks and rows of a network, in the order in which they begin to run.

    A block with a single child is one node with it. Where all rows are in one block, that block is
    the network, and its children are the first nodes.

    >>> import convcalc
    >>> layers = [{"conv": 4, "kernel_size": 1, "name": name} for name in ("m.a.0", "m.a.1", "m.b")]
    >>> net = convcalc.network({"input": [4, 9, 9], "layers": layers})
    >>> [(node.name, node.label) for node in tree(net.rows, net.audit().layers)]
    [('m.a', 'm.a'), ('m.b', 'm.b')]
    """
    rows = list(map(TreeRow, layers, facts))
    start = _shared(rows, 0)
    return tuple([_node(group, 0, start) for group in _groups(rows, start)])


def _node(rows: Sequence[TreeRow], above: int, start: int) -> Node:
    """The block that all these rows are in, or the only one of them.

    Args:
        rows: their names are the same up to the end of the block's.
        above: where the block's own label begins in the names.
        start: where to look for its end.
    """
    name = rows[0].facts.name
    outer = name[: max(above - 1, 0)]
    if len(rows) == 1:
        return Node(name, label_of(outer, name[above:]), tuple(rows))
    inner = _shared(rows, name.find(".", start) + 1)
    children = tuple([_node(group, inner, inner) for group in _groups(rows, inner)])
    inside = tuple([row for child in children for row in child.rows])
    return Node(name[: inner - 1], label_of(outer, name[above : inner - 1]), inside, children)


def _groups(rows: Sequence[TreeRow], start: int) -> list[list[TreeRow]]:
    """The rows by what their names have from there to the next dot; each that has none is alone."""
    groups: dict[tuple[str, bool], list[TreeRow]] = {}
    for row in rows:
        name = row.facts.name
        dot = name.find(".", start)
        key = (name[start:], False) if dot < 0 else (name[start:dot], True)
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def _shared(rows: Sequence[TreeRow], start: int) -> int:
    """The end of all blocks that all the rows are in, from a place in their names on."""
    first = rows[0].facts.name
    while True:
        dot = first.find(".", start)
        if dot < 0:
            return start
        block = first[start : dot + 1]
        if not all(row.facts.name.startswith(block, start) for row in rows):
            return start
        start = dot + 1


def label_of(above: str, label: str) -> str:
    """What a node is called below another: one that is only a number has a word before it.

    >>> label_of("model.stage2", "0"), label_of("stage2", "conv_1"), label_of("", "stem")
    ('stage2.0', 'conv_1', 'stem')
    """
    word = above.rpartition(".")[2]
    return f"{word}.{label}" if word and (not label or label[0].isdigit()) else label


def folded(nodes: Sequence[Node], above: str = "") -> tuple[Node, ...]:
    """The nodes with equal rounds that follow each other as one, with the figures of all of them.

    Rounds are equal that have the same layers with the same shapes. Their names differ in one
    number: of blocks, at the end of a word (`stage2.0`, `bottleneck_2`); of rows, it is the word.

    >>> import convcalc
    >>> layers = [{"conv": 4, "kernel_size": 1, "name": "a", "repeat": 3}, {"relu": None}]
    >>> net = convcalc.network({"input": [4, 9, 9], "layers": layers})
    >>> [(node.label, node.times) for node in folded(tree(net.rows, net.audit().layers))]
    [('a', 3), ('relu_1', 1)]
    """
    found: list[Node] = []
    inner = [node._replace(children=folded(node.children, node.name)) for node in nodes]
    for rounds in _rounds(inner):
        first, *more = rounds
        if more:
            name = _span(first, rounds[-1])
            label = label_of(above, name.removeprefix(f"{above}.") if above else name)
            found.append(_together(rounds, name, label))
        else:
            found.append(_or_only_child(first))
    return tuple(found)


def _or_only_child(node: Node) -> Node:
    """A node; if its children are folded into one, it is that one.

    Not one that is folded itself: it would lose how many rounds of its own it has.
    """
    if len(node.children) == 1:
        (only,) = node.children
        return only._replace(name=node.name, label=node.label)
    return node


def _rounds(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """The nodes, those that are equal rounds together."""
    waiting: list[Node] = []
    for node in nodes:
        if waiting and not _is_round(node, waiting[0], len(waiting)):
            yield waiting
            waiting = []
        waiting.append(node)
    if waiting:
        yield waiting


def _is_round(node: Node, first: Node, number: int) -> bool:
    """Whether a node is the round with this number from the first on, and equal."""
    at = _different(first.name, node.name)
    if at is None:
        return False
    one, other = (NUMBERED.fullmatch(each.name.split(".")[at]) for each in (first, node))
    if one is None or other is None or one[1] != other[1] or int(other[2]) != int(one[2]) + number:
        return False
    return (bool(node.children) or not one[1]) and _alike(first, node)


def _different(one: str, other: str) -> int | None:
    """Which part of two names is different; None if it is not one alone."""
    parts, others = one.split("."), other.split(".")
    found = [at for at, part in enumerate(zip(parts, others, strict=False)) if part[0] != part[1]]
    return found[0] if len(found) == 1 and len(parts) == len(others) else None


def _span(first: Node, last: Node) -> str:
    """The name of rounds together: `stage2.1-3`."""
    at = _different(first.name, last.name)
    parts, others = first.name.split("."), last.name.split(".")
    if at is not None and (number := NUMBERED.fullmatch(others[at])):
        parts[at] = f"{parts[at]}-{number[2]}"
    return ".".join(parts)


def _alike(one: Node, other: Node) -> bool:
    """Whether two nodes have the same layers with the same shapes in the same order."""
    if len(one.rows) != len(other.rows) or one.times != other.times:
        return False
    if not (one.children or other.children):
        return all(map(_same, one.rows, other.rows))
    if [_ending(child, one) for child in one.children] != [
        _ending(child, other) for child in other.children
    ]:
        return False
    return all(map(_alike, one.children, other.children))


def _ending(child: Node, node: Node) -> str:
    return child.name.removeprefix(node.name)


def _same(one: TreeRow, other: TreeRow) -> bool:
    (layer, facts), (layer_2, facts_2) = one, other
    same_layer = layer.operation is layer_2.operation or layer.operation == layer_2.operation
    return same_layer and _figures(facts) == _figures(facts_2)


def _figures(facts: LayerFacts) -> tuple[object, ...]:
    return (
        *(facts.input_shapes, facts.output_shape, facts.params, facts.macs),
        *(facts.weights_of is None, facts.training, facts.title),
    )


def _together(rounds: Sequence[Node], name: str, label: str) -> Node:
    """Equal nodes as one, and so their children, each with those of the other rounds."""
    first = rounds[0]
    children = []
    for alike in zip(*[each.children for each in rounds], strict=True):
        inner = alike[0]
        joined = _together(alike, f"{name}{_ending(inner, first)}", inner.label)
        children.append(joined._replace(times=inner.times))
    rows = tuple([row for each in rounds for row in each.rows])
    return Node(name, label, rows, tuple(children), len(rounds))


def shown(nodes: Sequence[Node], depth: int | None = None) -> Iterator[tuple[int, Node]]:
    """The nodes as lines from top to bottom, each with its level from 0 on, to a depth.

    >>> import convcalc
    >>> layers = [{"conv": 4, "kernel_size": 1, "name": name} for name in ("a.x", "a.y", "b")]
    >>> net = convcalc.network({"input": [4, 9, 9], "layers": layers})
    >>> found = tree(net.rows, net.audit().layers)
    >>> [(level, node.label) for level, node in shown(found)]
    [(0, 'a'), (1, 'x'), (1, 'y'), (0, 'b')]
    >>> [(level, node.label) for level, node in shown(found, 1)]
    [(0, 'a'), (0, 'b')]
    """
    waiting = [(0, node) for node in reversed(nodes)]
    while waiting:
        level, node = waiting.pop()
        yield level, node
        if depth is None or level + 1 < depth:
            waiting += [(level + 1, child) for child in reversed(node.children)]


def fitting_depth(nodes: Sequence[Node], lines: int) -> int:
    """The largest depth at which there are at most so many lines; 1 if there is none.

    >>> import convcalc
    >>> layers = [{"conv": 4, "kernel_size": 1, "name": name} for name in ("a.x", "a.y", "b")]
    >>> net = convcalc.network({"input": [4, 9, 9], "layers": layers})
    >>> found = tree(net.rows, net.audit().layers)
    >>> fitting_depth(found, 4), fitting_depth(found, 3)
    (2, 1)
    """
    depths = Counter(level for level, _ in shown(nodes))
    room = lines
    for level in sorted(depths):
        room -= depths[level]
        if room < 0:
            return max(level, 1)
    return max(depths, default=0) + 1
