"""Operators of ONNX Runtime: several standard ones in one, and those on whole numbers."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from support.onnx_files import array, constant, fault, found, model, node, of, weights

MICROSOFT = "com.microsoft"
SCALES = (array("s", (), [0.5]), array("z", (), [0], 3))
TOKENS = (1, 5, 16)


class TestFused:
    @pytest.mark.parametrize(
        ("operator", "arrays", "attributes", "wanted"),
        [
            ("FusedConv", [(6, 4, 3, 3), (6,)], {"activation": "Relu"}, (222, 80 * 216)),
            ("FusedMatMul", [(7, 10)], {"transB": 1}, (70, 48 * 70)),
            ("BiasGelu", [(10,)], {}, (10, 0)),
            ("FastGelu", [(10,)], {}, (10, 0)),
            ("QuickGelu", [], {}, (0, 0)),
            ("MatMulNBits", [(7, 1, 5)], {"K": 10, "N": 7, "bits": 4}, (70, 48 * 70)),
        ],
    )
    def test_figures(self, operator: str, arrays: Any, attributes: Any, wanted: Any) -> None:
        data = of(operator, *weights(*arrays), domain="com.microsoft", **attributes)
        assert found(data)[1:3] == wanted

    def test_a_sum_and_a_norm_in_one(self) -> None:
        nodes = [node("SkipLayerNormalization", "x x g b", "y - - s", domain="com.microsoft"),
                 node("Add", "y s", "z")]  # fmt: skip
        arrays = [array("g", (16,)), array("b", (16,))]
        result = found(model(nodes, {"x": (1, 5, 16)}, ["z"], arrays))
        assert (result.params, "layer_norm" in result.words) == (32, True)

    @pytest.mark.parametrize(
        ("dims", "attributes", "macs"),
        [
            (((1, 2, 5, 6), (1, 2, 7, 6)), {"transB": 1}, 2 * 5 * 6 * 7),
            (((1, 2, 6, 5), (1, 2, 6, 7)), {"transA": 1}, 2 * 5 * 6 * 7),
            (((1, 5, 2, 6), (1, 7, 2, 6)), {"transBatchA": 1, "transBatchB": 1, "transB": 1}, None),
        ],
    )
    def test_axes_in_another_order(self, dims: Any, attributes: Any, macs: Any) -> None:
        """A product of (5, 6) and (6, 7) in each of two heads, or of each of its rows."""
        nodes = [node("FusedMatMul", "a b", "y", domain=MICROSOFT, **attributes)]
        if macs is None:
            squeezed = [node("Squeeze", f"{name} zero", f"{name}2") for name in "ab"]
            nodes = [constant("zero", 0), *squeezed,
                     node("FusedMatMul", "a2 b2", "y", domain=MICROSOFT, **attributes)]  # fmt: skip
        result = found(model(nodes, {"a": dims[0], "b": dims[1]}, ["y"]))
        assert result.macs == 2 * 5 * 6 * 7

    def test_attention(self) -> None:
        nodes = [node("Attention", "x w b", "y", domain=MICROSOFT, num_heads=4)]
        arrays = [array("w", (16, 48)), array("b", (48,))]
        result = found(model(nodes, {"x": TOKENS}, ["y"], arrays))
        assert prod(result.shapes[0]) == 5 * 16
        assert result[1:3] == (16 * 48 + 48, 5 * 16 * 48 + 2 * 5 * 5 * 16)
        nodes = [node("MultiHeadAttention", "x x x b", "y", domain=MICROSOFT, num_heads=4)]
        result = found(model(nodes, {"x": TOKENS}, ["y"], arrays))
        assert result[1:3] == (48, 2 * 5 * 5 * 16)

    def test_layouts_of_a_processor_have_no_rule(self) -> None:
        data = of("Conv", *weights((8, 4, 3, 3)), domain="com.microsoft.nchwc")
        assert "there is no rule for com.microsoft.nchwc.Conv" in fault(data)[1]


class TestWholeNumbers:
    @pytest.mark.parametrize(
        ("operator", "reads", "arrays", "params", "macs"),
        [
            ("QGemm", "x s z w s z b s z", [(16, 8), (8,)], 136, 5 * 128),
            ("QLinearMatMul", "x s z w s z s z", [(16, 8)], 128, 5 * 128),
            ("QLinearAdd", "x s z w s z s z", [(16,)], 16, 0),
            ("QLinearMul", "x s z w s z s z", [(16,)], 16, 0),
            ("QLinearConcat", "s z x s z w s z", [(1, 5, 3)], 15, 0),
            ("QLinearSigmoid", "x s z s z", [], 0, 0),
            ("QLinearLeakyRelu", "x s z s z", [], 0, 0),
            ("QLinearSoftmax", "x s z s z", [], 0, 0),
            ("DynamicQuantizeMatMul", "x w s z b", [(16, 8), (8,)], 136, 5 * 128),
            ("MatMulIntegerToFloat", "x w s s z z b", [(16, 8), (8,)], 136, 5 * 128),
            ("MatMulInteger", "x w z z", [(16, 8)], 128, 5 * 128),
        ],
    )
    def test_figures(self, operator: str, reads: str, arrays: Any, params: int, macs: int) -> None:
        domain = "" if operator in ("QLinearMatMul", "MatMulInteger") else MICROSOFT
        attributes: dict[str, Any] = {"axis": -1} if operator == "QLinearConcat" else {}
        kinds = [3, 1 if "Float" in operator or "Dynamic" in operator else 6]
        given = [array(name, dims, kind=kind)
                 for name, dims, kind in zip("wb", arrays, kinds, strict=False)]  # fmt: skip
        dims = (5, 16) if operator == "QGemm" else TOKENS
        nodes = [node(operator, reads, "y", domain=domain, **attributes)]
        result = found(model(nodes, {"x": dims}, ["y"], [*given, *SCALES]))
        assert result[1:3] == (params, macs)

    def test_pools(self) -> None:
        image, reads = {"x": (1, 4, 6, 6)}, "x s z s z"
        pool = node("QLinearAveragePool", reads, "y", domain=MICROSOFT, kernel_shape=[2, 2])
        assert found(model([pool], image, ["y"], SCALES)).shapes == [(4, 5, 5)]
        pool = node("QLinearGlobalAveragePool", reads, "y", domain=MICROSOFT)
        assert found(model([pool], image, ["y"], SCALES)).shapes == [(4, 1, 1)]

    def test_a_recurrent_layer(self) -> None:
        """Its weights have the gates last."""
        nodes = [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node("DynamicQuantizeLSTM", "t w r b", "y", domain=MICROSOFT, hidden_size=3),
        ]
        arrays = [array("w", (1, 16, 12), kind=3), array("r", (1, 3, 12), kind=3),
                  array("b", (1, 24))]  # fmt: skip
        result = found(model(nodes, {"x": TOKENS}, ["y"], arrays))
        assert result[1:3] == (12 * (16 + 3 + 2), 5 * 12 * (16 + 3))

    def test_numbers_that_are_made_whole_on_the_way(self) -> None:
        nodes = [
            node("DynamicQuantizeLinear", "x", "q qs qz"),
            node("MatMulInteger", "q w qz z", "p"),
            node("Cast", "p", "f", to=1),
            node("Mul", "f qs", "y"),
        ]
        result = found(model(nodes, {"x": TOKENS}, ["y"], [array("w", (16, 8), kind=3), *SCALES]))
        assert result[1:3] == (128, 5 * 128)
