"""The wire format of ONNX files: what is read, what is not, and what cannot be."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest

from convcalc.files.onnx.parsing import model_of
from convcalc.files.onnx.wire import Kind, Of, WireError, WireReader
from support.onnx_files import (
    FLOAT,
    Array,
    array,
    field,
    fields,
    graph,
    model,
    node,
    varint,
)

SCHEMAS: Any = {
    "M": {
        1: ("number", Kind.NUMBER),
        2: ("text", Kind.TEXT),
        3: ("inner", Of("M", is_list=False)),
        4: ("numbers", Kind.NUMBERS),
        5: ("floats", Kind.FLOATS),
        6: ("data", Kind.DATA),
        7: ("texts", Kind.TEXTS),
        8: ("float", Kind.FLOAT),
    }
}
RELU = model([node("Relu", "x", "y", name="r")], {"x": [1, 3, 8, 8]}, ["y"])


def read(data: bytes) -> dict[str, Any]:
    return WireReader(io.BytesIO(data), SCHEMAS).message("M", len(data))


class Recording(io.BytesIO):
    """A file that knows which of its bytes were read."""

    largest = 0
    total = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.largest = max(self.largest, len(data))
        self.total += len(data)
        return data


class TestMessages:
    @pytest.mark.parametrize(
        ("data", "wanted"),
        [
            (b"", {}),
            (field(1, 150), {"number": 150}),
            (field(1, -3), {"number": -3}),
            (field(2, "ä"), {"text": "ä"}),
            (varint(2 << 3 | 2) + b"\x02\xff\x41", {"text": "\ufffdA"}),
            (field(3, field(3, field(1, 7))), {"inner": {"inner": {"number": 7}}}),
            (field(4, 1) + field(4, -1), {"numbers": [1, -1]}),
            (field(4, varint(300) + varint(-1)), {"numbers": [300, -1]}),
            (field(5, struct.pack("<2f", 0.5, -2)), {"floats": [0.5, -2.0]}),
            (varint(8 << 3 | 5) + struct.pack("<f", 1.5), {"float": 1.5}),
            (field(6, b"abc"), {"data": b"abc"}),
            (fields(7, ["a", "", "b"]), {"texts": ["a", "", "b"]}),
            (field(99, "skipped") + field(98, 5) + field(1, 1), {"number": 1}),
            (varint(97 << 3 | 1) + bytes(8) + varint(96 << 3 | 5) + bytes(4), {}),
            (field(1, "text for a number"), {}),
        ],
    )
    def test_values(self, data: bytes, wanted: dict[str, Any]) -> None:
        assert read(data) == wanted

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"\x80", "the file ends at byte 1, within a number"),
            (b"\x08" + b"\x80" * 10 + b"\x01", "byte 1: a number is longer than 10 bytes"),
            (b"\x12\x05ab", "byte 0: a field of 5 bytes is cut off"),
            (b"\x12" + varint(2**63), "a field of 9,223,372,036,854,775,808 bytes is cut off"),
            (field(3, b"\x12\x05ab") + bytes(50), "byte 2: a field of 5 bytes is cut off"),
            (b"\x1a\x02\x08\x80\x01", "a field reaches beyond its message, which ends at byte 4"),
            (b"\x0b", "byte 0: there is no field of the wire type 3"),
            (b"\x0c", "byte 0: there is no field of the wire type 4"),
            (b"\x0f", "byte 0: there is no field of the wire type 7"),
            (field(5, b"abc"), "3 bytes are no whole numbers"),
            (field(2, "a" * 70_000), "byte 0: a text of 70,000 bytes is too long"),
        ],
    )
    def test_what_cannot_be(self, data: bytes, message: str) -> None:
        with pytest.raises(WireError, match=message.replace("(", r"\(")):
            read(data)

    def test_depth(self) -> None:
        data = b""
        for _ in range(63):
            data = field(3, data)
        assert read(data)
        for _ in range(3):
            data = field(3, data)
        with pytest.raises(WireError, match="nested deeper than 64 levels"):
            read(data)

    def test_very_many_fields(self) -> None:
        with pytest.raises(WireError, match="more than 1,000,000 fields"):
            read(field(1, 1) * 1_000_001)

    def test_large_arrays_stay_unread(self) -> None:
        assert read(field(6, bytes(40_000)) + field(1, 1)) == {"data": None, "number": 1}
        assert read(field(4, bytes(40_000)) + field(4, 1)) == {"numbers": None}

    def test_many_arrays_together_stay_unread(self) -> None:
        data = b"".join(field(3, field(6, bytes(30_000))) for _ in range(200))
        reader = WireReader(io.BytesIO(data), {"M": {3: ("inner", Of("M")), 6: SCHEMAS["M"][6]}})
        kept = [each["data"] for each in reader.message("M", len(data))["inner"]]
        assert kept[:139] == [bytes(30_000)] * 139
        assert kept[140:] == [None] * 60


class TestWeights:
    def test_are_never_read(self) -> None:
        weights = field(1, 2**20) + field(2, FLOAT) + field(8, "w") + field(9, bytes(2**22))
        stream = Recording(model([], {}, [], [weights] * 4))
        found = model_of(stream).graph.arrays["w"]
        assert (found.sizes, found.values) == ((2**20,), None)
        assert stream.largest <= 2**16
        assert stream.total < 2**20

    def test_small_ones_are(self) -> None:
        arrays = [
            array("whole", [2], [3, -4]),
            array("real", [2, 1], [0.5, 2.0]),
            array("half", [1], [0.5], 10),
            field(1, 2) + field(2, 7) + field(8, "packed") + field(7, varint(5) + varint(-5)),
            field(1, 2) + field(2, 6) + field(8, "apart") + field(5, 1) + field(5, 2),
            field(1, 1) + field(2, 11) + field(8, "double") + field(10, struct.pack("<d", 0.1)),
            field(2, 9) + field(8, "yes") + field(9, b"\x01"),
            field(1, 0) + field(2, 7) + field(8, "none"),
        ]
        found = model_of(io.BytesIO(model([], {}, [], arrays))).graph.arrays
        assert {name: each.values for name, each in found.items()} == {
            "whole": [3, -4],
            "real": [0.5, 2.0],
            "half": [0.5],
            "packed": [5, -5],
            "apart": [1, 2],
            "double": [0.1],
            "yes": [True],
            "none": [],
        }
        assert [name for name, each in found.items() if each.is_float] == ["real", "half", "double"]

    @pytest.mark.parametrize(
        ("written", "message"),
        [
            (array("w", [-2], [1]), r"the array w has the impossible sizes \(-2,\)"),
            (array("w", [10**8, 10**8]), "the array w has the impossible sizes"),
            (array("w", [3], [1, 2]), "the array w has 16 bytes for 3 numbers"),
        ],
    )
    def test_what_cannot_be(self, written: bytes, message: str) -> None:
        with pytest.raises(WireError, match=message):
            model_of(io.BytesIO(model([], {}, [], [written])))


class TestModel:
    def test_nodes(self) -> None:
        inner = graph([node("Identity", "a", "b")], {}, ["b"])
        written = node(
            "Op", "x - y", "a b", name="n", domain="d", i=-1, f=0.5, s="text", ints=[1, 2],
            floats=[0.5, 1.5], none=[], t=Array(array("", [1], [7])), g=inner,
        )  # fmt: skip
        (found,) = model_of(io.BytesIO(model([written], {}, []))).graph.nodes
        assert found[:5] == ("Op", "d", "n", ("x", "", "y"), ("a", "b"))
        values = dict(found.attributes)
        assert values.pop("g").nodes[0].operator == "Identity"
        assert values.pop("t").values == [7]
        assert values == {
            "i": -1, "f": 0.5, "s": "text", "ints": [1, 2], "floats": [0.5, 1.5], "none": [],
        }  # fmt: skip

    def test_values(self) -> None:
        data = model([], {"x": [1, "N", None, -1, 0], "y": None}, {"z": [2]}, told={"t": []})
        found = model_of(io.BytesIO(data)).graph
        assert [each.sizes for each in found.inputs] == [(1, "N", None, None, None), None]
        assert found.shapes["z"].sizes == (2,)
        assert found.shapes["t"].sizes == ()

    def test_initializers_are_no_inputs(self) -> None:
        data = model([], {"w": [2], "x": [1, 2]}, [], [array("w", [2], [0.5, 1.0])])
        assert [each.name for each in model_of(io.BytesIO(data)).graph.inputs] == ["x"]

    def test_the_opset_is_that_of_the_standard_operators(self) -> None:
        other = field(8, field(1, "com.microsoft") + field(2, 1))
        found = model_of(io.BytesIO(RELU + other))
        assert (found.opset, found.producer) == (17, "test")

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "there is no graph in it"),
            (field(1, 8), "there is no graph in it"),
            (field(1, 8) + field(7, b""), "it names no operator set: it is cut off"),
            (model([node("Relu", "x", "y")] * 100_001, {}, []), "a graph of 100,001 nodes"),
            (model([], {"x": [2**60]}, []), "a size of 1,152,921,504,606,846,976 is not possible"),
        ],
    )
    def test_what_cannot_be(self, data: bytes, message: str) -> None:
        with pytest.raises(WireError, match=message):
            model_of(io.BytesIO(data))
