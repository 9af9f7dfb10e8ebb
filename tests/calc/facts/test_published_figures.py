"""Figures that others have published, and errors in circulation that must not be repeated."""

from math import prod
from typing import Any

import pytest

from convcalc import Conv, ConvTranspose, SpecError, compare
from support.designs import design

SHAPES = [
    # in_channels, size, out_channels, parameters, output shape
    (16, (64, 64), 32, {"kernel_size": 3, "padding": 1, "groups": 4}, (32, 64, 64)),
    (3, (7, 7), 2, {"kernel_size": 3, "padding": 1, "stride": 2, "dilation": 2}, (2, 3, 3)),
    (1, (9, 9), 1, {"kernel_size": 3}, (1, 7, 7)),
    (1, (7, 7), 4, {"kernel_size": 3}, (4, 5, 5)),
    (3, (7, 7), 4, {"kernel_size": 3}, (4, 5, 5)),
    (3, (9, 9), 2, {"kernel_size": 3, "stride": (1, 3)}, (2, 7, 3)),
    (2, (7, 7), 1, {"kernel_size": 3, "padding": 1}, (1, 7, 7)),
    (2, (7, 7), 1, {"kernel_size": 3, "padding": 1, "dilation": (4, 2)}, (1, 1, 5)),
    (2, (7, 7), 4, {"kernel_size": 3, "padding": 2, "stride": 2, "groups": 2}, (4, 5, 5)),
    # In circulation as (2, 3, 9).
    (3, (7, 9), 2, {"kernel_size": (5, 2)}, (2, 3, 8)),
]


@pytest.mark.parametrize(("in_channels", "size", "out_channels", "parameters", "output"), SHAPES)
def test_output_shapes(
    in_channels: int,
    size: tuple[int, ...],
    out_channels: int,
    parameters: dict[str, Any],
    output: tuple[int, ...],
) -> None:
    conv = Conv(in_channels, out_channels, **parameters)
    assert conv.output_shape((in_channels, *size)) == output


@pytest.mark.parametrize(
    ("in_channels", "out_channels", "groups", "weight"),
    [
        (6, 6, 1, (6, 6, 1, 1)),
        (6, 6, 2, (6, 3, 1, 1)),
        (6, 6, 3, (6, 2, 1, 1)),
        (6, 6, 6, (6, 1, 1, 1)),
        (6, 3, 1, (3, 6, 1, 1)),
    ],
)
def test_weights_of_kernel_1(
    in_channels: int, out_channels: int, groups: int, weight: tuple[int, ...]
) -> None:
    assert Conv(in_channels, out_channels, 1, groups=groups).weight_shape == weight


@pytest.mark.parametrize(("groups", "weights"), [(1, 36), (3, 12)])
def test_number_of_weights_of_kernel_1(groups: int, weights: int) -> None:
    assert Conv(6, 6, 1, groups=groups, bias=False).params == weights


@pytest.mark.parametrize(("in_channels", "out_channels", "groups"), [(6, 4, 4), (2, 3, 2)])
def test_groups_must_divide_both_channel_counts(
    in_channels: int, out_channels: int, groups: int
) -> None:
    with pytest.raises(SpecError, match=f"groups={groups} does not divide"):
        Conv(in_channels, out_channels, 3, groups=groups)


def test_one_kernel_has_9_params_and_10_with_bias() -> None:
    assert Conv(1, 1, 3, bias=False).params == 9
    assert Conv(1, 1, 3).params == 10


def test_the_second_of_two_inputs_has_4_times_3_kernels() -> None:
    assert Conv(1, 4, 3).weight_shape[:2] == (4, 1)
    assert Conv(3, 4, 3).weight_shape[:2] == (4, 3)


def test_dilation_widens_the_reach_to_9_by_5() -> None:
    assert Conv(2, 1, 3, padding=1, dilation=(4, 2)).receptive_field == (9, 5)


def test_two_groups_are_two_halves_of_16_to_24() -> None:
    whole, half = Conv(32, 48, 3, groups=2), Conv(16, 24, 3)
    assert whole.params == 2 * half.params
    assert whole.macs((32, 8, 8)) == 2 * half.macs((16, 8, 8))


def test_grouped_example_and_its_separable_pair() -> None:
    comparison = compare(Conv(16, 32, 3, padding=1, groups=4), (16, 64, 64))
    assert comparison.audit.totals.params == 1184
    assert comparison.audit.layers[0].output_shape == (32, 64, 64)
    depthwise, pointwise = design(comparison).audit.layers
    assert (depthwise.params, pointwise.params) == (160, 544)
    assert design(comparison).audit.totals.params == 704
    assert (depthwise.output_shape, pointwise.output_shape) == ((16, 64, 64), (32, 64, 64))


def test_memory_as_torchsummary_prints_it() -> None:
    totals = compare(Conv(16, 32, 3, padding=1, groups=4), (16, 64, 64)).audit.totals
    printed = [
        f"{number / 1024**2:.2f}"
        for number in (
            totals.input_bytes,
            2 * totals.activation_bytes,
            totals.weight_bytes,
            totals.torchsummary_bytes,
        )
    ]
    assert printed == ["0.25", "1.00", "0.00", "1.25"]


@pytest.mark.parametrize(("channels", "out_channels", "kernel"), [(16, 32, 3), (3, 5, 7)])
def test_a_separable_pair_has_in_k_k_plus_in_out_weights(
    channels: int, out_channels: int, kernel: int
) -> None:
    """In circulation with `out * 1 * 1` for the second half."""
    comparison = compare(Conv(channels, out_channels, kernel, bias=False), (channels, 9, 9))
    expected = channels * kernel * kernel + channels * out_channels
    assert design(comparison).audit.totals.params == expected


def test_channels_of_a_group_do_not_share_a_kernel() -> None:
    """In circulation: "each group shares one kernel"."""
    kernels = prod(Conv(16, 32, 3, groups=4).weight_shape[:2])
    assert kernels == 32 * 16 // 4


def test_filters_of_depthwise_groups_keep_their_size() -> None:
    """In circulation: with groups = in_channels filters have size floor(out / in)."""
    assert Conv(4, 12, 3, groups=4).weight_shape == (12, 1, 3, 3)


@pytest.mark.parametrize(
    ("layer", "input_shape", "macs"),
    [
        (Conv(16, 32, 3, padding=1, groups=4), (16, 64, 64), 4_718_592),
        (ConvTranspose(16, 32, 4, stride=2, padding=1), (16, 32, 32), 8_388_608),
        (Conv(16, 32, 4, padding="same", bias=False), (16, 32, 32), 8_388_608),
    ],
)
def test_layers_that_other_tools_get_wrong(
    layer: Conv | ConvTranspose, input_shape: tuple[int, ...], macs: int
) -> None:
    assert layer.macs(input_shape) == macs
