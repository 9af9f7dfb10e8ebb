"""Which rows of a long list are folded, and which only look alike."""

from collections.abc import Sequence

import convcalc
from convcalc.facts.tree import TreeRow
from convcalc_cli.sections.audit.folding import folded

CONV = {"conv": 4, "kernel_size": 1}


def names(layers: Sequence[object], **more: object) -> list[tuple[str, int]]:
    network = convcalc.network({"input": [4, 8, 8], "layers": list(layers), **more})
    nodes = folded(list(map(TreeRow, network.rows, network.audit().layers)))
    return [(node.name, len(node.rows)) for node in nodes]


def test_rounds_that_are_alike_are_one_line() -> None:
    block = {"b": {"args": {"stride": 1}, "layers": [{**CONV, "stride": "$stride"}, "relu"]}}
    layers = [{"block": "b", "name": "s", "repeat": 4, "first": {"stride": 2}}]
    assert names(layers, blocks=block) == [
        ("s.0.conv_1", 1),
        ("s.0.relu_1", 1),
        ("s.1-3.conv_1", 3),
        ("s.1-3.relu_1", 3),
    ]


def test_layers_with_numbers_in_their_names_are_layers() -> None:
    layers = [{**CONV, "name": f"features.{number}"} for number in range(3)]
    assert names(layers) == [(f"features.{number}", 1) for number in range(3)]


def test_rounds_that_differ_in_a_parameter_are_no_equal_rounds() -> None:
    """Dilations 1, 2, 2: the shapes are equal, the layers are not."""
    conv = {**CONV, "kernel_size": 3, "dilation": "$d", "padding": "$d"}
    layers = [{**conv, "each": {"d": [1, 2, 2]}, "name": "s"}]
    assert names(layers) == [("s.0", 1), ("s.1-2", 2)]
