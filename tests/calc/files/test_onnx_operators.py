"""Other operators of ONNX files: the shape of the output, parameters and MACs."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import pytest

from support.onnx_files import (
    IMAGE,
    array,
    constant,
    fault,
    found,
    model,
    node,
    numbers,
    of,
    weights,
)


class TestNorms:
    @pytest.mark.parametrize(
        ("operator", "dims", "attributes", "params", "word"),
        [
            ("BatchNormalization", [(4,)] * 4, {}, 8, "batch_norm"),
            ("InstanceNormalization", [(4,)] * 2, {}, 8, "instance_norm"),
            ("LayerNormalization", [(10,)] * 2, {}, 20, "layer_norm"),
            ("LayerNormalization", [(4, 12, 10)], {"axis": 1}, 480, "layer_norm"),
            ("GroupNormalization", [(4,)] * 2, {"num_groups": 2}, 8, "group_norm"),
            ("GroupNormalization", [(2,)] * 2, {"num_groups": 2}, 4, "opaque"),
            ("RMSNormalization", [(10,)], {}, 10, "opaque"),
            ("LRN", [], {"size": 5}, 0, "local_response_norm"),
            ("LpNormalization", [], {}, 0, "opaque"),
            ("MeanVarianceNormalization", [], {}, 0, "opaque"),
        ],
    )
    def test_params(
        self, operator: str, dims: Any, attributes: Any, params: int, word: str
    ) -> None:
        result = found(of(operator, *weights(*dims), **attributes))
        assert (prod(result.shapes[0]), result.params, result.macs) == (480, params, 0)
        assert word in result.words

    def test_of_one_channel(self) -> None:
        result = found(of("BatchNormalization", *weights(*[(1,)] * 4), image=(1, 1, 8, 8)))
        assert (result.params, result.words) == (0, ["batch_norm"])

    def test_scales_that_do_not_fit(self) -> None:
        place, text = fault(of("BatchNormalization", *weights(*[(5,)] * 4)))
        assert (place, text) == (
            "node BatchNormalization y", "scale and bias do not fit a value of (1, 4, 12, 10)",
        )  # fmt: skip


WORDS = {
    "Relu": "relu", "Selu": "selu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Mish": "mish",
    "HardSigmoid": "hardsigmoid", "HardSwish": "hardswish", "Gelu": "gelu", "Swish": "silu",
    "Softplus": "softplus", "Identity": "identity", "Elu": "elu", "LeakyRelu": "leaky_relu",
    "Erf": "opaque", "Exp": "opaque", "Not": "opaque", "CumSum": "opaque", "Celu": "opaque",
}  # fmt: skip


@pytest.mark.parametrize("operator", WORDS)
def test_functions(operator: str) -> None:
    assert found(of(operator)) == ([(4, 12, 10)], 0, 0, [WORDS[operator]])


@pytest.mark.parametrize(("low", "high", "word"), [(0.0, 6.0, "relu6"), (0.0, 3.5, "opaque")])
def test_clip(low: float, high: float, word: str) -> None:
    ends = [array("a0", (), [low]), array("a1", (), [high])]
    assert found(of("Clip", *ends)).words == [word]
    assert found(of("Clip", min=low, max=high, opset=6)).words == [word]
    assert found(of("Clip", ends[0])).words == ["relu"]


@pytest.mark.parametrize(
    ("dims", "params"), [((4, 1, 1), 4), ((1,), 0), ((4, 12, 10), 480), ((12, 1), 12)]
)
def test_prelu(dims: Any, params: int) -> None:
    assert found(of("PRelu", *weights(dims)))[:3] == ([(4, 12, 10)], params, 0)


class TestMerges:
    @pytest.mark.parametrize(
        ("operator", "word"),
        [
            ("Add", "add"), ("Sum", "add"), ("Sub", "subtract"), ("Mul", "multiply"),
            ("Max", "maximum"), ("Div", "opaque"), ("Min", "opaque"), ("Pow", "opaque"),
            ("Mean", "opaque"), ("Greater", "opaque"),
        ],
    )  # fmt: skip
    def test_of_values(self, operator: str, word: str) -> None:
        nodes = [node("Relu", "x", "r"), node(operator, "x r", "y")]
        assert found(model(nodes, {"x": IMAGE}, ["y"])).words == ["relu", word]

    @pytest.mark.parametrize(
        ("dims", "params"), [((), 0), ((1,), 0), ((4, 1, 1), 4), ((10,), 10), ((4, 12, 10), 480)]
    )
    @pytest.mark.parametrize("operator", ["Add", "Mul", "Sub", "Div"])
    def test_of_arrays(self, operator: str, dims: Any, params: int) -> None:
        for reads in ("x a", "a x"):
            result = found(
                model([node(operator, reads, "y")], {"x": IMAGE}, ["y"], [array("a", dims)])
            )
            assert result[:3] == ([(4, 12, 10)], params, 0)

    def test_the_same_array_counts_once(self) -> None:
        nodes = [node("Add", "x a", "r"), node("Mul", "r a", "y")]
        result = found(model(nodes, {"x": IMAGE}, ["y"], [array("a", (4, 1, 1))]))
        assert (result.params, result.words) == (4, ["parameter", "add", "multiply"])

    def test_along_an_axis_in_the_oldest_files(self) -> None:
        result = found(of("Add", *weights((4,)), opset=6, broadcast=1, axis=1))
        assert result[:2] == ([(4, 12, 10)], 4)
        place, text = fault(of("Add", *weights((4,))))
        assert (place, "do not fit together" in text) == ("node Add y", True)


@pytest.mark.parametrize(
    ("operator", "arrays", "attributes", "shape"),
    [
        ("Reshape", numbers([1, -1]), {}, (480,)),
        ("Reshape", numbers([0, 2, 2, -1]), {}, (2, 2, 120)),
        ("Flatten", [], {}, (480,)),
        ("Unsqueeze", numbers([2]), {}, (4, 12, 10)),
        ("Unsqueeze", [], {"axes": [2]}, (4, 12, 10)),
        ("Transpose", [], {"perm": [0, 2, 3, 1]}, (4, 12, 10)),
        ("Slice", numbers([1], [3], [1]), {}, (2, 12, 10)),
        ("Slice", [], {"starts": [2, 0], "ends": [-1, 5], "axes": [2, 3]}, (4, 9, 5)),
        ("Slice", numbers([0], [12], [2], [2]), {}, (4, 6, 10)),
        ("Slice", numbers([-1], [-99], [3], [-1]), {}, (4, 12, 10)),
        ("Pad", numbers([0, 0, 1, 1, 0, 0, 2, 3]), {}, (4, 15, 14)),
        ("Pad", [], {"pads": [0, 2, 0, 0, 0, 1, 0, -4]}, (7, 12, 6)),
        ("Pad", [], {"paddings": [0, 0, 1, 1, 0, 0, 1, 1], "mode": "reflect"}, (4, 14, 12)),
        ("Expand", numbers([1, 4, 12, 10]), {}, (4, 12, 10)),
        ("Tile", numbers([1, 2, 1, 3]), {}, (8, 12, 30)),
        ("DepthToSpace", [], {"blocksize": 2}, (1, 24, 20)),
        ("SpaceToDepth", [], {"blocksize": 2}, (16, 6, 5)),
        ("ReduceMean", [], {"axes": [2, 3]}, (4, 1, 1)),
        ("ReduceMean", [], {"axes": [-2, -1], "keepdims": 0}, (4,)),
        ("ReduceMean", numbers([1]), {}, (1, 12, 10)),
        ("ReduceMax", [], {"axes": [1]}, (1, 12, 10)),
        ("ReduceL2", [], {"axes": [3]}, (4, 12, 1)),
        ("ReduceSum", [], {"noop_with_empty_axes": 1}, (4, 12, 10)),
        ("ArgMax", [], {"axis": 1}, (1, 12, 10)),
        ("TopK", numbers([3]), {"axis": 2}, (4, 3, 10)),
        ("Gather", [array("a0", (), [2])], {"axis": 2}, (4, 1, 10)),
        ("Gather", numbers([1, 2]), {"axis": 1}, (2, 12, 10)),
        ("Gather", numbers([3, 0]), {"axis": 1}, (2, 12, 10)),
        ("Softmax", [], {"axis": 1}, (4, 12, 10)),
        ("Upsample", [array("a0", (4,), [1.0, 1.0, 2.0, 1.5])], {}, (4, 24, 15)),
        ("Upsample", [], {"scales": [1.0, 1.0, 2.0, 2.0]}, (4, 24, 20)),
        ("CenterCropPad", numbers([8, 20]), {"axes": [2, 3]}, (4, 8, 20)),
        ("GatherElements", [array("a0", (1, 4, 2, 10), [0] * 80)], {"axis": 2}, (4, 2, 10)),
    ],
)
def test_places(operator: str, arrays: Any, attributes: Mapping[str, Any], shape: Any) -> None:
    result = found(of(operator, *arrays, **attributes))
    assert result[:3] == ([shape], 0, 0)


class TestResize:
    @pytest.mark.parametrize(
        ("scales", "sizes", "attributes", "shape"),
        [
            ([1.0, 1.0, 2.0, 2.0], None, {}, (4, 24, 20)),
            ([1.0, 1.0, 0.5, 0.29], None, {"mode": "linear"}, (4, 6, 2)),
            ([], [1, 4, 7, 31], {"mode": "cubic"}, (4, 7, 31)),
            ([], [24, 30], {"axes": [2, 3]}, (4, 24, 30)),
            ([], [24, 30], {"axes": [2, 3], "keep_aspect_ratio_policy": "not_larger"}, (4, 24, 20)),
            ([], [24, 30], {"axes": [2, 3], "keep_aspect_ratio_policy": "not_smaller"},
             (4, 36, 30)),
            ([1.0, 1.0, 2.3333332538604736, 1.0], None, {}, (4, 28, 10)),
        ],
    )  # fmt: skip
    def test_shapes(self, scales: Any, sizes: Any, attributes: Any, shape: Any) -> None:
        arrays = [array("roi", (0,), []), array("scales", (len(scales),), scales, 1)]
        reads = "x roi scales"
        if sizes:
            arrays.append(array("sizes", (len(sizes),), sizes))
            reads = "x - - sizes"
        result = found(
            model([node("Resize", reads, "y", **attributes)], {"x": IMAGE}, ["y"], arrays)
        )
        assert result[:3] == ([shape], 0, 0)

    def test_the_oldest(self) -> None:
        result = found(of("Resize", array("a0", (4,), [1.0, 1.0, 2.0, 2.0]), opset=10))
        assert result == ([(4, 24, 20)], 0, 0, ["upsample"])


class TestSeveral:
    def test_split_and_concat(self) -> None:
        nodes = [
            node("Split", "x", "a b", axis=1),
            node("Relu", "a", "r"),
            node("Concat", "r b x", "y", axis=1),
        ]
        assert found(model(nodes, {"x": IMAGE}, ["y"])) == (
            [(8, 12, 10)], 0, 0, ["channel_slice", "channel_slice", "relu", "concat"],
        )  # fmt: skip

    def test_parts_that_nothing_reads(self) -> None:
        nodes = [node("Split", "x", "a b c d", axis=1), node("Relu", "c", "y")]
        assert found(model(nodes, {"x": IMAGE}, ["y"])).words == ["channel_slice", "relu"]

    def test_the_shape_chains_of_exporters(self) -> None:
        nodes = [
            node("Shape", "x", "s"),
            constant("zero", 0),
            node("Gather", "s zero", "n", axis=0),
            constant("rest", -1),
            node("Concat", "n rest", "t", axis=0),
            node("Reshape", "x t", "f"),
            node("Gemm", "f w b", "y"),
        ]
        arrays = [array("w", (480, 10)), array("b", (10,))]
        for batch in (1, "batch", None):
            result = found(model(nodes, {"x": (batch, *IMAGE[1:])}, ["y"], arrays))
            assert result == ([(10,)], 4810, 4800, ["flatten", "linear"])

    def test_a_channel_shuffle(self) -> None:
        nodes = [
            node("Reshape", "x s", "r"),
            node("Transpose", "r", "t", perm=[0, 2, 1, 3, 4]),
            node("Reshape", "t u", "y"),
        ]
        arrays = [array("s", (5,), [1, 2, 2, 12, 10]), array("u", (4,), [1, 4, 12, 10])]
        assert found(model(nodes, {"x": IMAGE}, ["y"], arrays)).words == ["channel_shuffle"]

    def test_channels_last_in_transposes(self) -> None:
        nodes = [
            node("Cast", "x", "c", to=1),
            node("Transpose", "c", "t", perm=[0, 3, 1, 2]),
            node("Conv", "t w", "u"),
            node("Transpose", "u", "y", perm=[0, 2, 3, 1]),
        ]
        result = found(model(nodes, {"x": (1, 12, 10, 4)}, ["y"], [array("w", (6, 4, 3, 3))]))
        assert result == ([(6, 10, 8)], 216, 80 * 216, ["identity", "conv"])

    @pytest.mark.parametrize(
        ("operator", "gates", "states"), [("LSTM", 4, 2), ("GRU", 3, 1), ("RNN", 1, 1)]
    )
    @pytest.mark.parametrize("directions", [1, 2])
    def test_recurrent(self, operator: str, gates: int, states: int, directions: int) -> None:
        """Seven steps of five features; three states for each direction."""
        outputs = ["y", "h", "c"][: 1 + states]
        nodes = [
            node("Transpose", "x", "t", perm=[1, 0, 2]),
            node(operator, "t w r b", outputs, hidden_size=3),
        ]
        arrays = [
            array("w", (directions, gates * 3, 5)),
            array("r", (directions, gates * 3, 3)),
            array("b", (directions, gates * 6)),
        ]
        result = found(model(nodes, {"x": (1, 7, 5)}, outputs, arrays))
        assert result.params == directions * gates * 3 * (5 + 3 + 2)
        assert result.macs == directions * 7 * gates * 3 * (5 + 3)
        assert [prod(shape) for shape in result.shapes] == [7 * directions * 3] + [
            directions * 3
        ] * states

    def test_an_embedding(self) -> None:
        nodes = [node("Gather", "table ids", "y")]
        result = found(model(nodes, {"ids": (1, 7)}, ["y"], [array("table", (100, 16))]))
        assert (prod(result.shapes[0]), result.params, result.macs) == (7 * 16, 1600, 0)

    @pytest.mark.parametrize("dims", [(1, 2, 5, 8), (1, 5, 16)])
    def test_attention(self, dims: Any) -> None:
        """Two heads of eight features, five positions."""
        nodes = [node("Attention", "x x x", "y", q_num_heads=2, kv_num_heads=2)]
        result = found(model(nodes, {"x": dims}, ["y"], opset=23))
        assert (prod(result.shapes[0]), result.macs) == (80, 2 * 5 * 5 * 16)

    def test_sequences(self) -> None:
        nodes = [
            constant("one", 1),
            node("SplitToSequence", "x n", "s", axis=1),
            node("SequenceAt", "s one", "a"),
            node("ConcatFromSequence", "s", "b", axis=2),
            node("Concat", "a b", "y", axis=2),
        ]
        result = found(model(nodes, {"x": IMAGE}, ["y"], [array("n", (), [2])]))
        assert result.shapes == [(2, 36, 10)]
