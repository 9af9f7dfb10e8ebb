"""Kernels against PyTorch, in double precision, where it is installed."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convcalc import Conv, ConvTranspose, MaxPool, SpecError
from convcalc.operations import activations, merging, norms, reshaping, resizing
from convcalc.operations.base import Operation
from convcalc.operations.convolution import DepthwiseConv
from convcalc.operations.linear import Linear
from convcalc.operations.pooling import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool
from support.kernels import Array, computed, weights_of
from support.layers import convolutions

torch = pytest.importorskip("torch")
F = pytest.importorskip("torch.nn.functional")

pytestmark = pytest.mark.slow

EACH = settings(max_examples=300, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)


def agree(mine: Array, theirs: Any, rtol: float = 1e-12) -> None:
    assert mine.shape == tuple(theirs.shape)
    np.testing.assert_allclose(mine, theirs.numpy(), rtol=rtol, atol=rtol * 100)


def drawn(seed: int, shape: tuple[int, ...]) -> tuple[Any, Array]:
    chosen = np.random.default_rng(seed)
    return chosen, chosen.standard_normal(shape)


def of(array: Array) -> Any:
    return torch.from_numpy(array)


def fitting(operation: Operation, shape: tuple[int, ...]) -> None:
    try:
        operation.output_shape(shape)
    except SpecError:
        assume(False)


def widths(pads: Any) -> list[int]:
    """PyTorch names the last dimension first."""
    return [width for pair in reversed(pads) for width in pair]


@EACH
@given(convolutions(), SEEDS, st.integers(1, 3))
def test_convolution(layer: Any, seed: int, number: int) -> None:
    parameters, input_shape = layer
    conv = Conv(**parameters)
    fitting(conv, input_shape)
    chosen, values = drawn(seed, (number, *input_shape))
    weights = weights_of(conv, input_shape[0], chosen)
    convolve = getattr(F, f"conv{conv.dims}d")
    expected = convolve(
        F.pad(of(values), widths(parameters["padding"])),
        of(weights["weight"]),
        of(weights["bias"]) if conv.bias else None,
        stride=conv.stride,
        dilation=conv.dilation,
        groups=conv.groups,
    )
    agree(computed(conv, [values], weights), expected)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@EACH
@given(convolutions(), SEEDS)
def test_same_padding(layer: Any, seed: int) -> None:
    parameters, input_shape = layer
    dims = len(input_shape) - 1
    conv = Conv(**{**parameters, "padding": "same", "stride": (1,) * dims})
    chosen, values = drawn(seed, (2, *input_shape))
    weights = weights_of(conv, input_shape[0], chosen)
    expected = getattr(F, f"conv{dims}d")(
        of(values),
        of(weights["weight"]),
        of(weights["bias"]) if conv.bias else None,
        padding="same",
        dilation=conv.dilation,
        groups=conv.groups,
    )
    agree(computed(conv, [values], weights), expected)


@EACH
@given(convolutions(), SEEDS, st.integers(1, 3))
def test_depthwise_convolution(layer: Any, seed: int, multiplier: int) -> None:
    parameters, input_shape = layer
    channels = input_shape[0]
    parameters |= {"groups": channels, "out_channels": channels * multiplier}
    conv = DepthwiseConv(**parameters)
    fitting(conv, input_shape)
    chosen, values = drawn(seed, (2, *input_shape))
    weights = weights_of(conv, channels, chosen)
    expected = getattr(F, f"conv{conv.dims}d")(
        F.pad(of(values), widths(parameters["padding"])),
        of(weights["weight"]),
        of(weights["bias"]) if conv.bias else None,
        stride=conv.stride,
        dilation=conv.dilation,
        groups=channels,
    )
    agree(computed(conv, [values], weights), expected)


@EACH
@given(convolutions(transposed=True), SEEDS, st.integers(1, 3))
def test_transposed_convolution(layer: Any, seed: int, number: int) -> None:
    """PyTorch crops both sides alike; what more there is at one side is cut off behind it."""
    parameters, input_shape = layer
    try:
        conv = ConvTranspose(**parameters)
    except SpecError:
        assume(False)
    fitting(conv, input_shape)
    chosen, values = drawn(seed, (number, *input_shape))
    weights = weights_of(conv, input_shape[0], chosen)
    expected = getattr(F, f"conv_transpose{conv.dims}d")(
        of(values),
        of(weights["weight"]),
        of(weights["bias"]) if conv.bias else None,
        stride=conv.stride,
        output_padding=conv.output_padding,
        dilation=conv.dilation,
        groups=conv.groups,
    )
    crops = [-width for width in widths(parameters["padding"])]
    agree(computed(conv, [values], weights), F.pad(expected, crops))


@EACH
@given(st.integers(1, 40), st.integers(1, 40), st.booleans(), SEEDS)
def test_linear(inputs: int, outputs: int, bias: bool, seed: int) -> None:
    layer = Linear(inputs, outputs, bias=bias)
    chosen, values = drawn(seed, (3, inputs))
    weights = weights_of(layer, inputs, chosen)
    expected = F.linear(of(values), of(weights["weight"]), of(weights["bias"]) if bias else None)
    agree(computed(layer, [values], weights), expected)


@st.composite
def pools(draw: st.DrawFn, *, dilated: bool) -> Any:
    dims = draw(st.integers(1, 3))

    def each(least: int, most: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(least, most)) for _ in range(dims))

    kernel = each(1, 4)
    parameters: dict[str, Any] = {
        "kernel_size": kernel,
        "stride": each(1, 4),
        "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel),
        "ceil_mode": draw(st.booleans()),
    }
    if dilated:
        parameters["dilation"] = each(1, 3)
    return parameters, (2, draw(st.integers(1, 3)), *each(1, {1: 20, 2: 9, 3: 6}[dims]))


@EACH
@given(pools(dilated=True), SEEDS)
def test_max_pool(drawn_pool: Any, seed: int) -> None:
    parameters, shape = drawn_pool
    pool = MaxPool(**parameters)
    fitting(pool, shape[1:])
    _, values = drawn(seed, shape)
    agree(
        computed(pool, [values]), getattr(F, f"max_pool{pool.dims}d")(of(values), **parameters), 0
    )


@EACH
@given(pools(dilated=False), SEEDS)
def test_avg_pool(drawn_pool: Any, seed: int) -> None:
    parameters, shape = drawn_pool
    pool = AvgPool(**parameters)
    fitting(pool, shape[1:])
    _, values = drawn(seed, shape)
    try:
        expected = getattr(F, f"avg_pool{pool.dims}d")(of(values), **parameters)
    except RuntimeError:  # in three dimensions it wants an input as large as the kernel
        assume(False)
    agree(computed(pool, [values]), expected)


@st.composite
def spatial(draw: st.DrawFn, most: int = 9) -> tuple[int, ...]:
    dims = draw(st.integers(1, 3))
    return tuple(draw(st.integers(1, min(most, {1: 20, 2: 9, 3: 5}[dims]))) for _ in range(dims))


@EACH
@given(spatial(), st.data(), SEEDS)
def test_adaptive_pools(sizes: tuple[int, ...], data: st.DataObject, seed: int) -> None:
    wanted = tuple(data.draw(st.integers(1, 7)) for _ in sizes)
    _, values = drawn(seed, (2, 3, *sizes))
    for kind, name in ((AdaptiveAvgPool, "avg"), (AdaptiveMaxPool, "max")):
        expected = getattr(F, f"adaptive_{name}_pool{len(sizes)}d")(of(values), wanted)
        agree(computed(kind(wanted), [values]), expected)


@EACH
@given(st.one_of(st.just(()), spatial()), st.integers(1, 6), st.booleans(), SEEDS)
def test_norms(sizes: tuple[int, ...], channels: int, affine: bool, seed: int) -> None:
    chosen, values = drawn(seed, (2, channels, *sizes))
    groups = chosen.choice([g for g in range(1, channels + 1) if channels % g == 0])

    def checked(norm: Operation, theirs: Any) -> None:
        weights = weights_of(norm, channels, chosen)
        pair = [of(weights[name]) if affine else None for name in ("weight", "bias")]
        agree(computed(norm, [values], weights), theirs(*pair), 1e-9)

    x = of(values)
    zeros, ones = torch.zeros(channels, dtype=x.dtype), torch.ones(channels, dtype=x.dtype)
    checked(
        norms.BatchNorm(channels, affine=affine), lambda w, b: F.batch_norm(x, zeros, ones, w, b)
    )
    checked(
        norms.LayerNorm(channels, affine=affine),
        lambda w, b: F.layer_norm(x.movedim(1, -1), (channels,), w, b).movedim(-1, 1),
    )
    checked(
        norms.GroupNorm(channels, int(groups), affine=affine),
        lambda w, b: F.group_norm(x, int(groups), w, b),
    )
    if math.prod(sizes) > 1:
        checked(
            norms.InstanceNorm(channels, affine=affine),
            lambda w, b: F.instance_norm(x, None, None, w, b),
        )


@EACH
@given(spatial(), st.integers(1, 9), st.integers(1, 12), SEEDS)
def test_local_response_norm(sizes: tuple[int, ...], channels: int, size: int, seed: int) -> None:
    _, values = drawn(seed, (2, channels, *sizes))
    expected = F.local_response_norm(of(10 * values), size)
    agree(computed(norms.LocalResponseNorm(size), [10 * values]), expected)


ELEMENTWISE = {
    "relu": F.relu,
    "relu6": F.relu6,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "mish": F.mish,
    "hardswish": F.hardswish,
    "hardsigmoid": F.hardsigmoid,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softmax": lambda x: torch.softmax(x, 1),
    "dropout": lambda x: F.dropout(x, training=False),
}


@pytest.mark.parametrize("word", ELEMENTWISE)
@settings(max_examples=40, deadline=None)
@given(st.one_of(st.just(()), spatial()), SEEDS)
def test_activations(word: str, sizes: tuple[int, ...], seed: int) -> None:
    _, values = drawn(seed, (2, 5, *sizes))
    values *= 4
    layer = activations.Elementwise(word, 0.5 if word == "dropout" else None)
    agree(computed(layer, [values]), ELEMENTWISE[word](of(values)))


@EACH
@given(spatial(), st.floats(-2, 2), st.floats(0.1, 3), SEEDS)
def test_activations_with_a_parameter(
    sizes: tuple[int, ...], slope: float, beta: float, seed: int
) -> None:
    chosen, values = drawn(seed, (2, 4, *sizes))
    x = of(values)
    agree(computed(activations.leaky_relu(slope), [values]), F.leaky_relu(x, slope))
    agree(computed(activations.elu(slope), [values]), F.elu(x, slope))
    # PyTorch takes x itself for log(1 + e^x) where that is no more than 2e-9 off.
    agree(computed(activations.softplus(beta), [values]), F.softplus(x, beta), 1e-9)
    for number in (1, 4):
        weights = {"weight": chosen.standard_normal(number)}
        agree(
            computed(activations.PReLU(number), [values], weights),
            F.prelu(x, of(weights["weight"])),
        )


@EACH
@given(spatial(5), st.integers(1, 4), SEEDS)
def test_upsampling(sizes: tuple[int, ...], factor: int, seed: int) -> None:
    _, values = drawn(seed, (2, 3, *sizes))
    dims = len(sizes)
    for mode in ("nearest", {1: "linear", 2: "bilinear", 3: "trilinear"}[dims]):
        layer = resizing.Upsample((factor,) * dims, mode=mode)
        agree(computed(layer, [values]), F.interpolate(of(values), scale_factor=factor, mode=mode))


@EACH
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), SEEDS)
def test_pixel_shuffles(factor: int, channels: int, height: int, width: int, seed: int) -> None:
    _, values = drawn(seed, (2, channels * factor**2, height, width))
    shuffled = F.pixel_shuffle(of(values), factor)
    agree(computed(reshaping.PixelShuffle(factor), [values]), shuffled, 0)
    agree(computed(reshaping.PixelUnshuffle(factor), [shuffled.numpy()]), of(values), 0)
    agree(
        computed(reshaping.ChannelShuffle(factor), [values]),
        F.channel_shuffle(of(values), factor),
        0,
    )


@EACH
@given(spatial(), st.data(), SEEDS)
def test_moves_and_merges(sizes: tuple[int, ...], data: st.DataObject, seed: int) -> None:
    chosen, values = drawn(seed, (2, 4, *sizes))
    x = of(values)
    pads = tuple(data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in sizes)
    agree(computed(reshaping.Pad(pads), [values]), F.pad(x, widths(pads)), 0)
    agree(computed(reshaping.Flatten(), [values]), x.flatten(1), 0)
    agree(computed(reshaping.Unflatten((4, *sizes)), [x.flatten(1).numpy()]), x, 0)
    agree(computed(reshaping.ChannelSlice([1, 3]), [values]), x[:, 1:3], 0)
    gate = chosen.standard_normal((2, 4, *(1,) * len(sizes)))
    other = chosen.standard_normal(values.shape)
    agree(computed(merging.Add(), [gate, values, other]), of(gate) + x + of(other))
    agree(computed(merging.Multiply(), [values, gate, other]), x * of(gate) * of(other))
    agree(computed(merging.Concat(), [values, other]), torch.cat([x, of(other)], 1), 0)
    agree(computed(merging.Subtract(), [gate, values, other]), of(gate) - x - of(other))
    largest = torch.maximum(torch.maximum(of(gate), x), of(other))
    agree(computed(merging.Maximum(), [gate, values, other]), largest, 0)
    axis = data.draw(st.integers(0, len(sizes)))
    joined = torch.cat([x, of(other), x], 1 + axis)
    agree(computed(merging.Concat(axis), [values, other, values]), joined, 0)


@EACH
@given(spatial(), st.sampled_from(["weight", "bias"]), SEEDS)
def test_half_norms(sizes: tuple[int, ...], half: str, seed: int) -> None:
    chosen, values = drawn(seed, (2, 4, *sizes))
    x = of(values)
    zeros, ones = torch.zeros(4, dtype=x.dtype), torch.ones(4, dtype=x.dtype)
    learned = chosen.standard_normal(4)
    w, b = (of(learned), None) if half == "weight" else (None, of(learned))
    for norm, expected in (
        (norms.BatchNorm(4, affine=half), F.batch_norm(x, zeros, ones, w, b)),
        (norms.GroupNorm(4, 2, affine=half), F.group_norm(x, 2, w, b)),
        (
            norms.LayerNorm(4, affine=half),
            F.layer_norm(x.movedim(1, -1), (4,), w, b).movedim(-1, 1),
        ),
    ):
        assert (list(norm.weights), norm.params) == ([half], 4)
        agree(computed(norm, [values], {half: learned}), expected, 1e-9)


@EACH
@given(st.one_of(st.just(()), spatial()), st.sampled_from([True, False, "weight", "bias"]), SEEDS)
def test_layer_norm_over_all(sizes: tuple[int, ...], affine: Any, seed: int) -> None:
    """PyTorch's own module says what is learned."""
    shape = (4, *sizes)
    chosen, values = drawn(seed, (2, *shape))
    module = torch.nn.LayerNorm(shape, elementwise_affine=affine is not False)
    learned = {
        name: chosen.standard_normal(array.shape)
        for name, array in module.named_parameters()
        if affine in (True, name)
    }
    norm = norms.LayerNorm(shape, affine=affine, over="all")
    assert norm.weights == {name: array.shape for name, array in learned.items()}
    assert norm.params == sum(array.size for array in learned.values())
    pair = [of(learned[name]) if name in learned else None for name in ("weight", "bias")]
    agree(computed(norm, [values], learned), F.layer_norm(of(values), shape, *pair), 1e-9)
