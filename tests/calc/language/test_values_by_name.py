"""Parameters that name a value: it is read for its sizes, and for nothing else."""

from typing import Any

import pytest

import convcalc
from convcalc import Network
from convcalc.checks.snapshot import fingerprint
from convcalc.language.document import read_network
from convcalc.reference.verify import verify

CONV = {"conv": 4, "kernel_size": 3}


def network(*layers: Any, shape: Any = (3, 11, 9), **more: Any) -> Network:
    return convcalc.network({"input": list(shape), "layers": list(layers), **more})


def refusals(*layers: Any, shape: Any = (3, 11, 9), **more: Any) -> list[str]:
    content = {"input": list(shape), "layers": list(layers), **more}
    return [problem.message for problem in read_network(content).problems]


def shapes(made: Network) -> list[tuple[int, ...]]:
    return [row.output_shape for row in made.audit().layers]


def test_the_sizes_of_another_value() -> None:
    made = network({**CONV, "name": "small"}, {"upsample": "input"}, {"crop": "small"})
    assert shapes(made) == [(4, 9, 7), (4, 11, 9), (4, 9, 7)]
    assert [row.inputs for row in made.rows] == [("input",), ("small",), ("upsample_1",)]


def test_they_are_the_same_as_the_sizes_in_numbers() -> None:
    named = network({**CONV, "name": "small"}, {"crop": "small", "from": "input"})
    numbers = network(CONV, {"crop": None, "size": [9, 7], "from": "input"})
    assert fingerprint(named) == fingerprint(numbers)


def test_the_value_is_not_kept_in_memory() -> None:
    """It is needed once, by the pool; read by the last layer, it would stay to the end."""
    layers: list[Any] = [{**CONV, "name": "wide"}, {"max_pool": 2}, {**CONV, "padding": 1}]
    made = network(*layers, {"upsample": "wide"})
    read = network(*layers, {"upsample": None, "size": [9, 7]})
    kept = network(*layers, {"upsample": "wide", "name": "up"}, {"add": ["up", "wide"]})
    peak = made.audit().totals.peak_activation_bytes
    assert peak == read.audit().totals.peak_activation_bytes
    assert peak < kept.audit().totals.peak_activation_bytes
    assert verify(made).passed


def test_only_its_sizes_are_used() -> None:
    unread = {**CONV, "name": "unread", "from": "input"}
    content = {"input": [3, 11, 9], "layers": [unread, {"crop": "unread", "from": "input"}]}
    (warning,) = read_network(content).warnings
    assert warning.message == "the output of unread is never used"


def test_other_sizes_of_the_input_give_other_sizes() -> None:
    layers: list[Any] = [{**CONV, "stride": 2, "name": "low"}, {"upsample": "input"}]
    assert shapes(network(*layers, shape=(3, 33, 65)))[-1] == (4, 33, 65)
    assert shapes(network(*layers, shape=(3, 16, 8)))[-1] == (4, 16, 8)


def test_in_a_block_names_are_those_of_the_block() -> None:
    inner = {"layers": [{**CONV, "name": "a"}, {"upsample": "input"}, {"crop": "a"}]}
    made = network({"block": "b"}, {"block": "b"}, blocks={"b": inner})
    assert shapes(made)[2] == (4, 9, 7)
    assert shapes(made)[3:] == [(4, 7, 5), (4, 9, 7), (4, 7, 5)]
    outside = {"layers": [{"crop": "a"}]}
    (told,) = refusals({**CONV, "name": "a"}, {"block": "b"}, blocks={"b": outside})
    assert told.startswith("there is no a here")


def test_a_layer_in_rounds_is_its_last_round() -> None:
    made = network({**CONV, "repeat": 2, "name": "a"}, {"crop": "a", "from": "input"})
    assert shapes(made)[-1] == (3, 7, 5)


def test_each_round_looks_it_up_anew() -> None:
    """Equal words, other sizes: what was made for one is not taken for the next."""
    block = {"layers": [{**CONV, "name": "a"}, {"crop": "a", "from": "input"}, CONV]}
    made = network({"block": "b", "repeat": 2}, blocks={"b": block}, shape=(4, 13))
    assert shapes(made) == [(4, 11), (4, 11), (4, 9), (4, 7), (4, 7), (4, 5)]
    same = {"crop": "a", "from": "input"}
    layers: list[Any] = [{**CONV, "name": "a"}, same, {"block": "c"}]
    inner = {"layers": [{**CONV, "kernel_size": 5, "name": "a"}, same]}
    made = network(*layers, blocks={"c": inner}, shape=(4, 13))
    assert shapes(made) == [(4, 11), (4, 11), (4, 7), (4, 7)]


def test_a_default_may_be_a_name() -> None:
    defaults = {"crop": {"widths": "input"}, "upsample": {"scale_factor": 2}}
    up = {"upsample": None}
    made = network(up, {"crop": None}, {"upsample": None, "size": 5}, defaults=defaults)
    assert shapes(made) == [(3, 22, 18), (3, 11, 9), (3, 5, 5)]
    again = network(up, {"crop": None, "size": 7}, {"upsample": "input"}, defaults=defaults)
    assert shapes(again) == [(3, 22, 18), (3, 7, 7), (3, 11, 9)]


def test_the_first_round_may_have_a_size_in_place_of_a_factor() -> None:
    layer = {"upsample": 2, "repeat": 3, "first": {"size": [3, 2]}}
    assert shapes(network(layer)) == [(3, 3, 2), (3, 6, 4), (3, 12, 8)]
    layer = {"upsample": None, "size": 5, "repeat": 2, "first": {"scale_factor": "input"}}
    assert shapes(network({"max_pool": 2}, layer)) == [(3, 5, 4), (3, 11, 9), (3, 5, 5)]


def test_an_expression_is_exact() -> None:
    """513 / 65 has no decimals that give 513 again by 65."""
    layer = {"upsample": "513 / 65"}
    assert shapes(network(layer, shape=(3, 65))) == [(3, 513)]
    block = {"args": {"by": None}, "layers": [{"upsample": "$by"}]}
    use = {"block": "b", "with": {"by": "513 / 65"}}
    assert shapes(network(use, blocks={"b": block}, shape=(3, 65))) == [(3, 513)]


def test_a_value_that_failed_is_not_told_again() -> None:
    (told,) = refusals({**CONV, "groups": 2, "name": "bad"}, {"crop": "bad", "from": "input"})
    assert "groups" in told


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ({"crop": "inpt"}, "there is no inpt here; did you mean input?"),
        ({"upsample": "later"}, "later is defined later: a layer can only read layers before it"),
        ({"upsample": "flat"}, "flat has 0 spatial sizes, its input has 2"),
        ({"upsample": "input", "size": 4}, "scale_factor=input and size=4 do not go together"),
        ({"upsample": "$nothing"}, "unknown variable $nothing"),
        ({"crop": "input", "from": "small"}, "size=[11, 9] is larger than its input (3, 10, 8)"),
        ({"crop": ["input", 1]}, "widths=[input, 1] is not a list of whole numbers"),
    ],
)
def test_refusals(layer: Any, told: str) -> None:
    layers: list[Any] = [
        {"flatten": None, "name": "flat"},
        {"crop": [[0, 1], [0, 1]], "from": "input", "name": "small"},
        {"from": "input", **layer},
        {"relu": None, "name": "later", "from": "input"},
    ]
    assert refusals(*layers) == [told]


@pytest.mark.parametrize("word", ["crop", "upsample"])
def test_a_word_alone_is_told_how_to_be_written(word: str) -> None:
    (told,) = refusals(word)
    assert told.endswith(f": write {{{word}: ...}}")
    assert " or size" in told
    (inside,) = refusals({"separable_conv": 4, "kernel_size": 3, "between": [word]})
    assert inside.startswith(f"unknown operation '{word}' for between")
