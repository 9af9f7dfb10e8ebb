"""The language of network files: names, flow, blocks, repeats, expressions, defaults."""

from bisect import bisect_left
from collections.abc import Mapping
from operator import mul
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import convcalc
from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.limits import own_findings
from convcalc.checks.snapshot import fingerprint
from convcalc.files.loading import load_text
from convcalc.files.places import Place
from convcalc.language import building, document, work
from convcalc.language.document import Overrides, read_network
from convcalc.language.resolving import argument
from convcalc.operations.convolution import Conv

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

POINT = {"conv": 4, "kernel_size": 1}
"""A convolution that takes any image and leaves its size alone."""


class Row(NamedTuple):
    """What is seen of a row here."""

    name: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]


def rows(layers: list[Any], input_shape: tuple[int, ...] = (3, 8, 8), **parts: Any) -> list[Row]:
    """The rows of a network that has no problem and gives no warning."""
    reading = read_network({"input": [*input_shape], "layers": layers, **parts})
    assert (reading.problems, reading.warnings) == ([], [])
    assert reading.network is not None
    facts = reading.network.audit().layers
    return [Row(row.name, row.inputs, row.output_shape) for row in facts]


def names(layers: list[Any], **parts: Any) -> list[str]:
    return [row.name for row in rows(layers, **parts)]


def inputs(layers: list[Any], **parts: Any) -> dict[str, tuple[str, ...]]:
    return {row.name: row.inputs for row in rows(layers, **parts)}


def shapes(layers: list[Any], **parts: Any) -> dict[str, tuple[int, ...]]:
    return {row.name: row.shape for row in rows(layers, **parts)}


def refusal(layers: list[Any], **parts: Any) -> str:
    with pytest.raises(convcalc.SpecError) as caught:
        convcalc.network({"input": [3, 8, 8], "layers": layers, **parts})
    return str(caught.value)


def warnings(layers: list[Any], **parts: Any) -> list[tuple[Any, str]]:
    reading = read_network({"input": [3, 8, 8], "layers": layers, **parts})
    assert reading.problems == []
    return [(problem.path, problem.message) for problem in reading.warnings]


# Names and numbers


def test_unnamed_layers_are_numbered_by_operation() -> None:
    layers = [POINT, "relu", POINT, "batch_norm", "relu"]
    assert names(layers) == ["conv_1", "relu_1", "conv_2", "batch_norm_1", "relu_2"]


def test_named_layers_do_not_count() -> None:
    assert names([POINT, {**POINT, "name": "mine"}, POINT]) == ["conv_1", "mine", "conv_2"]


def test_numbers_skip_names_that_are_taken_even_later() -> None:
    layers = [POINT, POINT, {**POINT, "name": "conv_2"}, POINT]
    assert names(layers) == ["conv_1", "conv_3", "conv_2", "conv_4"]


def test_numbers_cannot_be_referred_to() -> None:
    told = refusal([POINT, {"relu": None, "from": "conv_1"}])
    assert told.startswith("layers[1].from: there is no conv_1 here")


def test_operand_layers_come_first_and_are_of_the_same_scope() -> None:
    layers = [POINT, {"add": [[], [POINT, "relu"], [{**POINT, "name": "c"}]]}, "relu", POINT]
    assert inputs(layers) == {
        "conv_1": ("input",),
        "conv_2": ("conv_1",),
        "relu_1": ("conv_2",),
        "c": ("conv_1",),
        "add_1": ("conv_1", "relu_1", "c"),
        "relu_2": ("add_1",),
        "conv_3": ("relu_2",),
    }


def test_a_name_in_an_operand_can_be_read_behind_the_merge() -> None:
    layers = [{"add": [[{**POINT, "name": "left"}], [POINT]]}, {"add": [[], "left"]}]
    assert inputs(layers)["add_2"] == ("add_1", "left")


def test_a_block_is_a_scope_of_its_own() -> None:
    blocks = {"b": {"layers": [POINT, {"relu": None, "name": "act"}, POINT]}}
    layers = [POINT, {"block": "b"}, {"block": "b", "name": "mine"}, {"block": "b"}, POINT]
    assert names(layers, blocks=blocks) == [
        *("conv_1", "b_1.conv_1", "b_1.act", "b_1.conv_2"),
        *("mine.conv_1", "mine.act", "mine.conv_2"),
        *("b_2.conv_1", "b_2.act", "b_2.conv_2", "conv_2"),
    ]


def test_repeats_and_blocks_in_blocks() -> None:
    blocks = {
        "unit": {"layers": [POINT, POINT]},
        "stage": {"layers": [{"block": "unit", "repeat": 2}, {**POINT, "repeat": 2, "name": "c"}]},
    }
    layers = [{"block": "stage", "repeat": 2, "name": "stage1"}, {"block": "unit"}]
    assert names(layers, blocks=blocks) == [
        *("stage1.0.unit_1.0.conv_1", "stage1.0.unit_1.0.conv_2"),
        *("stage1.0.unit_1.1.conv_1", "stage1.0.unit_1.1.conv_2"),
        *("stage1.0.c.0", "stage1.0.c.1"),
        *("stage1.1.unit_1.0.conv_1", "stage1.1.unit_1.0.conv_2"),
        *("stage1.1.unit_1.1.conv_1", "stage1.1.unit_1.1.conv_2"),
        *("stage1.1.c.0", "stage1.1.c.1"),
        *("unit_1.conv_1", "unit_1.conv_2"),
    ]


def test_separable_parts_are_named_after_their_pair() -> None:
    pair = {"separable_conv": 6, "kernel_size": 3, "between": ["batch_norm", "relu", "relu"]}
    layers = [pair, {**pair, "name": "s"}, {"relu": None, "from": "s"}]
    assert inputs(layers) == {
        "separable_conv_1.depthwise": ("input",),
        "separable_conv_1.batch_norm_1": ("separable_conv_1.depthwise",),
        "separable_conv_1.relu_1": ("separable_conv_1.batch_norm_1",),
        "separable_conv_1.relu_2": ("separable_conv_1.relu_1",),
        "separable_conv_1.pointwise": ("separable_conv_1.relu_2",),
        "s.depthwise": ("separable_conv_1.pointwise",),
        "s.batch_norm_1": ("s.depthwise",),
        "s.relu_1": ("s.batch_norm_1",),
        "s.relu_2": ("s.relu_1",),
        "s.pointwise": ("s.relu_2",),
        "relu_1": ("s.pointwise",),
    }


def test_the_name_of_a_block_is_its_last_output() -> None:
    blocks = {"b": {"layers": [POINT, {"conv": 6, "kernel_size": 3}]}}
    layers = [
        {"block": "b", "name": "one"},
        {"block": "b", "from": "input", "name": "two", "repeat": 2},
        {"concat": ["one", [{"conv": 1, "kernel_size": 1, "from": "one"}]]},
        {"relu": None, "from": "two", "name": "last"},
    ]
    read = read_network({"input": [3, 8, 8], "layers": layers, "blocks": blocks}).network
    assert read is not None
    found = {row.name: row for row in read.audit().layers}
    assert found["concat_1"].inputs == ("one.conv_2", "conv_1")
    assert found["last"].inputs == ("two.1.conv_2",)
    assert found["last"].output_shape == (6, 4, 4)


def test_names_inside_a_block_stay_there() -> None:
    blocks = {"b": {"layers": [{**POINT, "name": "inner"}]}}
    told = refusal([{"block": "b"}, {"relu": None, "from": "inner"}], blocks=blocks)
    assert told == "layers[1].from: there is no inner here; known names: input"
    blocks = {"b": {"layers": [{"add": [[], "outer"]}]}}
    told = refusal([{"relu": None, "name": "outer"}, {"block": "b"}], blocks=blocks)
    assert told == "blocks.b.layers[0].add[1]: there is no outer here; known names: input"


def test_a_name_is_taken_once() -> None:
    told = refusal([{**POINT, "name": "a"}, {"add": [[], [{**POINT, "name": "a"}]]}])
    assert told == "layers[1].add[1][0].name: the name a is already used"
    told = refusal([{**POINT, "name": "a.0"}, {**POINT, "name": "a", "repeat": 1}])
    assert "the name a.0 is already used" in told


def test_references_go_backwards() -> None:
    told = refusal([{"relu": None, "from": "b"}, {"relu": None, "name": "b"}])
    assert told == "layers[0].from: b is defined later: a layer can only read layers before it"
    told = refusal([{"add": [[], "me"], "name": "me"}])
    assert told == "layers[0].add[1]: me is defined later: a layer can only read layers before it"


# Flow


def test_a_layer_takes_what_is_before_it_or_what_from_names() -> None:
    layers = [
        {**POINT, "name": "a"},
        {**POINT, "name": "b"},
        {"relu": None, "from": "a"},
        {"tanh": None, "from": "input"},
        {"add": ["b", [{"conv": 4, "kernel_size": 1}]]},
    ]
    assert inputs([*layers[:2], {"concat": [[], "a"]}]) == {
        "a": ("input",),
        "b": ("a",),
        "concat_1": ("b", "a"),
    }
    assert inputs(layers) == {
        "a": ("input",),
        "b": ("a",),
        "relu_1": ("a",),
        "tanh_1": ("input",),
        "conv_1": ("tanh_1",),
        "add_1": ("b", "conv_1"),
    }


def test_from_on_a_merge_sets_what_its_lists_start_with() -> None:
    layers = [
        {**POINT, "name": "a"},
        {**POINT, "name": "b"},
        {"add": [[], ["relu"], "b"], "from": "a"},
        {"add": [[{"tanh": None, "from": "b"}], []]},
    ]
    found = inputs(layers)
    assert (found["relu_1"], found["add_1"]) == (("a",), ("a", "relu_1", "b"))
    assert (found["tanh_1"], found["add_2"]) == (("b",), ("tanh_1", "add_1"))


def test_from_serves_the_first_round_of_repeats() -> None:
    layers = [
        {**POINT, "name": "a"},
        {**POINT, "name": "b"},
        {"relu": None, "from": "a", "repeat": 3, "name": "r"},
        {"add": ["b", "r"]},
    ]
    found = inputs(layers)
    assert [found[f"r.{number}"] for number in range(3)] == [("a",), ("r.0",), ("r.1",)]
    assert found["add_1"] == ("b", "r.2")


def test_input_is_the_networks_or_the_blocks() -> None:
    blocks = {"b": {"layers": ["relu", {"add": [[], "input"]}]}}
    layers = [POINT, {"block": "b", "repeat": 2, "name": "r"}, {"concat": [[], "input"]}]
    assert inputs(layers, blocks=blocks) == {
        "conv_1": ("input",),
        "r.0.relu_1": ("conv_1",),
        "r.0.add_1": ("r.0.relu_1", "conv_1"),
        "r.1.relu_1": ("r.0.add_1",),
        "r.1.add_1": ("r.1.relu_1", "r.0.add_1"),
        "concat_1": ("r.1.add_1", "input"),
    }
    layers = [{**POINT, "name": "a"}, POINT, {"block": "b", "from": "a", "name": "c"}]
    assert inputs(layers, blocks=blocks)["c.add_1"] == ("c.relu_1", "a")


def test_a_block_without_layers_is_its_input() -> None:
    blocks: dict[str, Any] = {"nothing": {"layers": []}}
    layers = [POINT, {"block": "nothing", "name": "n"}, {"add": [[], "n"]}]
    assert inputs(layers, blocks=blocks) == {"conv_1": ("input",), "add_1": ("conv_1", "conv_1")}


def test_operands_may_be_repeated_and_merges_named() -> None:
    layers = [POINT, {"add": [[], [], []], "name": "thrice"}, {"multiply": ["thrice", "thrice"]}]
    assert inputs(layers)["thrice"] == ("conv_1",) * 3
    assert inputs(layers)["multiply_1"] == ("thrice",) * 2


def test_sizes_of_one_are_broadcast_and_concat_joins_channels() -> None:
    assert shapes(
        [
            {"multiply": [[], [{"adaptive_avg_pool": 1}]]},
            {"add": [[{"adaptive_avg_pool": [1, 8]}], [{"adaptive_avg_pool": [8, 1]}], []]},
            {"add": [[{"conv": 1, "kernel_size": 1}], []]},
            {"concat": [[], [POINT], "input"]},
        ]
    ) == {
        "adaptive_avg_pool_1": (3, 1, 1),
        "multiply_1": (3, 8, 8),
        "adaptive_avg_pool_2": (3, 1, 8),
        "adaptive_avg_pool_3": (3, 8, 1),
        "add_1": (3, 8, 8),
        "conv_1": (1, 8, 8),
        "add_2": (3, 8, 8),
        "conv_2": (4, 8, 8),
        "concat_1": (10, 8, 8),
    }


# Repeats


def test_no_round_leaves_a_layer_out() -> None:
    layers = [POINT, {"relu": None, "repeat": 0}, {"add": [[], [{**POINT, "repeat": 0}]]}]
    assert inputs(layers) == {"conv_1": ("input",), "add_1": ("conv_1", "conv_1")}
    assert inputs([POINT, {"relu": None, "repeat": 0, "name": "r"}, {"add": [[], "r"]}]) == {
        "conv_1": ("input",),
        "add_1": ("conv_1", "conv_1"),
    }


A, B = {"conv": 4, "kernel_size": 3, "name": "a"}, {"conv": 6, "kernel_size": 3, "name": "b"}


@pytest.mark.parametrize(
    ("layers", "output_shape", "unread"),
    [
        ([A, B, {"relu": None, "from": "a", "repeat": 0}], (4, 6, 6), ["b"]),
        ([A, B, {"relu": None, "from": "b", "repeat": 0}], (6, 4, 4), []),
        ([A, B, {"relu": None, "from": "input", "repeat": 0}], (3, 8, 8), ["b"]),
        ([A, B, {"relu": None, "repeat": 0}], (6, 4, 4), []),
        ([A, B, {"add": [[], []], "from": "a", "repeat": 0}], (4, 6, 6), ["b"]),
        ([A, B, {"block": "none", "from": "a"}], (4, 6, 6), ["b"]),
        ([A, B, {"block": "some", "from": "a", "repeat": 0}], (4, 6, 6), ["b"]),
        ([A, {"block": "inner", "name": "b"}], (4, 6, 6), []),
        ([A, B, {"relu": None, "from": "a", "repeat": 0}, "gelu"], (4, 6, 6), ["b"]),
    ],
)
def test_what_is_left_out_at_the_end_leaves_what_it_would_have_read(
    layers: list[Any], output_shape: tuple[int, ...], unread: list[str]
) -> None:
    blocks = {
        "none": {"layers": []},
        "some": {"layers": ["relu"]},
        "inner": {"layers": ["tanh", {"relu": None, "from": "input", "repeat": 0}]},
    }
    content = {"input": [3, 8, 8], "blocks": blocks, "layers": layers}
    network = convcalc.network({**content, "expect": {"output_shape": [*output_shape]}})
    assert network.audit().totals.output_shape == output_shape
    assert network.totals().output_shape == output_shape
    assert [told for _, told in warnings(layers, blocks=blocks)] == [
        f"the output of {name} is never used" for name in unread
    ]
    assert not own_findings(CheckedNetwork(network))


def test_the_name_of_what_is_left_out_is_what_it_would_have_read() -> None:
    layers = [A, B, {"relu": None, "from": "a", "repeat": 0, "name": "z"}]
    expect = {"shapes": {"z": [4, 6, 6]}, "output_shape": [4, 6, 6]}
    network = convcalc.network({"input": [3, 8, 8], "layers": layers, "expect": expect})
    assert not own_findings(CheckedNetwork(network))
    assert network.outputs == network.output_rows == {"a": "a"}
    read = convcalc.network({"input": [3, 8, 8], "layers": [*layers, {"concat": ["z", "z"]}]})
    assert read.audit().totals.output_shape == (8, 6, 6)


def test_the_output_is_part_of_what_a_network_is() -> None:
    def network(output: str) -> convcalc.Network:
        left_out = {"relu": None, "from": output, "repeat": 0}
        return convcalc.network({"input": [3, 8, 8], "layers": [A, B, left_out]})

    plain = convcalc.network({"input": [3, 8, 8], "layers": [A, B]})
    assert network("b") == plain
    assert fingerprint(network("b")) == fingerprint(plain)
    assert len({fingerprint(each) for each in (plain, network("a"), network("input"))}) == 3


def test_the_output_may_be_a_separable_pair() -> None:
    pair = {"separable_conv": 8, "kernel_size": 3, "name": "pair"}
    left_out = {"relu": None, "from": "pair", "repeat": 0}
    network = convcalc.network({"input": [3, 8, 8], "layers": [pair, A, left_out]})
    assert (network.outputs, network.output_rows) == ({"pair": "pair"}, {"pair": "pair.pointwise"})
    assert network.audit().totals.output_shape == (8, 6, 6)


def test_what_is_left_out_takes_no_number() -> None:
    assert names([{**POINT, "repeat": 0}, POINT]) == ["conv_1"]


def test_rows_are_counted_to_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many rows a round makes may be known only when one was made."""
    monkeypatch.setattr(work, "MOST_ROWS", 12)
    blocks = {"b": {"args": {"k": 3}, "layers": [{"relu": None, "repeat": "$k"}]}}
    often: dict[str, Any] = {"block": "b", "repeat": 3}
    assert len(names([*["relu"] * 3, often], blocks=blocks)) == 3 + 3 * 3
    told = refusal([*["relu"] * 4, often], blocks=blocks)
    assert told == "layers[4].repeat: more than 12 rows"
    often["first"] = {"k": 1}
    assert len(names([*["relu"] * 5, often], blocks=blocks)) == 5 + 1 + 2 * 3
    told = refusal([*["relu"] * 6, often], blocks=blocks)
    assert told == "layers[6].repeat: more than 12 rows"
    blocks["b"]["args"] = {"k": 5}  # the second round would be too much itself
    told = refusal([*["relu"] * 4, {"block": "b", "repeat": 3}], blocks=blocks)
    assert told == "layers[4].repeat: more than 12 rows"


def test_rows_that_are_certain_are_counted_before_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A merge is a row, and so is each layer in its operands."""
    blocks: dict[str, Any] = {"b": {"layers": [{"add": [[], [{"relu": None, "repeat": 5}]]}]}}
    monkeypatch.setattr(work, "MOST_ROWS", 12)
    assert len(names([{"block": "b", "repeat": 2}], blocks=blocks)) == 2 * (1 + 5)
    monkeypatch.delattr(building.Builder, "_round")
    told = refusal([{"block": "b", "repeat": 3}], blocks=blocks)
    assert told == "layers[0].repeat: more than 12 rows"
    blocks = {
        "a": {"layers": ["relu"]},
        "b": {"layers": [{"block": "a", "repeat": 2}, {"relu": None, "repeat": 5}]},
    }
    told = refusal([{"block": "b", "repeat": 2}], blocks=blocks)
    assert told == "layers[0].repeat: more than 12 rows"
    told = refusal([{"block": "b", "repeat": 13}], blocks={"b": {"layers": []}})
    assert told == "layers[0].repeat: more than 12 rows"


@pytest.mark.parametrize("letters", [200, 201])
@pytest.mark.parametrize("place", ["name", "layer", "block", "argument", "variable", "from"])
def test_names_have_two_hundred_characters_at_most(letters: int, place: str) -> None:
    name = "n" * letters
    content: dict[str, Any] = {"layers": [{"relu": None, "name": "a"}]}
    match place:
        case "name":
            content["name"] = name
        case "layer":
            content["layers"] = [{"relu": None, "name": name}]
        case "from":
            content["layers"] = [{"relu": None, "name": name}, {"relu": None, "from": name}]
        case "block":
            content |= {"blocks": {name: {"layers": []}}, "layers": [POINT, {"block": name}]}
        case "argument":
            inner = {"args": {name: 1}, "layers": ["relu"]}
            content |= {"blocks": {"b": inner}, "layers": [{"block": "b", "with": {name: 2}}]}
        case "variable":
            content |= {"vars": {name: 4}, "layers": [{"conv": f"${name}", "kernel_size": 1}]}
    if letters == 200:
        assert rows(**content)
    else:
        assert "a name of 201 characters is too long: at most 200 are allowed" in refusal(**content)


def test_characters_of_names_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows from `abcdefgh.0` to `abcdefgh.9`; the eleventh's name is of eleven characters."""
    monkeypatch.setattr(work, "MOST_CHARACTERS", 10 * 10)
    assert len(names([{"relu": None, "name": "abcdefgh", "repeat": 10}])) == 10
    told = refusal([{"relu": None, "name": "abcdefgh", "repeat": 11}])
    assert "11 rows with names of up to 11 characters" in told


@pytest.mark.parametrize(
    ("layer", "round_of"),
    [
        ({"relu": None}, 1 + 3),
        ({"conv": "$in_channels + 1", "kernel_size": 1}, 1 + 3 + 3 + 150),
        ({"group_norm": "$in_channels + 0"}, 1 + 3 + 3),
        ({"channel_slice": [0, "$in_channels - 1"]}, 1 + (1 + 1 + 3) + 3 + 20),
        ({"add": ["n" * 16, "input"]}, 1 + (1 + 2) + 1 + 3),
        ({"block": "b"}, 1 + 6 + (1 + 3)),
    ],
)
def test_what_one_round_more_takes(
    layer: dict[str, Any], round_of: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round, its expressions and operands, its row, and the operation where it is made anew."""

    def least(rounds: int) -> int:
        layers = [{"relu": None, "name": "n" * 16}, {**layer, "repeat": rounds}]
        content = {"input": [9, 8, 8], "blocks": {"b": {"layers": ["relu"]}}, "layers": layers}

        def is_enough(steps: int) -> bool:
            monkeypatch.setattr(work, "MOST_STEPS", steps)
            return read_network(content).network is not None

        return bisect_left(range(2000), True, lo=1, key=is_enough)

    assert least(4) - least(3) == round_of


def test_inputs_that_fit_are_looked_for_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [{"max_pool": 2}, {"upsample": 2, "name": "up"}, {"add": ["up", "input"]}]
    told = []
    for most in range(100):
        monkeypatch.setattr(document, "MOST_WORK", most)
        with pytest.raises(convcalc.SpecError) as caught:
            convcalc.network({"input": [3, 9], "layers": layers})
        told.append(str(caught.value).endswith("; inputs that fit: [3, 8] and [3, 10]"))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (False, True)


def test_a_repeat_that_is_wrong_is_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MOST_ROWS", 12)
    blocks = {"b": {"layers": [{"relu": None, "repeat": "1 // 0"}, "relu", "relu"]}}
    told = refusal([{"block": "b", "repeat": 6}], blocks=blocks)
    assert told == "blocks.b.layers[0].repeat: 1 // 0: division by zero"


@pytest.mark.parametrize("inside", [99, 100])
def test_lists_of_layers_are_nested_a_hundred_deep(inside: int) -> None:
    """The network's own list counts."""
    blocks: dict[str, Any] = {"b1": {"layers": ["relu"]}}
    for at in range(2, inside + 1):
        blocks[f"b{at}"] = {"layers": [{"block": f"b{at - 1}"}]}
    layers = [{"block": f"b{inside}"}]
    if 1 + inside <= 100:
        assert len(names(layers, blocks=blocks)) == 1
    else:
        assert "blocks are nested deeper than 100" in refusal(layers, blocks=blocks)


def test_one_round_is_numbered_too() -> None:
    layers = [{**POINT, "repeat": 1, "name": "x"}, {**POINT, "repeat": 1}]
    assert inputs(layers) == {"x.0": ("input",), "conv_1.0": ("x.0",)}


def test_first_overrides_with_in_round_0() -> None:
    blocks = {
        "b": {"args": {"out": None, "k": 1}, "layers": [{"conv": "$out", "kernel_size": "$k"}]}
    }
    call = {"block": "b", "with": {"out": 6, "k": 2}, "repeat": 3, "name": "s"}
    assert shapes([{**call, "first": {"out": 5, "k": 3}}], blocks=blocks) == {
        "s.0.conv_1": (5, 6, 6),
        "s.1.conv_1": (6, 5, 5),
        "s.2.conv_1": (6, 4, 4),
    }
    assert shapes([{**call, "first": {"out": 5}, "repeat": 1}], blocks=blocks) == {
        "s.0.conv_1": (5, 7, 7)
    }


def test_first_of_a_plain_layer() -> None:
    layers = [{**POINT, "kernel_size": 2, "repeat": 2, "first": {"stride": 2}, "name": "c"}]
    assert shapes(layers) == {"c.0": (4, 4, 4), "c.1": (4, 3, 3)}


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"repeat": -1}, "layers[0].repeat: repeat=-1 is negative"),
        ({"repeat": 1.5}, "layers[0].repeat: repeat=1.5 is not a whole number"),
        ({"repeat": True}, "layers[0].repeat: repeat=true is not a whole number"),
        ({"repeat": 100_001}, "layers[0].repeat: more than 100,000 rows"),
    ],
)
def test_repeats_are_whole_numbers(layer: Mapping[str, Any], message: str) -> None:
    assert refusal([{"relu": None, **layer}]) == message


# Defaults, variables, overrides, arguments


def test_defaults_are_for_every_layer_of_an_operation() -> None:
    layers = [
        {"conv": 4, "kernel_size": 1},
        {"conv": 4, "bias": True},
        {"conv_transpose": 4, "kernel_size": 1},
    ]
    network = convcalc.network(
        {
            "input": [3, 8, 8],
            "defaults": {"conv": {"bias": False, "kernel_size": 3}},
            "layers": layers,
        }
    )
    assert [row.params for row in network.audit().layers] == [12, 4 * 4 * 9 + 4, 4 * 4 + 4]


def test_defaults_may_give_what_is_required_and_the_main_argument() -> None:
    defaults = {"conv": {"out_channels": 7, "kernel_size": 3}, "linear": {"out_features": 5}}
    layers = ["conv", {"conv": None}, {"conv": {}, "kernel_size": 1}, "flatten", "linear"]
    assert [*shapes(layers, defaults=defaults).values()] == [
        *((7, 6, 6), (7, 4, 4), (7, 4, 4)),
        *((112,), (5,)),
    ]


def test_defaults_reach_into_blocks_and_may_hold_expressions() -> None:
    blocks = {"b": {"layers": [{"conv": 8}]}}
    defaults = {"conv": {"kernel_size": "$k", "groups": "$in_channels"}}
    network = convcalc.network(
        {
            "input": [4, 8, 8],
            "vars": {"k": 3},
            "defaults": defaults,
            "blocks": blocks,
            "layers": [{"block": "b"}, {"conv": 8, "kernel_size": 2, "groups": 1}],
        }
    )
    assert [row.weights["weight"] for row in network.audit().layers] == [(8, 1, 3, 3), (8, 8, 2, 2)]


def test_variables_and_their_overrides() -> None:
    content = {
        "input": [3, "$size", "$size // 2"],
        "batch": "$n * 2",
        "vars": {"width": 1.0, "size": 8, "n": 1},
        "layers": [{"conv": "64 * $width", "kernel_size": 1}],
    }
    as_written = read_network(content).network
    assert as_written is not None
    assert as_written.audit().totals.output_shape == (64, 8, 4)
    assert as_written.batch == 2
    changed = read_network(
        content, overrides=Overrides({"width": 0.5, "n": 3}, 6, 5, "int8")
    ).network
    assert changed is not None
    assert changed.audit().totals.output_shape == (32, 6, 6)
    assert (changed.batch, changed.dtype) == (5, "int8")
    two = read_network(content, overrides=Overrides({"size": 10}, batch=None)).network
    assert two is not None
    assert two.audit().totals.output_shape == (64, 10, 5)
    line = {"input": [3, 8], "layers": ["relu"]}
    shorter = read_network(line, overrides=Overrides(size=6)).network
    assert shorter is not None
    assert shorter.input_shape == (3, 6)
    sizes = read_network(content, overrides=Overrides(size=(6, 7))).network
    assert sizes is not None
    assert sizes.input_shape == (3, 6, 7)


def test_overrides_of_what_is_not_there() -> None:
    content = {"input": [3, 8, 8], "vars": {"width": 1}, "layers": ["relu"]}
    with pytest.raises(convcalc.SpecError, match=r"widht.*did you mean width"):
        read_network(content, overrides=Overrides({"widht": 2}))
    with pytest.raises(convcalc.SpecError, match="2 spatial sizes"):
        read_network(content, overrides=Overrides(size=(1, 2, 3)))


def test_in_channels_are_those_of_the_current_value() -> None:
    blocks = {
        "b": {
            "args": {"out": None},
            "layers": [
                {"conv": "$out", "kernel_size": 1},
                {"conv": "$in_channels + 1", "kernel_size": 1},
            ],
        }
    }
    layers = [
        {"conv": "$in_channels * 2", "kernel_size": 1, "name": "a"},
        {"conv": "$in_channels * 2", "kernel_size": 1, "from": "input"},
        {"concat": [[{"conv": "$in_channels // 2", "kernel_size": 1}], "a"]},
        {"block": "b", "with": {"out": "$in_channels * 10"}, "repeat": 2},
    ]
    channels = [shape[0] for shape in shapes(layers, blocks=blocks).values()]
    assert channels == [6, 6, 3, 9, 90, 91, 910, 911]


def test_expressions_in_every_place() -> None:
    blocks = {
        "b": {
            "args": {"k": "$k + 2", "mid": None},
            "layers": [
                {"conv": "$mid", "kernel_size": ["$k", "$k - 2"], "padding": [["$k - 3", 1], 0]}
            ],
        }
    }
    layers = [
        {
            "conv": "max(4, 2) * 2",
            "kernel_size": "$k",
            "stride": ["1 + 1", "3 - 2"],
            "dilation": "$k - 0",
        },
        {
            "block": "b",
            "with": {"mid": "$in_channels / 2"},
            "repeat": "$k",
            "first": {"mid": "$k * 3"},
        },
        {"pad": [["$k", "$k + 1"], 0]},
        {"conv_transpose": 6, "kernel_size": 2, "stride": 2, "output_padding": "min(1, $k)"},
        {"channel_slice": ["$in_channels - 2", "$in_channels"]},
        {"upsample": "ceil($k / 2)"},
        {"dropout": "$k / 10", "repeat": "3 // 2"},
        {"adaptive_avg_pool": ["round(2.5)", "floor(2.9)"]},
        "flatten",
        {"unflatten": [2, 3, "4 / 2"]},
        {"unflatten": ["divisible(10, 4)"]},
        {"linear": "$in_channels % 5", "repeat": 1},
    ]
    # 20 wide: kernel 2, dilation 2, stride 2 by 1; twice kernel 4 by 2 with (1, 1) and (0, 0).
    assert [*shapes(layers, input_shape=(4, 20, 20), vars={"k": 2}, blocks=blocks).items()] == [
        ("conv_1", (8, 9, 18)),
        ("b_1.0.conv_1", (6, 8, 17)),
        ("b_1.1.conv_1", (3, 7, 16)),
        ("pad_1", (3, 12, 16)),
        ("conv_transpose_1", (6, 25, 33)),
        ("channel_slice_1", (2, 25, 33)),
        ("upsample_1", (2, 25, 33)),
        ("dropout_1.0", (2, 25, 33)),
        ("adaptive_avg_pool_1", (2, 3, 2)),
        ("flatten_1", (12,)),
        ("unflatten_1", (2, 3, 2)),
        ("unflatten_2", (12,)),
        ("linear_1.0", (2,)),
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("7 / 2", "layers[0].conv: 7 / 2 evaluates to 3.5, not a whole number"),
        ("$mid", "layers[0].conv: unknown variable $mid"),
        (
            "2 ** -3",
            "layers[0].conv: 2 ** -3: an exponent is a whole number from 0 to 64, not -3",
        ),
    ],
)
def test_expressions_that_are_none(value: str, message: str) -> None:
    assert refusal([{"conv": value, "kernel_size": 1}]) == message


def test_a_variable_alone_may_stand_for_anything() -> None:
    layer = {"conv": 4, "kernel_size": "$k", "padding": "$p", "bias": "$b"}
    blocks = {
        "b": {"args": {"k": 3, "p": 0, "b": True}, "layers": [layer]},
        "u": {"args": {"mode": None}, "layers": [{"upsample": 2, "mode": "$mode"}]},
        "s": {
            "args": {"words": []},
            "layers": [{"separable_conv": 4, "kernel_size": 1, "between": "$words"}],
        },
        "outer": {"args": {"q": None}, "layers": [{"block": "b", "with": {"p": "$q"}}]},
    }
    layers = [
        {"block": "b", "with": {"p": [[0, 1], [2, 3]], "b": False}},
        {"block": "b", "with": {"p": "same"}},
        {"block": "b", "with": {"p": [1, "$in_channels"], "k": [3, 1]}},
        {"block": "outer", "with": {"q": [[0, 1], [1, 0]]}},
        {"block": "u", "with": {"mode": "bilinear"}},
        {"block": "s", "with": {"words": ["batch_norm", "relu"]}},
        {"block": "s"},
    ]
    network = convcalc.network({"input": [3, 8, 8], "blocks": blocks, "layers": layers})
    facts = network.audit().layers
    assert [(row.output_shape, row.params) for row in facts[:5]] == [
        ((4, 7, 11), 4 * 3 * 9),
        ((4, 7, 11), 4 * 4 * 9 + 4),
        ((4, 7, 19), 4 * 4 * 3 + 4),
        ((4, 6, 18), 4 * 4 * 9 + 4),
        ((4, 12, 36), 0),
    ]
    inside = ["depthwise", "batch_norm_1", "relu_1", "pointwise"]
    assert [row.name for row in facts[5:]] == [
        *[f"s_1.separable_conv_1.{part}" for part in inside],
        *[f"s_2.separable_conv_1.{part}" for part in ("depthwise", "pointwise")],
    ]


def test_arguments_are_checked_against_the_block() -> None:
    blocks = {
        "b": {"args": {"mid": None, "k": 1}, "layers": [{"conv": "$mid", "kernel_size": "$k"}]}
    }
    assert refusal([{"block": "b"}], blocks=blocks) == "layers[0].block: b needs mid"
    told = refusal([{"block": "b", "with": {"mid": 2, "mide": 3}}], blocks=blocks)
    assert told == "layers[0].with.mide: b has no argument mide; did you mean mid?"
    told = refusal([{"block": "b", "with": {"mid": "$mide"}}], blocks=blocks)
    assert told == "layers[0].with.mid: unknown variable $mide"
    told = refusal([{"block": "c"}], blocks=blocks)
    assert told.startswith("layers[0].block: unknown block")


def test_a_variable_that_is_not_there_stands_for_nothing() -> None:
    assert argument("$k", {"k": [1, 2]}) == [1, 2]
    with pytest.raises(convcalc.SpecError, match=r"unknown variable \$k"):
        argument("$k", {"j": 1})


def test_all_that_a_block_lacks_is_told_in_order() -> None:
    blocks = {"b": {"args": dict.fromkeys("hbagedcf"), "layers": ["relu"]}}
    told = refusal([{"block": "b"}], blocks=blocks)
    assert told == f"layers[0].block: b needs {' and '.join('abcdefgh')}"


def test_what_a_layer_lacks_is_told_when_the_rest_is_right() -> None:
    conv = {"conv": None, "kernel_size": 3, "padding": "casual"}
    told = refusal([conv])
    assert told.startswith("layers[0].padding: casual is not a number, same, valid or causal")
    assert "conv needs out_channels" in refusal([{**conv, "padding": "causal"}])


def test_shapes_are_expected_but_no_budget() -> None:
    told = refusal(["relu"], expect={"xyz": 1})
    assert told.startswith("expect.xyz: unknown total xyz; the totals are params, ")
    assert told.endswith(", output_shape, shapes, receptive_field")
    told = refusal(["relu"], budget={"xyz": 1})
    assert told.startswith("budget.xyz: unknown total xyz; the totals are params, ")
    assert "shape" not in told


def test_a_word_that_needs_arguments_is_told_how_to_be_written() -> None:
    told = refusal(["conv"])
    needs = "conv needs out_channels and kernel_size"
    assert told == f"layers[0]: {needs}: write {{conv: ..., kernel_size: ...}}"


def test_a_wrong_number_is_all_that_is_told_of_a_layer() -> None:
    assert refusal([{"conv": 0}]) == "layers[0].conv: out_channels=0 is below 1"


def test_a_problem_in_a_block_tells_who_uses_the_block() -> None:
    text = b"""
input: [3, 8, 8]
blocks:
  b: {layers: [{conv: 4, kernel_size: 3, groups: 5}]}
layers:
  - relu
  - {block: b}
"""
    (problem,) = load_text(text, "file").problems
    assert (problem.place, problem.used_at) == (Place(4, 50, 1), Place(7, 5, 10))


def test_a_mistake_in_a_block_is_told_of_once() -> None:
    blocks = {"b": {"layers": [{"conv": 4, "kernel_size": 3, "groups": 5}, "relu"]}}
    told = refusal([{"block": "b", "repeat": 3}, {"block": "b"}], blocks=blocks)
    assert told == "blocks.b.layers[0].groups: groups=5 does not divide in_channels=3"


def test_keys_that_begin_with_x_are_left_alone() -> None:
    assert names(["relu"], **{"x-owner": {"anything": [1, None]}, "x-": 3}) == ["relu_1"]


# Expectations and warnings


def test_expected_shapes_may_be_those_of_blocks() -> None:
    blocks = {"b": {"layers": [POINT, {"conv": 6, "kernel_size": 3}]}}
    layers = [{"block": "b", "name": "s", "repeat": 2}, {**POINT, "name": "c"}, "relu"]
    expect = {"shapes": {"s": [6, 4, 4], "s.0.conv_1": [4, 8, 8], "c": [4, 4, 4]}}
    content = {"input": [3, 8, 8], "blocks": blocks, "layers": layers, "expect": expect}
    network = convcalc.network(content)
    facts = {row.name: row.output_shape for row in network.audit().layers}
    expected = network.expect["shapes"]
    assert {name: facts[name] for name in expected} == expected
    assert expected.keys() == {"s.1.conv_2", "s.0.conv_1", "c"}
    told = refusal(layers, blocks=blocks, expect={"shapes": {"t": [1]}})
    assert told.startswith("expect.shapes.t: unknown layer t")


def test_named_values_that_nobody_reads() -> None:
    layers = [{**POINT, "name": "a"}, {**POINT, "name": "b", "from": "input"}]
    assert warnings(layers) == [(("layers", 0, "name"), "the output of a is never used")]
    assert warnings([*layers, {"add": ["a", "b"]}]) == []
    assert warnings([{**POINT, "name": "last"}]) == []


def test_a_value_of_a_block_that_some_round_reads_is_read() -> None:
    inner = [{**POINT, "name": "a"}, {"relu": None, "repeat": "$used"}, {**POINT, "from": "input"}]
    blocks = {"b": {"args": {"used": 0}, "layers": inner}}
    unread = {"block": "b", "repeat": 2}
    assert warnings([{**unread, "first": {"used": 1}}], blocks=blocks) == []
    ((path, _),) = warnings([unread], blocks=blocks)
    assert path == ("blocks", "b", "layers", 0, "name")


# Whole networks


DOCUMENTED = """\
# yaml-language-server: $schema=convcalc.schema.json
name: small-resnet                  # optional; default: the file's stem
input: [3, 224, 224]                # C, then 0 to 3 spatial sizes
batch: 1                            # optional
dtype: float32                      # optional: float64 float32 float16 bfloat16 int8
vars: {width: 1.0}                  # optional numbers; `--set width=0.5` overrides
defaults: {conv: {bias: false}}     # optional: parameters per operation
blocks:                             # optional: named, parameterised lists of layers
  bottleneck:
    args: {mid: , stride: 1, project: 0}        # empty = required
    layers:
      - add:
          - [{conv: $mid, kernel_size: 1}, batch_norm, relu,
             {conv: $mid, kernel_size: 3, stride: $stride, padding: 1}, batch_norm, relu,
             {conv: $mid * 4, kernel_size: 1}, batch_norm]
          - [{conv: $mid * 4, kernel_size: 1, stride: $stride, repeat: $project},
             {batch_norm: {}, repeat: $project}]              # repeat 0: left out
      - relu
layers:
  - {conv: "divisible(64 * $width, 8)", kernel_size: 7, stride: 2, padding: 3, name: stem}
  - batch_norm
  - relu
  - {max_pool: 3, stride: 2, padding: 1}
  - {block: bottleneck, with: {mid: 64}, repeat: 3, first: {project: 1}, name: stage1}
  - {block: bottleneck, with: {mid: 128}, repeat: 4, first: {project: 1, stride: 2}, name: stage2}
  - {adaptive_avg_pool: 1}
  - flatten
  - {linear: 1000}
budget: {params: 2M, macs: 2G, peak_activation: 10MB}    # at most
expect: {output_shape: [1000], params: 1_957_928, shapes: {stem: [64, 112, 112]}}      # exactly
x-owner: vision                     # any key that begins with x- is left alone
"""


def test_the_documented_example() -> None:
    loaded = load_text(DOCUMENTED.encode(), "file")
    assert (loaded.problems, loaded.warnings) == ([], [])
    assert loaded.network is not None
    audit = loaded.network.audit()
    assert (audit.totals.params, audit.totals.macs) == (1_957_928, 1_814_073_344)
    assert audit.totals.output_shape == (1000,)
    assert loaded.network.name == "small-resnet"
    assert loaded.network.budget == {
        "params": 2_000_000,
        "macs": 2_000_000_000,
        "peak_activation_bytes": 10_000_000,
    }
    assert loaded.network.expect == {
        "output_shape": (1000,),
        "params": 1_957_928,
        "shapes": {"stem": (64, 112, 112)},
    }
    found = {row.name: row for row in audit.layers}
    assert found["stem"].output_shape == (64, 112, 112)
    assert found["stage1.0.add_1"].inputs == ("stage1.0.batch_norm_3", "stage1.0.batch_norm_4.0")
    assert found["stage1.1.add_1"].inputs == ("stage1.1.batch_norm_3", "stage1.0.relu_3")


def test_the_documented_example_at_half_its_width() -> None:
    """The stem alone depends on the width, and what reads it: the first block's two 1x1."""
    half = load_text(DOCUMENTED.encode(), "file", Overrides({"width": 0.5})).network
    assert half is not None
    stem = 32 * 3 * 49 + 2 * 32  # the convolution and its norm, both half of what they were
    readers = 32 * 64 + 32 * 256
    assert half.audit().totals.params == 1_957_928 - stem - readers


class Flat:
    """A network as a converter writes it: every layer named, every source given."""

    def __init__(self) -> None:
        self.layers: list[dict[str, Any]] = []

    def layer(self, word: str, main: Any, source: str, **more: Any) -> str:
        name = f"node_{len(self.layers)}"
        self.layers.append({word: main, **more, "from": source, "name": name})
        return name

    def conv(self, source: str, out: int, kernel: int, stride: int = 1) -> str:
        padding = kernel // 2
        more = {"kernel_size": kernel, "stride": stride, "padding": padding, "bias": False}
        return self.layer("batch_norm", {}, self.layer("conv", out, source, **more))

    def relu(self, source: str) -> str:
        return self.layer("relu", None, source)

    def add(self, one: str, other: str) -> str:
        name = f"node_{len(self.layers)}"
        self.layers.append({"add": [one, other], "name": name})
        return name


def flat_resnet50() -> list[dict[str, Any]]:
    flat = Flat()
    value = flat.relu(flat.conv("input", 64, 7, 2))
    value = flat.layer("max_pool", 3, value, stride=2, padding=1)
    for stage, depth in enumerate((3, 4, 6, 3)):
        mid = 64 * 2**stage
        for number in range(depth):
            stride = 2 if stage and not number else 1
            inner = flat.relu(flat.conv(value, mid, 1))
            inner = flat.relu(flat.conv(inner, mid, 3, stride))
            inner = flat.conv(inner, 4 * mid, 1)
            shortcut = value if number else flat.conv(value, 4 * mid, 1, stride)
            value = flat.relu(flat.add(inner, shortcut))
    value = flat.layer("flatten", None, flat.layer("adaptive_avg_pool", 1, value))
    flat.layer("linear", 1000, value)
    return flat.layers


def test_a_flat_list_of_named_layers_is_the_same_network() -> None:
    layers = flat_resnet50()
    assert len(layers) > 170
    reading = read_network({"input": [3, 224, 224], "layers": layers})
    assert (reading.problems, reading.warnings) == ([], [])
    assert reading.network is not None
    flat = reading.network.audit()
    assert (flat.totals.params, flat.totals.macs) == (25_557_032, 4_089_184_256)
    written = convcalc.load(EXAMPLES / "resnet50.yaml").audit()
    one, other = (
        each._replace(peak_layer="", outputs={}) for each in (flat.totals, written.totals)
    )
    assert one == other
    convolutions = [row for row in flat.layers if row.operation == "conv"]
    assert len(convolutions) == 53
    assert [row.output_shape for row in flat.layers if row.operation == "add"] == [
        row.output_shape for row in written.layers if row.operation == "add"
    ]


def test_layers_that_say_the_same_are_taken_for_what_they_read() -> None:
    """Equal words may stand for different operations: what comes in differs."""
    layers = [
        POINT,
        {**POINT, "from": "input"},
        POINT,
        {**POINT, "groups": 1},
        {"conv": 4, "kernel_size": 1, "groups": 2},
    ]
    network = convcalc.network({"input": [3, 8, 8], "layers": layers})
    operations = [layer.operation for layer in network.layers]
    assert [conv.in_channels for conv in operations if isinstance(conv, Conv)] == [3, 3, 4, 4, 4]
    assert [conv.groups for conv in operations if isinstance(conv, Conv)] == [1, 1, 1, 1, 2]


def test_a_long_file_of_layers_that_all_differ_is_built() -> None:
    """What a generator writes: nothing of it is repeated, so every layer is made by itself."""
    layers: list[Any] = []
    for channels in range(1, 4001):
        layers += [{"conv": channels, "kernel_size": 1}, "batch_norm", "relu"]
    made = convcalc.network({"input": [1, 4, 4], "layers": layers})
    weights = 1 + sum(before * (before + 1) for before in range(1, 4000))
    assert made.totals().params == weights + 3 * sum(range(1, 4001))


def test_layers_that_say_the_same_of_other_inputs_are_paid_for_by_their_text() -> None:
    """Widths that come again and again, as a random search writes them."""
    widths = [16 + at * 7 % 61 for at in range(9000)]
    layers = [{"conv": width, "kernel_size": 1, "bias": False} for width in widths]
    made = convcalc.network({"input": [3, 4, 4], "layers": layers})
    assert made.totals().params == sum(map(mul, [3, *widths], widths))
