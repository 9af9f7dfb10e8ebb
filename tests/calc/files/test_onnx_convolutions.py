"""Convolutions and poolings of ONNX files: shapes, parameters and MACs."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from support.onnx_files import (
    IMAGE,
    array,
    fault,
    found,
    model,
    node,
    of,
    weights,
)


class TestConvolutions:
    @pytest.mark.parametrize(
        ("attributes", "shape"),
        [
            ({}, (6, 10, 8)),
            ({"pads": [1, 1, 1, 1]}, (6, 12, 10)),
            ({"pads": [0, 1, 2, 1], "strides": [2, 3]}, (6, 6, 4)),
            ({"dilations": [2, 1]}, (6, 8, 8)),
            ({"auto_pad": "SAME_UPPER", "strides": [5, 3]}, (6, 3, 4)),
            ({"auto_pad": "SAME_LOWER", "strides": [5, 3]}, (6, 3, 4)),
            ({"auto_pad": "VALID", "pads": [9, 9, 9, 9]}, (6, 10, 8)),
            ({"kernel_shape": [3, 3]}, (6, 10, 8)),
        ],
    )
    def test_conv(self, attributes: Any, shape: Any) -> None:
        result = found(of("Conv", *weights((6, 4, 3, 3), (6,)), **attributes))
        assert result == ([shape], 6 * 4 * 9 + 6, prod(shape) * 4 * 9, ["conv"])

    def test_groups_and_dimensions(self) -> None:
        result = found(of("Conv", *weights((8, 1, 3, 3)), group=4))
        assert result == ([(8, 10, 8)], 72, 8 * 80 * 9, ["conv"])
        result = found(of("Conv", *weights((8, 4, 3)), image=(1, 4, 9)))
        assert result == ([(8, 7)], 96, 8 * 7 * 12, ["conv"])
        result = found(of("Conv", *weights((8, 4, 3, 1, 2)), image=(1, 4, 9, 5, 5)))
        assert result == ([(8, 7, 5, 4)], 192, 8 * 7 * 5 * 4 * 24, ["conv"])

    def test_a_bias_of_one_number(self) -> None:
        assert found(of("Conv", *weights((1, 4, 3, 3), (1,)))).params == 36

    @pytest.mark.parametrize(
        ("attributes", "shape"),
        [
            ({"strides": [2, 2]}, (6, 25, 21)),
            ({"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}, (6, 24, 20)),
            ({"strides": [2, 2], "output_shape": [24, 20]}, (6, 24, 20)),
            ({"strides": [2, 2], "output_shape": [26, 21]}, (6, 26, 21)),
            ({"strides": [2, 3], "output_shape": [30, 35]}, (6, 30, 35)),
            ({"strides": [3, 2], "auto_pad": "SAME_UPPER"}, (6, 36, 20)),
            ({"strides": [2, 2], "auto_pad": "SAME_LOWER"}, (6, 24, 20)),
            ({"dilations": [2, 2]}, (6, 16, 14)),
        ],
    )
    def test_conv_transpose(self, attributes: Any, shape: Any) -> None:
        result = found(of("ConvTranspose", *weights((4, 6, 3, 3), (6,)), **attributes))
        assert result[:3] == ([shape], 4 * 6 * 9 + 6, 120 * 4 * 6 * 9)
        assert result.words[0] == "conv_transpose"

    def test_a_kernel_that_is_computed(self) -> None:
        nodes = [node("Conv", "x w", "y", pads=[1, 1, 1, 1])]
        inputs = {"x": IMAGE, "w": (6, 4, 3, 3)}
        assert found(model(nodes, inputs, ["y"]))[:3] == ([(6, 12, 10)], 0, 6 * 120 * 36)
        nodes = [node("ConvTranspose", "x w", "y")]
        inputs = {"x": IMAGE, "w": (4, 6, 3, 3)}
        assert found(model(nodes, inputs, ["y"]))[:3] == ([(6, 14, 12)], 0, 120 * 4 * 6 * 9)

    def test_of_whole_numbers(self) -> None:
        weight = array("w", (6, 4, 3, 3), kind=3)
        bias = array("b", (6,), kind=6)
        reads = "x s z w s z s z b"
        written = model([node("QLinearConv", reads, "y")], {"x": IMAGE}, ["y"],
                        [weight, bias, array("s", (), [0.5]), array("z", (), [0])])  # fmt: skip
        assert found(written) == ([(6, 10, 8)], 222, 80 * 216, ["conv"])
        written = model([node("ConvInteger", "x w", "y")], {"x": IMAGE}, ["y"], [weight])
        assert found(written) == ([(6, 10, 8)], 216, 80 * 216, ["conv"])
        nodes = [node("DequantizeLinear", "w s z", "f"), node("Conv", "x f", "y")]
        written = model(nodes, {"x": IMAGE}, ["y"],
                        [weight, array("s", (), [0.5]), array("z", (), [0])])  # fmt: skip
        assert found(written) == ([(6, 10, 8)], 216, 80 * 216, ["conv"])

    def test_of_windows(self) -> None:
        """A convolution after the batch is split: as many times as there are windows."""
        nodes = [
            node("Reshape", "x s", "r"),
            node("Transpose", "r", "t", perm=[1, 0, 2, 3]),
            node("Conv", "t w", "y"),
        ]
        arrays = [array("s", (4,), [4, 3, 12, 10]), array("w", (5, 4, 3, 3))]
        result = found(model(nodes, {"x": (1, 12, 12, 10)}, ["y"], arrays))
        assert (result.params, result.macs) == (180, 3 * 80 * 180)

    @pytest.mark.parametrize(
        ("dims", "attributes", "message"),
        [
            ((6, 3, 3, 3), {}, "does not fit a value of (1, 4, 12, 10)"),
            ((6, 4, 3), {}, "does not fit a value of (1, 4, 12, 10)"),
            ((6, 4), {}, "a weight of the sizes (6, 4) is no kernel"),
            ((6, 4, 3, 3), {"strides": [1]}, "strides or dilations do not fit a kernel of 2"),
            ((6, 4, 3, 3), {"pads": [1]}, "pads of [1] do not fit a kernel of 2 dimensions"),
            ((6, 4, 3, 3), {"kernel_shape": [5, 5]}, "kernel_shape is [5, 5], but the weight"),
            ((6, 4, 13, 3), {}, "kernel"),
            ((6, 4, 3, 3), {"group": "2"}, "attribute group is not a whole number"),
            ((6, 4, 3, 3), {"strides": [0, 1]}, "stride"),
        ],
    )
    def test_what_cannot_be(self, dims: Any, attributes: Any, message: str) -> None:
        place, text = fault(of("Conv", *weights(dims), **attributes))
        assert place == "node Conv y"
        assert message in text


class TestPools:
    @pytest.mark.parametrize(
        ("operator", "attributes", "shape"),
        [
            ("MaxPool", {"kernel_shape": [3, 3]}, (4, 10, 8)),
            ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2]}, (4, 5, 4)),
            ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}, (4, 6, 5)),
            ("MaxPool", {"kernel_shape": [3, 3], "dilations": [2, 2]}, (4, 8, 6)),
            ("AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}, (4, 6, 5)),
            ("AveragePool", {"kernel_shape": [3, 3], "auto_pad": "SAME_LOWER"}, (4, 12, 10)),
            ("AveragePool", {"kernel_shape": [2, 2], "pads": [2, 0, 2, 0]}, (4, 15, 9)),
            ("LpPool", {"kernel_shape": [2, 2], "strides": [2, 2]}, (4, 6, 5)),
            ("GlobalAveragePool", {}, (4, 1, 1)),
            ("GlobalMaxPool", {}, (4, 1, 1)),
            ("GlobalLpPool", {}, (4, 1, 1)),
        ],
    )
    def test_shapes(self, operator: str, attributes: Any, shape: Any) -> None:
        assert found(of(operator, **attributes))[:3] == ([shape], 0, 0)

    def test_the_places_of_the_largest(self) -> None:
        nodes = [
            node("MaxPool", "x", "p i", kernel_shape=[2, 2], strides=[2, 2]),
            node("MaxUnpool", "p i", "y", kernel_shape=[2, 2], strides=[2, 2]),
        ]
        assert found(model(nodes, {"x": IMAGE}, ["y"]))[:3] == ([(4, 12, 10)], 0, 0)
