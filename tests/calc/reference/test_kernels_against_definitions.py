"""Kernels at every position against the definitions in plain loops, PyTorch or no PyTorch."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convcalc import Conv, ConvTranspose, Linear, MatMul, MaxPool, Reduce, SpecError
from convcalc.operations import merging
from convcalc.operations.activations import Identity, PReLU, dropout
from convcalc.operations.base import Operation
from convcalc.operations.pooling import AdaptiveMaxPool, AvgPool
from convcalc.operations.registry import DECLARATIONS
from convcalc.operations.reshaping import (
    ChannelShuffle,
    ChannelSlice,
    Flatten,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Unflatten,
)
from convcalc.reference.activations import prelu_value
from convcalc.reference.kernel import Call
from convcalc.reference.registry import KERNELS
from convcalc.reference.sliding import Sliding, padded
from convcalc.reference.workspace import Workspace
from support.kernels import Array, computed, defined
from support.layers import convolutions
from support.loops import count_convolution, count_transposed
from support.slow import slow_unless

EACH = settings(max_examples=300, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)


def whole(chosen: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return chosen.integers(-7, 8, shape).astype(np.float32)


def equal_everywhere(operation: Any, shape: tuple[int, ...], seed: int) -> Call:
    chosen = np.random.default_rng(seed)
    values = whole(chosen, shape)
    shapes = KERNELS[operation.word].weights(operation, shape[1:])
    weights = {name: whole(chosen, each) for name, each in shapes.items()}
    call = Call(operation, [values], weights, Workspace())
    result = KERNELS[operation.word].run(call)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, defined(operation, [values], result.shape, weights))
    return call


def test_every_operation_has_a_kernel() -> None:
    """What consists of several layers is run as those."""
    of_several = {"separable_conv", "self_attention", "squeeze_excite"}
    assert set(KERNELS) == set(DECLARATIONS) - of_several


@EACH
@given(convolutions(), st.sampled_from([None, "same"]), SEEDS)
def test_convolution_and_its_work(layer: Any, padding: str | None, seed: int) -> None:
    parameters, input_shape = layer
    conv = Conv(**{**parameters, **({"padding": padding} if padding else {})})
    try:
        conv.output_shape(input_shape)
    except SpecError:
        assume(False)
    call = equal_everywhere(conv, (2, *input_shape), seed)
    counted = count_convolution(
        input_shape,
        conv.out_channels,
        conv.kernel_size,
        conv.stride,
        conv.pads(input_shape),
        conv.dilation,
        conv.groups,
    )
    assert call.workspace.macs == 2 * counted.multiplications


@pytest.mark.slow
@EACH
@given(convolutions(transposed=True), SEEDS)
def test_transposed_convolution_and_its_work(layer: Any, seed: int) -> None:
    parameters, input_shape = layer
    try:
        conv = ConvTranspose(**parameters)
        conv.output_shape(input_shape)
    except SpecError:
        assume(False)
    call = equal_everywhere(conv, (2, *input_shape), seed)
    counted = count_transposed(
        input_shape,
        conv.out_channels,
        conv.kernel_size,
        conv.stride,
        conv.padding,
        conv.output_padding,
        conv.dilation,
        conv.groups,
    )
    assert call.workspace.macs == 2 * counted.multiplications


@pytest.mark.parametrize("portion", slow_unless(lambda most: most in (7, 300), [1, 7, 40, 300]))
@pytest.mark.parametrize(
    "operation",
    [
        Conv(6, 4, (3, 2), stride=(1, 2), padding=(2, 1), dilation=(2, 1), groups=2),
        Conv(4, 4, (2, 3, 2), padding=1, groups=4),
        Conv(3, 70, 3, padding=1),
        Conv(2, 3, 5, padding="same", dims=1),
        ConvTranspose(6, 4, (3, 2), stride=(1, 2), padding=(1, 0), groups=2),
        ConvTranspose(2, 2, (2, 3, 2), stride=2, dilation=3, output_padding=1),
    ],
    ids=repr,
)
def test_blocks_of_any_size_give_the_same(
    operation: Any, portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PORTION", "SMALL_PORTION"):
        monkeypatch.setattr(f"convcalc.reference.convolution.{name}", portion)
    sizes = {1: (19,), 2: (7, 9), 3: (4, 5, 6)}[operation.dims]
    call = equal_everywhere(operation, (2, operation.in_channels, *sizes), 1)
    assert call.workspace.macs == 2 * operation.macs((operation.in_channels, *sizes))


@pytest.mark.parametrize(
    ("changes", "is_copied"), [({}, False), ({"padding": 1, "stride": 2}, True)]
)
def test_columns_of_a_pointwise_convolution_are_its_input(
    changes: dict[str, Any], is_copied: bool
) -> None:
    """But not every one that leaves the size alone: 3 positions and 2 of padding, by 2, are 3."""
    conv = Conv(4, 6, 1, **changes)
    assert conv.output_shape((4, 3, 3)) == (6, 3, 3)
    call = equal_everywhere(conv, (2, 4, 3, 3), 1)
    assert ("columns" in call.workspace._scratch) == is_copied


def test_columns_are_laid_out_for_one_row_of_the_kernel() -> None:
    """2 channels and 3 taps, for 3 outputs in each of the 5 rows that the kernel's rows see."""
    call = equal_everywhere(Conv(2, 4, 3), (1, 2, 5, 5), 1)
    assert call.workspace._scratch["columns"].size == 2 * 3 * 3 * 5


def test_a_transposed_layer_of_many_outputs_holds_few_products_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the least those of one output and one position, with every tap."""
    for portion in (3, 4, 40):
        monkeypatch.setattr("convcalc.reference.convolution.PORTION", portion)
        call = equal_everywhere(ConvTranspose(2, 50, 2), (1, 2, 6, 6), 1)
        assert call.workspace._scratch["columns"].size <= max(2 * 2, portion)


@pytest.mark.parametrize(
    "pool",
    [
        MaxPool(3, stride=2, padding=1, ceil_mode=True),
        MaxPool((2, 5), padding="same", dilation=(3, 1), stride=1),
        AvgPool(3, stride=2, padding=1, ceil_mode=True),
        AvgPool((2, 5), padding="same", stride=(1, 3)),
        AvgPool(2, padding=((0, 1), (1, 0)), stride=2, ceil_mode=True),
    ],
    ids=repr,
)
def test_pools_with_padding_that_pytorch_has_not(pool: Operation) -> None:
    values = whole(np.random.default_rng(1), (2, 3, 8, 11)).astype(np.float64)
    result = computed(pool, [values])
    assert result.shape[1:] == pool.output_shape((3, 8, 11))
    np.testing.assert_allclose(result, defined(pool, [values], result.shape), rtol=1e-15)


def test_a_window_on_padding_alone_has_no_largest_value() -> None:
    pool = MaxPool(2, padding="same", dilation=4, stride=1, dims=1)
    assert computed(pool, [np.ones((1, 1, 1))]).tolist() == [[[-np.inf]]]
    assert defined(pool, [np.ones((1, 1, 1))], (1, 1, 1)).tolist() == [[[-np.inf]]]


@pytest.mark.parametrize("slopes", [1, 2])
def test_a_slope_for_all_channels_or_for_each(slopes: int) -> None:
    call = equal_everywhere(PReLU(slopes), (2, 2, 3, 4), 1)
    of_the_first, of_the_last = call.weights["weight"][[0, -1]].tolist()
    negative = call.input < 0
    for channel, slope in enumerate((of_the_first, of_the_last)):
        number, *position = np.argwhere(negative[:, channel])[0].tolist()
        value = float(call.input[number, channel, *position])
        assert prelu_value(call, (number, channel, *position)) == slope * value


def test_what_needs_no_padding_is_not_copied() -> None:
    window = Sliding((2, 2), (1, 1), (1, 1), ((0, 0), (0, 0)))
    values = whole(np.random.default_rng(1), (3, 5, 6))
    block = (slice(1, 3), slice(0, 5))
    seen = padded(values, window, block, Workspace())
    assert np.shares_memory(seen, values)
    np.testing.assert_array_equal(seen, values[:, 1:4, 0:6])


MOVING = [
    Identity(),
    dropout(),
    Flatten(),
    Unflatten((2, 2)),
    Pad(1, dims=2),
    PixelShuffle(2),
    PixelUnshuffle(2),
    ChannelShuffle(2),
    ChannelSlice([1, 3]),
    AdaptiveMaxPool(1, dims=2),
    merging.Concat(),
    merging.Concat(1),
    merging.Maximum(),
]
MULTIPLYING = [
    Conv(4, 4, 3),
    Conv(4, 8, 3, groups=4),
    ConvTranspose(4, 2, 2),
    Linear(4, 2),
    MatMul(),
]
ADDING = [MaxPool(2), merging.Subtract(), Reduce("mean", [0]), Reduce("sum", [1])]


@pytest.mark.parametrize("operation", [*MOVING, *MULTIPLYING, *ADDING], ids=repr)
def test_what_gives_whole_numbers_is_compared_to_the_last_bit(operation: Operation) -> None:
    assert KERNELS[operation.word].exact


@pytest.mark.parametrize("operation", MOVING, ids=repr)
def test_what_only_moves_values_is_read_as_it_is(operation: Operation) -> None:
    assert KERNELS[operation.word].keeps


class TestInPlace:
    """What is overwritten gives the same as what is not."""

    @pytest.mark.parametrize("word", [word for word, each in KERNELS.items() if each.in_place])
    def test_one_input(self, word: str) -> None:
        values = whole(np.random.default_rng(1), (2, 4, 3, 5)).astype(np.float64)
        operation = operation_of(word)
        shapes = KERNELS[word].weights(operation, values.shape[1:])
        weights = {name: np.arange(1.0, shape[0] + 1) for name, shape in shapes.items()}
        merges = KERNELS[word].run.__module__ == "convcalc.reference.merging"
        inputs = [values, values[:, :, :1, :1] + 1] if merges else [values]
        expected = KERNELS[word].run(Call(operation, inputs, weights, Workspace()))
        assert not np.shares_memory(expected, values)
        mine = [values.copy(), *inputs[1:]]
        result = KERNELS[word].run(Call(operation, mine, weights, Workspace(), mine[0]))
        assert result is mine[0]
        np.testing.assert_array_equal(result, expected)

    @pytest.mark.parametrize("at", [0, 1, 2])
    def test_any_of_several_operands(self, at: int) -> None:
        operands = [np.full((1, 2, 3), number) for number in (2.0, 3.0, 5.0)]
        results = {"add": 10, "multiply": 30, "subtract": -6, "maximum": 5}
        for kind in (merging.Add(), merging.Multiply(), merging.Subtract(), merging.Maximum()):
            mine = [each.copy() for each in operands]
            call = Call(kind, mine, {}, Workspace(), mine[at])
            result = KERNELS[kind.word].run(call)
            assert result is mine[at]
            assert result.tolist() == [[[results[kind.word]] * 3] * 2]

    def test_an_operand_that_is_there_three_times(self) -> None:
        values = np.full((1, 2, 3), 2.0)
        for kind, expected in ((merging.Add(), 6), (merging.Subtract(), -2)):
            mine = values.copy()
            call = Call(kind, [mine, mine, mine], {}, Workspace(), mine)
            assert KERNELS[kind.word].run(call).tolist() == [[[expected] * 3] * 2]


def operation_of(word: str) -> Operation:
    """The operation with its defaults, for four channels."""
    needed = {"num_features": 4, "num_groups": 2, "size": 3, "shape": (4, 3, 5)}
    declared = DECLARATIONS[word]
    wanted = {name: needed[name] for name in (*declared.needs, *declared.required)}
    made: Operation = declared.make(**wanted)
    return made
