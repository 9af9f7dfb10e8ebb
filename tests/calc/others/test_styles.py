"""What the way in which a layer is written makes of the figures of other tools."""

from __future__ import annotations

from typing import Any

import pytest

import convcalc
from convcalc import SpecError
from convcalc.others.figures import others

CHANNELS, HEIGHT, WIDTH = 6, 9, 12
POSITIONS = HEIGHT * WIDTH
VALUES = CHANNELS * POSITIONS
WINDOW = {"conv": 8, "kernel_size": 3, "padding": 1}
CONV = 3 * 3 * CHANNELS * 8 * POSITIONS
BIAS = 8 * POSITIONS
POINTWISE = {"conv": 8, "kernel_size": 1}
LINEAR = CHANNELS * 8 * POSITIONS
POOL = {"adaptive_avg_pool": 1}
NORM = {"layer_norm": None}
LARGER = {"upsample": None, "size": [13, 17], "mode": "bilinear"}
LARGE = CHANNELS * 13 * 17
ADDED: dict[str, Any] = {"add": [[], []]}
NONE: dict[str, int] = {}

FIGURES: list[tuple[dict[str, Any], str, dict[str, int]]] = [
    ({"relu": None}, "module", {"ptflops": 2 * VALUES, "calflops": VALUES}),
    ({"relu": None}, "functional", {"ptflops": VALUES, "calflops": VALUES}),
    ({"relu": None}, "subclass", {"ptflops": VALUES, "calflops": VALUES}),
    ({"relu": None}, "method", NONE),
    ({"relu6": None}, "module", {"ptflops": VALUES}),
    ({"relu6": None}, "functional", {"ptflops": VALUES, "calflops": VALUES}),
    ({"relu6": None}, "subclass", NONE),
    ({"leaky_relu": None}, "functional", {"calflops": VALUES}),
    ({"sigmoid": None}, "functional", NONE),
    (POOL, "functional", {"ptflops": VALUES, "calflops": VALUES, "fvcore": VALUES}),
    (POOL, "mean", NONE),
    (
        POOL,
        "subclass",
        {"ptflops": VALUES, "calflops": VALUES, "fvcore": VALUES}
        | {"ultralytics": 2 * (VALUES + CHANNELS)},
    ),
    ({"max_pool": 3}, "method", NONE),
    (
        WINDOW,
        "subclass",
        dict.fromkeys(("torch", "calflops", "ultralytics"), 2 * CONV)
        | dict.fromkeys(("torchinfo", "ptflops-aten"), CONV + BIAS)
        | {"fvcore": CONV, "calflops": 2 * CONV + BIAS},
    ),
    (
        WINDOW,
        "functional",
        {"torch": 2 * CONV, "calflops": 2 * CONV + BIAS, "fvcore": CONV}
        | {"ptflops-aten": CONV + BIAS},
    ),
    (
        POINTWISE,
        "linear",
        dict.fromkeys(("torch", "calflops", "ultralytics"), 2 * LINEAR)
        | dict.fromkeys(("thop", "thop@0.0.31", "fvcore"), LINEAR)
        | dict.fromkeys(("ptflops", "ptflops-aten"), LINEAR + BIAS)
        | {"torchinfo": CHANNELS * 8 + 8},
    ),
    (NORM, "functional", {"fvcore": 5 * VALUES, "calflops": 5 * VALUES}),
    (
        NORM,
        "subclass",
        {"fvcore": 5 * VALUES, "calflops": 5 * VALUES}
        | {"ultralytics": 2 * 4 * VALUES, "torchinfo": 2 * CHANNELS},
    ),
    (
        LARGER,
        "module",
        {"ptflops": 2 * LARGE, "fvcore": 4 * LARGE, "calflops": 13 * 17}
        | {"thop": 11 * LARGE, "thop@0.0.31": 11 * LARGE, "ultralytics": 2 * 11 * LARGE},
    ),
    (LARGER, "functional", {"ptflops": LARGE, "fvcore": 4 * LARGE, "calflops": 13 * 17}),
    (ADDED, "module", NONE),
    (ADDED, "functional", {"ptflops": VALUES, "calflops": VALUES}),
]
"""What each tool counts for a layer on 6 x 9 x 12 values; nothing where it is not named. Each was
read off the source of the tool, and measured with it."""
TOOLS = ("torch", "thop", "thop@0.0.31", "ultralytics", "fvcore", "ptflops", "ptflops-aten")
UNKNOWN = {("torchinfo", "functional"): ("conv", "layer_norm")}
STEM = {"conv": CHANNELS, "kernel_size": 1, "bias": False, "name": "stem"}


def figures(layers: list[Any]) -> dict[str, Any]:
    network = convcalc.network({"input": [4, HEIGHT, WIDTH], "layers": [STEM, *layers]})
    found = others(network, network.audit(), [*TOOLS, "torchinfo", "calflops"])
    return {each.tool: each for each in found}


@pytest.mark.parametrize(("layer", "style", "counts"), FIGURES)
def test_what_a_tool_counts(layer: dict[str, Any], style: str, counts: dict[str, int]) -> None:
    before, after = figures([]), figures([{**layer, "as": style}])
    for tool, found in after.items():
        if next(iter(layer)) in UNKNOWN.get((tool, style), ()):
            assert found.total is None
            assert f"as: {style}" in found.error
        else:
            assert (tool, found.total - before[tool].total) == (tool, counts.get(tool, 0))


@pytest.mark.parametrize("style", ["functional", "subclass"])
def test_parameters_of_classes_that_it_does_not_know(style: str) -> None:
    found = figures([{**WINDOW, "as": style}])
    assert found["thop"].params == found["thop@0.0.31"].params == 4 * CHANNELS
    assert found["fvcore"].params == 4 * CHANNELS + 3 * 3 * CHANNELS * 8 + 8


def test_parameters_of_layers_that_do_not_run() -> None:
    found = figures([{"relu": None}, {**POINTWISE, "training": True}])
    assert found["thop"].params == found["thop@0.0.31"].params == 4 * CHANNELS
    assert found["torchinfo"].params == 4 * CHANNELS + CHANNELS * 8 + 8


def test_attention_that_is_written_as_products() -> None:
    attention = {"attention": [[], [], []], "heads": 2}
    assert figures([attention])["ultralytics"].total is None
    found = figures([{**attention, "as": "functional"}])
    macs = POSITIONS * POSITIONS * 2 * CHANNELS
    assert found["ultralytics"].total == 2 * (4 * VALUES + macs)
    assert found["thop"].total is None


def test_a_style_of_an_operation_is_for_the_layers_that_can_have_it() -> None:
    layers = [{"conv": 8, "kernel_size": 1}, WINDOW]
    content = {"input": [4, 9, 9], "defaults": {"conv": {"as": "linear"}}, "layers": layers}
    assert [row.style for row in convcalc.network(content).rows] == ["linear", ""]
    with pytest.raises(SpecError, match="as: linear is for a conv with kernel_size 1"):
        figures([{**WINDOW, "as": "linear"}])


@pytest.mark.parametrize("layer", [{"batch_norm": None}, LARGER, {"relu": None}])
def test_of_other_classes_only_what_the_tensors_tell_is_known(layer: dict[str, Any]) -> None:
    found = figures([{**layer, "as": "other"}])
    known = {tool for tool, each in found.items() if each.total is not None}
    assert known == {"torch", "ptflops-aten"}
    assert "as: other" in found["thop"].error


def test_a_method_with_weights_is_not_known_to_torchinfo() -> None:
    found = figures([{"prelu": None, "as": "method"}])
    assert found["torchinfo"].total is None
    assert found["thop"].total == figures([])["thop"].total


def test_a_mean_has_one_position() -> None:
    layers = [{"adaptive_avg_pool": [1, 2]}, POOL]
    content = {"input": [4, 9, 9], "defaults": {"adaptive_avg_pool": {"as": "mean"}}}
    made = convcalc.network({**content, "layers": layers})
    assert [row.style for row in made.rows] == ["", "mean"]
    with pytest.raises(SpecError, match="as: mean is for an adaptive_avg_pool to 1 position"):
        figures([{"adaptive_avg_pool": [1, 2], "as": "mean"}])


def test_padding_of_other_values_is_no_word() -> None:
    same = {"conv": 8, "kernel_size": 3, "padding": "same"}
    zeros, circular = figures([same]), figures([{**same, "padding_mode": "circular"}])
    assert circular["fvcore"].total - zeros["fvcore"].total == CONV
    assert circular["torch"].total == zeros["torch"].total
