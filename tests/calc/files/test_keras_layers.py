"""What layers of Keras learn, multiply and give, by arithmetic for each."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import pytest

from support.keras_files import (
    CHANNELS,
    HEIGHT,
    IMAGE,
    WIDTH,
    layer,
    loaded,
    message,
    one,
    sequential,
)


def places(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """At how many places a kernel lies, counted one by one."""
    if padding == "same":
        return len(range(0, size, stride))
    starts = range(0, size, stride)
    return len([start for start in starts if start + (kernel - 1) * dilation < size])


class TestConvolutions:
    @pytest.mark.parametrize(
        ("padding", "kernel", "stride", "dilation"),
        [
            each
            for each in product(("same", "valid"), (1, 2, 3, 4), (1, 2, 3), (1, 2))
            if 1 in each[2:]
        ],
    )
    def test_windows(self, padding: str, kernel: int, stride: int, dilation: int) -> None:
        config = {"kernel_size": kernel, "strides": stride, "padding": padding}
        config["dilation_rate"] = dilation
        sizes = [places(size, kernel, stride, dilation, padding) for size in IMAGE[:2]]
        taps = kernel * kernel * CHANNELS
        assert one("Conv2D", *IMAGE, filters=8, **config) == (
            taps * 8 + 8, prod(sizes) * taps * 8, (8, *sizes)
        )  # fmt: skip
        assert one("DepthwiseConv2D", *IMAGE, depth_multiplier=3, **config) == (
            taps * 3 + 18, prod(sizes) * taps * 3, (18, *sizes)
        )  # fmt: skip
        assert one("SeparableConv2D", *IMAGE, filters=5, depth_multiplier=2, **config) == (
            taps * 2 + 12 * 5 + 5, prod(sizes) * (taps * 2 + 12 * 5), (5, *sizes)
        )  # fmt: skip

    def test_groups_and_no_bias(self) -> None:
        config = {"filters": 4, "kernel_size": [3, 1], "groups": 2, "use_bias": False}
        assert one("Conv2D", *IMAGE, **config) == (3 * 3 * 4, 11 * 16 * 36, (4, 11, 16))

    def test_channels_first(self) -> None:
        config = {"filters": 4, "kernel_size": 3, "data_format": "channels_first"}
        assert one("Conv2D", 3, 10, 12, **config) == (27 * 4 + 4, 80 * 108, (4, 8, 10))

    def test_causal(self) -> None:
        config = {"filters": 4, "kernel_size": 5, "dilation_rate": 3, "padding": "causal"}
        assert one("Conv1D", 50, 6, **config) == (30 * 4 + 4, 50 * 120, (4, 50))
        assert one("Conv1D", 50, 6, **{**config, "dilation_rate": 1, "strides": 3})[2] == (4, 17)

    def test_three_dimensions(self) -> None:
        config = {"filters": 4, "kernel_size": [1, 3, 2], "strides": [1, 2, 3]}
        assert one("Conv3D", 9, 10, 11, 3, **config, padding="same") == (
            18 * 4 + 4, 9 * 5 * 4 * 72, (4, 9, 5, 4)
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("padding", "kernel", "stride", "extra"),
        [
            each
            for each in product(("same", "valid"), (1, 2, 3, 5), (1, 2, 3), (None, 0, 1))
            if each[3] is None or each[3] < each[2]
        ],
    )
    def test_transposed(self, padding: str, kernel: int, stride: int, extra: int | None) -> None:
        """The places that a convolution of the output would have give the input."""
        config: dict[str, Any] = {"kernel_size": kernel, "strides": stride, "padding": padding}
        if extra is None:
            full = [size * stride + max(kernel - stride, 0) for size in (7, 9)]
            sizes = [7 * stride, 9 * stride] if padding == "same" else full
        else:
            cut = 2 * (kernel // 2) if padding == "same" else 0
            sizes = [(size - 1) * stride + kernel - cut + extra for size in (7, 9)]
            config["output_padding"] = extra
        weights = kernel * kernel * 4 * 6
        assert one("Conv2DTranspose", 7, 9, 4, filters=6, **config) == (
            weights + 6, 7 * 9 * weights, (6, *sizes)
        )  # fmt: skip

    def test_local(self) -> None:
        config = {"filters": 4, "kernel_size": 3, "strides": 2}
        spots = places(13, 3, 2, 1, "valid") * places(16, 3, 2, 1, "valid")
        weights = spots * 9 * 6 * 4
        assert one("LocallyConnected2D", *IMAGE, **config)[:2] == (weights + spots * 4, weights)

    def test_over_time(self) -> None:
        inner = layer("Conv2D", "inner", filters=4, kernel_size=3)
        assert one("TimeDistributed", 5, 8, 9, 3, layer=inner) == (
            27 * 4 + 4, 5 * 6 * 7 * 108, (4, 5, 6, 7)
        )  # fmt: skip

    def test_a_model_over_time(self) -> None:
        inner = sequential(
            [8, 9, 3],
            layer("Conv2D", "conv", filters=4, kernel_size=3),
            layer("Flatten", "flat"),
            layer("Dense", "dense", units=7),
        )
        features = 6 * 7 * 4
        assert one("TimeDistributed", 5, 8, 9, 3, layer=inner) == (
            27 * 4 + 4 + features * 7 + 7, 5 * (6 * 7 * 108 + features * 7), (7, 5)
        )  # fmt: skip

    def test_a_normalized_kernel(self) -> None:
        inner = layer("Conv2D", "inner", filters=4, kernel_size=3)
        assert one("SpectralNormalization", *IMAGE, layer=inner)[0] == 9 * 6 * 4 + 4


class TestDense:
    def test_on_the_last_axis(self) -> None:
        assert one("Dense", 10, units=4) == (44, 40, (4,))
        assert one("Dense", 7, 10, units=4) == (44, 280, (4, 7))
        assert one("Dense", 5, 7, 10, units=4, use_bias=False) == (40, 1400, (4, 5, 7))

    @pytest.mark.parametrize(
        ("equation", "output", "axes", "kernel", "bias", "macs"),
        [
            ("abc,cd->abd", [None, 12], "d", 8 * 12, 12, 6 * 8 * 12),
            ("abc,cde->abde", [None, 4, 5], "de", 8 * 20, 20, 6 * 8 * 20),
            ("abc,bd->adc", [3, 8], "d", 6 * 3, 3, 6 * 3 * 8),
            ("...x,xy->...y", 7, None, 8 * 7, 0, 6 * 8 * 7),
            ("abc,bcd->ad", 7, "d", 6 * 8 * 7, 7, 6 * 8 * 7),
        ],
    )
    def test_by_equations(
        self, equation: str, output: Any, axes: Any, kernel: int, bias: int, macs: int
    ) -> None:
        config = {"equation": equation, "output_shape": output, "bias_axes": axes}
        assert one("EinsumDense", 6, 8, **config)[:2] == (kernel + bias, macs)

    @pytest.mark.parametrize(
        ("equation", "output"),
        [(None, 3), ("ab", 3), ("abc,cd->abd", 3), ("abcd,de->abce", 3), ("abc,cd->abe", [6, 3]),
         ("aac,cd->aad", [6, 3]), ("...x,xy->y", 3), ("abc,cd->abd", ["x", 3])],
    )  # fmt: skip
    def test_equations_that_do_not_fit(self, equation: Any, output: Any) -> None:
        config = {"equation": equation, "output_shape": output}
        assert message(sequential([6, 8], layer("EinsumDense", "one", **config)))

    def test_embeddings(self) -> None:
        assert one("Embedding", 30, input_dim=50, output_dim=8) == (400, 0, (8, 30))


class TestNorms:
    @pytest.mark.parametrize(("scale", "center"), [*product((True, False), repeat=2)])
    def test_parts(self, scale: bool, center: bool) -> None:
        parts = {"scale": scale, "center": center}
        for class_name in ("BatchNormalization", "LayerNormalization", "InstanceNormalization"):
            assert one(class_name, *IMAGE, **parts)[0] == CHANNELS * (scale + center)
        assert one("GroupNormalization", *IMAGE, groups=3, **parts)[0] == CHANNELS * (
            scale + center
        )
        assert one("LayerNormalization", *IMAGE, axis=[1, 2, 3], **parts)[0] == prod(IMAGE) * (
            scale + center
        )

    def test_axes(self) -> None:
        assert one("BatchNormalization", *IMAGE, axis=1)[0] == 2 * HEIGHT
        assert one("BatchNormalization", *IMAGE, axis=[3])[0] == 2 * CHANNELS
        assert one("LayerNormalization", *IMAGE, axis=[2, -1])[0] == 2 * WIDTH * CHANNELS
        assert one("RMSNormalization", *IMAGE, axis=[1, 3])[0] == HEIGHT * CHANNELS
        assert one("LayerNormalization", *IMAGE, rms_scaling=True)[0] == CHANNELS
        assert one("GroupNormalization", *IMAGE, groups=-1)[0] == 2 * CHANNELS

    @pytest.mark.parametrize("axis", [0, 4, -5, "x", None, [1, 1], [], 1.5, [[3]]])
    def test_axes_that_are_none(self, axis: Any) -> None:
        if axis is None:
            assert one("BatchNormalization", *IMAGE, axis=axis)[0] == 2 * CHANNELS
        else:
            assert message(sequential(IMAGE, layer("BatchNormalization", "one", axis=axis)))

    def test_statistics_are_no_parameters(self) -> None:
        assert one("Normalization", *IMAGE, axis=-1, mean=None)[0] == 0
        assert one("UnitNormalization", *IMAGE)[0] == 0

    @pytest.mark.parametrize(
        ("shared", "params"),
        [(None, prod(IMAGE)), ([1, 2], CHANNELS), ([1], WIDTH * CHANNELS), ([1, 2, 3], 1)],
    )
    def test_slopes(self, shared: Any, params: int) -> None:
        assert one("PReLU", *IMAGE, shared_axes=shared)[0] == params


class TestActivations:
    @pytest.mark.parametrize(
        ("value", "word"),
        [
            ("relu", "relu"),
            ("swish", "silu"),
            ("hard_silu", "hardswish"),
            ("leaky_relu", "leaky_relu"),
            ({"class_name": "function", "config": "relu6", "registered_name": "relu6"}, "relu6"),
            ({"class_name": "LeakyReLU", "config": {"alpha": 0.1}}, "leaky_relu"),
            ("Addons>mish", "mish"),
            ("softmax", "softmax"),
            ("unheard_of", "opaque"),
        ],
    )
    def test_words(self, value: Any, word: str) -> None:
        fused = layer("Dense", "one", units=4, activation=value)
        for entry in (fused, layer("Activation", "one", activation=value)):
            rows = loaded(sequential([4], entry)).document.content["layers"]
            assert next(iter(rows[-1])) == word

    def test_a_linear_one_is_no_row(self) -> None:
        for value in ("linear", None):
            fused = layer("Dense", "one", units=4, activation=value)
            assert len(loaded(sequential([4], fused)).document.content["layers"]) == 1

    @pytest.mark.parametrize(
        ("config", "word"),
        [({}, "relu"), ({"max_value": 6.0}, "relu6"), ({"negative_slope": 0.1}, "leaky_relu"),
         ({"max_value": 4.0}, "opaque"), ({"max_value": {"class_name": "__numpy__", "value": 6}},
         "relu6")],
    )  # fmt: skip
    def test_rectifiers(self, config: Any, word: str) -> None:
        (row,) = loaded(sequential([4], layer("ReLU", "one", **config))).document.content["layers"]
        assert next(iter(row)) == word
