"""The designs of a network depend on what it computes, not on how its file spells it."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import Conv, ConvTranspose, SpecError
from convcalc.checks.snapshot import fingerprint
from convcalc.networks import Network
from convcalc.redesign.of_layer import DesignFacts
from convcalc.redesign.of_network import redesigns
from support.layers import convolutions

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

Layers = list[Any]
Figures = list[tuple[str, int | None, int, int, int, int]]


def network(layers: Layers, input_shape: tuple[int, ...] = (8, 12, 12), **parts: Any) -> Network:
    return convcalc.network({"input": [*input_shape], "layers": layers, **parts})


def figures(made: Network) -> Figures:
    """All that is counted of the designs: the reasons name rows, which may be called otherwise."""
    return [design[:6] for design in redesigns(made, made.audit())]


def design(made: Network, name: str) -> tuple[int, int]:
    (found,) = [each for each in redesigns(made, made.audit(), [2]) if each.design == name]
    return found.params, found.macs


def totals(layers: Layers, input_shape: tuple[int, ...] = (8, 12, 12)) -> tuple[int, int]:
    found = network(layers, input_shape).audit().totals
    return found.params, found.macs


# Spellings of one pair


WINDOW = {"kernel_size": 3, "padding": 1}
BETWEEN: list[Layers] = [
    [],
    ["relu"],
    ["batch_norm", "relu6"],
    ["layer_norm", "identity", "gelu"],
    ["instance_norm", "prelu", "dropout", "layer_scale"],
    ["local_response_norm"],
]


def spellings(between: Layers, window: dict[str, Any], out: int) -> list[Layers]:
    """The same pair, three times; what stands between as words and as layers."""
    words = [
        {"local_response_norm": 5} if word == "local_response_norm" else word for word in between
    ]
    point = {"conv": out, "kernel_size": 1}
    return [
        [{"depthwise_conv": None, **window}, *words, point],
        [{"conv": "$in_channels", "groups": "$in_channels", **window}, *words, point],
        [{"separable_conv": out, **window, "between": between}],
    ]


@pytest.mark.parametrize("between", BETWEEN, ids=", ".join)
@pytest.mark.parametrize("channels", [1, 8])
@pytest.mark.parametrize(
    "window", [WINDOW, {**WINDOW, "stride": 2}, {"kernel_size": [5, 1], "dilation": [2, 1]}]
)
def test_a_pair_has_the_same_designs_in_every_spelling(
    between: Layers, channels: int, window: dict[str, Any]
) -> None:
    shape = (channels, 12, 12)
    ways = spellings(between, window, 16)
    if "local_response_norm" in between:
        ways.pop()  # its size cannot be told there
    apart, by_groups, *pair = [figures(network(way, shape)) for way in ways]
    assert apart == by_groups
    assert pair in ([apart], [])
    assert apart[1][2:4] == totals([{"conv": 16, **window}], shape)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_networks_with_equal_fingerprints_have_equal_designs(data: st.DataObject) -> None:
    """Random chains, written twice with each pair in a spelling of its own, and in blocks."""
    one: Layers = []
    other: Layers = []
    for _ in range(data.draw(st.integers(1, 5))):
        layer = data.draw(st.sampled_from(["pair", "conv", "depthwise", "relu", "branch"]))
        out = data.draw(st.sampled_from([8, 12, 16]))
        if layer == "pair":
            between = data.draw(st.sampled_from(BETWEEN[:-1]))
            ways = spellings(between, WINDOW, out)
            one += ways[0]
            other += ways[2]
        elif layer == "branch":
            one.append({"add": [[], [{"depthwise_conv": None, **WINDOW}]]})
            other.append({"add": [[], [{"block": "lone"}]]})
        else:
            written: Any = {
                "conv": {"conv": out, "kernel_size": data.draw(st.sampled_from([1, 3]))},
                "depthwise": {"depthwise_conv": None, "kernel_size": 3},
                "relu": "relu",
            }[layer]
            one.append(written)
            other.append(written)
    blocks = {"lone": {"layers": [{"depthwise_conv": None, **WINDOW}]}}
    first, second = network(one, (8, 20, 20)), network(other, (8, 20, 20), blocks=blocks)
    assert fingerprint(first) == fingerprint(second)
    assert figures(first) == figures(second)


# What is a pair, and what is not: the dense network beside it, written by hand


POINT = {"conv": 16, "kernel_size": 1}
DEPTHWISE = {"depthwise_conv": None, **WINDOW, "name": "d"}
DENSE = {"conv": 8, **WINDOW, "name": "d"}
PAIRS: dict[str, tuple[Layers, Layers]] = {
    "a bias of the pointwise half alone": (
        [{**DEPTHWISE, "bias": False}, POINT],
        [{"conv": 16, **WINDOW}],
    ),
    "a bias of the depthwise half alone": (
        [DEPTHWISE, {**POINT, "bias": False}],
        [{"conv": 16, **WINDOW, "bias": False}],
    ),
    "several outputs for each input channel": (
        [{"depthwise_conv": 24, **WINDOW}, POINT],
        [{"conv": 16, **WINDOW}],
    ),
    "a grouped pointwise half": (
        [DEPTHWISE, {**POINT, "groups": 2}],
        [{"conv": 16, **WINDOW}],
    ),
    "both halves with strides": (
        [{**DEPTHWISE, "stride": 2}, {**POINT, "stride": [1, 2]}],
        [{"conv": 16, **WINDOW, "stride": [2, 4]}],
    ),
    "a pointwise half that is padded the same": (
        [DEPTHWISE, {**POINT, "padding": "same"}],
        [{"conv": 16, **WINDOW}],
    ),
    "a transposed depthwise half": (
        [{"conv_transpose": 8, "kernel_size": 4, "stride": 2, "groups": 8}, "relu", POINT],
        [{"conv_transpose": 16, "kernel_size": 4, "stride": 2}],
    ),
    "the second of two depthwise convolutions": (
        [{"depthwise_conv": None, **WINDOW}, DEPTHWISE, POINT],
        [{"conv": 8, **WINDOW}, {"conv": 16, **WINDOW}],
    ),
    "pairs behind each other": (
        [DEPTHWISE, POINT, {"depthwise_conv": None, **WINDOW}, {"conv": 4, "kernel_size": 1}],
        [{"conv": 16, **WINDOW}, {"conv": 4, **WINDOW}],
    ),
    "a branch of a merge": (
        [{"concat": [[], [{"depthwise_conv": None, **WINDOW}, "relu", POINT]]}],
        [{"concat": [[], [{"conv": 16, **WINDOW}]]}],
    ),
}
ALONE: dict[str, tuple[Layers, Layers]] = {
    "somebody else reads it too": (
        [DEPTHWISE, {"conv": 8, "kernel_size": 1}, {"add": [[], "d"]}],
        [DENSE, {"conv": 8, "kernel_size": 1}, {"add": [[], "d"]}],
    ),
    "somebody else reads what stands between": (
        [DEPTHWISE, {"relu": {}, "name": "r"}, {"conv": 8, "kernel_size": 1}, {"add": [[], "r"]}],
        [DENSE, {"relu": {}, "name": "r"}, {"conv": 8, "kernel_size": 1}, {"add": [[], "r"]}],
    ),
    "a gate between": (
        [DEPTHWISE, {"multiply": [[], [{"adaptive_avg_pool": 1}, "sigmoid"]]}, POINT],
        [DENSE, {"multiply": [[], [{"adaptive_avg_pool": 1}, "sigmoid"]]}, POINT],
    ),
    "a sum between": ([{"add": [[], [DEPTHWISE]]}, POINT], [{"add": [[], [DENSE]]}, POINT]),
    "a pool between": ([DEPTHWISE, {"max_pool": 2}, POINT], [DENSE, {"max_pool": 2}, POINT]),
    "a pointwise convolution with padding": (
        [DEPTHWISE, {**POINT, "padding": 1}],
        [DENSE, {**POINT, "padding": 1}],
    ),
    "a larger kernel behind it": (
        [DEPTHWISE, {"conv": 16, "kernel_size": [1, 3]}],
        [DENSE, {"conv": 16, "kernel_size": [1, 3]}],
    ),
    "a depthwise 1x1 convolution behind it": (
        [DEPTHWISE, {"depthwise_conv": None, "kernel_size": 1}],
        [DENSE, {"conv": 8, "kernel_size": 1}],
    ),
    "a transposed one before strides": (
        [
            {"conv_transpose": 8, "kernel_size": 4, "stride": 2, "groups": 8},
            {**POINT, "stride": 2},
        ],
        [{"conv_transpose": 8, "kernel_size": 4, "stride": 2}, {**POINT, "stride": 2}],
    ),
    "it is the output": (
        [DEPTHWISE, {"conv": 8, "kernel_size": 1}, {"relu": {}, "from": "d", "repeat": 0}],
        [DENSE, {"conv": 8, "kernel_size": 1}, {"relu": {}, "from": "d", "repeat": 0}],
    ),
    "nothing behind it": ([DEPTHWISE, "batch_norm"], [DENSE, "batch_norm"]),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_becomes_one_dense_convolution(name: str) -> None:
    written, dense = PAIRS[name]
    assert design(network(written), "standard") == totals(dense)
    assert network(written).audit().totals.output_shape == (
        network(dense).audit().totals.output_shape
    )


@pytest.mark.parametrize("name", ALONE)
def test_a_lone_depthwise_convolution_becomes_dense_itself(name: str) -> None:
    written, dense = ALONE[name]
    assert design(network(written), "standard") == totals(dense)


def test_one_input_channel_has_no_groups_to_undo() -> None:
    """A first convolution on a grey image is not the depthwise half of what follows."""
    layers: Layers = [{"conv": 8, **WINDOW}, "relu", POINT]
    assert design(network(layers, (1, 12, 12)), "standard") == totals(layers, (1, 12, 12))


def test_the_groups_of_a_pair_are_those_of_its_dense_convolution() -> None:
    layers: Layers = [DEPTHWISE, "batch_norm", POINT]
    assert design(network(layers), "grouped") == totals([{"conv": 16, **WINDOW, "groups": 2}])


def test_a_separable_network_keeps_its_pairs_and_what_is_in_them() -> None:
    layers: Layers = [DEPTHWISE, "batch_norm", "relu", POINT]
    made = network(layers)
    (separable,) = (
        each for each in redesigns(made, made.audit()) if each.design == "depthwise separable"
    )
    assert separable == (
        *("depthwise separable", None, *totals(layers), 0, 0),
        (("already separable", ("d",)),),
    )


# One layer, by itself and as a network


@settings(max_examples=200, deadline=None)
@given(st.booleans(), st.data())
def test_a_layer_and_the_network_of_it_agree(transposed: bool, data: st.DataObject) -> None:
    kind = ConvTranspose if transposed else Conv
    parameters, input_shape = data.draw(convolutions(transposed=transposed))
    try:
        conv = kind(**parameters)
        compared = convcalc.compare(conv, input_shape)
    except SpecError:
        assume(False)
    groups = [each.groups for each in compared.designs if each.groups]
    whole = redesigns(compared.network, compared.audit, groups)[1:]
    for one, other in zip(
        [each for each in compared.designs if each.groups or each.name != "grouped"],
        whole,
        strict=True,
    ):
        assert (one.name, one.groups) == (other.design, other.groups)
        if isinstance(one, DesignFacts):
            found = one.audit.totals
            assert (other.params, other.macs) == (found.params, found.macs)
            assert other.changed == (not compared.is_as_given(one))
        else:
            assert [(reason, len(names)) for reason, names in other.kept] == [(str(one.reason), 1)]


# Published figures


def example(name: str) -> tuple[int, int]:
    return design(convcalc.load(EXAMPLES / f"{name}.yaml"), "standard")


def test_resnext_without_groups_is_the_wide_resnet() -> None:
    """torchvision's wide_resnet50_2: its parameters, and its 11.398 G multiply-accumulates.

    Zagoruyko, Komodakis, "Wide Residual Networks", 2016: as many channels, in one group.
    """
    params, macs = example("resnext50-32x4d")
    assert params == 68_883_240
    assert round(macs / 10**9, 3) == 11.398


def test_the_first_alexnet_without_groups() -> None:
    """By separate arithmetic over the paper's table: 62,378,344, as widely quoted."""
    convolutions = [(3, 96, 11, 55), (96, 256, 5, 27), (256, 384, 3, 13), (384, 384, 3, 13)]
    convolutions.append((384, 256, 3, 13))
    linears = [(9216, 4096), (4096, 4096), (4096, 1000)]
    params = sum(i * o * k * k + o for i, o, k, _ in convolutions) + sum(
        i * o + o for i, o in linears
    )
    macs = sum(i * o * k * k * size * size for i, o, k, size in convolutions)
    macs += sum(i * o for i, o in linears)
    assert params == 62_378_344
    assert example("alexnet-2012") == (params, macs)


def test_mobilenet_v2_with_full_convolutions() -> None:
    """Every bottleneck's 3x3 and its projection as one convolution, over the paper's table 2."""
    params, macs, channels, size = 3 * 32 * 9 + 2 * 32, 3 * 32 * 9 * 112**2, 32, 112
    for t, c, n, s in [
        *[(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)],
        *[(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)],
    ]:
        for stride in [s] + [1] * (n - 1):
            wide = t * channels
            if t > 1:
                params += channels * wide + 2 * wide
                macs += channels * wide * size**2
            size //= stride
            params += wide * c * 9 + 2 * c
            macs += wide * c * 9 * size**2
            channels = c
    params += 320 * 1280 + 2 * 1280 + 1280 * 1000 + 1000
    macs += 320 * 1280 * 49 + 1280 * 1000
    assert example("mobilenet-v2") == (params, macs)


def test_efficientnet_keeps_the_gate_between_depthwise_and_projection() -> None:
    """Each block's depthwise convolution feeds a gate, so that it becomes dense by itself."""
    made = convcalc.load(EXAMPLES / "efficientnet-b0.yaml")
    facts = made.audit()
    more = 0
    for row in facts.layers:
        if row.operation == "depthwise_conv":
            channels, *_ = row.output_shape
            more += prod(row.weights["weight"]) * (channels - 1)
    params, _ = design(made, "standard")
    assert params == facts.totals.params + more
