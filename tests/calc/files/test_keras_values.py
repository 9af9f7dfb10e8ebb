"""Layers of Keras that move, combine and relate values, and those without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.files.keras.layers import registry
from support.keras_files import (
    IMAGE,
    called,
    functional,
    given,
    layer,
    loaded,
    message,
    node,
    one,
    sequential,
    tensor,
    totals,
)


class TestShapes:
    @pytest.mark.parametrize(
        ("class_name", "config", "output"),
        [
            ("MaxPooling2D", {"pool_size": [2, 3], "strides": None}, (6, 6, 5)),
            ("AveragePooling2D", {"pool_size": 2, "padding": "same"}, (6, 7, 8)),
            ("MaxPooling2D", {"pool_size": 3, "strides": 2}, (6, 6, 7)),
            ("GlobalAveragePooling2D", {}, (6,)),
            ("GlobalMaxPooling2D", {"keepdims": True}, (6, 1, 1)),
            ("AdaptiveAveragePooling2D", {"output_size": [3, 4]}, (6, 3, 4)),
            ("ZeroPadding2D", {"padding": [[1, 2], [0, 3]]}, (6, 16, 19)),
            ("ZeroPadding2D", {"padding": [2, 1]}, (6, 17, 18)),
            ("ZeroPadding2D", {"padding": 1}, (6, 15, 18)),
            ("Cropping2D", {"cropping": [[1, 2], [0, 3]]}, (6, 10, 13)),
            ("UpSampling2D", {"size": [2, 3]}, (6, 26, 48)),
            ("Resizing", {"height": 20, "width": 7}, (6, 20, 7)),
            ("CenterCrop", {"height": 6, "width": 5}, (6, 6, 5)),
            ("RandomCrop", {"height": 20, "width": 5}, (6, 20, 5)),
            ("Flatten", {}, (1248,)),
            ("Reshape", {"target_shape": [-1, 6]}, (208, 6)),
            ("Dropout", {"rate": 0.5}, (6, 13, 16)),
            ("RandomFlip", {}, (6, 13, 16)),
        ],
    )
    def test_images(self, class_name: str, config: Any, output: tuple[int, ...]) -> None:
        params, macs, shape = one(class_name, *IMAGE, **config)
        assert (params, macs) == (0, 0)
        assert sorted(shape) == sorted(output)
        assert shape == output or class_name == "Reshape"

    @pytest.mark.parametrize(
        ("class_name", "config", "length"),
        [
            ("MaxPooling1D", {"pool_size": 3}, 6),
            ("ZeroPadding1D", {"padding": [1, 3]}, 24),
            ("ZeroPadding1D", {"padding": 2}, 24),
            ("Cropping1D", {"cropping": [1, 3]}, 16),
            ("UpSampling1D", {"size": 3}, 60),
        ],
    )
    def test_sequences(self, class_name: str, config: Any, length: int) -> None:
        assert one(class_name, 20, 8, **config) == (0, 0, (8, length))

    def test_axes_in_another_order(self) -> None:
        model = sequential(
            IMAGE, layer("Permute", "turn", dims=[3, 1, 2]), layer("Dense", "dense", units=5)
        )
        found = totals(model)
        assert (found.params, found.macs) == (16 * 5 + 5, 6 * 13 * 16 * 5)

    def test_repeated(self) -> None:
        model = sequential(
            [8], layer("RepeatVector", "times", n=4), layer("Dense", "dense", units=5)
        )
        assert totals(model).macs == 4 * 8 * 5

    @pytest.mark.parametrize(
        ("class_name", "config"),
        [
            ("Reshape", {"target_shape": [-1, 7]}),
            ("Reshape", {"target_shape": [-1, -1]}),
            ("Reshape", {"target_shape": "x"}),
            ("Reshape", {}),
            ("Permute", {"dims": [1, 2]}),
            ("Permute", {"dims": [1, 1, 2]}),
            ("Cropping2D", {"cropping": 7}),
            ("Cropping2D", {"cropping": [1, 2, 3]}),
            ("ZeroPadding2D", {"padding": [[-1, 0], [0, 0]]}),
            ("ZeroPadding2D", {"padding": "x"}),
            ("UpSampling2D", {"size": 0}),
            ("MaxPooling2D", {"pool_size": 14}),
            ("MaxPooling2D", {"padding": "full"}),
            ("MaxPooling1D", {"pool_size": 2}),
            ("Conv2D", {"filters": 4}),
            ("Conv2D", {"filters": 0, "kernel_size": 3}),
            ("Conv2D", {"filters": True, "kernel_size": 3}),
            ("Conv2D", {"filters": 4, "kernel_size": [3, 3, 3]}),
            ("Conv2D", {"filters": 4, "kernel_size": 30}),
            ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 4}),
            ("Conv2D", {"filters": 4, "kernel_size": 3, "use_bias": "yes"}),
            ("Conv2D", {"filters": 4, "kernel_size": 3, "data_format": "NHWC"}),
            ("Conv2D", {"filters": 4, "kernel_size": 3, "activation": 3}),
            ("Dense", {"units": -1}),
            ("LSTM", {"units": 3}),
        ],
    )
    def test_impossible(self, class_name: str, config: Any) -> None:
        told = message(sequential(IMAGE, layer(class_name, "one", **config)))
        assert told.startswith("net: layer one: ")


class TestMerging:
    @pytest.mark.parametrize(
        ("class_name", "word"),
        [("Add", "add"), ("Average", "add"), ("Subtract", "subtract"), ("Multiply", "multiply"),
         ("Maximum", "maximum"), ("Minimum", "opaque"), ("Concatenate", "concat")],
    )  # fmt: skip
    def test_words(self, class_name: str, word: str) -> None:
        model = functional(
            "a b", "sum", given("a", 8, 4), given("b", 8, 4),
            called(layer(class_name, "sum"), node(["a", "b"])),
        )  # fmt: skip
        found = loaded(model)
        assert found.network is not None
        assert next(iter(found.document.content["layers"][0])) == word
        assert (found.network.totals().params, found.network.totals().macs) == (0, 0)

    def test_a_value_of_fewer_axes(self) -> None:
        model = functional(
            "a b", "sum", given("a", 8, 9, 4), given("b", 4),
            called(layer("Add", "sum"), node(["a", "b"])),
        )  # fmt: skip
        assert totals(model).output_shape == (4, 8, 9)

    def test_a_number(self) -> None:
        model = functional("a", "sum", given("a", 4), called(layer("Multiply", "sum"),
                           node("a", 0.5)))  # fmt: skip
        assert loaded(model).document.content["layers"] == [{"identity": None, "name": "sum"}]

    @pytest.mark.parametrize(
        ("axes", "first", "second", "macs"),
        [(1, (8,), (8,), 8), (2, (6, 8), (9, 8), 6 * 9 * 8), ([2, 1], (6, 8), (8,), 6 * 8),
         ([3, 2], (4, 6, 8), (5, 8), 4 * 6 * 5 * 8), (-1, (6, 8), (9, 8), 6 * 9 * 8)],
    )  # fmt: skip
    def test_products(self, axes: Any, first: Any, second: Any, macs: int) -> None:
        model = functional(
            "a b", "dot", given("a", *first), given("b", *second),
            called(layer("Dot", "dot", axes=axes), node(["a", "b"])),
        )  # fmt: skip
        found = totals(model)
        assert (found.params, found.macs) == (0, macs)

    @pytest.mark.parametrize("class_name", ["Add", "Concatenate"])
    def test_values_that_do_not_fit(self, class_name: str) -> None:
        model = functional(
            "a b", "sum", given("a", 8, 4), given("b", 7, 5),
            called(layer(class_name, "sum"), node(["a", "b"])),
        )  # fmt: skip
        assert message(model).startswith("net: layer sum: ")


class TestAttention:
    @pytest.mark.parametrize(("heads", "size", "values"), [(4, 8, None), (2, 5, 3)])
    def test_many_heads(self, heads: int, size: int, values: int | None) -> None:
        """Three projections, two products of values, and one more projection."""
        config = {"num_heads": heads, "key_dim": size, "value_dim": values}
        model = functional(
            "a b", "att", given("a", 20, 16), given("b", 7, 12),
            called(layer("MultiHeadAttention", "att", **config), node("a", value="b")),
        )  # fmt: skip
        wide, high = heads * size, heads * (values or size)
        found = totals(model)
        assert found.params == (16 + 1) * wide + (12 + 1) * (wide + high) + (high + 1) * 16
        assert found.macs == (
            20 * 16 * wide + 7 * 12 * (wide + high) + 20 * 7 * (wide + high) + 20 * high * 16
        )
        assert found.output_shape == (16, 20)

    def test_along_one_axis(self) -> None:
        config = {"num_heads": 2, "key_dim": 4, "attention_axes": [2]}
        layers = called(layer("MultiHeadAttention", "att", **config), node("a", "a"))
        found = totals(functional("a", "att", given("a", 6, 5, 8), layers))
        assert found.params == 4 * (8 * 8 + 8)
        assert found.macs == 4 * 30 * 8 * 8 + 6 * 5 * 5 * (8 + 8)

    def test_shared_queries(self) -> None:
        config = {"head_dim": 4, "num_query_heads": 6, "num_key_value_heads": 2}
        layers = called(layer("GroupQueryAttention", "att", **config), node("a", "a"))
        found = totals(functional("a", "att", given("a", 5, 8), layers))
        assert found.params == (8 + 1) * 24 + 2 * (8 + 1) * 8 + (24 + 1) * 8
        assert found.macs == 5 * (8 * 24 + 2 * 8 * 8 + 24 * 8) + 2 * 5 * 5 * 24

    @pytest.mark.parametrize(
        ("class_name", "config", "params", "features"),
        [
            ("Attention", {}, 0, 16),
            ("Attention", {"use_scale": True}, 1, 16),
            ("Attention", {"score_mode": "concat"}, 1, 8),
            ("AdditiveAttention", {}, 8, 8),
        ],
    )
    def test_one_head(self, class_name: str, config: Any, params: int, features: int) -> None:
        model = functional(
            "a b", "att", given("a", 6, 8), given("b", 9, 8),
            called(layer(class_name, "att", **config), node(["a", "b"])),
        )  # fmt: skip
        found = totals(model)
        assert (found.params, found.macs) == (params, 6 * 9 * features)


class TestRecurrent:
    """Twelve steps of six features; multiply-accumulates are written out step by step."""

    @pytest.mark.parametrize(
        ("class_name", "config", "gates", "biases"),
        [
            ("LSTM", {}, 4, 1),
            ("LSTM", {"use_bias": False}, 4, 0),
            ("CuDNNLSTM", {}, 4, 2),
            ("GRU", {}, 3, 1),
            ("GRU", {"reset_after": True}, 3, 2),
            ("SimpleRNN", {}, 1, 1),
        ],
    )
    def test_layers(self, class_name: str, config: Any, gates: int, biases: int) -> None:
        params = gates * 5 * (6 + 5 + biases)
        macs = sum(gates * (6 * 5 + 5 * 5) for _ in range(12))
        assert one(class_name, 12, 6, units=5, **config)[:2] == (params, macs)
        inner = layer(class_name, "inner", units=5, **config)
        assert one("Bidirectional", 12, 6, layer=inner)[:2] == (2 * params, 2 * macs)
        found = one("TimeDistributed", 3, 12, 6, layer=layer(class_name, "i", units=5, **config))
        assert found[:2] == (params, 3 * macs)

    def test_cells(self) -> None:
        cells = [layer("LSTMCell", "a", units=4), layer("GRUCell", "b", units=3)]
        stack = layer("StackedRNNCells", "stack", cells=cells)
        params = 4 * 4 * (6 + 4 + 1) + 3 * 3 * (4 + 3 + 1)
        macs = 12 * (4 * (6 * 4 + 4 * 4) + 3 * (4 * 3 + 3 * 3))
        assert one("RNN", 12, 6, cell=stack)[:2] == (params, macs)

    @pytest.mark.parametrize("other", [layer("GRU", "back", units=5), layer("LSTM", "b", units=5)])
    def test_two_directions(self, other: Any) -> None:
        gates = 3 if other["class_name"] == "GRU" else 4
        inner = layer("LSTM", "inner", units=5)
        found = one("Bidirectional", 12, 6, layer=inner, backward_layer=other, merge_mode="sum")
        assert found[:2] == ((4 + gates) * 5 * (6 + 5 + 1), 12 * (4 + gates) * 5 * (6 + 5))

    @pytest.mark.parametrize(
        ("config", "height", "width"),
        [({"padding": "same"}, 10, 9), ({}, 8, 7), ({"strides": 2}, 4, 4)],
    )
    def test_convolutions(self, config: Any, height: int, width: int) -> None:
        """The input and the state, both convolved to each position of the output."""
        found = one("ConvLSTM2D", 4, 10, 9, 3, filters=5, kernel_size=3, **config)
        taps = 4 * (9 * 3 * 5 + 9 * 5 * 5)
        macs = sum(taps for _ in range(4) for _ in range(height) for _ in range(width))
        assert found[:2] == (4 * 5 * (9 * (3 + 5) + 1), macs)
        assert sorted(found[2]) == sorted((5, height, width))

    def test_shapes(self) -> None:
        config = {"units": 5, "return_sequences": True}
        assert one("GRU", 12, 6, **config)[2] == (5, 12)
        inner = layer("GRU", "inner", **config)
        assert one("Bidirectional", 12, 6, layer=inner, merge_mode="concat")[2] == (10, 12)
        assert one("Bidirectional", 12, 6, layer=inner, merge_mode="sum")[2] == (5, 12)

    def test_a_layer_called_twice(self) -> None:
        model = functional(
            "x", [["lstm", 1, 0]],
            given("x", 12, 5),
            called(layer("LSTM", "lstm", units=5, return_sequences=True),
                   node("x"), node(tensor("lstm", 0))),
        )  # fmt: skip
        found = totals(model)
        assert (found.params, found.macs) == (4 * 5 * (5 + 5 + 1), 2 * 12 * 4 * 5 * (5 + 5))


class TestUnknown:
    def test_a_shape_that_is_told(self) -> None:
        model = functional(
            "x", "dense",
            given("x", 8, 4),
            called(layer("Custom>Mixer", "mixer"), node("x")),
            called(layer("Dense", "dense", units=3),
                   node(tensor("mixer", shape=[None, 5, 6]))),
        )  # fmt: skip
        found = totals(model)
        assert found.unknown == {"params": ["mixer"], "macs": ["mixer"]}
        assert (found.params, found.macs) == (6 * 3 + 3, 5 * 6 * 3)

    def test_a_shape_that_is_not_told(self) -> None:
        model = sequential([8, 4], layer("Mixer", "mixer"), layer("Dense", "dense", units=3))
        assert message(model) == (
            "net: layer mixer: Mixer has no rule, and the file does not give the shape of its "
            "output; what comes after it cannot be known"
        )

    def test_a_lambda_learns_nothing(self) -> None:
        model = sequential([8, 4], layer("Lambda", "one", output_shape=[8, 2]))
        assert totals(model).unknown == {"macs": ["one"]}

    def test_every_layer_is_a_class_name(self) -> None:
        assert all(name.isidentifier() and name[0].isupper() for name in registry.LAYERS)
