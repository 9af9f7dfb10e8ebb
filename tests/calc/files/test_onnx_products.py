"""Linear layers and products of values in ONNX files: parameters and MACs."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from support.onnx_files import (
    Array,
    array,
    fault,
    found,
    loaded,
    model,
    node,
    of,
    weights,
)


class TestLinear:
    @pytest.mark.parametrize(
        ("dims", "attributes", "wanted"),
        [
            (((16, 8), (8,)), {}, ([(8,)], 136, 128)),
            (((8, 16), (8,)), {"transB": 1}, ([(8,)], 136, 128)),
            (((16, 8), (1, 8)), {}, ([(8,)], 136, 128)),
            (((16, 8),), {}, ([(8,)], 128, 128)),
            (((16, 1), (1,)), {}, ([(1,)], 16, 16)),
        ],
    )
    def test_gemm(self, dims: Any, attributes: Any, wanted: Any) -> None:
        result = found(of("Gemm", *weights(*dims), image=(1, 16), **attributes))
        assert result[:3] == wanted
        assert result.words[0] == "linear"

    def test_gemm_of_two_values(self) -> None:
        nodes = [node("Gemm", "a b", "y", transA=1, transB=1)]
        inputs = {"a": (1, 6, 5), "b": (1, 7, 6)}
        squeezed = [node("Squeeze", f"{name} z", f"{name}2") for name in "ab"]
        nodes = [*squeezed, node("Gemm", "a2 b2", "y", transA=1, transB=1)]
        result = found(model(nodes, inputs, ["y"], [array("z", [1], [0])]))
        assert (result.shapes, result.macs) == ([(5, 7)], 5 * 7 * 6)

    @pytest.mark.parametrize(
        ("sums", "words", "params"),
        [
            (["p b"], ["permute", "conv"], 16 * 8 + 8),
            (["b p"], ["permute", "conv"], 16 * 8 + 8),
            (["p b", "p b"], ["permute", "conv", "parameter", "add", "add"], 16 * 8 + 8),
        ],
    )
    def test_a_matrix_and_its_bias(self, sums: Any, words: Any, params: int) -> None:
        nodes = [node("MatMul", "x w", "p")]
        nodes += [node("Add", reads, f"y{at}") for at, reads in enumerate(sums)]
        outputs = [f"y{at}" for at in range(len(sums))]
        arrays = [array("w", (16, 8)), array("b", (8,))]
        result = found(model(nodes, {"x": (1, 5, 16)}, outputs, arrays))
        assert (result.params, result.macs, result.words) == (params, 5 * 128, words)

    def test_a_bias_that_comes_later(self) -> None:
        bias = node("Constant", "", "b", value=Array(array("", (8,))))
        nodes = [node("MatMul", "x w", "p"), bias, node("Add", "p b", "y")]
        result = found(model(nodes, {"x": (1, 5, 16)}, ["y"], [array("w", (16, 8))]))
        assert result == ([(8, 5)], 136, 640, ["permute", "conv"])

    def test_products_of_values(self) -> None:
        nodes = [node("MatMul", "a b", "y")]
        result = found(model(nodes, {"a": (1, 2, 5, 6), "b": (1, 2, 6, 7)}, ["y"]))
        assert result == ([(2, 5, 7)], 0, 2 * 5 * 6 * 7, ["matmul"])

    def test_a_matrix_for_each_item(self) -> None:
        result = found(of("MatMul", *weights((3, 6, 7)), image=(1, 3, 5, 6)))
        assert (result.params, result.macs) == (126, 3 * 5 * 6 * 7)

    def test_a_matrix_on_the_left(self) -> None:
        nodes = [node("MatMul", "w x", "y")]
        result = found(model(nodes, {"x": (1, 6, 7)}, ["y"], [array("w", (5, 6))]))
        assert (result.params, result.macs) == (30, 5 * 6 * 7)

    def test_a_vector(self) -> None:
        nodes = [node("MatMul", "x w", "y")]
        result = found(model(nodes, {"x": (1, 5, 6)}, ["y"], [array("w", (6,))]))
        assert result[:3] == ([(5,)], 6, 30)

    @pytest.mark.parametrize(
        ("equation", "inputs", "arrays", "macs"),
        [
            ("bhnd,bhmd->bhnm", {"a": (1, 2, 5, 6), "b": (1, 2, 7, 6)}, [], 2 * 5 * 7 * 6),
            ("bhnm,bhmd->bnhd", {"a": (1, 2, 5, 7), "b": (1, 2, 7, 6)}, [], 2 * 5 * 7 * 6),
            ("bnc,cd->bnd", {"a": (1, 5, 6)}, [array("b", (6, 7))], 5 * 6 * 7),
            ("...c,dc->...d", {"a": (1, 5, 6)}, [array("b", (7, 6))], 5 * 6 * 7),
            ("bnhd,hde->bnhe", {"a": (1, 5, 2, 6)}, [array("b", (2, 6, 7))], 5 * 2 * 6 * 7),
            ("bnc,bnc->bnc", {"a": (1, 5, 6), "b": (1, 5, 6)}, [], 0),
            ("bnc,bmc", {"a": (1, 5, 6), "b": (1, 7, 6)}, [], 5 * 7 * 6),
        ],
    )
    def test_einsum(self, equation: str, inputs: Any, arrays: Any, macs: int) -> None:
        nodes = [node("Einsum", "a b", "y", equation=equation)]
        params = sum(prod((6, 7)) if each == arrays[0] else 0 for each in arrays)
        result = found(model(nodes, inputs, ["y"], arrays))
        assert result.macs == macs
        assert bool(result.params) == bool(params)

    def test_an_einsum_of_three_shares_its_weights(self) -> None:
        nodes = [
            node("Einsum", "x w w", "u", equation="nc,cd,de->ne"),
            node("Einsum", "u w w", "y", equation="nc,cd,de->ne"),
        ]
        network = loaded(model(nodes, {"x": (1, 6)}, ["y"], [array("w", (6, 6))])).network
        assert network is not None
        totals = network.totals()
        assert (totals.params, totals.unknown) == (36, {"macs": ["u", "y"]})

    @pytest.mark.parametrize(
        ("operator", "dims", "message"),
        [
            ("Gemm", (15, 8), "a weight of (15, 8) does not fit a value of (1, 16)"),
            ("Gemm", (2, 16, 8), "(1, 16) and (2, 16, 8) are not two matrices"),
            ("MatMul", (15, 8), "(1, 16) and (15, 8) do not fit together in a matrix product"),
        ],
    )
    def test_what_cannot_be(self, operator: str, dims: Any, message: str) -> None:
        assert fault(of(operator, *weights(dims), image=(1, 16))) == (
            f"node {operator} y", message,
        )  # fmt: skip
