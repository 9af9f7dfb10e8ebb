"""Damaged Keras models: each gives an error with a place, or a network, in a short time."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from support.keras_files import called, functional, given, layer, loaded, node, sequential, tensor

INNER = sequential(
    [4, 4, 4],
    layer("Flatten", "flat"),
    layer("Dense", "dense", units=3, activation="softmax"),
)
MODEL = functional(
    "x", [["two", 0, 0], ["att", 0, 0]],
    given("x", 10, 10, 3),
    called(layer("Conv2D", "conv", filters=4, kernel_size=[3, 3], padding="same", strides=2),
           node("x")),
    called(layer("BatchNormalization", "norm", axis=[3]), node(tensor("conv", shape=None))),
    called(layer("Add", "sum"), node(["conv", "norm"])),
    called(layer("Cropping2D", "crop", cropping=[[0, 1], [1, 0]]), node("sum")),
    called({**INNER, "config": {**INNER["config"], "name": "one"}}, node("crop")),
    called(layer("Dense", "two", units=4), node("one")),
    called(layer("Reshape", "line", target_shape=[-1, 4]), node("crop")),
    called(layer("Bidirectional", "both", layer=layer("LSTM", "l", units=2,
                 return_sequences=True)), node("line")),
    called(layer("MultiHeadAttention", "att", num_heads=2, key_dim=3), node("both", value="line")),
)  # fmt: skip
OLDER = {
    "class_name": "Sequential",
    "config": [
        layer("Convolution2D", "a", nb_filter=4, nb_row=3, nb_col=3, border_mode="same",
              dim_ordering="tf", batch_input_shape=[None, 8, 8, 3]),
        layer("ZeroPadding2D", "b", padding=[1, 2]),
        layer("Conv2DTranspose", "c", filters=2, kernel_size=3, strides=[2, 2], output_padding=1),
        layer("TimeDistributed", "d", layer=layer("PReLU", "e", shared_axes=[1])),
        layer("EinsumDense", "f", equation="abcd,de->abce", output_shape=[None, None, 5]),
    ],
}  # fmt: skip
VALUES: list[Any] = [
    None, True, -1, 0, 1, 7, 1.5, 1e308, float("nan"), 2**31, 2**63, 10**30, "", "x", "same",
    "\ud800", [], {}, [[]], [None], [1, 2], [3, 3, 3], ["x", 0, 0], {"class_name": "Dense"},
]  # fmt: skip
LONGEST = 2.0


def spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all values in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, (dict, list)):
            yield from spots(item, (*path, key))


def changed(model: Any, path: tuple[Any, ...], *new: Any) -> Any:
    """The model with another value at a path, or without any."""
    model = copy.deepcopy(model)
    inner = model
    for key in path[:-1]:
        inner = inner[key]
    if new:
        inner[path[-1]] = new[0]
    else:
        del inner[path[-1]]
    return model


def check(data: Any) -> bool:
    """Whether there is a network; if there is none, there must be an error."""
    start = time.process_time()
    found = loaded(data)
    assert time.process_time() - start < LONGEST
    assert found.network is not None or found.problems
    return found.network is not None


@pytest.mark.parametrize("model", [MODEL, OLDER], ids=["functional", "older"])
class TestDamaged:
    def test_unchanged(self, model: Any) -> None:
        assert check(model)

    def test_without_each_value(self, model: Any) -> None:
        for path in spots(model):
            check(changed(model, path))

    def test_with_values_of_every_kind(self, model: Any) -> None:
        random = Random(1)  # noqa: S311
        for path in spots(model):
            for value in random.sample(VALUES, 4):
                check(changed(model, path, value))

    def test_cut_off(self, model: Any) -> None:
        data = json.dumps(model).encode()
        assert not any(check(data[:end]) for end in range(0, len(data) - 1, 37))

    def test_flipped_bytes(self, model: Any) -> None:
        random = Random(2)  # noqa: S311
        data = json.dumps(model).encode()
        for _ in range(400):
            broken = bytearray(data)
            broken[random.randrange(len(data))] ^= 1 << random.randrange(8)
            check(bytes(broken))
