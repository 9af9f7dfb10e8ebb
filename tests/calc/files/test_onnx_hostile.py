"""Damaged and hostile ONNX files: each gives an error with a place, or a network, in short time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from support.onnx_files import (
    Array,
    Graph,
    array,
    constant,
    fault,
    field,
    function,
    graph,
    loaded,
    model,
    node,
)
from support.program import process_environment, run

LONGEST = 2.0
LARGEST = 300 * 2**20
IMAGE = (1, 4, 12, 10)
WEIGHTS = [array("w", (8, 4, 3, 3)), array("b", (8,)), array("s", (3,), [0, 2, -1])]
NET = model(
    [
        node("Conv", "x w b", "c", name="conv", pads=[1, 1, 1, 1], strides=[1, 2], group=1),
        node("BatchNormalization", "c b b b b", "n", epsilon=0.5),
        node("Relu", "n", "r"),
        node("Shape", "r", "i"),
        constant("z", 0, 1),
        node("Gather", "i z", "j", axis=0),
        constant("m", -1),
        node("Concat", "j m", "k", axis=0),
        node("Reshape", "r k", "t"),
        node("MatMul", "t a", "p"),
        node("Add", "p q", "u"),
        node("Split", "u", "e f", axis=-1),
        node("Mul", "e f", "g"),
        node("Resize", "x - - v", "h", mode="linear"),
        node("Pad", "h", "y", pads=[0, 0, 1, 1, 0, 0, 1, 1]),
    ],
    {"x": IMAGE},
    {"g": (1, 8, 3), "y": None},
    [*WEIGHTS, array("a", (60, 6)), array("q", (6,)), array("v", (4,), [1, 4, 24, 20])],
    {"r": (1, 8, 12, 5)},
)


def in_short(data: bytes) -> None:
    """The file gives errors that say where, or a network, before long."""
    start = time.process_time()
    result = loaded(data)
    if result.network is not None:
        result.network.totals()
    else:
        assert result.problems
        assert all(each.text for each in result.problems)
    assert time.process_time() - start < LONGEST


def test_the_whole_file() -> None:
    assert loaded(NET).problems == []


def test_cut_off_everywhere() -> None:
    for at in range(len(NET) - 4):
        result = loaded(NET[:at])
        assert result.network is None
        assert result.problems[0].text.startswith("this is not a whole ONNX file: ")


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bits(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - damage, not secrets
    for _ in range(250):
        data = bytearray(NET)
        for _ in range(random.choice((1, 1, 2, 5))):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        in_short(bytes(data))


@pytest.mark.parametrize("seed", range(4))
def test_bytes_that_are_put_in_or_left_out(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - damage, not secrets
    for _ in range(250):
        at = random.randrange(len(NET))
        more = bytes(random.randrange(256) for _ in range(random.randrange(6)))
        in_short(NET[:at] + more + NET[at + random.randrange(12) :])


NUMBERS: Sequence[Any] = (
    -1, 0, 1, 2**31, 2**62, -(2**63), 0.0, float("nan"), float("inf"), 1e38, "", "x",
    [], [-1], [0], [2**62], [0, 0, 0, 0], [-1, -1], [1.5], [float("nan")] * 4,
    Array(array("", (3,))), Array(array("", (0,), [])), Graph(b""),
)  # fmt: skip
ATTRIBUTES = {
    "Conv": ["pads", "strides", "dilations", "group", "kernel_shape", "auto_pad"],
    "ConvTranspose": ["output_padding", "output_shape", "pads", "strides", "group"],
    "MaxPool": ["kernel_shape", "strides", "pads", "dilations", "ceil_mode"],
    "LpPool": ["kernel_shape", "strides"],
    "Gemm": ["transA", "transB"],
    "Concat": ["axis"],
    "Split": ["axis", "split", "num_outputs"],
    "Slice": ["starts", "ends", "axes"],
    "Transpose": ["perm"],
    "Flatten": ["axis"],
    "Reshape": ["shape", "allowzero"],
    "Squeeze": ["axes"],
    "Unsqueeze": ["axes"],
    "ReduceMean": ["axes", "keepdims"],
    "Pad": ["pads", "mode"],
    "Upsample": ["scales"],
    "Resize": ["axes", "mode"],
    "DepthToSpace": ["blocksize"],
    "SpaceToDepth": ["blocksize"],
    "LRN": ["size"],
    "LeakyRelu": ["alpha"],
    "Softmax": ["axis"],
    "Clip": ["min", "max"],
    "TopK": ["k", "axis"],
    "Gather": ["axis"],
    "ArgMax": ["axis"],
    "OneHot": ["axis"],
    "GroupNormalization": ["num_groups"],
    "LayerNormalization": ["axis"],
    "Einsum": ["equation"],
    "LSTM": ["layout", "hidden_size"],
    "Attention": ["q_num_heads", "kv_num_heads"],
    "Constant": ["value", "value_ints", "value_float"],
    "ConstantOfShape": ["value"],
    "Cast": ["to"],
    "If": ["then_branch", "else_branch"],
    "Loop": ["body"],
    "RoiAlign": ["output_height"],
    "RandomNormal": ["shape"],
    "GatherND": ["batch_dims"],
}


@pytest.mark.parametrize("operator", ATTRIBUTES)
def test_attributes_that_are_something_else(operator: str) -> None:
    for name in ATTRIBUTES[operator]:
        for value in NUMBERS:
            for reads in ("x", "x w", "x w b", "x x", "s", "s s", "x s s", "x x x x"):
                written = node(operator, reads, "y", **{name: value})
                in_short(model([written], {"x": IMAGE}, ["y"], WEIGHTS))


@pytest.mark.parametrize(
    ("nodes", "place", "message"),
    [
        (["a>b", "b>a"], "node Relu b", "a is read, but nothing before this node gives it"),
        (["y>y"], "node Relu y", "y is read, but nothing before this node gives it"),
        (["a>y", "x>a"], "node Relu y", "a is read, but nothing before this node gives it"),
        (["x>y", "x>y"], "node Relu y", "y is given a second time"),
        (["x>x"], "node Relu x", "x is given a second time"),
        (["lost>y"], "node Relu y", "lost is read, but nothing before this node gives it"),
    ],
)
def test_nodes_that_do_not_follow_each_other(
    nodes: Sequence[str], place: str, message: str
) -> None:
    written = [node("Relu", *each.split(">")) for each in nodes]
    assert fault(model(written, {"x": IMAGE}, ["y"])) == (place, message)


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        ((1, 4, 2**40, 2**40), "impossible sizes"),
        ((1, 2**61, 2, 2), "is not possible"),
        ((1, 2, 3, 4, 5, 6), "at most 4 are possible"),
        ((0, 4, 2, 2), ""),
        ((1, 4, -5, 2), "is open in the file"),
        ((1,) * 2000, "at most 4 are possible"),
    ],
)
def test_inputs_that_cannot_be(dims: Any, message: str) -> None:
    result = loaded(model([node("Relu", "x", "y")], {"x": dims}, ["y"]))
    assert message in "".join(each.text for each in result.problems)
    in_short(model([node("Relu", "x", "y")], {"x": dims}, ["y"]))


@pytest.mark.parametrize(
    "nodes",
    [
        [node("Expand", "x e", "y")],
        [node("Tile", "x e", "y")],
        [node("Pad", "x e", "y")],
        [node("ConstantOfShape", "e", "y")],
        [node("Range", "zero big one", "k"), node("Add", "x k", "y")],
        [node("Resize", "x - - e", "y")],
        [node("ConstantOfShape", "e", "k"), node("Add", "x k", "y")],
        [node("Reshape", "x e", "y")],
        [node("CenterCropPad", "x e", "y")],
        [node("RandomNormal", "", "k", shape=[2**62] * 9), node("Add", "x k", "y")],
    ],
)
def test_sizes_that_grow(nodes: Sequence[bytes]) -> None:
    arrays = [array("e", (4,), [2**40] * 4), array("zero", (), [0]), array("one", (), [1]),
              array("big", (), [2**60])]  # fmt: skip
    data = model(nodes, {"x": IMAGE}, ["y"], arrays)
    in_short(data)
    assert loaded(data).network is None


def doubling(levels: int) -> bytes:
    """A function that calls another twice, and so on."""
    functions = [function("mine", "f0", "a", "b", [node("Identity", "a", "b")])]
    for at in range(1, levels):
        calls = [node(f"f{at - 1}", "a", "c", domain="mine"),
                 node(f"f{at - 1}", "c", "b", domain="mine")]  # fmt: skip
        functions.append(function("mine", f"f{at}", "a", "b", calls))
    call = node(f"f{levels - 1}", "k", "l", domain="mine")
    nodes = [constant("k", 1), call, node("Reshape", "x l", "y")]
    return model(nodes, {"x": IMAGE}, ["y"], functions=functions)


class TestNesting:
    def test_functions_that_double(self) -> None:
        start = time.process_time()
        place, message = fault(doubling(19))
        assert message.startswith("more than 20,000 operations would run")
        assert place == "node f18 l"
        assert time.process_time() - start < 2 * LONGEST
        assert "nested deeper than 20 levels" in fault(doubling(30))[1]

    def test_a_function_that_calls_itself(self) -> None:
        own = function("mine", "f", "a", "b", [node("f", "a", "b", domain="mine")])
        data = model([node("f", "x", "y", domain="mine")], {"x": IMAGE}, ["y"], functions=[own])
        assert fault(data) == ("node f y", "graphs are nested deeper than 20 levels")

    def test_branches_in_branches(self) -> None:
        inner = graph([node("Identity", "x", "y")], {}, ["y"])
        for _ in range(18):
            inner = graph([node("If", "yes", "y", then_branch=inner)], {}, ["y"])
        yes = array("yes", (), [1], 9)
        in_short(model([node("If", "yes", "y", then_branch=inner)], {"x": IMAGE}, ["y"], [yes]))
        for _ in range(200):
            inner = graph([node("If", "yes", "y", then_branch=inner)], {}, ["y"])
        data = model([node("If", "yes", "y", then_branch=inner)], {"x": IMAGE}, ["y"], [yes])
        assert "nested deeper than 64 levels" in fault(data)[1]

    def test_loops_that_carry_too_much(self) -> None:
        """Nothing runs, so that only the file could give the shapes."""
        names = [f"v{at}" for at in range(1_000)]
        body = graph([], {"i": [], "go": [], **dict.fromkeys(names)}, ["go", *names])
        reads = " ".join(["n yes", *["x"] * len(names)])
        arrays = [array("yes", (), [1], 9), array("n", (), [256])]
        data = model([node("Loop", reads, "y", body=body)], {"x": IMAGE}, ["y"], arrays)
        assert fault(data)[1].startswith("there is no rule for Loop")

    def test_sequences_that_are_too_long(self) -> None:
        nodes = [
            node("SequenceConstruct", " ".join(["x"] * 10_000), "s"),
            node("SequenceInsert", "s x", "t"),
        ]
        data = model(nodes, {"x": IMAGE}, ["t"])
        assert fault(data) == ("node SequenceInsert t", "a sequence has more than 10,000 values")

    def test_loops_in_loops(self) -> None:
        arrays = [array("yes", (), [1], 9), array("n", (), [256])]
        body = graph([node("Identity", "go", "on"), node("Relu", "v", "u")],
                     {"i": [], "go": [], "v": None}, ["on", "u"])  # fmt: skip
        for _ in range(5):
            body = graph([node("Loop", "n yes v", "u", body=body), node("Identity", "go", "on")],
                         {"i": [], "go": [], "v": None}, ["on", "u"])  # fmt: skip
        data = model([node("Loop", "n yes x", "y", body=body)], {"x": IMAGE}, ["y"], arrays)
        start = time.process_time()
        assert fault(data)[1].startswith("more than 20,000 operations would run")
        assert time.process_time() - start < 2 * LONGEST


LARGE = {
    "nodes": field(7, b"\x0a\x00" * 300_000),
    "graphs": b"\x3a\x00" * 300_000,
    "sizes": field(7, field(5, field(1, b"\x81\x01" * 15_000)) * 200),
    "attributes": field(7, field(1, field(5, b"") * 200_000)),
    "numbers": field(7, field(5, array("k", (4000,), [1] * 4000)) * 300),
    "names": field(7, field(1, field(1, "n" * 60_000) * 300)),
}
READS = """
import os, sys, time
from convcalc.files.loading import load_text
data, start = sys.stdin.buffer.read(), time.process_time()
load_text(data, "net.onnx")
peak = 0
if os.path.exists("/proc/self/status"):
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(time.process_time() - start, peak * 1024)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
@pytest.mark.parametrize("kind", LARGE)
def test_large_files(kind: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", READS],
        input=b"\x08\x08" + LARGE[kind] + field(8, field(2, 17)),
        capture_output=True,
        check=True,
        env=process_environment(),
        timeout=60,
    )
    seconds, memory = map(float, ran.stdout.split())
    assert seconds < 2 * LONGEST  # half of it is room for slower machines
    assert memory < LARGEST


def test_no_other_file_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    data = model([node("Conv", "x w", "y")], {"x": IMAGE}, ["y"], [array("w", (8, 4, 3, 3))])
    assert b"/etc/passwd" in data

    def opened(*_: Any, **__: Any) -> Any:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("io.open", opened)
    monkeypatch.setattr("builtins.open", opened)
    assert loaded(data).network is not None


def test_what_the_program_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.onnx"
    for name, shown in (("\x1b[31m\n::error::x", r"\x1b[31m\n::error::x"), ("/a/b", "/a/b")):
        file.write_bytes(model([node("Relu", "lost", "y", name=name)], {"x": IMAGE}, ["y"]))
        ran = run(capsys, f"audit {file}")
        assert (ran.code, ran.out) == (2, "")
        assert f"net.onnx: node {shown}: error: lost is read" in ran.err
    file.write_bytes(NET[:300])
    ran = run(capsys, f"audit {file}")
    assert (ran.code, ran.out) == (2, "")
    assert "error: this is not a whole ONNX file: byte " in ran.err
