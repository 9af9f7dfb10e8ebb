"""Which old layer is which new one, and what is told of them."""

import copy
from typing import Any

import pytest

import convcalc
from convcalc.difference.alignment import aligned
from convcalc.difference.changes import ChangeKind, Difference, Side, difference

BODY: list[Any] = [
    {"conv": 16, "kernel_size": 3, "padding": 1, "name": "stem"},
    "relu",
    {"conv": 16, "kernel_size": 3, "padding": 1},
    "batch_norm",
    "relu",
    {"conv": 32, "kernel_size": 1},
    "relu",
    {"adaptive_avg_pool": 1},
    "flatten",
    {"linear": 10, "name": "head"},
]


def side(layers: list[Any]) -> Side:
    network = convcalc.network({"input": [3, 12, 12], "layers": layers})
    return Side(network, network.audit())


def compared(change: Any) -> Difference:
    layers = copy.deepcopy(BODY)
    change(layers)
    return difference(side(BODY), side(layers))


def kinds(found: Difference) -> list[tuple[str, str | None, str | None]]:
    return [
        (each.kind.value, each.old.name if each.old else None, each.new.name if each.new else None)
        for each in found.changes
    ]


def test_nothing() -> None:
    found = compared(list)
    assert (found.changes, found.unchanged) == ((), 10)


def test_a_renamed_layer_is_renamed() -> None:
    found = compared(lambda layers: layers[0].update(name="entry"))
    assert kinds(found) == [("renamed", "stem", "entry")]
    assert found.unchanged == 9


def test_a_layer_inserted_in_front_is_one_layer_added() -> None:
    """All unnamed layers behind it get other numbers; that is no change."""
    found = compared(lambda layers: layers.insert(0, {"conv": 3, "kernel_size": 1}))
    assert kinds(found) == [("added", None, "conv_1")]
    assert found.unchanged == 10


def test_a_layer_inserted_in_the_middle() -> None:
    conv = {"conv": 16, "kernel_size": 5, "padding": 2}
    found = compared(lambda layers: layers.insert(2, conv))
    assert kinds(found) == [("added", None, "conv_1")]
    assert found.unchanged == 10


def test_equal_arguments_say_more_than_equal_numbers() -> None:
    """Both ends differ, so that the layers between them are not found by counting."""
    wide = {"conv": 4, "kernel_size": 3, "padding": 1}
    old = [wide, "gelu"]
    new = [{"conv": 3, "kernel_size": 1}, wide, "tanh"]
    found = difference(side(old), side(new))
    told = [("added", None, "conv_1"), ("added", None, "tanh_1"), ("removed", "gelu_1", None)]
    assert sorted(kinds(found), key=str) == told
    assert found.unchanged == 1


def test_a_layer_taken_out() -> None:
    found = compared(lambda layers: layers.pop(2))
    assert kinds(found) == [("removed", "conv_1", None)]


def test_a_changed_layer_and_what_follows() -> None:
    found = compared(lambda layers: layers[0].update(stride=2))
    changed, *others = found.changes
    assert (changed.kind, changed.parameters) == (ChangeKind.CHANGED, (("stride", 1, 2),))
    assert changed.macs == (16 * 27 * 144, 16 * 27 * 36)
    assert {each.kind for each in others} == {ChangeKind.FOLLOWS}
    assert found.unchanged == 3  # pooled to 1x1, all is as before


def test_channels_that_follow_are_no_change_of_the_next_layer() -> None:
    found = compared(lambda layers: layers[0].update(conv=8))
    changed = [each for each in found.changes if each.kind is ChangeKind.CHANGED]
    assert [each.parameters for each in changed] == [(("out_channels", 16, 8),)]
    (conv,) = [e for e in found.changes if e.new and e.new.name == "conv_1"]
    assert conv.kind is ChangeKind.FOLLOWS
    assert conv.params == (16 * 16 * 9 + 16, 16 * 8 * 9 + 16)


def test_another_operation_under_the_same_name() -> None:
    def change(layers: list[Any]) -> None:
        layers[0] = {"depthwise_conv": 3, "kernel_size": 3, "padding": 1, "name": "stem"}

    found = compared(change)
    assert kinds(found)[0] == ("changed", "stem", "stem")
    assert found.changes[0].parameters == ()


def test_a_network_of_another_width_is_matched_row_by_row() -> None:
    def wider(layers: list[Any]) -> None:
        for layer in layers:
            if isinstance(layer, dict) and "conv" in layer:
                layer["conv"] *= 2

    found = compared(wider)
    assert {each.kind for each in found.changes} == {ChangeKind.CHANGED, ChangeKind.FOLLOWS}
    assert all(each.old and each.new and each.old.name == each.new.name for each in found.changes)


def test_all_is_new() -> None:
    found = difference(side(["relu"]), side([{"max_pool": 2}]))
    assert sorted(kind for kind, _, _ in kinds(found)) == ["added", "removed"]


MERGED: list[Any] = [
    {"conv": 3, "kernel_size": 1, "name": "a"},
    {"conv": 3, "kernel_size": 1, "name": "b"},
    {"add": ["a", "b"], "name": "sum"},
    {"relu": None, "name": "act"},
]


def test_what_was_not_there_had_no_macs() -> None:
    more = [{"conv": 4, "kernel_size": 1}, "relu"]
    (conv, relu) = difference(side(["gelu"]), side(["gelu", *more])).changes
    assert (conv.macs, conv.params) == ((0, 4 * 3 * 144), (0, 4 * 3 + 4))
    assert relu.macs == (None, None)
    (conv, relu) = difference(side(["gelu", *more]), side(["gelu"])).changes
    assert (conv.macs, conv.params) == ((4 * 3 * 144, 0), (4 * 3 + 4, 0))
    assert relu.macs == (None, None)


def test_another_operand_is_a_change() -> None:
    other = [*MERGED[:2], {"add": ["input", "b"], "name": "sum"}, MERGED[3]]
    found = difference(side(MERGED), side(other))
    assert kinds(found) == [("changed", "sum", "sum")]
    assert found.changes[0].parameters == (("from", "a, b", "input, b"),)


def test_reading_from_elsewhere_is_a_change() -> None:
    other = [*MERGED[:3], {"relu": None, "name": "act", "from": "a"}]
    found = difference(side(MERGED), side(other))
    assert found.changes[0].parameters == (("from", "sum", "a"),)


def test_reading_an_inserted_layer_is_none() -> None:
    other = [MERGED[0], "gelu", *MERGED[1:]]
    assert kinds(difference(side(MERGED), side(other))) == [("added", None, "gelu_1")]


def test_a_given_name_with_a_number_is_a_name() -> None:
    layers: list[Any] = [{"conv": 3, "kernel_size": 1, "name": "a_1"}, "relu"]
    renamed = [{**layers[0], "name": "a_2"}, "relu"]
    assert kinds(difference(side(layers), side(renamed))) == [("renamed", "a_1", "a_2")]


def test_a_layer_in_front_of_a_very_long_network() -> None:
    body: list[Any] = [{"conv": 3, "kernel_size": 1}, "relu"] * 1000
    found = difference(side(body), side([{"conv": 3, "kernel_size": 3, "padding": 1}, *body]))
    assert kinds(found) == [("added", None, "conv_1")]


def test_totals() -> None:
    found = compared(lambda layers: layers.insert(0, {"conv": 3, "kernel_size": 1}))
    totals = {each.total: (each.old, each.new) for each in found.totals}
    old, new = totals["params"]
    assert new - old == 3 * 3 + 3
    assert found.output_shapes == ((10,), (10,))


@pytest.mark.parametrize("number", [400, pytest.param(20_000, marks=pytest.mark.slow)])
def test_long_networks(number: int) -> None:
    """By all that speaks for a pair, or in very long ones by name."""
    layers: list[Any] = [
        {"conv": 4 + at % 3, "kernel_size": 1, "name": f"c{at}"} for at in range(number)
    ]
    other = [*layers[: number // 2], "relu", *layers[number // 2 + 1 :]]
    other[3] = {**other[3], "bias": False}
    other[-3] = {**other[-3], "bias": False}
    old, new = side(layers), side(other)
    found = difference(old, new)
    changed = sorted(kind for kind, _, _ in kinds(found) if kind != "follows")
    assert changed == ["added", "changed", "changed", "removed"]


def test_every_row_is_in_the_pairing_once_and_in_order() -> None:
    old, new = side(BODY).network.rows, side(list(reversed(BODY[:7]))).network.rows
    pairs = aligned(old, new)
    assert [one for one, _ in pairs if one is not None] == list(range(len(old)))
    assert [other for _, other in pairs if other is not None] == list(range(len(new)))
