"""Functions that stand in a model as if they were layers, of `keras.ops` and of TensorFlow."""

from __future__ import annotations

from typing import Any

import pytest

from support.keras_files import called, functional, given, layer, loaded, message, node, totals

PLACES, FEATURES = 6, 8


def operation(class_name: str, *args: Any, **config: Any) -> dict[str, Any]:
    """A call of a function of `keras.ops`."""
    entry = {**layer(class_name, "op", **config), "module": "keras.src.ops.numpy"}
    return called(entry, node(*args))


def function(name: str, **kwargs: Any) -> dict[str, Any]:
    """A call of a function of TensorFlow, as Keras 2 writes it."""
    return called(layer("TFOpLambda", "op", function=name), [["x", 0, 0, kwargs]])


def output(*entries: Any, shape: tuple[int, ...] = (PLACES, FEATURES)) -> tuple[int, ...]:
    """The size of what a function gives, found by a dense layer: its last axis and all others."""
    dense = called(layer("Dense", "dense", units=1, use_bias=False), node("op"))
    found = totals(functional("x", "dense", given("x", *shape), *entries, dense))
    assert found.macs is not None
    return found.params, found.macs // found.params


def part(start: Any = None, stop: Any = None, step: Any = None) -> dict[str, Any]:
    return {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}


ALL = part()
ELLIPSIS = {"class_name": "__ellipsis__", "config": {}}


class TestKerasOperations:
    @pytest.mark.parametrize(
        ("entry", "last", "others"),
        [
            (operation("Multiply", "x", 0.5), 8, 6),
            (operation("Subtract", 1, "x"), 8, 6),
            (operation("Add", "x", "x"), 8, 6),
            (operation("Power", "x", 2), 8, 6),
            (operation("Where", "x", "x", 0.0), 8, 6),
            (operation("Clip", "x", x_min=0, x_max=1), 8, 6),
            (operation("Gelu", "x"), 8, 6),
            (operation("Softmax", "x", axis=-1), 8, 6),
            (operation("Reshape", "x", newshape=[-1, 4, 12]), 12, 4),
            (operation("Reshape", "x", newshape=[None, -1]), 48, 1),
            (operation("Transpose", "x", axes=[0, 2, 1]), 6, 8),
            (operation("Mean", "x", axis=1, keepdims=False), 8, 1),
            (operation("Max", "x", axis=[-1], keepdims=True), 1, 6),
            (operation("Sum", "x", axis=[2], keepdims=False), 6, 1),
            (operation("ExpandDims", "x", axis=-1), 1, 48),
            (operation("ExpandDims", "x", axis=1), 8, 6),
            (operation("Concatenate", ["x", "x"], axis=-1), 16, 6),
            (operation("Stack", ["x", "x"], axis=1), 8, 12),
            (operation("Pad", "x", pad_width=[[0, 0], [1, 2], [0, 3]]), 11, 9),
            (operation("Repeat", "x", repeats=3, axis=-1), 24, 6),
            (operation("Tile", "x", repeats=[1, 2, 3]), 24, 12),
            (operation("GetItem", "x", [ALL, 0]), 8, 1),
            (operation("GetItem", "x", [ALL, part(1, 5), part(None, None, 2)]), 4, 4),
            (operation("GetItem", "x", [ALL, part(None, None, -1)]), 8, 6),
            (operation("GetItem", "x", [ELLIPSIS, 1]), 6, 1),
            (operation("GetItem", "x", [ALL, None, ELLIPSIS, part(-3)]), 3, 6),
            (operation("Split", "x", indices_or_sections=2, axis=1), 8, 3),
            (operation("Split", "x", indices_or_sections=[2, 3], axis=-1), 2, 6),
        ],
    )
    def test_sizes(self, entry: Any, last: int, others: int) -> None:
        assert output(entry) == (last, others)

    def test_products(self) -> None:
        turned = {**operation("Transpose", "x", axes=[0, 2, 1])}
        turned = {**turned, "name": "turn", "config": {**turned["config"], "name": "turn"}}
        entry = operation("Matmul", "x", "turn")
        found = totals(functional("x", "op", given("x", 6, 8), turned, entry))
        assert (found.params, found.macs) == (0, 6 * 6 * 8)

    def test_products_by_an_equation(self) -> None:
        entry = operation("Einsum", "x", "y", subscripts="bij,bkj->bik")
        found = totals(functional("x y", "op", given("x", 6, 8), given("y", 5, 8), entry))
        assert (found.params, found.macs) == (0, 6 * 5 * 8)

    def test_an_image(self) -> None:
        entry = operation("Resize", "x", size=[16, 4], interpolation="bilinear")
        assert output(entry, shape=(8, 8, 3)) == (3, 64)

    @pytest.mark.parametrize(
        "entry",
        [
            operation("Reshape", "x", newshape=[-1, 7]),
            operation("Transpose", "x", axes=[0, 1, 1]),
            operation("Transpose", "x", axes=[1, 0, 2]),
            operation("Mean", "x", axis=0),
            operation("Mean", "x", axis="x"),
            operation("Squeeze", "x", axis=1),
            operation("Pad", "x", pad_width=[1, 2]),
            operation("Split", "x", indices_or_sections=4, axis=1),
            operation("GetItem", "x", [ALL, 6]),
            operation("GetItem", "x", [ALL, ALL, ALL, ALL]),
            operation("GetItem", "x", [0]),
            operation("GetItem", "x", [ALL, "x"]),
            operation("Stack", ["x", "x"], axis=9),
            operation("ExpandDims", "x", axis=0),
            operation("Matmul", "x", "x"),
            operation("Einsum", "x", "x", subscripts="bij,bjk->bik"),
            operation("Tile", "x", repeats=[2, 1, 1]),
            operation("Unheard", "x"),
        ],
    )
    def test_impossible(self, entry: Any) -> None:
        model = functional("x", "op", given("x", PLACES, FEATURES), entry)
        assert message(model).startswith("net: layer op: ")


class TestTensorFlow:
    @pytest.mark.parametrize(
        ("entry", "last", "others"),
        [
            (function("math.multiply", y=0.5), 8, 6),
            (function("__operators__.add", y=["x", 0, 0]), 8, 6),
            (function("nn.relu6"), 8, 6),
            (function("nn.silu"), 8, 6),
            (function("math.reduce_mean", axis=[1], keepdims=True), 8, 1),
            (function("reshape", shape=[-1, 48]), 48, 1),
            (function("compat.v1.transpose", perm=[0, 2, 1]), 6, 8),
            (function("expand_dims", axis=1), 8, 6),
            (function("cast", dtype="float32"), 8, 6),
            (function("split", num_or_size_splits=[2, 4], axis=1), 8, 2),
            (
                called(
                    layer("TFOpLambda", "op", function="concat"),
                    [["x", 0, 0, {"axis": -1}], ["x", 0, 0, {"axis": -1}]],
                ),
                16,
                6,
            ),
            (
                called(
                    layer("SlicingOpLambda", "op", function="__operators__.getitem"),
                    [["x", 0, 0, {"slice_spec": [{"start": None, "stop": None, "step": None},
                                                 {"start": 1, "stop": 3, "step": None}]}]],
                ),
                8,
                2,
            ),
        ],
    )  # fmt: skip
    def test_sizes(self, entry: Any, last: int, others: int) -> None:
        assert output(entry) == (last, others)

    def test_channels_become_positions(self) -> None:
        entry = function("nn.depth_to_space", block_size=2)
        assert output(entry, shape=(4, 5, 12)) == (3, 80)

    def test_products(self) -> None:
        entry = function("linalg.matmul", b=["x", 0, 0], transpose_b=True)
        assert totals(functional("x", "op", given("x", 6, 8), entry)).macs == 6 * 6 * 8

    def test_what_learns_nothing_is_no_parameter(self) -> None:
        entry = function("math.cumulative_logsumexp")
        assert "cumulative_logsumexp has no rule" in message(
            functional("x", "op", given("x", 6, 8), entry)
        )

    def test_names(self) -> None:
        (row,) = loaded(
            functional("x", "op", given("x", 6, 8), function("math.sqrt"))
        ).document.content["layers"]
        assert (row["opaque"], row["params"], row["macs"]) == ("sqrt", 0, "none")
