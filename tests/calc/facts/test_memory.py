"""The peak of activations against a run that really takes and gives back buffers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.facts.audit import Audit, LayerFacts

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

ACTIVATIONS = {
    *("relu", "relu6", "selu", "gelu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid"),
    *("tanh", "softmax", "leaky_relu", "elu", "softplus", "prelu"),
}
NORMS = {"batch_norm", "layer_norm", "instance_norm", "group_norm", "local_response_norm"}
IN_PLACE = {*ACTIVATIONS, *NORMS, "dropout", "layer_scale", "add", "multiply"}
VIEWS = {"flatten", "unflatten", "identity"}
BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}

Shape = tuple[int, ...]


class Heap:
    """Knows how many bytes are taken, and how many were at the worst time."""

    def __init__(self) -> None:
        self.alive = 0


class Buffer:
    """Bytes that are given back when nobody holds the buffer any more."""

    def __init__(self, heap: Heap, size: int, *, callers: bool = False) -> None:
        self.heap, self.size, self.callers = heap, size, callers
        heap.alive += size

    def __del__(self) -> None:
        self.heap.alive -= self.size


class Value(NamedTuple):
    shape: Shape
    buffer: Buffer


def simulated(
    rows: Sequence[LayerFacts],
    inputs: Shape | Mapping[str, Shape],
    number: int,
    heap: Heap | None = None,
    outputs: Collection[str] = (),
) -> tuple[int, str]:
    """The most bytes alive while a row runs, and the first row at which it is so many."""
    heap = heap or Heap()
    shapes = inputs if isinstance(inputs, Mapping) else {"input": inputs}
    values = {
        name: Value(shape, Buffer(heap, prod(shape) * number, callers=True))
        for name, shape in shapes.items()
    }
    last_read = {name: at for at, row in enumerate(rows) for name in row.inputs}
    kept = outputs or {rows[-1].name}
    worst, where = 0, ""
    for at, row in enumerate(rows):
        read_later = {name for name in values if last_read.get(name, -1) > at or name in kept}
        buffer = taken_over(row, values, read_later)
        if buffer is None:
            buffer = Buffer(heap, prod(row.output_shape) * number)
        values[row.name] = Value(row.output_shape, buffer)
        del buffer
        if heap.alive > worst:
            worst, where = heap.alive, row.name
        values = {
            name: value
            for name, value in values.items()
            if last_read.get(name, -1) > at or name in kept
        }
    return worst, where


def taken_over(row: LayerFacts, values: dict[str, Value], read_later: set[str]) -> Buffer | None:
    """The buffer that the row's output shows or overwrites, or None if it needs its own."""
    if row.operation in VIEWS:
        return values[row.inputs[0]].buffer
    if row.operation not in IN_PLACE:
        return None
    needed = [values[name].buffer for name in read_later]  # views of them too
    for name in row.inputs:
        shape, buffer = values[name]
        if shape == row.output_shape and buffer not in needed and not buffer.callers:
            return buffer
    return None


def audited(layers: list[Any], input_shape: Shape, **parts: Any) -> Audit:
    return convcalc.network({"input": [*input_shape], "layers": layers, **parts}).audit()


def peak(layers: list[Any], input_shape: Shape, **parts: Any) -> tuple[int, str]:
    """In elements, unless a dtype says otherwise."""
    totals = audited(layers, input_shape, **{"dtype": "int8", **parts}).totals
    return totals.peak_activation_bytes, totals.peak_layer


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[dict[str, Any]], Shape]:
    """Layers that read any earlier values, some read often, some late, some never."""
    input_shape = (draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    shapes: dict[str, Shape] = {"input": input_shape}
    layers: list[dict[str, Any]] = []
    for at in range(draw(st.integers(1, 9))):
        name = f"v{at}"
        near = draw(st.booleans())  # chains are likely, for what is in place to happen
        source = [*shapes][-1] if near else draw(st.sampled_from([*shapes]))
        layer, shape = draw(one_layer(source, shapes))
        layers.append({**layer, "name": name})
        shapes[name] = shape
    return layers, input_shape


@st.composite
def one_layer(draw: st.DrawFn, source: str, shapes: dict[str, Shape]) -> tuple[Any, Shape]:
    channels, *sizes = shape = shapes[source]
    alike = [name for name in shapes if shapes[name] == shape]
    fitting = [name for name in shapes if shapes[name][1:] == shape[1:]]
    kinds = [*["in place"] * 4, "view", "slice", *["add"] * 3, "concat"]
    kind = draw(st.sampled_from([*kinds, "conv", "pad", "scale", "flatten"] if sizes else kinds))
    match kind:
        case "in place":
            words = ["relu", "batch_norm", "dropout", "layer_norm", "prelu", "layer_scale"]
            return {draw(st.sampled_from(words)): None, "from": source}, shape
        case "view":
            return {"identity": None, "from": source}, shape
        case "flatten":
            return {"flatten": None, "from": source}, (prod(shape),)
        case "slice":
            stop = draw(st.integers(1, channels))
            return {"channel_slice": [0, stop], "from": source}, (stop, *sizes)
        case "conv":
            out = draw(st.integers(1, 5))
            return {"conv": out, "kernel_size": 1, "from": source}, (out, *sizes)
        case "pad":
            return {"pad": [[0, 1], [0, 0]], "from": source}, (channels, sizes[0] + 1, sizes[1])
        case "scale":
            one = [{"adaptive_avg_pool": 1}]
            gated = draw(st.permutations([source, one]))
            return {"multiply": gated, "from": source}, shape
    others = draw(st.lists(st.sampled_from(alike if kind == "add" else fitting), max_size=2))
    operands = [source, *(others or [source])]
    total = channels if kind == "add" else sum([shapes[name][0] for name in operands])
    return {kind: draw(st.permutations(operands))}, (total, *sizes)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(graphs(), st.sampled_from([*BYTES]), st.integers(1, 3))
def test_random_graphs(graph: tuple[list[dict[str, Any]], Shape], dtype: str, batch: int) -> None:
    layers, input_shape = graph
    facts = audited(layers, input_shape, dtype=dtype, batch=batch)
    heap = Heap()
    expected, where = simulated(facts.layers, input_shape, BYTES[dtype] * batch, heap)
    assert (facts.totals.peak_activation_bytes, facts.totals.peak_layer) == (expected, where)
    assert heap.alive == 0  # the simulation gives everything back


@settings(max_examples=200, deadline=None)
@given(graphs(), st.integers(0, 9))
def test_an_output_that_is_not_the_last_value(
    graph: tuple[list[dict[str, Any]], Shape], which: int
) -> None:
    layers, input_shape = graph
    names = ["input", *[layer["name"] for layer in layers]]
    output = names[which % len(names)]
    left_out = {"sigmoid": None, "from": output, "repeat": 0}
    facts = audited([*layers, left_out], input_shape, dtype="int8")
    found = (facts.totals.peak_activation_bytes, facts.totals.peak_layer)
    assert found == simulated(facts.layers, input_shape, 1, outputs={output})


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_example_networks(path: Path) -> None:
    network = convcalc.load(path)
    facts = network.audit()
    number = BYTES[network.dtype] * network.batch
    totals = (facts.totals.peak_activation_bytes, facts.totals.peak_layer)
    outputs = network.output_rows.values()
    assert totals == simulated(facts.layers, network.inputs, number, outputs=outputs)


CONV = {"conv": 4, "kernel_size": 1}
"""From whatever there is to 4 channels."""


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # The input has 1 x 10 x 10 = 100 values, what a CONV makes 400.
        pytest.param([CONV], (500, "conv_1"), id="input and output"),
        pytest.param([CONV, "relu"], (500, "conv_1"), id="in place"),
        pytest.param(["relu"], (200, "relu_1"), id="the input is never overwritten"),
        pytest.param(["identity", "relu"], (200, "relu_1"), id="nor is a view of it"),
        pytest.param(["identity"], (100, "identity_1"), id="a view takes nothing"),
        pytest.param(["flatten", {"unflatten": [4, 5, 5]}], (100, "flatten_1"), id="nor do these"),
        pytest.param([CONV, CONV], (800, "conv_2"), id="the input is freed behind its last reader"),
        pytest.param(
            [CONV, CONV, {"concat": [[], "input"]}],
            (1000, "concat_1"),  # when conv_2 runs: 100 + 400 + 400; then 100 + 400 + 500
            id="the input is read late",
        ),
        pytest.param(
            [CONV, {"add": [[], [CONV]]}],
            (800, "conv_2"),
            id="a sum takes its operand's place",
        ),
        pytest.param(
            [{**CONV, "name": "a"}, {"tanh": None, "name": "b"}, {"add": ["b", "a"]}],
            (800, "b"),  # a is read later: tanh needs a buffer; the sum then takes one of the two
            id="nothing that is read later is overwritten",
        ),
        pytest.param(
            [
                {**CONV, "name": "a"},
                {"adaptive_avg_pool": 1},
                {"sigmoid": None, "name": "s"},
                {"multiply": ["s", "a"]},
            ],
            (500, "a"),  # 404 later on: the product takes the place of a, for s is too small
            id="the operand of the right shape is overwritten",
        ),
        pytest.param(
            [{**CONV, "name": "a"}, "identity", "relu", {"add": [[], "a"]}],
            (800, "relu_1"),
            id="a view of what is read later is not overwritten",
        ),
        pytest.param(
            [CONV, {"add": [[], []]}], (500, "conv_1"), id="both operands are the same value"
        ),
        pytest.param([CONV, {"concat": [[], []]}], (1200, "concat_1"), id="concat copies"),
        pytest.param([CONV, {"pad": 0}], (800, "pad_1"), id="pad copies"),
        pytest.param([CONV, {"channel_shuffle": 2}], (800, "channel_shuffle_1"), id="shuffle too"),
        pytest.param([CONV, {"channel_slice": [0, 1]}], (500, "conv_1"), id="a slice too"),
        pytest.param(
            [CONV, {"pixel_shuffle": 2}], (800, "pixel_shuffle_1"), id="a pixel shuffle too"
        ),
        pytest.param(
            [{**CONV, "name": "unread"}, {**CONV, "from": "input"}, CONV],
            (800, "conv_2"),  # unread is freed at once, before conv_1
            id="what nobody reads is freed",
        ),
        pytest.param(
            [{**CONV, "name": "a"}, {"max_pool": 10}, {"upsample": 10}, {"add": [[], "a"]}],
            (804, "upsample_1"),
            id="a long way round",
        ),
        pytest.param(
            [{"separable_conv": 4, "kernel_size": 1, "between": ["relu"]}],
            (500, "separable_conv_1.pointwise"),  # 100 + 100; in place, the input gone; 100 + 400
            id="the rows of a pair",
        ),
    ],
)
def test_by_hand(layers: list[Any], expected: tuple[int, str]) -> None:
    assert peak(layers, (1, 10, 10)) == expected


def test_bytes_of_numbers_and_batches() -> None:
    for dtype, number in BYTES.items():
        assert peak([CONV], (1, 10, 10), dtype=dtype, batch=3) == (500 * number * 3, "conv_1")


def test_the_other_totals_by_hand() -> None:
    """Every row's output counts as activation, in place or not; weights do not grow in a batch."""
    totals = audited([CONV, "relu", "flatten"], (1, 10, 10), batch=2, dtype="float16").totals
    assert totals.input_bytes == 100 * 2 * 2
    assert totals.activation_bytes == 3 * 400 * 2 * 2
    assert totals.weight_bytes == (4 + 4) * 2
    assert totals.torchsummary_bytes == 400 + 2 * 4800 + 16
    assert totals.macs == 2 * 400
    assert totals.flops == 2 * totals.macs


def test_the_figures_torchsummary_prints() -> None:
    """Conv2d(16, 32, 3, padding=1, groups=4) on 16x64x64, in MiB to two places."""
    layer = {"conv": 32, "kernel_size": 3, "padding": 1, "groups": 4}
    totals = audited([layer], (16, 64, 64)).totals
    printed = [totals.input_bytes, 2 * totals.activation_bytes, totals.weight_bytes]
    mib = [f"{number / 1024**2:.2f}" for number in [*printed, totals.torchsummary_bytes]]
    assert mib == ["0.25", "1.00", "0.00", "1.25"]
