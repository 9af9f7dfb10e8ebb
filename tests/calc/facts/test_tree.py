"""Rows as a tree: which blocks there are, what they add up to, and which rounds are one."""

from collections.abc import Sequence
from typing import Any

import pytest

import convcalc
from convcalc.facts.tree import Node, fitting_depth, folded, shown, tree
from support import examples

CONV: dict[str, Any] = {"conv": 4, "kernel_size": 1, "bias": False}


def nodes(layers: Sequence[Any], **more: Any) -> tuple[Node, ...]:
    network = convcalc.network({"input": [4, 8, 8], "layers": list(layers), **more})
    return tree(network.rows, network.audit().layers)


def named(*names: str) -> tuple[Node, ...]:
    return nodes([{**CONV, "name": name} for name in names])


def outline(found: Sequence[Node], depth: int | None = None) -> list[str]:
    """A line for each node, indented as on a screen."""
    return [
        f"{'  ' * level}{node.label}{f' x {node.times}' if node.times > 1 else ''}"
        for level, node in shown(found, depth)
    ]


def every_node(found: Sequence[Node]) -> list[Node]:
    return [node for _, node in shown(found)]


def test_blocks_are_what_names_have_before_their_dots() -> None:
    found = named("stem", "s1.0.a", "s1.0.b", "s1.1.a", "head")
    assert outline(found) == ["stem", "s1", "  s1.0", "    a", "    b", "  s1.1.a", "head"]
    assert [node.name for node in every_node(found)] == [
        *("stem", "s1", "s1.0", "s1.0.a", "s1.0.b", "s1.1.a", "head")
    ]


def test_a_block_with_one_child_is_one_node_with_it() -> None:
    assert outline(named("a.b.c.x", "a.b.c.y", "d")) == ["a.b.c", "  x", "  y", "d"]
    assert outline(named("layer1.0.conv1.Conv", "head")) == ["layer1.0.conv1.Conv", "head"]


def test_a_block_around_everything_is_the_network() -> None:
    found = named("model.0.conv", "model.0.bn", "model.1.conv")
    assert outline(found) == ["model.0", "  conv", "  bn", "model.1.conv"]


def test_a_row_may_have_the_name_of_a_block() -> None:
    assert outline(named("a", "a.x", "a.y", "b")) == ["a", "a", "  x", "  y", "b"]


@pytest.mark.parametrize("name", ["a..b", "a.", "a...", "a.-", "a.0x", "_.1"])
def test_odd_names_are_names(name: str) -> None:
    found = named(name, "a.c", "b")
    assert sorted(node.name for node in every_node(found) if not node.children) == sorted(
        [name, "a.c", "b"]
    )
    assert all(node.label for node in every_node(found))


def test_rows_of_a_block_that_do_not_follow_each_other_are_in_one_block() -> None:
    left = {**CONV, "name": "left.a"}
    right = {**CONV, "name": "right.a"}
    found = nodes([left, right, {**CONV, "name": "left.b"}, {**CONV, "name": "right.b"}])
    assert outline(found) == ["left", "  a", "  b", "right", "  a", "  b"]


@pytest.mark.parametrize("name", examples.NAMES)
def test_sums_of_the_first_nodes_are_the_totals(name: str) -> None:
    audit, network = examples.audit(name), examples.network(name)
    plain = tree(network.rows, audit.layers)
    for found in (plain, folded(plain)):
        assert sum(node.params or 0 for node in found) == audit.totals.params
        assert sum(node.macs or 0 for node in found) == audit.totals.macs
        assert max(node.alive_bytes or 0 for node in found) == audit.totals.peak_activation_bytes
        assert sum(len(node.rows) for node in found) == len(audit.layers)
        for node in every_node(found):
            inner = [row for child in node.children for row in child.rows]
            assert not inner or sorted(map(id, inner)) == sorted(map(id, node.rows))


def test_the_stages_of_resnet50_cost_what_its_paper_computes() -> None:
    """Bottlenecks by arithmetic: 1x1, 3x3 and 1x1 convolutions, and a projection in the first."""
    network = examples.network("resnet50")
    found = {node.name: node for node in tree(network.rows, network.audit().layers)}
    for stage, width, rounds in ((1, 64, 3), (2, 128, 4), (3, 256, 6), (4, 512, 3)):
        size = 112 // 2**stage
        source = 64 if stage == 1 else 2 * width
        first = source * width * (1 if stage == 1 else 4) + source * 4 * width
        others = (rounds - 1) * 4 * width * width
        inner = rounds * (9 * width * width + 4 * width * width)
        assert found[f"stage{stage}"].macs == size * size * (first + others + inner)


def test_equal_rounds_are_one_node() -> None:
    block = {"b": {"args": {"stride": 1}, "layers": [{**CONV, "stride": "$stride"}, "relu"]}}
    layers = [{"block": "b", "name": "s", "repeat": 4, "first": {"stride": 2}}]
    found = folded(nodes([*layers, "gelu"], blocks=block))
    assert outline(found) == [
        *("s", "  s.0", "    conv_1", "    relu_1"),
        *("  s.1-3 x 3", "    conv_1", "    relu_1", "gelu_1"),
    ]
    rounds = every_node(found)[4]
    assert (rounds.name, rounds.params, rounds.macs) == ("s.1-3", 3 * 16, 3 * 16 * 16)
    assert [row.facts.name for row in rounds.children[0].rows] == [
        *("s.1.conv_1", "s.2.conv_1", "s.3.conv_1")
    ]


def test_a_block_of_nothing_but_equal_rounds_is_the_rounds() -> None:
    layers = [{"block": "b", "name": "s", "repeat": 4}, "relu"]
    block = {"b": {"layers": [CONV, "relu"]}}
    assert outline(folded(nodes(layers, blocks=block)), 1) == ["s x 4", "relu_1"]


def test_rounds_in_rounds() -> None:
    block = {
        "in": {"layers": [CONV, "relu"]},
        "out": {"layers": [{"block": "in", "name": "i", "repeat": 3}, "gelu"]},
    }
    layers = [{"block": "out", "name": "o", "repeat": 2}, "relu"]
    found = folded(nodes(layers, blocks=block))
    assert outline(found) == [
        *("o x 2", "  i x 3", "    conv_1", "    relu_1", "  gelu_1", "relu_1")
    ]
    assert [node.params for node in every_node(found)] == [96, 96, 96, 0, 0, 0]


def test_rounds_of_nothing_but_rounds_keep_how_many_there_are_of_both() -> None:
    pair = {"layers": [{**CONV}, "relu"]}
    four = {"layers": [{"block": "pair", "repeat": 2, "name": "two"}]}
    layers = ["sigmoid", {"block": "four", "repeat": 3, "name": "six"}]
    found = folded(nodes(layers, blocks={"pair": pair, "four": four}))
    assert outline(found) == ["sigmoid_1", "six x 3", "  two.0-1 x 2", "    conv_1", "    relu_1"]
    assert [node.params for node in found] == [0, 3 * 2 * 4 * 4]


def test_neighbours_of_one_word_and_a_number_are_rounds_too() -> None:
    block = {"pair": {"layers": [CONV, "relu"]}}
    found = folded(nodes([{"block": "pair"}] * 3, blocks=block))
    assert outline(found, 1) == ["pair_1-3 x 3"]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("s.0.a", "s.0.b", "s.2.a", "s.2.b"), id="a number is left out"),
        pytest.param(("s.0.a", "s.0.b", "t.1.a", "t.1.b"), id="other words"),
        pytest.param(("s.0.a", "s.0.b", "s.1.a", "s.1.c"), id="other rows"),
        pytest.param(("conv_1", "conv_2", "x"), id="rows"),
    ],
)
def test_what_is_no_rounds_is_not_folded(names: Sequence[str]) -> None:
    assert all(node.times == 1 for node in every_node(folded(named(*names))))


def test_rounds_that_differ_in_a_parameter_are_no_equal_rounds() -> None:
    """Dilations 1, 2, 2: the shapes are equal, the layers are not."""
    conv = {**CONV, "kernel_size": 3, "dilation": "$d", "padding": "$d"}
    found = folded(nodes([{**conv, "each": {"d": [1, 2, 2]}, "name": "s"}, "relu"]))
    assert outline(found) == ["s", "  s.0", "  s.1-2 x 2", "relu_1"]


def test_a_depth_cuts_the_tree() -> None:
    found = named("a.b.x", "a.b.y", "a.c", "d")
    assert outline(found, 1) == ["a", "d"]
    assert outline(found, 2) == ["a", "  b", "  c", "d"]
    assert outline(found, 9) == outline(found)


@pytest.mark.parametrize(("lines", "depth"), [(0, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3)])
def test_the_depth_that_fits_is_the_largest(lines: int, depth: int) -> None:
    assert fitting_depth(named("a.b.x", "a.b.y", "a.c", "d"), lines) == depth


def test_names_of_the_most_parts_are_a_tree() -> None:
    """The last two are one node, for nothing else is in that block."""
    deep = [".".join(["a"] * (n + 1)) for n in range(99)]
    found = folded(named(*deep))
    assert len([node for node in every_node(found) if not node.children]) == 99
    assert fitting_depth(found, 10_000) == 98
