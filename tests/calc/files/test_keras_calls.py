"""The calls of Keras models: shared layers, models in models, arguments of every form."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.facts.totals import Totals
from support.keras_files import (
    called,
    functional,
    given,
    layer,
    loaded,
    message,
    node,
    sequential,
    tensor,
    totals,
)

DENSE = layer("Dense", "dense", units=4)


def counted(model: Any) -> tuple[int, int]:
    found: Totals = totals(model)
    assert found.macs is not None
    return found.params, found.macs


class TestShared:
    def test_a_layer_called_three_times(self) -> None:
        model = functional(
            "x", [["dense", 2, 0]],
            given("x", 4),
            called(
                DENSE, node("x"), node(tensor("dense", 0)), node(tensor("dense", 1))
            ),
        )  # fmt: skip
        assert counted(model) == (4 * 4 + 4, 3 * 16)
        rows = loaded(model).document.content["layers"]
        assert [row.get("weights") for row in rows] == [None, "dense", "dense"]

    def test_a_model_called_twice(self) -> None:
        inner = sequential([4], DENSE, layer("ReLU", "act"))
        model = functional(
            "a b", [["sum", 0, 0]],
            given("a", 4),
            given("b", 4),
            called({**inner, "config": {**inner["config"], "name": "tower"}},
                   node("a"), node("b")),
            called(layer("Add", "sum"), node([tensor("tower", 0), tensor("tower", 1)])),
        )  # fmt: skip
        assert counted(model) == (20, 32)
        names = [row["name"] for row in loaded(model).document.content["layers"]]
        assert names == ["tower.dense", "tower.act", "tower.dense_2", "tower.act_2", "sum"]

    def test_calls_of_a_model_that_are_counted_from_one(self) -> None:
        inner = functional("i", "dense", given("i", 4), called(DENSE, node("i")), name="tower")
        model = functional(
            "a", [["tower", 2, 0]],
            given("a", 4),
            called(inner, node("a"), node(tensor("tower", 1))),
        )  # fmt: skip
        assert counted(model) == (20, 32)

    def test_a_model_with_two_inputs_and_outputs(self) -> None:
        inner = functional(
            "left right", "dense sum",
            given("left", 4),
            given("right", 4),
            called(DENSE, node("right")),
            called(layer("Add", "sum"), node(["left", "dense"])),
            name="tower",
        )  # fmt: skip
        model = functional(
            "a", [["wide", 0, 0], ["tower", 0, 1]],
            given("a", 4),
            called(inner, node(["a", "a"])),
            called(layer("Dense", "wide", units=7), node(tensor("tower", 0, 0))),
        )  # fmt: skip
        assert counted(model) == (20 + 4 * 7 + 7, 16 + 28)

    def test_one_layer_in_two_models_by_its_number(self) -> None:
        def model(number: int | None) -> Any:
            inner = sequential([4], {**DENSE, "shared_object_id": number})
            return functional(
                "a", "other",
                given("a", 4),
                called({**inner, "config": {**inner["config"], "name": "one"}}, node("a")),
                called({**inner, "config": {**inner["config"], "name": "other"}}, node("one")),
            )  # fmt: skip

        assert counted(model(7)) == (20, 32)
        assert counted(model(None)) == (40, 32)


class TestArguments:
    def test_the_order_of_the_file_does_not_matter(self) -> None:
        layers = [
            given("x", 4),
            called(DENSE, node("x")),
            called(layer("Dense", "wide", units=7), node("dense")),
        ]
        for order in (layers, layers[::-1]):
            assert counted(functional("x", "wide", *order)) == (20 + 35, 16 + 28)

    @pytest.mark.parametrize(
        "nodes",
        [
            [node("a", "b")],
            [node(["a", "b"])],
            [node("a", y="b")],
            [node(x={"first": tensor("a"), "more": [[tensor("b")]]})],
            [[["a", 0, 0], ["b", 0, 0]]],
            [[["a", 0, 0, {}], ["b", 0, 0, {}]]],
            [[["a", 0, 0, {"y": ["b", 0, 0]}]]],
            [["a", 0, 0, {"y": ["b", 0, 0]}]],
            [[["_CONSTANT_VALUE", -1, 2.0, {"x": ["a", 0, 0], "y": ["b", 0, 0]}]]],
        ],
    )
    def test_forms(self, nodes: Any) -> None:
        model = functional(
            "a b", "sum", given("a", 4), given("b", 4), called(layer("Add", "sum"), *nodes)
        )
        (row,) = loaded(model).document.content["layers"]
        assert row == {"add": ["a", "b"], "name": "sum"}

    def test_masks_are_not_read(self) -> None:
        model = functional(
            "a b", "dense", given("a", 4), given("b", 4), called(DENSE, node("a", mask="b"))
        )
        assert counted(model) == (20, 16)

    @pytest.mark.parametrize("ends", ["x", ["x", 0, 0], [["x", 0, 0]], {"image": ["x", 0, 0]}])
    def test_forms_of_inputs(self, ends: Any) -> None:
        assert counted(functional(ends, "dense", given("x", 4), called(DENSE, node("x"))))[0] == 20

    def test_a_layer_that_is_never_called(self) -> None:
        model = functional(
            "x", "dense",
            given("x", 4),
            called(DENSE, node("x")),
            called(layer("Dense", "other", units=7)),
        )  # fmt: skip
        (note,) = loaded(model).notes
        assert note.message == "the layer is never called and left out"
        assert counted(model) == (20, 16)


class TestWrong:
    @pytest.mark.parametrize(
        ("nodes", "told"),
        [
            ([node("y")], "layer 'y' is read, but there is none of that name"),
            ([node(tensor("x", 3))], "call 3 of layer x is read, but it is called 1 time"),
            ([node(tensor("x", 0, 1))], "output 1 is read, but there is no such output"),
            ([node("dense")], "the layer reads itself, directly or by way of other layers"),
            ([node(tensor("x", -1))], "it reads output 0 of call -1 of layer 'x'"),
            ([node()], "the layer reads nothing"),
            ([3], "a node is 3, not a list"),
            (3, "inbound_nodes is 3, not a list"),
            ([{"args": 3}], "the args and kwargs of a node are not a list and an object"),
        ],
    )
    def test_nodes(self, nodes: Any, told: str) -> None:
        entry = {**DENSE, "name": "dense", "inbound_nodes": nodes}
        assert told in message(functional("x", "dense", given("x", 4), entry))

    def test_a_cycle(self) -> None:
        model = functional(
            "x", "b",
            given("x", 4),
            called(layer("Add", "a"), node(["x", "b"])),
            called(layer("Dense", "b", units=4), node("a")),
            called(layer("Dense", "c", units=4), node("b")),
        )  # fmt: skip
        assert "layer reads itself, directly or by way of other layers" in message(model)

    def test_two_layers_of_a_name(self) -> None:
        assert message(sequential([4], DENSE, DENSE)) == (
            "net: layer dense: two layers have the name 'dense'"
        )

    def test_too_few_inputs_for_a_model(self) -> None:
        inner = functional("p q", "s", given("p", 4), given("q", 4),
                           called(layer("Add", "s"), node(["p", "q"])), name="inner")  # fmt: skip
        model = functional("x", "inner", given("x", 4), called(inner, node("x")))
        assert message(model) == ("net: layer inner: the model has 2 inputs, but is called with 1")

    def test_calls_without_end(self) -> None:
        """Ten models in each other, each called ten times by the next."""
        model = functional("x", "dense", given("x", 4), called(DENSE, node("x")), name="m0")
        for number in range(1, 10):
            name = f"m{number - 1}"
            nodes = [node("x"), *[node(tensor(name, call)) for call in range(9)]]
            model = functional(
                "x", [[name, 9, 0]], given("x", 4), called(model, *nodes), name=f"m{number}"
            )
        assert "more than 20,000 calls of layers" in message(model)

    def test_very_many_layers(self) -> None:
        layers = [layer("ReLU", f"a{number}") for number in range(10_001)]
        assert message(sequential([4], *layers)) == "the file has more than 10,000 layers"

    @pytest.mark.parametrize("key", ["input_layers", "output_layers"])
    def test_without_ends(self, key: str) -> None:
        model = functional("x", "dense", given("x", 4), called(DENSE, node("x")))
        del model["config"][key]
        assert key in message(model)

    @pytest.mark.parametrize("entry", [None, 3, [], {}, {"class_name": 3}, {"class_name": "Dense"}])
    def test_no_layer(self, entry: Any) -> None:
        assert message(sequential([4], entry)).startswith("net: layer ")

    def test_a_shape_that_is_not_that_of_the_config(self) -> None:
        entry = called(layer("ReLU", "act"), node(tensor("dense", shape=[None, 5])))
        model = functional("x", "act", given("x", 4), called(DENSE, node("x")), entry)
        assert message(model) == (
            "net: layer dense: the output has the sizes (5) in the file, but by the layer's config "
            "they are (4,)"
        )
