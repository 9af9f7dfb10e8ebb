"""Rounds that know their number or their entries, layers with a condition, and all rounds read."""

from typing import Any

import pytest

import convcalc
from convcalc.language import work
from convcalc.language.document import read_network
from convcalc.layers import AnyLayer

POINT = {"conv": 4, "kernel_size": 1}


def layers(
    written: list[Any], input_shape: tuple[int, ...] = (4, 64), **parts: Any
) -> list[AnyLayer]:
    """The layers of a network that has no problem and gives no warning."""
    reading = read_network({"input": [*input_shape], "layers": written, **parts})
    assert (reading.problems, reading.warnings) == ([], [])
    assert reading.network is not None
    return list(reading.network.layers)


def names(written: list[Any], **parts: Any) -> list[str]:
    return [layer.name for layer in layers(written, **parts)]


def of_convs(attribute: str, written: list[Any], **parts: Any) -> list[Any]:
    """An attribute of each convolution."""
    found = [layer.operation for layer in layers(written, **parts)]
    return [getattr(each, attribute) for each in found if each.word == "conv"]


def refusals(written: list[Any], **parts: Any) -> list[str]:
    """What is wrong, with places."""
    with pytest.raises(convcalc.SpecError) as caught:
        convcalc.network({"input": [4, 64], "layers": written, **parts})
    return str(caught.value).split("\n")


# $round.


def test_wave_net_sees_as_far_as_its_dilations_add_up_to() -> None:
    """A causal convolution of 2, then ten gated ones, dilated by 1, 2, 4, ..., 512."""
    gated = {
        "args": {"channels": None},
        "layers": [
            {
                "multiply": [
                    [{"conv": "$channels", "kernel_size": 2, "dilation": "2 ** $round"}, gate]
                    for gate in ("tanh", "sigmoid")
                ]
            },
            {"conv": "$channels", "kernel_size": 1},
        ],
    }
    network = convcalc.network(
        {
            "input": [1, 2000],
            "blocks": {"gated": gated},
            "layers": [
                {"conv": 32, "kernel_size": 2},
                {"block": "gated", "with": {"channels": 32}, "repeat": 10},
            ],
        }
    )
    audit = network.audit()
    dilations = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert audit.layers[-1].receptive_field == (1 + 1 + sum(dilations),) == (1025,)
    assert audit.layers[-1].output_shape == (32, 2000 - 1 - sum(dilations))
    a_round = 2 * (32 * 32 * 2 + 32) + (32 * 32 + 32)
    assert audit.totals.params == (32 * 2 + 32) + 10 * a_round


def test_dense_blocks_grow_by_the_round() -> None:
    """DenseNet's layer number n reads its input and n earlier outputs."""
    written = [{"concat": [[], {"conv": 4 * 1, "kernel_size": 1}], "repeat": 5}]
    grown = [{"conv": "4 + 12 * $round", "kernel_size": 1, "repeat": 5}]
    assert layers(written)[-1].operation.word == "concat"
    assert of_convs("out_channels", grown) == [4, 16, 28, 40, 52]
    assert of_convs("in_channels", grown) == [4, 4, 16, 28, 40]


def test_the_innermost_repeat_counts() -> None:
    inner = {"layers": [{"conv": "1 + $round", "kernel_size": 1}]}
    outer = {
        "layers": [
            {"conv": "10 + $round", "kernel_size": 1},
            {"block": "inner", "repeat": "1 + $round"},
            {"conv": "20 + $round", "kernel_size": 1},
            {"block": "inner"},
        ]
    }
    found = of_convs(
        "out_channels",
        [{"block": "outer", "repeat": 2}],
        blocks={"inner": inner, "outer": outer},
    )
    assert found == [10, 1, 20, 1, 11, 1, 2, 21, 2]


def test_a_round_is_known_in_with_and_in_operands() -> None:
    block = {"args": {"out": None}, "layers": [{"conv": "$out", "kernel_size": 1}]}
    used = {"block": "b", "with": {"out": "3 * $round + 1"}, "repeat": 3}
    assert of_convs("out_channels", [used], blocks={"b": block}) == [1, 4, 7]
    merged = {"concat": [[], {"conv": "$round + 1", "kernel_size": 1}], "repeat": 3}
    assert of_convs("out_channels", [merged]) == [1, 2, 3]


def test_a_variable_or_an_argument_of_that_name_wins() -> None:
    written = [{"conv": "$round", "kernel_size": 1, "repeat": 2}]
    assert of_convs("out_channels", written, vars={"round": 7}) == [7, 7]
    block = {
        "args": {"round": 5},
        "layers": [
            {"conv": "$round", "kernel_size": 1, "repeat": 2},
            {"block": "inner", "repeat": 2},
        ],
    }
    inner = {"layers": [{"conv": "$round + 1", "kernel_size": 1}]}
    found = of_convs(
        "out_channels", [{"block": "b", "repeat": 2}], blocks={"b": block, "inner": inner}
    )
    assert found == [5, 5, 1, 2] * 2
    entries = [{"conv": "$round", "kernel_size": 1, "each": {"round": [3, 9]}}]
    assert of_convs("out_channels", entries) == [3, 9]


def test_a_required_argument_is_not_given_by_the_round() -> None:
    block = {"args": {"round": None}, "layers": [{"conv": "$round", "kernel_size": 1}]}
    (told,) = refusals([{"block": "b", "repeat": 2}], blocks={"b": block})
    assert told == "layers[0].block: b needs round"


def test_after_the_rounds_nothing_is_left_of_them() -> None:
    block = {"layers": [{"relu": None, "repeat": 2}, {"conv": "$round + 1", "kernel_size": 1}]}
    (told,) = refusals([{"block": "b"}], blocks={"b": block})
    assert told.startswith("blocks.b.layers[1].conv: $round + 1: unknown variable $round")
    used = [{"block": "b", "repeat": 3}]
    assert of_convs("out_channels", used, blocks={"b": block}) == [1, 2, 3]


def test_a_default_of_all_layers_may_use_the_round() -> None:
    written = [{"conv": 4, "kernel_size": 2, "repeat": 3}]
    defaults = {"conv": {"dilation": "3 ** $round"}}
    found = of_convs("dilation", written, defaults=defaults)
    assert found == [(1,), (3,), (9,)]


# each.


def test_each_makes_a_round_of_each_entry() -> None:
    written = {"conv": "$c", "kernel_size": "$k", "each": {"c": [8, "2 * 6", "$w"], "k": [1, 3, 5]}}
    assert of_convs("out_channels", [written], vars={"w": 20}) == [8, 12, 20]
    assert of_convs("kernel_size", [written], vars={"w": 20}) == [(1,), (3,), (5,)]
    assert names([written], vars={"w": 20}) == ["conv_1.0", "conv_1.1", "conv_1.2"]


def test_entries_are_variables_in_the_body_and_arguments() -> None:
    body = {"layers": [{"conv": 4, "kernel_size": 3, "padding": "$d", "dilation": "$d"}]}
    each = {"d": [1, 2, 4]}
    assert of_convs("dilation", [{"block": "b", "each": each}], blocks={"b": body}) == [
        (1,),
        (2,),
        (4,),
    ]
    body["args"] = {"d": None}  # type: ignore[assignment]
    assert of_convs("dilation", [{"block": "b", "each": each}], blocks={"b": body}) == [
        (1,),
        (2,),
        (4,),
    ]
    doubled = {"block": "b", "each": each, "with": {"d": "$d * 2 + $round"}}
    assert of_convs("dilation", [doubled], blocks={"b": body}) == [(2,), (5,), (10,)]
    first = {"block": "b", "each": each, "first": {"d": 7}}
    assert of_convs("dilation", [first], blocks={"b": body}) == [(7,), (2,), (4,)]


def test_entries_hide_variables_and_give_them_back() -> None:
    written = [
        {"conv": "$c", "kernel_size": 1, "each": {"c": [1, 2]}},
        {"conv": "$c", "kernel_size": 1},
    ]
    assert of_convs("out_channels", written, vars={"c": 9}) == [1, 2, 9]


def test_entries_are_written_outside_the_rounds() -> None:
    """An entry means the variable or the argument around the layer, not the entry before it."""
    each = {"c": ["$c + 1", "$c + 1", "$c + 2"]}
    conv = {"conv": "$c", "kernel_size": 1, "each": each}
    assert of_convs("out_channels", [conv], vars={"c": 4}) == [5, 5, 6]
    blocks: dict[str, Any] = {
        "read": {"args": {"skip": None}, "layers": [{"relu": None, "from": "$skip"}]},
        "both": {
            "args": {"skip": None},
            "layers": [{"block": "read", "each": {"skip": ["$skip", "input"]}}],
        },
    }
    call = {"block": "both", "with": {"skip": "x"}}
    called: list[Any] = [{"tanh": None, "name": "x"}, "gelu", call]
    assert [layer.inputs for layer in layers(called, blocks=blocks)[2:]] == [("x",), ("gelu_1",)]
    act: dict[str, Any] = {"args": {"act": None}, "layers": ["$act"]}
    passed = {"act": ["$act", ["$act", "tanh"]]}
    blocks = {"act": act, "more": {**act, "layers": [{"block": "act", "each": passed}]}}
    written = [{"block": "more", "with": {"act": "relu"}}]
    found = [layer.operation.word for layer in layers(written, blocks=blocks)]
    assert found == ["relu", "relu", "tanh"]


def test_a_list_may_be_an_argument() -> None:
    body = {
        "args": {"sizes": None},
        "layers": [{"conv": "$c", "kernel_size": 1, "each": {"c": "$sizes"}}],
    }
    used = {"block": "b", "with": {"sizes": [5, "2 + 4"]}}
    assert of_convs("out_channels", [used], blocks={"b": body}) == [5, 6]
    (told,) = refusals([{"block": "b", "with": {"sizes": 3}}], blocks={"b": body})
    assert told == "blocks.b.layers[0].each.c: each takes a list for c, $sizes is 3"
    body["layers"][0]["each"]["k"] = [1, 2, 3]  # type: ignore[index]
    (told,) = refusals([used], blocks={"b": body})
    expected = "c has 2 rounds, k has 3 rounds: the lists of each are equally long"
    assert told == f"blocks.b.layers[0].each.k: {expected}"


def test_no_entries_leave_a_layer_out() -> None:
    assert names(["relu", {**POINT, "each": {"d": []}}, "tanh"]) == ["relu_1", "tanh_1"]


def test_entries_may_be_layers() -> None:
    body = {"args": {"act": None}, "layers": [POINT, "$act"]}
    used = {"block": "b", "each": {"act": ["relu", [], {"leaky_relu": 0.1}, ["tanh", "gelu"]]}}
    found = [layer.operation.word for layer in layers([used], blocks={"b": body})]
    assert found == ["conv", "relu", "conv", "conv", "leaky_relu", "conv", "tanh", "gelu"]


def test_rounds_of_different_sizes_are_not_taken_for_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first round of 5 rows does not mean 4 times as many."""
    monkeypatch.setattr(work, "MOST_ROWS", 12)
    body = {"layers": [{"relu": None, "repeat": "5 - $round"}]}
    used = {"block": "b", "repeat": 3}
    assert len(names([used], blocks={"b": body})) == 5 + 4 + 3
    inner = {"layers": [{"relu": None, "repeat": 5, "if": "$round == 0"}]}
    outer = {"layers": [{"block": "b"}, "tanh"]}
    assert len(names([{"block": "c", "repeat": 4}], blocks={"b": inner, "c": outer})) == 8
    told = refusals([{"block": "b", "repeat": 4}], blocks={"b": body})
    assert told == ["blocks.b.layers[0].repeat: more than 12 rows"]


# if.


@pytest.mark.parametrize(
    ("condition", "there"),
    [
        *[(0, False), (1, True), (0.5, True), (True, True), (False, False), (None, True)],
        *[("$n == 3", True), ("$n != 3", False), ("$in_channels >= 4", True), ("1 - 1", False)],
        *[("$n < 3 or not $n > 5", True), ("$n / 7", True)],
    ],
)
def test_a_condition(condition: Any, there: bool) -> None:
    written = [{**POINT, "if": condition, "name": "a"}, {"add": ["a", "input"], "name": "last"}]
    found = layers(written, vars={"n": 3})
    assert [layer.name for layer in found] == ["a", "last"] if there else ["last"]
    assert found[-1].inputs == ("a" if there else "input", "input")


def test_what_is_left_out_stands_for_what_it_would_have_read() -> None:
    written = [
        {**POINT, "name": "a"},
        {**POINT, "name": "b"},
        {**POINT, "if": 0, "from": "a", "name": "c"},
        {"relu": None},
        {"add": ["b", "c"]},
    ]
    found = {layer.name: layer.inputs for layer in layers(written)}
    assert found["relu_1"] == ("a",)
    assert found["add_1"] == ("b", "a")
    assert names([{**POINT, "if": 0}, POINT]) == ["conv_1"]


def test_a_condition_is_evaluated_in_each_round() -> None:
    assert names([{**POINT, "repeat": 5, "if": "$round % 2", "name": "a"}]) == ["a.1", "a.3"]
    each = {**POINT, "each": {"d": [0, 1, 0]}, "if": "$d"}
    assert names([each]) == ["conv_1.1"]
    assert names([{**POINT, "repeat": 2, "if": 0}, POINT]) == ["conv_1"]


def test_a_condition_may_be_an_argument() -> None:
    body = {
        "args": {"shortcut": True},
        "layers": [
            {"add": [[POINT], []], "if": "$shortcut"},
            {"tanh": None, "if": "not $shortcut"},
        ],
    }
    used = [{"block": "b"}, {"block": "b", "with": {"shortcut": False}}]
    found = names(used, blocks={"b": body})
    assert found == ["b_1.conv_1", "b_1.add_1", "b_2.tanh_1"]


def test_a_mistake_is_found_in_a_layer_that_is_left_out() -> None:
    told = refusals([{"conv": 0, "kernel_size": 1, "if": 0}])
    assert told == ["layers[0].conv: out_channels=0 is below 1"]


# All rounds.


def test_all_rounds_in_their_order() -> None:
    """As the bottlenecks of YOLO's C2f are joined."""
    body = {"layers": [{**POINT, "name": "mid"}, "relu"]}
    written = [
        {**POINT, "name": "stem"},
        {"block": "b", "repeat": 3, "name": "m"},
        {"concat": ["stem", {"rounds": "m"}, {"rounds": "m.mid"}], "name": "all"},
        {"add": [{"rounds": "m.mid"}]},
    ]
    found = layers([*written[:3], POINT, written[3]], blocks={"b": body})
    rounds = ("m.0.relu_1", "m.1.relu_1", "m.2.relu_1")
    inner = ("m.0.mid", "m.1.mid", "m.2.mid")
    assert [layer.inputs for layer in found if layer.name == "all"] == [("stem", *rounds, *inner)]
    assert found[-1].inputs == inner
    assert found[-2].operation.in_channels == 4 * 7  # type: ignore[attr-defined]


def test_reading_what_is_inside_rounds_reads_the_layer() -> None:
    """No warning says that `m` is never used."""
    body = {"layers": [{**POINT, "name": "mid"}, {"relu": None}]}
    written = [{"block": "b", "repeat": 2, "name": "m"}, {"add": [{"rounds": "m.mid"}]}]
    assert layers(written, blocks={"b": body})[-1].inputs == ("m.0.mid", "m.1.mid")


def test_rounds_that_are_left_out_have_no_output() -> None:
    written = [
        {**POINT, "repeat": 4, "if": "$round != 1", "name": "a"},
        {**POINT, "repeat": 0, "name": "none"},
        {"add": [{"rounds": "a"}, {"rounds": "none"}]},
    ]
    assert layers(written)[-1].inputs == ("a.0", "a.2", "a.3")


def test_rounds_of_a_name_with_dots() -> None:
    written = [
        {**POINT, "each": {"d": [1, 2]}, "name": "a.b"},
        {"add": [{"rounds": "a.b"}]},
    ]
    assert layers(written)[-1].inputs == ("a.b.0", "a.b.1")


def test_rounds_are_read_in_a_block_and_in_an_argument() -> None:
    body = {
        "args": {"join": None},
        "layers": [{**POINT, "repeat": 2, "name": "x"}, {"add": [{"rounds": "x"}]}, "$join"],
    }
    used = {"block": "b", "with": {"join": {"concat": [{"rounds": "y"}, []]}}}
    found = layers([{**POINT, "repeat": 2, "name": "y"}, used], blocks={"b": body})
    assert found[-2].inputs == ("b_1.x.0", "b_1.x.1")
    assert found[-1].inputs == ("y.0", "y.1", "b_1.add_1")


def test_rounds_within_an_argument() -> None:
    body = {"args": {"f": None}, "layers": ["$f"]}
    inner = [{**POINT, "repeat": 2, "name": "y"}, {"add": [{"rounds": "y"}]}]
    found = layers([{"block": "b", "with": {"f": inner}}], blocks={"b": body})
    assert found[-1].inputs == ("b_1.y.0", "b_1.y.1")


def test_a_mistake_in_a_round_is_told_once() -> None:
    written = [
        {"conv": 4, "kernel_size": 40, "repeat": 3, "name": "a"},
        {"add": [{"rounds": "a"}]},
    ]
    (told,) = refusals(written)
    assert told.startswith("layers[0].kernel_size: kernel_size=40 spans 40 positions")


# The bounds.


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"relu": None, "repeat": 100_000, "if": 0}, "more than 20,000 rounds"),
        ({"relu": None, "each": {"d": [0] * 100_001}}, "more than 100,000 rows"),
        ({"conv": "1 + $round", "kernel_size": 1, "repeat": 100_000}, "1,000,000 steps"),
    ],
)
def test_rounds_are_bounded(written: Any, told: str) -> None:
    (message,) = refusals([written])
    assert told in message
