"""Shapes, params, MACs and receptive fields against loops that know no formula."""

from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc import Conv, ConvTranspose, SpecError
from convcalc.facts.connectivity import Link, channel_grid
from support.layers import convolutions
from support.loops import (
    count_convolution,
    count_transposed,
    linked_channels,
    widest_view,
    window_starts,
)

CONV_LOOP = ("kernel_size", "stride", "padding", "dilation", "groups")
TRANSPOSED_LOOP = ("kernel_size", "stride", "padding", "output_padding", "dilation", "groups")


def require_counted(
    kind: type[Conv | ConvTranspose], layer: Any, counted: Any, *, refusal: str
) -> None:
    """Shapes, MACs and parameters are those that the loops count; an empty output is refused."""
    parameters, input_shape = layer
    conv = kind(**parameters)
    if 0 in counted.output_shape:
        with pytest.raises(SpecError, match=refusal):
            conv.output_shape(input_shape)
        return
    assert conv.output_shape(input_shape) == counted.output_shape
    assert conv.macs(input_shape) == counted.multiplications
    assert prod(conv.weight_shape) == counted.weights
    assert conv.params == counted.weights + (parameters["out_channels"] if conv.bias else 0)


@given(convolutions())
def test_convolution(layer: Any) -> None:
    parameters, input_shape = layer
    counted = count_convolution(
        input_shape, parameters["out_channels"], *[parameters[name] for name in CONV_LOOP]
    )
    require_counted(Conv, layer, counted, refusal="spans")


@given(convolutions(transposed=True))
def test_transposed_convolution(layer: Any) -> None:
    parameters, input_shape = layer
    limits = zip(
        parameters["output_padding"], parameters["stride"], parameters["dilation"], strict=True
    )
    if any(extra >= stride and extra >= dilation for extra, stride, dilation in limits):
        with pytest.raises(SpecError, match="output_padding"):
            ConvTranspose(**parameters)
        return
    counted = count_transposed(
        input_shape, parameters["out_channels"], *[parameters[name] for name in TRANSPOSED_LOOP]
    )
    require_counted(ConvTranspose, layer, counted, refusal="crops")


@given(
    size=st.integers(1, 12),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
)
def test_same_padding_is_the_least_that_gives_an_output_for_every_stride(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    conv = Conv(1, 1, kernel, stride=stride, dilation=dilation, padding="same", dims=1)
    wanted = len(range(0, size, stride))
    ((low, high),) = conv.pads((1, size))
    assert conv.output_shape((1, size)) == (1, wanted)
    assert len(window_starts(low + size + high, kernel, stride, dilation)) == wanted
    assert high - low in (0, 1)
    if low + high:
        assert len(window_starts(low + size + high - 1, kernel, stride, dilation)) < wanted


@pytest.mark.parametrize("transposed", [False, True])
@given(kernel=st.integers(1, 6), stride=st.integers(1, 6), dilation=st.integers(1, 6))
def test_receptive_field(kernel: int, stride: int, dilation: int, *, transposed: bool) -> None:
    kind = ConvTranspose if transposed else Conv
    conv = kind(1, 1, kernel, stride=stride, dilation=dilation, dims=1)
    assert conv.receptive_field == (widest_view(kernel, stride, dilation, transposed=transposed),)


@given(
    groups=st.integers(1, 12),
    inputs=st.integers(1, 5),
    outputs=st.integers(1, 5),
    most=st.integers(3, 9),
)
def test_the_channel_grid_says_which_channels_are_linked(
    groups: int, inputs: int, outputs: int, most: int
) -> None:
    in_channels, out_channels = groups * inputs, groups * outputs
    grid = channel_grid(Conv(in_channels, out_channels, 1, groups=groups), most)
    assert max(len(grid.inputs), len(grid.outputs)) <= most
    for blocks, channels in ((grid.inputs, in_channels), (grid.outputs, out_channels)):
        shown = [channel for block in blocks for channel in block or ()]
        assert sorted(set(shown)) == shown
        assert (None in blocks) == (len(shown) < channels) == (groups > most)
        assert channels - 1 in shown
    linked = set(linked_channels(in_channels, out_channels, groups))
    for row, block_out in zip(grid.links, grid.outputs, strict=True):
        for link, block_in in zip(row, grid.inputs, strict=True):
            if block_out is None or block_in is None:
                assert link is Link.LEFT_OUT
                continue
            pairs = {pair in linked for pair in product(block_out, block_in)}
            assert pairs == {link is Link.ALL}
