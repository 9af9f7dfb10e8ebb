"""Crop, upsample, slice and padding against loops over positions, and PyTorch where installed."""

from fractions import Fraction
from itertools import count, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc import Conv, ConvTranspose, MaxPool, SpecError
from convcalc.operations.convolution import depthwise_conv
from convcalc.operations.reshaping import Flatten, Pad
from convcalc.operations.resizing import Crop, Upsample
from convcalc.operations.separable import separable_conv
from convcalc.operations.shapes import ChannelPad, Permute, Reshape, Slice
from convcalc.values import Shape
from support.loops import spread_cells, window_starts

SIZE = st.integers(1, 12)
CUT = st.integers(0, 5)


def refusal(make: Any) -> str:
    with pytest.raises(SpecError) as refused:
        make()
    return str(refused.value)


class TestCrop:
    @given(st.lists(st.tuples(SIZE, CUT, CUT), min_size=1, max_size=3))
    def test_widths(self, cuts: list[tuple[int, int, int]]) -> None:
        sizes, lows, highs = zip(*cuts, strict=True)
        crop = Crop(tuple(zip(lows, highs, strict=True)))
        left = [[*range(size)][low : size - high] for size, low, high in cuts]
        if all(left) and all(low + high < size for size, low, high in cuts):
            assert crop.output_shape((2, *sizes)) == (2, *map(len, left))
        else:
            assert "cuts" in refusal(lambda: crop.output_shape((2, *sizes)))

    @given(SIZE, SIZE)
    def test_size_from_the_middle(self, size: int, wanted: int) -> None:
        crop = Crop(size=[wanted])
        if wanted > size:
            message = f"size={wanted} is larger than input_shape=(1, {size})"
            assert refusal(lambda: crop.output_shape((1, size))) == message
            return
        line = [*range(size)]
        while len(line) > wanted:  # a high one, then a low one
            line.pop(-1 if (size - len(line)) % 2 == 0 else 0)
        assert crop.output_shape((1, size)) == (1, len(line))
        assert crop.cuts((size,)) == ((line[0], size - 1 - line[-1]),)

    def test_one_of_both(self) -> None:
        assert refusal(Crop) == "crop needs widths or size"
        assert refusal(lambda: Crop(1, size=3)) == "widths=1 and size=3 do not go together"
        assert "has no meaning" in refusal(lambda: Crop("same"))

    def test_the_published_u_net_crops(self) -> None:
        """Ronneberger et al., 2015, figure 1: 64 x 64 to 56 x 56 before the first concat."""
        assert Crop(size=56).output_shape((512, 64, 64)) == (512, 56, 56)
        assert Crop(size=392).cuts((568, 568)) == ((88, 88),) * 2


class TestUpsample:
    @given(SIZE, st.integers(1, 40), st.integers(1, 10))
    def test_a_factor_gives_as_many_positions_as_fit_in(self, size: int, up: int, by: int) -> None:
        factor = Fraction(up, by)
        wanted = next(at for at in count() if Fraction(at + 1) > size * factor)
        layer = Upsample(factor, dims=1)
        if wanted:
            assert layer.output_shape((2, size)) == (2, wanted)
        else:
            assert "leaves no position" in refusal(lambda: layer.output_shape((2, size)))

    def test_decimals_are_what_is_written(self) -> None:
        """In binary 0.29 is less than that, and 100 times as much less than 29."""
        assert 100 * 0.29 < 29
        assert Upsample(0.29, dims=1).output_shape((1, 100)) == (1, 29)
        assert Upsample([513 / 65], dims=1).output_shape((1, 65)) == (1, 513)

    @pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf"), True, "2", [1, 0]])
    def test_factors_that_are_none(self, factor: Any) -> None:
        with pytest.raises(SpecError, match="scale_factor="):
            Upsample(factor)

    def test_one_of_both(self) -> None:
        assert refusal(Upsample) == "upsample needs scale_factor or size"
        together = "scale_factor=2 and size=3 do not go together"
        assert refusal(lambda: Upsample(2, size=3)) == together
        assert "mode='bicubic' is not for 3" in refusal(lambda: Upsample((2, 2, 2), mode="bicubic"))
        assert "dims=2" in refusal(lambda: Upsample([2], dims=2))

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(SIZE, st.sampled_from([0.5, 1, 1.25, 1.5, 2, 3.5])), min_size=2),
        st.sampled_from(["nearest", "bilinear", "bicubic"]),
    )
    def test_pytorch_has_the_same_size(self, axes: list[tuple[int, float]], mode: str) -> None:
        torch = pytest.importorskip("torch")
        sizes, factors = zip(*axes[:2], strict=True)
        theirs = torch.nn.Upsample(scale_factor=factors, mode=mode)
        layer = Upsample(factors, mode=mode)
        try:
            expected = tuple(theirs(torch.zeros(1, 2, *sizes)).shape[1:])
        except RuntimeError:
            assert "leaves no position" in refusal(lambda: layer.output_shape((2, *sizes)))
            return
        assert layer.output_shape((2, *sizes)) == expected


class TestPadding:
    @given(SIZE, st.integers(1, 5), st.integers(1, 3), st.integers(1, 3))
    def test_causal_sees_nothing_ahead(
        self, size: int, kernel: int, stride: int, dilation: int
    ) -> None:
        conv = Conv(1, 1, kernel, stride=stride, dilation=dilation, padding="causal", dims=1)
        ((low, high),) = conv.pads((1, size))
        starts = window_starts(low + size + high, kernel, stride, dilation)
        last_taps = [start + (kernel - 1) * dilation - low for start in starts]
        assert last_taps == [*range(0, size, stride)]
        assert conv.output_shape((1, size)) == (1, len(starts))

    def test_causal_is_for_one_dimension(self) -> None:
        message = "padding='causal' has a meaning in one dimension only, not for dims=2"
        assert refusal(lambda: Conv(1, 1, 3, padding="causal")) == message
        assert MaxPool(2, stride=1, padding="causal", dims=1).output_shape((1, 5)) == (1, 5)
        assert "more than half" in refusal(lambda: MaxPool(3, padding="causal", dims=1))

    @given(SIZE, st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
    def test_same_of_a_transposed_convolution(
        self, size: int, kernel: int, stride: int, dilation: int
    ) -> None:
        """What is too much goes from both ends in turn, the high end first."""
        up = ConvTranspose(1, 1, kernel, stride=stride, dilation=dilation, padding="same", dims=1)
        cells = sorted(spread_cells(size, kernel, stride, dilation))
        removed = {True: 0, False: 0}
        while len(cells) > size * stride:
            at_high = removed[True] == removed[False]
            cells.pop(-1 if at_high else 0)
            removed[at_high] += 1
        added = size * stride - len(cells)
        assert up.padding == ((removed[False], removed[True]),)
        assert up.output_padding == (added,)
        assert up.output_shape((1, size)) == (1, size * stride)

    def test_same_in_words(self) -> None:
        up = ConvTranspose(8, 8, 3, stride=2, padding="same")
        assert up.output_shape((8, 6, 6)) == (8, 12, 12)
        both: dict[str, Any] = {"padding": "same", "output_padding": 1}
        told = refusal(lambda: ConvTranspose(1, 1, 3, stride=2, **both))
        assert told == "padding='same' and output_padding=1 do not go together"

    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from(["reflect", "replicate", "circular"]),
        st.lists(st.tuples(st.integers(1, 5), CUT, CUT), min_size=1, max_size=3),
    )
    def test_what_pytorch_refuses_is_refused(
        self, mode: str, axes: list[tuple[int, int, int]]
    ) -> None:
        torch = pytest.importorskip("torch")
        sizes, lows, highs = zip(*axes, strict=True)
        widths = tuple(zip(lows, highs, strict=True))
        flat = [width for pair in reversed(widths) for width in pair]
        pad, shape = Pad(widths, mode=mode), (1, *sizes)
        conv = Conv(1, 1, 1, padding=widths, padding_mode=mode)
        try:
            padded = torch.nn.functional.pad(torch.zeros(1, *shape), flat, mode=mode)
        except RuntimeError:
            assert "of padding" in refusal(lambda: pad.output_shape(shape))
            assert "of padding" in refusal(lambda: conv.output_shape(shape))
            return
        assert pad.output_shape(shape) == conv.output_shape(shape) == tuple(padded.shape[1:])

    def test_counts_do_not_change_with_the_mode(self) -> None:
        for mode in ("zeros", "reflect", "replicate", "circular"):
            conv = Conv(4, 8, 3, padding=1, padding_mode=mode)
            assert (conv.params, conv.macs((4, 8, 8))) == (4 * 8 * 9 + 8, 4 * 8 * 9 * 64)
            half = depthwise_conv(in_channels=4, kernel_size=3, padding_mode=mode)
            assert half.padding_mode == mode
        assert "is not one of zeros" in refusal(lambda: Conv(1, 1, 3, padding_mode="constant"))


class TestAxes:
    @given(st.lists(SIZE, min_size=1, max_size=4), st.data())
    def test_a_slice_takes_what_a_list_gives(self, sizes: list[int], data: st.DataObject) -> None:
        axis = data.draw(st.integers(0, len(sizes) - 1))
        ends = st.one_of(st.none(), st.integers(-14, 14))
        start, stop, step = data.draw(ends), data.draw(ends), data.draw(st.integers(1, 4))
        layer = Slice((start, stop), axis=axis, step=step)
        places = [*range(sizes[axis])]
        within = all(end is None or -sizes[axis] <= end <= sizes[axis] for end in (start, stop))
        left = places[start:stop:step] if within else []
        if left:
            expected = (*sizes[:axis], len(left), *sizes[axis + 1 :])
            assert layer.output_shape(tuple(sizes)) == expected
        else:
            assert "start below stop" in refusal(lambda: layer.output_shape(tuple(sizes)))

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Slice((1, 2), axis=1).output_shape((3,)), "axis=1 is no axis of"),
            (lambda: Slice((1,)), "is not [start, stop]"),
            (lambda: Slice((True, 2)), "is not [start, stop]"),
            (lambda: Slice((0, 10**16)), "is not [start, stop]"),
            (lambda: Slice((0, 1), step=0), "step=0 is below 1"),
            (lambda: Permute((0, 2)), "does not name each axis once"),
            (lambda: Permute(()), "does not name each axis once"),
            (lambda: Permute((0, 1)).output_shape((3, 4, 5)), "orders 2 axes, input_shape=(3, 4,"),
            (lambda: Reshape((4, -1)).output_shape((3, 3)), "holds a multiple of 4 values"),
            (lambda: Reshape((2, 4)).output_shape((3, 3)), "holds 8 values, input_shape=(3, 3) ha"),
            (lambda: Reshape((-1, -1)), "has -1 more than once"),
            (lambda: Reshape((-2, 1)), "below -1"),
            (lambda: Reshape(()), "is not (C, *spatial)"),
            (lambda: ChannelPad((1,)), "has 1 value for low and high"),
            (lambda: ChannelPad((1, -1)), "negative"),
            (lambda: ChannelPad((0, 10**15)).output_shape((1, 2)), "above 10^15"),
            (lambda: Flatten("positions").output_shape((3,)), "has no spatial sizes"),
            (lambda: Flatten("rows"), "is not one of all, positions"),
        ],
    )  # fmt: skip
    def test_refusals(self, make: Any, message: str) -> None:
        assert message in refusal(make)

    def test_shapes(self) -> None:
        shape: Shape = (4, 3, 5)
        assert Permute((2, 0, 1)).output_shape(shape) == (5, 4, 3)
        assert Reshape((-1, 2)).output_shape(shape) == (30, 2)
        assert Reshape((2, 2, 15)).output_shape(shape) == (2, 2, 15)
        assert Flatten("positions").output_shape(shape) == (4, 15)
        assert ChannelPad((1, 2)).output_shape(shape) == (7, 3, 5)


class TestBiasOfAPair:
    @pytest.mark.parametrize(("bias", "more"), [(False, 0), ("pointwise", 1), (True, 1 + 3)])
    def test_params(self, bias: bool | str, more: int) -> None:
        """Keras's SeparableConv2D(1, 2) on 3 channels has 3*4 + 3 + 1 = 16."""
        pair = separable_conv(in_channels=3, out_channels=1, kernel_size=2, bias=bias)
        assert pair.params == 3 * 4 + 3 + more

    @pytest.mark.parametrize("bias", ["depthwise", 1, None])
    def test_refusals(self, bias: Any) -> None:
        told = refusal(
            lambda: separable_conv(in_channels=3, out_channels=1, kernel_size=2, bias=bias)
        )
        assert "is not one of true, false, pointwise" in told


def test_fields_end_where_positions_meet_channels() -> None:
    """A slice and a crop keep them: the outputs that are left see what they saw."""
    conv = {"conv": 4, "kernel_size": 3, "padding": 1}
    ends: list[Any] = [{"permute": [1, 0, 2]}, {"reshape": [4, 2, -1]}, {"flatten": "positions"}]
    keeps: list[Any] = [{"crop": 1}, {"slice": [1, 3], "axis": 2}, {"channel_pad": [1, 1]}]
    for layer in (*ends, *keeps):
        content = {"input": [3, 8, 8], "layers": [conv, layer]}
        (_, row) = convcalc.network(content).audit().layers
        assert row.receptive_field == (None if layer in ends else (3, 3))


def test_a_stride_of_a_slice_spreads_what_windows_see() -> None:
    """Two taps on positions 1, 4, 7, ...: from the first to the second there are four."""
    picked = {"slice": [1, None], "axis": 1, "step": 3}
    content = {"input": [1, 40], "layers": [picked, {"conv": 1, "kernel_size": 2}]}
    assert convcalc.network(content).audit().layers[-1].receptive_field == (4,)


@pytest.mark.parametrize(("one", "other"), list(product(range(3), repeat=2)))
@pytest.mark.parametrize("word", ["crop", "slice"])
def test_what_is_cut_off_moves_what_is_merged(word: str, one: int, other: int) -> None:
    """Position p sees p + the low cut, of both ways."""

    def cut(low: int) -> dict[str, Any]:
        if word == "slice":
            return {"slice": [low, low - 2 or None], "axis": 1}
        return {"crop": [[low, 2 - low]]}

    layers = [{"add": [[cut(one)], [cut(other)]]}]
    (*_, row) = convcalc.network({"input": [1, 20], "layers": layers}).audit().layers
    assert row.receptive_field == (abs(one - other) + 1,)


@pytest.mark.parametrize(
    ("layer", "values"),
    [
        ({"reshape": [5, -1]}, 60),
        ({"flatten": "positions"}, 60),
        ({"permute": [1, 0, 2]}, 120),
        ({"crop": [[0, 1], [0, 0]]}, 60 + 40),
        ({"slice": [0, 1]}, 60 + 15),
        ({"channel_pad": [1, 0]}, 60 + 75),
    ],
)
def test_views_take_no_memory_and_what_moves_does(layer: Any, values: int) -> None:
    """Of 4 x 3 x 5 numbers of four bytes."""
    content = {"input": [4, 3, 5], "layers": [layer]}
    assert convcalc.network(content).audit().totals.peak_activation_bytes == 4 * values
