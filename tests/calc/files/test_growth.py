"""Reading a file of another framework takes as many steps a row, however many rows there are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from support import keras_files as keras
from support import onnx_files as onnx
from support import torch_modules

FEW = 40
TIMES = 4


def lines(action: Callable[[], Any]) -> int:
    """How many lines of Python run."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def keras_reused(count: int) -> Any:
    nodes = [keras.node(keras.tensor("dense", at)) for at in range(count)]
    dense = keras.called(keras.layer("Dense", "dense", units=4), keras.node("x"), *nodes)
    return keras.functional("x", [["dense", count, 0]], keras.given("x", 4), dense)


def keras_joined(count: int) -> Any:
    parts = [keras.called(keras.layer("ReLU", f"r{at}"), keras.node("x")) for at in range(count)]
    reads = keras.node([keras.tensor(f"r{at}") for at in range(count)])
    join = keras.called(keras.layer("Concatenate", "join"), reads)
    return keras.functional("x", "join", keras.given("x", 4), *parts, join)


def keras_models(count: int) -> Any:
    layers, before = [keras.given("x", 4)], "x"
    for at in range(count):
        inner = keras.sequential([4], keras.layer("Dense", "dense", units=4))
        entry = {**inner, "config": {**inner["config"], "name": f"tower{at}"}}
        layers.append(keras.called(entry, keras.node(before)))
        before = f"tower{at}"
    return keras.functional("x", before, *layers)


@pytest.mark.parametrize("model", [keras_reused, keras_joined, keras_models])
def test_keras(model: Callable[[int], Any]) -> None:
    few, many = [model(count) for count in (FEW, TIMES * FEW)]
    assert keras.loaded(many).problems == []
    assert lines(lambda: keras.loaded(many)) < 1.2 * TIMES * lines(lambda: keras.loaded(few))


def onnx_inputs(count: int) -> bytes:
    nodes = [onnx.node("Relu", f"x{at}", f"y{at}") for at in range(count)]
    sizes = {f"x{at}": (1, 4) for at in range(count)}
    return onnx.model(nodes, sizes, [f"y{at}" for at in range(count)])


def onnx_shuffles(count: int) -> bytes:
    nodes, before = [], "x"
    for at in range(count):
        nodes += [
            onnx.node("Reshape", f"{before} apart", f"a{at}"),
            onnx.node("Transpose", f"a{at}", f"b{at}", perm=[0, 2, 1, 3, 4]),
            onnx.node("Reshape", f"b{at} together", f"c{at}"),
        ]
        before = f"c{at}"
    arrays = [onnx.array("apart", (5,), [1, 2, 3, 4, 4])]
    arrays += [onnx.array("together", (4,), [1, 6, 4, 4])]
    return onnx.model(nodes, {"x": (1, 6, 4, 4)}, [before], arrays)


def onnx_rounds(count: int) -> bytes:
    """Loops that hold a branch which does not run."""
    branch = onnx.graph([onnx.node("Relu", "v", f"r{at}") for at in range(4 * count)], {}, ["r0"])
    other = onnx.graph([onnx.node("Relu", "v", "r")], {}, ["r"])
    parts = [
        onnx.node("Identity", "go", "on"),
        onnx.node("If", "yes", "u", then_branch=other, else_branch=branch),
    ]
    body = onnx.graph(parts, {"i": [], "go": [], "v": None}, ["on", "u"])
    arrays = [onnx.array("yes", (), [1], onnx.BOOL), onnx.array("rounds", (), [count])]
    loop = onnx.node("Loop", "rounds yes x", "y", body=body)
    return onnx.model([loop], {"x": onnx.IMAGE}, ["y"], arrays)


@pytest.mark.parametrize("model", [onnx_inputs, onnx_shuffles, onnx_rounds])
def test_onnx(model: Callable[[int], bytes]) -> None:
    few, many = [model(count) for count in (FEW, TIMES * FEW)]
    assert onnx.loaded(many).problems == []
    assert lines(lambda: onnx.loaded(many)) < 1.2 * TIMES * lines(lambda: onnx.loaded(few))


def torch_in_one_memory(count: int) -> Any:
    torch = pytest.importorskip("torch")
    memory = torch.zeros(4 * count)
    parts = [torch.nn.Parameter(memory[4 * at : 4 * at + 4]) for at in range(count)]

    def run(module: Any, x: Any) -> Any:
        for part in module.parts:
            x = x * part
        return x

    return torch_modules.module(run, parts=torch.nn.ParameterList(parts))


def torch_without_words(count: int) -> Any:
    """Sums of values with more axes than rows can have, each learned."""
    torch = pytest.importorskip("torch")
    sizes = (2, 2, 2, 2, 2, 4)
    parts = [torch.nn.Parameter(torch.zeros(sizes)) for _ in range(count)]

    def run(module: Any, x: Any) -> Any:
        for part in module.parts:
            x = (x.view(1, *sizes).transpose(1, 5) + part).transpose(1, 5).reshape(1, 32, 4)
        return x

    return torch_modules.module(run, parts=torch.nn.ParameterList(parts))


@pytest.mark.parametrize(
    ("make", "shape"), [(torch_in_one_memory, (4,)), (torch_without_words, (32, 4))]
)
def test_pytorch(make: Callable[[int], Any], shape: Any) -> None:
    few, many = [make(count) for count in (FEW, TIMES * FEW)]
    assert torch_modules.loaded(many, shape).problems == []
    torch_modules.loaded(few, shape)
    count = lines(lambda: torch_modules.loaded(few, shape))
    assert lines(lambda: torch_modules.loaded(many, shape)) < 1.2 * TIMES * count
