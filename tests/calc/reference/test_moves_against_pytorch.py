"""Kernels and definitions of what moves and resizes values, against PyTorch where installed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convcalc import Conv, ConvTranspose, SpecError
from convcalc.operations.base import Operation
from convcalc.operations.reshaping import Flatten, Pad
from convcalc.operations.resizing import Crop, Upsample
from convcalc.operations.shapes import ChannelPad, Permute, Reshape, Slice
from convcalc.reference.registry import KERNELS
from support.kernels import Array, computed, defined, weights_of

torch = pytest.importorskip("torch")
F = pytest.importorskip("torch.nn.functional")

EACH = settings(max_examples=150, deadline=None)
SEEDS = st.integers(0, 2**32 - 1)
MODES = {"reflect": "reflect", "replicate": "replicate", "circular": "circular"}


@st.composite
def sizes(draw: st.DrawFn, least: int = 1) -> tuple[int, ...]:
    dims = draw(st.integers(least, 3))
    most = {1: 14, 2: 7, 3: 4}[dims]
    return tuple(draw(st.integers(1, most)) for _ in range(dims))


def drawn(seed: int, shape: tuple[int, ...]) -> tuple[Array, Any]:
    values = np.random.default_rng(seed).standard_normal(shape)
    return values, torch.from_numpy(values)


def agree(operation: Operation, values: Array, expected: Any, rtol: float = 0.0) -> None:
    """Kernel and definition give PyTorch's values, and the shape is the one that was told."""
    theirs = expected.numpy()
    assert operation.output_shape(tuple(values.shape[1:])) == theirs.shape[1:]
    for mine in (computed(operation, [values]), defined(operation, [values], theirs.shape)):
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=100 * rtol)


def flat(pads: Any) -> list[int]:
    """PyTorch names the last dimension first."""
    return [width for pair in reversed(pads) for width in pair]


@EACH
@given(sizes(), st.data(), SEEDS)
def test_upsampling_to_a_size(shape: tuple[int, ...], data: st.DataObject, seed: int) -> None:
    wanted = tuple(data.draw(st.integers(1, 9)) for _ in shape)
    values, x = drawn(seed, (1, 2, *shape))
    blended = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}[len(shape)]
    for mode in blended:
        expected = F.interpolate(x, size=wanted, mode=mode)
        agree(Upsample(size=wanted, mode=mode), values, expected, 1e-6)
    # PyTorch scales in single precision: a source that is a whole number may be the one below.
    scales = [np.float32(i) / np.float32(o) for i, o in zip(shape, wanted, strict=True)]
    for i, o, scale in zip(shape, wanted, scales, strict=True):
        assume(all(int(np.float32(at) * scale) == at * i // o for at in range(o)))
    agree(Upsample(size=wanted), values, F.interpolate(x, size=wanted, mode="nearest"))


@EACH
@given(sizes(), st.sampled_from([0.5, 1, 1.25, 1.5, 2, 2.5, 4]), SEEDS)
def test_upsampling_by_a_factor(shape: tuple[int, ...], factor: float, seed: int) -> None:
    values, x = drawn(seed, (1, 2, *shape))
    assume(min(shape) * factor >= 1)
    # PyTorch copies what keeps its size, even where the factor is another one.
    assume(factor == 1 or all(int(size * factor) != size for size in shape))
    dims = len(shape)
    blended = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}[dims]
    for mode in ("nearest", *blended):
        layer = Upsample((factor,) * dims, mode=mode)
        expected = F.interpolate(x, scale_factor=factor, mode=mode)
        agree(layer, values, expected, 0.0 if mode == "nearest" else 1e-6)


@EACH
@given(sizes(), st.sampled_from(sorted(MODES)), st.data(), SEEDS)
def test_padding(shape: tuple[int, ...], mode: str, data: st.DataObject, seed: int) -> None:
    widths = tuple(data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) for _ in shape)
    values, x = drawn(seed, (2, 2, *shape))
    layer = Pad(widths, mode=mode)
    try:
        layer.output_shape((2, *shape))
    except SpecError:
        assume(False)
    agree(layer, values, F.pad(x, flat(widths), mode=mode))


@EACH
@given(sizes(), st.sampled_from(sorted(MODES)), st.booleans(), st.data(), SEEDS)
def test_convolutions(
    shape: tuple[int, ...], mode: str, same: bool, data: st.DataObject, seed: int
) -> None:
    """PyTorch's own layer with its padding mode, in one and two dimensions and three."""
    dims = len(shape)
    kernel = tuple(data.draw(st.integers(1, 3)) for _ in shape)
    dilation = tuple(data.draw(st.integers(1, 2)) for _ in shape)
    stride = (1,) * dims if same else tuple(data.draw(st.integers(1, 2)) for _ in shape)
    padding = "same" if same else tuple(data.draw(st.integers(0, 2)) for _ in shape)
    window = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": mode}
    conv = Conv(4, 6, kernel, groups=2, **window)  # type: ignore[arg-type]
    try:
        conv.output_shape((4, *shape))
    except SpecError:
        assume(False)
    theirs = getattr(torch.nn, f"Conv{dims}d")(4, 6, kernel, groups=2, **window).double()
    values, x = drawn(seed, (2, 4, *shape))
    weights = weights_of(conv, 4, np.random.default_rng(seed))
    with torch.no_grad():
        for name, weight in weights.items():
            getattr(theirs, name).copy_(torch.from_numpy(weight))
        expected = theirs(x).numpy()
    assert conv.output_shape((4, *shape)) == expected.shape[1:]
    for mine in (
        computed(conv, [values], weights),
        defined(conv, [values], expected.shape, weights),
    ):
        np.testing.assert_allclose(mine, expected, rtol=1e-12, atol=1e-10)


@EACH
@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 3), SEEDS)
def test_causal_convolutions_know_nothing_of_what_comes(
    size: int, kernel: int, dilation: int, seed: int
) -> None:
    conv = Conv(2, 3, kernel, dilation=dilation, padding="causal", dims=1)
    values, _ = drawn(seed, (1, 2, size))
    weights = weights_of(conv, 2, np.random.default_rng(seed))
    before = computed(conv, [values], weights)
    at = size // 2
    values[..., at + 1 :] = 1e6
    after = computed(conv, [values], weights)
    assert before.shape == (1, 3, size)
    np.testing.assert_allclose(before[..., : at + 1], after[..., : at + 1], rtol=1e-9)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (4, 2), (2, 3), (5, 1)])
def test_transposed_same_is_the_middle_of_what_pytorch_gives(kernel: int, stride: int) -> None:
    up = ConvTranspose(2, 3, kernel, stride=stride, padding="same")
    values, x = drawn(1, (1, 2, 5, 6))
    weights = weights_of(up, 2, np.random.default_rng(1))
    whole = F.conv_transpose2d(
        x, torch.from_numpy(weights["weight"]), torch.from_numpy(weights["bias"]), stride=stride
    )
    cut = kernel - stride
    if cut >= 0:
        low = cut // 2
        whole = whole[..., low : low + 5 * stride, low : low + 6 * stride]
    mine = computed(up, [values], weights)
    assert mine.shape == (1, 3, 5 * stride, 6 * stride)
    np.testing.assert_allclose(mine[..., : whole.shape[2], : whole.shape[3]], whole, atol=1e-12)


@EACH
@given(sizes(), st.data(), SEEDS)
def test_axes(shape: tuple[int, ...], data: st.DataObject, seed: int) -> None:
    values, x = drawn(seed, (2, 4, *shape))
    axes = data.draw(st.permutations(range(len(shape) + 1)))
    agree(Permute(axes), values, x.permute(0, *[axis + 1 for axis in axes]))
    axis = data.draw(st.integers(0, len(shape)))
    size, step = values.shape[axis + 1], data.draw(st.integers(1, 3))
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))
    taken = x.movedim(axis + 1, 0)[start:stop:step].movedim(0, axis + 1)
    agree(Slice((start, stop), axis=axis, step=step), values, taken)
    agree(Slice((start - size, stop - size or None), axis=axis, step=step), values, taken)
    agree(Reshape((2, -1)), values, x.reshape(2, 2, -1))
    agree(Reshape((*shape, 4)) if len(shape) < 4 else Flatten(), values, x.reshape(2, *shape, 4))
    agree(Flatten("positions"), values, x.flatten(2))
    low, high = data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    agree(ChannelPad((low, high)), values, F.pad(x, [0, 0] * len(shape) + [low, high]))


@EACH
@given(sizes(), st.data(), SEEDS)
def test_crops(shape: tuple[int, ...], data: st.DataObject, seed: int) -> None:
    values, x = drawn(seed, (2, 2, *shape))
    left = tuple(data.draw(st.integers(1, size)) for size in shape)
    lows = [data.draw(st.integers(0, size - keep)) for size, keep in zip(shape, left, strict=True)]
    highs = [size - keep - low for size, keep, low in zip(shape, left, lows, strict=True)]
    widths = tuple(zip(lows, highs, strict=True))
    agree(Crop(widths), values, F.pad(x, [-width for width in flat(widths)]))
    middle = [(size - keep) // 2 for size, keep in zip(shape, left, strict=True)]
    for axis, (low, keep) in enumerate(zip(middle, left, strict=True), start=2):
        x = x.narrow(axis, low, keep)
    agree(Crop(size=left), values, x)


@pytest.mark.parametrize(
    "operation",
    [Crop(1), Reshape((-1,)), Permute((1, 0)), Slice((0, 1)), ChannelPad((1, 1)), Pad(1)],
    ids=repr,
)
def test_what_moves_whole_numbers_is_compared_to_the_last_bit(operation: Operation) -> None:
    kernel = KERNELS[operation.word]
    assert kernel.exact
    assert kernel.keeps
