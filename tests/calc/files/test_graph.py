"""Values of other programs with axes in any order, against NumPy's own shapes."""

from __future__ import annotations

import random
from math import prod
from typing import Any

import pytest

from convcalc.files.graph import arranging, merging, products, shapes, windows
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.windows import Window
from convcalc.language.document import read_network

np = pytest.importorskip("numpy")


class Pair:
    """A value in both worlds: rows of the language, and an array in the order of the file."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)  # noqa: S311
        sizes = [self.pick.choice([1, 2]), *[self.pick.randint(1, 6) for _ in range(3)]]
        self.batch = sizes[0]
        self.rows = Rows(self.batch)
        channel = self.pick.choice([1, 3, None])
        self.tensor = self.rows.input("input", sizes, channel)
        self.array = np.zeros(sizes)
        self.params = self.macs = 0
        self.step = 0

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.step += 1
            with self.rows.source(f"layer{self.step}"):
                self.pick.choice(STEPS)(self)
            assert self.tensor.sizes == self.array.shape
            assert prod(self.tensor.shape) * self.batch == self.array.size

    def weight(self, *sizes: int) -> Weight:
        self.params += prod(sizes)
        return Weight(f"weight{self.step}", sizes, {(self.step, sizes): prod(sizes)})

    @property
    def inner(self) -> list[int]:
        return [*range(1, self.array.ndim)]


def transpose(pair: Pair) -> None:
    order = [0, *pair.pick.sample(pair.inner, len(pair.inner))]
    pair.tensor, pair.array = pair.tensor.transposed(order), pair.array.transpose(order)


def reshape(pair: Pair) -> None:
    inner = list(pair.array.shape[1:])
    for _ in range(2):
        at = pair.pick.randrange(len(inner) or 1)
        if pair.pick.random() < 0.5 and len(inner) > 1:
            at = min(at, len(inner) - 2)
            inner[at : at + 2] = [inner[at] * inner[at + 1]]
        elif inner:
            part = pair.pick.choice([f for f in range(1, inner[at] + 1) if inner[at] % f == 0])
            inner[at : at + 1] = [part, inner[at] // part]
    if len([size for size in inner if size > 1]) > 4:
        return
    sizes = (pair.batch, *inner)
    pair.tensor = arranging.reshaped(pair.rows, pair.tensor, sizes)
    pair.array = pair.array.reshape(sizes)


def cut(pair: Pair) -> None:
    axis = pair.pick.choice(pair.inner)
    size = pair.array.shape[axis]
    start = pair.pick.randrange(size)
    stop = pair.pick.randint(start + 1, size)
    step = pair.pick.choice([1, 1, 2])
    pair.tensor = shapes.sliced(pair.rows, pair.tensor, axis, start, stop, step)
    index: list[Any] = [slice(None)] * pair.array.ndim
    index[axis] = slice(start, stop, step)
    pair.array = pair.array[tuple(index)]


def pad(pair: Pair) -> None:
    pads = [(0, 0)] * pair.array.ndim
    pads[pair.pick.choice(pair.inner)] = (pair.pick.randint(0, 2), pair.pick.randint(0, 2))
    pair.tensor = shapes.padded(pair.rows, pair.tensor, pads)
    pair.array = np.pad(pair.array, pads)


def reduce(pair: Pair) -> None:
    axes = pair.pick.sample(pair.inner, pair.pick.randint(1, max(len(pair.inner) - 1, 1)))
    keep = pair.pick.random() < 0.5 or len(axes) == len(pair.inner)
    kind = pair.pick.choice(["mean", "max", "sum", "min"])
    pair.tensor = shapes.reduced(pair.rows, pair.tensor, kind, axes, keep=keep)
    pair.array = pair.array.mean(axis=tuple(axes), keepdims=keep)


def broadcast(pair: Pair) -> None:
    sizes = [pair.pick.choice([1, size]) for size in pair.array.shape[1:]]
    learned = pair.weight(*sizes[pair.pick.randrange(len(sizes)) :])
    if learned.params == 1:
        learned = Weight("constant", learned.sizes)
        pair.params -= 1
    word = pair.pick.choice(["add", "multiply", "subtract", "power"])
    pair.tensor = merging.merged(pair.rows, word, [pair.tensor, learned])


def add_turned(pair: Pair) -> None:
    """A value and another order of its own axes, moved back."""
    order = [0, *pair.pick.sample(pair.inner, len(pair.inner))]
    other = arranging.reshaped(
        pair.rows, pair.tensor.transposed(order), [pair.batch, pair.array.size // pair.batch]
    )
    other = arranging.reshaped(pair.rows, other, pair.array.shape)
    pair.tensor = merging.merged(pair.rows, "add", [pair.tensor, other])


def concat(pair: Pair) -> None:
    axis = pair.pick.choice(pair.inner)
    if pair.array.shape[axis] > 20:
        return
    pair.tensor = merging.joined(pair.rows, [pair.tensor, pair.tensor], axis)
    pair.array = np.concatenate([pair.array, pair.array], axis)


def linear(pair: Pair) -> None:
    axis = pair.pick.choice(pair.inner)
    features = pair.array.shape[axis]
    out = pair.pick.randint(1, 6)
    weights = [pair.weight(out, features)]
    if pair.pick.random() < 0.5:
        weights.append(pair.weight(out)._replace(name="bias"))
        weights[1] = weights[1]._replace(learned={("bias", pair.step): out})
    pair.tensor = products.linear(pair.rows, pair.tensor, out, weights, axis=axis)
    pair.array = np.moveaxis(
        np.moveaxis(pair.array, axis, -1) @ np.zeros((features, out)), -1, axis
    )
    pair.macs += pair.array.size * features


def conv(pair: Pair) -> None:
    dims = pair.pick.randint(1, 3)
    axis = pair.pick.choice(pair.inner)
    spatial = [a for a in pair.inner if a != axis][-dims:]
    others = [a for a in range(pair.array.ndim) if a != axis][1:]
    if (
        len(spatial) < dims
        or len([a for a in others[:-dims] if pair.array.shape[a] > 1]) + dims > 3
    ):
        return
    channels, out = pair.array.shape[axis], pair.pick.randint(1, 4)
    kernel = [pair.pick.randint(1, pair.array.shape[a]) for a in spatial]
    window = Window(tuple(kernel), (1,) * dims, [(0, 0)] * dims, (1,) * dims)
    pair.tensor = windows.convolved(
        pair.rows,
        pair.tensor,
        window,
        [pair.weight(out, channels, *kernel)],
        out_channels=out,
        channel_axis=axis,
    )
    sizes = list(pair.array.shape)
    sizes[axis] = out
    for at, size in zip(spatial, kernel, strict=True):
        sizes[at] -= size - 1
    pair.array = np.zeros(sizes)
    pair.macs += pair.array.size * channels * prod(kernel)


def square(pair: Pair) -> None:
    """The product of a value with itself, turned."""
    if pair.array.ndim < 3 or pair.array.size > 2000:
        return
    order = [*range(pair.array.ndim - 2), pair.array.ndim - 1, pair.array.ndim - 2]
    shared = pair.array.shape[-1]
    pair.tensor = products.matmul(pair.rows, pair.tensor, pair.tensor.transposed(order))
    pair.array = pair.array @ pair.array.transpose(order)
    pair.macs += pair.array.size * shared


STEPS = (
    transpose,
    transpose,
    reshape,
    reshape,
    cut,
    pad,
    reduce,
    broadcast,
    add_turned,
    concat,
    linear,
    conv,
    square,
)


@pytest.mark.parametrize("seed", range(300))
def test_shapes_params_and_products_are_those_of_numpy(seed: int) -> None:
    pair = Pair(seed)
    pair.run(8)
    document = pair.rows.document({"out": pair.tensor}, source={})
    reading = read_network(document.content)
    assert reading.problems == []
    assert reading.network is not None
    totals = reading.network.totals()
    assert (totals.params, totals.macs, totals.unknown) == (pair.params, pair.macs, {})


def test_channels_split_swapped_and_joined_are_a_shuffle() -> None:
    rows = Rows()
    image = rows.input("input", (1, 6, 4, 4), 1)
    with rows.source("view"):
        image = arranging.reshaped(rows, image, (1, 2, 3, 4, 4))
    image = image.transposed([0, 2, 1, 3, 4])
    with rows.source("join"):
        image = arranging.reshaped(rows, image, (1, 6, 4, 4))
    document = rows.document({"out": image}, source={})
    assert document.content == {
        "input": [6, 4, 4],
        "layers": [{"channel_shuffle": 2, "name": "join"}],
    }


def test_rows_of_reshapes_that_something_reads_stay() -> None:
    """Of three shuffles the first reshape is an output and the third is read by a sum."""
    rows = Rows()
    image = rows.input("input", (1, 6, 4, 4), 1)
    parts = []
    for at in range(3):
        with rows.source(f"view{at}"):
            parts.append(arranging.reshaped(rows, image, (1, 2, 3, 4, 4)))
        with rows.source(f"join{at}"):
            turned = parts[-1].transposed([0, 2, 1, 3, 4])
            image = arranging.reshaped(rows, turned, (1, 6, 4, 4))
    with rows.source("sum"):
        added = merging.merged(rows, "add", [parts[2], parts[2]])
    content = rows.document({"out": image, "view": parts[0], "sum": added}, source={}).content
    words = [(layer["name"], next(iter(layer)), layer.get("from")) for layer in content["layers"]]
    assert words == [
        ("view0", "reshape", None),
        ("join0", "channel_shuffle", "input"),
        ("join1", "channel_shuffle", None),
        ("view2", "reshape", None),
        ("join2", "channel_shuffle", "join1"),
        ("sum", "add", None),
    ]
    assert read_network(content).network is not None


def test_rows_that_are_taken_back_leave_nothing() -> None:
    rows = Rows()
    image = rows.input("input", (1, 6, 4, 4), 1)
    first, second = (Weight(name, (1, 6, 4, 4), {name: 96}) for name in "ab")
    image = merging.merged(rows, "add", [image, first])
    before = len(rows.layers)
    view = arranging.reshaped(rows, image, (1, 2, 3, 4, 4))
    merging.merged(rows, "add", [image, second])
    arranging.reshaped(rows, view.transposed([0, 2, 1, 3, 4]), (1, 6, 4, 4))
    rows.back_to(before)
    assert [*rows.owners] == [*rows.parameters] == ["a"]
    assert not rows.superseded
    assert not rows.reshaped_from


def test_weights_are_counted_once() -> None:
    rows = Rows()
    image: Tensor = rows.input("input", (1, 4, 8, 8), 1)
    kernel = Weight("w", (4, 4, 3, 3), {"w": 144})
    gained = Weight("v", (4, 4, 3, 3), {"v": 144, "gain": 4})
    window = Window((3, 3), (1, 1), [(1, 1), (1, 1)], (1, 1))
    for weights in ([kernel], [kernel], [gained], [Weight("none", (4, 4, 3, 3))], [kernel]):
        image = windows.convolved(rows, image, window, weights, out_channels=4)
    reading = read_network(rows.document({"out": image}, source={}).content)
    assert reading.network is not None, reading.problems
    totals = reading.network.totals()
    assert (totals.params, totals.macs) == (144 + 148, 5 * 4 * 8 * 8 * 4 * 9)


def test_a_batch_that_is_mixed_is_refused() -> None:
    rows = Rows(2)
    image = rows.input("input", (2, 3, 4), 1)
    with rows.source("view"), pytest.raises(GraphError, match="the batch of 2 is mixed"):
        arranging.reshaped(rows, image, (6, 4))
