"""What other tools print: their measured figures, and causes that add up to them."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import Network, SpecError
from convcalc.others import causes
from convcalc.others.figures import Other, Rows, other, others, row_figures
from convcalc.others.registry import TOOLS
from convcalc.others.ultralytics import _adaptive_windows, _windows
from support.audits import example
from support.corpora import corpus, right

CONVOLUTION = {"conv": 6, "kernel_size": 3, "padding": 1}


def network(layers: list[Any], shape: tuple[int, ...] = (4, 9, 11), **more: Any) -> Network:
    return convcalc.network({"input": list(shape), "layers": layers, **more})


def figure(tool: str, layers: list[Any], shape: tuple[int, ...] = (4, 9, 11), **more: Any) -> Other:
    made = network(layers, shape, **more)
    (found,) = others(made, made.audit(), [tool])
    return found


def total(tool: str, layers: list[Any], shape: tuple[int, ...] = (4, 9, 11), **more: Any) -> Any:
    return figure(tool, layers, shape, **more).total


def misses(made: Network, measured: dict[str, Any]) -> list[str]:
    """The tools whose measured figures are others than those that are worked out."""
    found = others(made, made.audit(), list(TOOLS))
    return [
        f"{made.name}: {each.tool}"
        for each in found
        if not agrees(each, measured.get(OF_ULTRALYTICS.get(each.tool, each.tool), {}))
    ]


OF_ULTRALYTICS = {"ultralytics": "ultralytics-thop"}


def agrees(found: Other, measured: dict[str, Any]) -> bool:
    if not measured:
        return True
    if "no_figure" in measured:
        return found.total is None and measured["no_figure"].split(":")[0] in str(found.error)
    if found.sizes is not None:
        sizes = {f"{name}_mb": f"{size / 2**20:.2f}" for name, size in found.sizes.items()}
        return {**sizes, "params": found.params} == measured
    times = 2 if found.tool == "ultralytics" else 1
    expected = measured.get("flops", times * measured.get("macs", 0))
    params = found.params is None or found.params == measured["params"]
    return found.total == expected and params and found.macs in (None, measured.get("macs"))


def test_small_networks_have_the_measured_figures() -> None:
    folder = corpus("as")
    measured = right("as", "micro")
    assert len(measured) == 140
    wrong = [
        miss
        for name, figures in measured.items()
        for miss in misses(convcalc.load(folder / f"{name}.yaml"), figures)
    ]
    assert wrong == []


def test_examples_have_the_measured_figures_of_torchvision() -> None:
    """Without VGG-16, where torchvision has a pool more."""
    measured = right("as", "torchvision")
    wrong = [
        miss
        for name, figures in measured.items()
        for miss in misses(convcalc.load(example(figures["example"])), figures)
        if name != "vgg16" and not miss.endswith("torchsummary")
    ]
    assert wrong == []


def test_a_transposed_convolution_over_its_output() -> None:
    layer = {"conv_transpose": 32, "kernel_size": 4, "stride": 2, "padding": 1}
    shape = (16, 32, 32)
    weights, pixels = 16 * 32 * 4 * 4, 64 * 64
    assert total("torchinfo", [layer], shape) == (weights + 32) * pixels == 33_685_504
    assert total("thop", [layer], shape) == weights * pixels == 33_554_432
    assert total("ptflops", [layer], shape) == weights * 32 * 32 + 32 * pixels == 8_519_680
    assert total("fvcore", [layer], shape) == weights * 32 * 32


def test_a_pool_is_counted_with_what_floating_point_makes_of_it() -> None:
    layers = [{"adaptive_avg_pool": [3, 7]}]
    assert (13 * 17 + 21) * 6 == 1452
    assert total("thop", layers, (6, 13, 17)) == 1451
    assert total("thop@0.0.31", layers, (6, 13, 17)) == (4 * 2 + 1) * 126


@given(size=st.integers(1, 30), outputs=st.integers(1, 30))
def test_adaptive_windows(size: int, outputs: int) -> None:
    edges = [ceil((j + 1) * size / outputs) - floor(j * size / outputs) for j in range(outputs)]
    assert _adaptive_windows(size, outputs) == sum(edges)


@given(size=st.integers(1, 30), kernel=st.integers(1, 6), stride=st.integers(1, 6), data=st.data())
def test_windows_end_at_the_padding(size: int, kernel: int, stride: int, data: Any) -> None:
    pad = data.draw(st.integers(0, kernel // 2))
    whole = data.draw(st.booleans())
    if size + 2 * pad < kernel:
        return
    pool = convcalc.AvgPool((kernel,), stride=(stride,), padding=(pad,), ceil_mode=whole)
    _, outputs = pool.output_shape((1, size))
    starts = [j * stride - pad for j in range(outputs)]
    covered = sum([min(start + kernel, size + pad) - start for start in starts])
    assert _windows(size, outputs, kernel, stride, (pad, pad)) == covered


LAYERS = st.sampled_from(
    [
        CONVOLUTION,
        {"conv": 6, "kernel_size": 2, "padding": "same"},
        {"conv": 6, "kernel_size": 1, "padding": "valid", "as": "linear"},
        {"conv": 6, "kernel_size": 1, "as": "subclass"},
        {"depthwise_conv": None, "kernel_size": 3, "padding": 1},
        {"separable_conv": 6, "kernel_size": 3, "padding": 1, "between": ["batch_norm", "relu6"]},
        {"conv_transpose": 6, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2},
        *("batch_norm", "instance_norm", "layer_norm", "relu", "softmax", "prelu", "layer_scale"),
        {"layer_norm": None, "as": "subclass"},
        {"group_norm": 2},
        {"local_response_norm": 4},
        {"relu": None, "as": "functional"},
        {"max_pool": 2, "stride": 1, "padding": 1},
        {"avg_pool": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        {"adaptive_avg_pool": [4, 3]},
        {"adaptive_avg_pool": 1, "as": "mean"},
        {"upsample": 2, "mode": "bilinear"},
        {"upsample": [1, 2]},
        {"upsample": None, "size": [17, 9], "mode": "bicubic"},
        {"add": [[], "relu"], "as": "functional"},
        {"reduce": "mean", "axes": [0]},
        {"conv": 6, "kernel_size": 3, "padding": 1, "training": True},
        {"conv": 6, "kernel_size": 3, "padding": 1, "as": "functional"},
        {"relu": None, "as": "method"},
        {"elu": None, "as": "subclass"},
        {"add": [[], "relu"]},
        {"matmul": [[], []], "transpose": "b"},
        {"crop": 1},
    ]
)


@settings(max_examples=60, deadline=None)
@given(layers=st.lists(LAYERS, max_size=6), batch=st.sampled_from([1, 3]))
def test_causes_and_rows_add_up(layers: list[Any], batch: int) -> None:
    try:
        made = network([{"conv": 6, "kernel_size": 1}, *layers], (4, 16, 16), batch=batch)
    except SpecError:
        return  # too little is left for a layer
    audit = made.audit()
    rows = Rows(made, audit)
    for tool in TOOLS.values():
        found = other(tool, rows)
        if found.total is None:
            assert found.error
            assert not found.causes
            continue
        assert audit.totals.macs + sum([each.amount for each in found.causes]) == found.total
        assert all(type(each.amount) is int and each.amount for each in found.causes)
        figures = row_figures(tool, rows)
        idle = [row.training for row in made.rows]
        assert [figure is None for figure in figures] == idle
        assert sum([each or 0 for each in figures]) == found.total


NO_RULES = [
    ({"attention": [[], [], []], "heads": 2}, "attention_1 (attention)"),
    ({"matmul": [[], []], "transpose": "b"}, "matmul_1 (matmul)"),
    ({"crop": 1}, "crop_1 (crop)"),
    ({"opaque": "SimAM", "shape": "same", "params": 0}, "opaque_1 (opaque)"),
    ({"upsample": 1.5}, "upsample_1 (upsample by a factor that is not whole)"),
    ({"max_pool": 2, "padding": "same"}, "max_pool_1 (max_pool with padding that nn layers"),
    ({"batch_norm": None, "affine": "bias"}, "batch_norm_1 (batch_norm with one of"),
]


@pytest.mark.parametrize(("layer", "named"), NO_RULES)
def test_without_a_rule_there_is_no_figure(layer: dict[str, Any], named: str) -> None:
    made = network([{"conv": 4, "kernel_size": 1, "name": "first"}, layer])
    for found in others(made, made.audit(), list(TOOLS)):
        assert (found.total, found.params, found.macs, [*found.causes]) == (None, None, None, [])
        assert f"no rule is known for {named}" in str(found.error)


def test_a_tool_that_stops_has_no_figure() -> None:
    assert "StopIteration" in str(figure("calflops", ["relu"]).error)
    assert "upsample_1" in str(figure("calflops", [CONVOLUTION, {"upsample": [1, 2]}]).error)
    assert total("ptflops", ["relu"]) == 2 * 4 * 9 * 11


def test_weights_that_are_shared_count_each_time_and_once() -> None:
    layers = [{**CONVOLUTION, "conv": 4, "name": "a"}, {**CONVOLUTION, "conv": 4, "weights": "a"}]
    found = figure("torchinfo", layers)
    assert (found.total, found.params) == (2 * (144 + 4) * 99, 148)


def test_what_torchsummary_makes_of_weights_and_inputs() -> None:
    """It counts weights at each call, and multiplies the values of several inputs."""
    layers = [{**CONVOLUTION, "conv": 4, "name": "a"}, {**CONVOLUTION, "conv": 4, "weights": "a"}]
    found = figure("torchsummary", layers)
    assert found.sizes is not None
    assert (found.params, found.sizes["params"]) == (2 * 148, 4 * 2 * 148)
    made = convcalc.network(
        {
            "input": {"a": [3, 8, 8], "b": [2, 8, 8]},
            "layers": [{"concat": ["a", "b"]}, {"conv": 2, "kernel_size": 1}],
        }
    )
    (found,) = others(made, made.audit(), ["torchsummary"])
    assert found.sizes is not None
    assert found.sizes["input"] == 4 * (3 * 8 * 8) * (2 * 8 * 8)
    prelu = figure("torchsummary", [{"prelu": None, "as": "functional"}])
    assert (prelu.sizes, prelu.params) == (None, None)
    assert "no rule is known for prelu_1 (prelu, as: functional)" in str(prelu.error)


def test_what_only_training_runs_has_parameters_alone() -> None:
    head = {"conv": 10, "kernel_size": 1, "training": True}
    found = figure("fvcore", [CONVOLUTION, head])
    assert found.total == 6 * 4 * 9 * 99
    assert found.params == 6 * 4 * 9 + 6 + 10 * 6 + 10


@pytest.mark.parametrize("tool", [name for name in TOOLS if name != "torchsummary"])
def test_a_batch(tool: str) -> None:
    layers = [CONVOLUTION, "batch_norm", "relu", {"avg_pool": 2}, {"adaptive_avg_pool": 2}]
    one, three = total(tool, layers), figure(tool, layers, batch=3)
    amounts = dict(three.causes)
    assert three.total == (3 if TOOLS[tool].scales else 1) * one
    assert (causes.ONE_INPUT in amounts) != TOOLS[tool].scales
    assert (causes.DOUBLED in amounts) == (TOOLS[tool].unit == "FLOPs")


POOLED = [{"conv": 8, "kernel_size": 1}, "relu", {"adaptive_avg_pool": 1}]


def test_how_layers_are_written_matters_to_nothing_else() -> None:
    defaults = {"relu": {"as": "functional"}, "adaptive_avg_pool": {"as": "mean"}}
    plain = network(POOLED)
    styled = network(POOLED, defaults=defaults)
    assert [row.style for row in styled.rows] == ["", "functional", "mean"]
    before, after = plain.audit(), styled.audit()
    assert (before.layers, before.totals) == (after.layers, after.totals)
    amounts = [
        [total(tool, POOLED, defaults=given) for given in ({}, defaults)]
        for tool in ("thop", "ptflops", "fvcore", "torch")
    ]
    values = 8 * 9 * 11
    lost = [before - after for before, after in amounts]
    assert lost == [(99 + 1) * 8, values + 2 * values, values, 0]


def test_a_linear_layer_on_channels_last() -> None:
    """torchinfo does not see the positions; 0.0.31 of thop has no bias."""
    layers = [{"conv": 8, "kernel_size": 1, "as": "linear"}]
    assert total("torchinfo", layers) == 8 * 4 + 8
    assert total("thop@0.0.31", layers) == 8 * 4 * 99
    assert total("calflops", layers) == 2 * 8 * 4 * 99


def test_a_row_overrides_what_is_said_of_its_operation() -> None:
    layers = ["relu", {"relu": None, "as": "module"}]
    made = network(layers, defaults={"relu": {"as": "functional"}})
    assert [row.style for row in made.rows] == ["functional", ""]


def test_tools_are_declared_by_their_names() -> None:
    assert all(name == tool.name for name, tool in TOOLS.items())
    words = [kind for tool in TOOLS.values() for kind in tool.rules]
    assert all(words)
