"""Rows of YOLOv7's own repository, against sums written by hand and the figures of its models."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from convcalc.files.loading import load
from convcalc.files.places import Place
from support.models import conv, loaded, model, network, params

FIGURES = Path(__file__).with_name("yolov7_figures.json")
"""Params and MACs of the repository's models at 640, as its code builds them and PyTorch counts."""

ANCHORS = "[[10, 13, 16, 30], [30, 61, 62, 45]]"
TOP = f"nc: 3\nanchors: {ANCHORS}"
STEM = "[-1, 1, Conv, [32, 3]]"


def bottleneck(c: int, hidden: int) -> int:
    return conv(c, hidden) + conv(hidden, c, 3)


def res(c: int, hidden: int, g: int = 1) -> int:
    return conv(c, hidden) + conv(hidden, hidden, 3, g) + conv(hidden, c)


@pytest.mark.parametrize(
    ("row", "right"),
    [
        ("[-1, 1, MP, []]", 0),
        ("[-1, 1, SP, [5, 1]]", 0),
        ("[-1, 1, ReOrg, []]", 0),
        ("[-1, 1, DownC, [64]]", conv(32, 32) + conv(32, 32, 3) + conv(32, 32)),
        ("[-1, 1, Stem, [64]]", conv(32, 32, 3) + conv(32, 32) + conv(32, 32, 3) + conv(64, 64)),
        (
            "[-1, 1, SPPCSPC, [48]]",
            2 * conv(32, 48)
            + 2 * conv(48, 48, 3)
            + conv(48, 48)
            + conv(4 * 48, 48)
            + conv(2 * 48, 48),
        ),
        ("[-1, 1, RepConv, [48, 3, 1]]", conv(32, 48, 3) + conv(32, 48)),
        ("[-1, 1, RepConv, [32, 3, 1]]", conv(32, 32, 3) + conv(32, 32) + 2 * 32),
        ("[-1, 1, RepConv, [32, 3, 2]]", conv(32, 32, 3) + conv(32, 32)),
        ("[-1, 1, Res, [48]]", conv(32, 24) + conv(24, 24, 3) + conv(24, 48)),
        ("[-1, 2, BottleneckCSPA, [48]]", 2 * conv(32, 24) + 2 * bottleneck(24, 24) + conv(48, 48)),
        (
            "[-1, 2, BottleneckCSPB, [48]]",
            conv(32, 48) + conv(48, 48) + 2 * bottleneck(48, 48) + conv(96, 48),
        ),
        (
            "[-1, 2, BottleneckCSPC, [48]]",
            2 * conv(32, 24) + conv(24, 24) + 2 * bottleneck(24, 24) + conv(48, 48),
        ),
        ("[-1, 2, ResCSPA, [48]]", 2 * conv(32, 24) + 2 * res(24, 12) + conv(48, 48)),
        ("[-1, 1, ResXCSPB, [64]]", conv(32, 64) + conv(64, 64) + res(64, 64, 32) + conv(128, 64)),
    ],
)
def test_the_params_of_a_module(row: str, right: int) -> None:
    assert params(STEM, row, top=TOP) - conv(3, 32, 3) == right


@pytest.mark.parametrize(
    ("row", "shape"),
    [
        ("[-1, 1, MP, []]", (32, 32, 32)),
        ("[-1, 1, SP, [5, 1]]", (32, 64, 64)),
        ("[-1, 1, ReOrg, []]", (128, 32, 32)),
        ("[-1, 1, DownC, [64]]", (64, 32, 32)),
        ("[-1, 1, Stem, [64]]", (64, 16, 16)),
        ("[[-1, 0], 1, Shortcut, [1]]", (32, 64, 64)),
        ("[-1, 1, Contract, [4]]", (512, 16, 16)),
        ("[-1, 1, Expand, [4]]", (2, 256, 256)),
    ],
)
def test_the_shape_of_a_row(row: str, shape: tuple[int, ...]) -> None:
    # and the channels that the reader itself knows: it sums them for Concat
    made = network(
        model(STEM, "[-1, 1, Conv, [32]]", row, "[[2, -1], 1, Concat, [1]]", top=TOP), size=64
    )
    shapes = [each.output_shape for each in made.audit().layers]
    assert shape in shapes
    assert shapes[-1] == (2 * shape[0], *shape[1:])


@pytest.mark.parametrize("position", ["3, 1, None, 1", "3, 1, 1, 1, 1"])
def test_an_activation_is_code(position: str) -> None:
    made = network(model(f"[-1, 1, Conv, [8, {position}, nn.LeakyReLU(0.1)]]", top=TOP), size=8)
    assert made.layers[-1].name == "model.0.leaky_relu_1"
    found = loaded(model(f"[-1, 1, Conv, [8, {position}, nn.Sin()]]", top=TOP)).problems[0]
    assert found.message.startswith("activation 'nn.Sin()' is not known")
    assert isinstance(found.place, Place)


LEVELS = ("[-1, 1, Conv, [32, 3, 2]]", "[-1, 1, Conv, [48, 3, 2]]")
BODY = conv(3, 32, 3) + conv(32, 48, 3)
OUT = 2 * (5 + 3)


def head_params(*channels: int) -> int:
    """A convolution with a bias a level, with as many learned values before and behind it."""
    return sum(c * OUT + OUT + c + OUT for c in channels)


def test_a_head_with_implicit_values() -> None:
    made = network(model(*LEVELS, head="[[[0, 1], 1, IDetect, [nc, anchors]]]", top=TOP), size=64)
    assert made.totals().params == BODY + head_params(32, 48)
    assert {"model.2.ia.0.implicit", "model.2.m.1", "model.2.im.1.implicit"} <= {
        layer.name for layer in made.layers
    }


def test_auxiliary_heads_run_too() -> None:
    rows = (*LEVELS, "[0, 1, Conv, [16]]", "[1, 1, Conv, [16]]")
    text = model(*rows, head="[[[0, 1, 2, 3], 1, IAuxDetect, [nc, anchors]]]", top=TOP)
    more = conv(32, 16) + conv(48, 16) + 2 * (16 * OUT + OUT)
    totals = network(text, size=64).totals()
    assert totals.params == BODY + head_params(32, 48) + more
    body = 32 * 32 * 27 * 32 + 16 * 16 * 9 * 32 * 48
    first, second = 32 * 32, 16 * 16
    heads = first * 32 * OUT + second * 48 * OUT
    auxiliary = first * (32 * 16 + 16 * OUT) + second * (48 * 16 + 16 * OUT)
    assert totals.macs == body + heads + auxiliary
    assert [note.message for note in loaded(text).notes] == ["defaults used: size 640"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("[[0, 1, 0], 1, IAuxDetect, [nc, anchors]]", "IAuxDetect reads two rows for each level"),
        ("[[0, 1], 1, IAuxDetect, [nc, anchors]]", "anchors for 2 levels, but IAuxDetect reads 1"),
        ("[[0], 1, Shortcut, [1]]", "Shortcut adds two rows"),
        ("[[0, 0, 0], 1, Shortcut, [1]]", "Shortcut adds two rows"),
        ("[-1, 1, SPPCSPCC, [8]]", "unknown module SPPCSPCC; did you mean SPPCSPC?"),
    ],
)
def test_a_wrong_row(row: str, message: str) -> None:
    (found, *_) = loaded(model(*LEVELS, row, top=TOP)).problems
    assert found.message.startswith(message)
    assert isinstance(found.place, Place)
    assert found.place.line == 6


def test_ultralytics_models_have_none_of_them() -> None:
    for name in ("Shortcut", "MP", "IDetect"):
        found = loaded(model(*LEVELS, f"[[0, 1], 1, {name}, []]")).problems
        assert found


@pytest.fixture(scope="module")
def folder() -> Callable[[str], Path]:
    """Finds a file of the repository in a package that has them."""
    spec = find_spec("sas_yolov7")
    if spec is None or spec.origin is None:
        pytest.skip("sas-yolov7 is not installed")
    package = Path(spec.origin).parent
    return lambda name: package / "cfg" / name


@pytest.mark.parametrize("name", json.loads(FIGURES.read_text(encoding="utf-8")))
def test_the_repositorys_models(name: str, folder: Callable[[str], Path]) -> None:
    totals = load(folder(name)).totals()
    assert [totals.params, totals.macs] == json.loads(FIGURES.read_text(encoding="utf-8"))[name]
