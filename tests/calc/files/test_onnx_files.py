"""Whole ONNX files: inputs, batch, outputs, places, notes, functions, branches, loops."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from convcalc.errors import SpecError
from convcalc.files.places import NamedPlace
from convcalc.files.readers import HEAD, reader_of
from convcalc.language.document import Overrides
from support.onnx_files import (
    FLOAT,
    Array,
    array,
    attribute,
    constant,
    fault,
    field,
    found,
    function,
    graph,
    loaded,
    model,
    node,
    varint,
)

CONV = node("Conv", "x w b", "c", name="/stem/conv", pads=[1, 1, 1, 1])
ARRAYS = [array("w", (8, 3, 3, 3)), array("b", (8,))]
PARAMS = 8 * 27 + 8
IMAGE = (1, 3, 16, 12)
MACS = 16 * 12 * 8 * 27
CONDITION = node("Constant", "", "yes", value=Array(array("", (), [True], 9)))


def small(dims: Any = IMAGE, **told: Any) -> bytes:
    return model([CONV, node("Relu", "c", "y")], {"x": dims}, ["y"], ARRAYS, **told)


class TestInputs:
    @pytest.mark.parametrize("batch", [1, "N", None, -1])
    def test_the_batch_is_left_out(self, batch: Any) -> None:
        assert found(small((batch, *IMAGE[1:]))) == (
            [(8, 16, 12)], PARAMS, MACS, ["conv", "relu"],
        )  # fmt: skip

    def test_a_batch_of_several(self) -> None:
        result = loaded(small((4, *IMAGE[1:])))
        assert result.document.content["batch"] == 4
        assert found(small((4, *IMAGE[1:])))[:3] == ([(8, 16, 12)], PARAMS, 4 * MACS)
        assert found(small(), Overrides(batch=4)).macs == 4 * MACS

    def test_a_batch_that_is_mixed_with_other_axes_is_no_batch(self) -> None:
        nodes = [CONV, node("Reshape", "c s", "r"), node("MatMul", "r m", "y")]
        arrays = [*ARRAYS, array("s", (2,), [32, 768]), array("m", (768, 5))]
        result = loaded(model(nodes, {"x": (16, 3, 16, 12)}, ["y"], arrays))
        assert "batch" not in result.document.content
        figures = found(model(nodes, {"x": (16, 3, 16, 12)}, ["y"], arrays))
        assert figures.macs == 16 * MACS + 32 * 768 * 5

    def test_open_sizes(self) -> None:
        data = small(("N", 3, "height", None))
        assert fault(data) == (
            "input x",
            "the size of the input is open in the file: (3, height, ?); give it with --size or "
            "--input",
        )
        assert found(data, Overrides(size=[16, 12])).macs == MACS
        assert found(data, Overrides(inputs=[("", (3, 16, 12))])).macs == MACS
        assert found(data, Overrides(inputs={"input": (3, 8, 12)})).macs == MACS // 2
        assert "give it with --input" in fault(small(("N", "C", 8, 8)))[1]
        assert fault(small(None)) == ("input x", "the file gives no shape for this input")

    def test_other_sizes_than_the_file_has(self) -> None:
        data = small(told={"c": (1, 8, 16, 12)})
        assert found(data, Overrides(size=[32, 12])).macs == 2 * MACS
        with pytest.raises(SpecError, match="the input has 3 axes in the file, not those of"):
            loaded(data, Overrides(inputs={"input": (3, 8)}))
        with pytest.raises(SpecError, match="sizes"):
            loaded(data, Overrides(size=[8, 8, 8]))

    def test_names_of_open_sizes_have_one_value(self) -> None:
        dims = ("N", 3, "side", "side")
        unknown = node("Odd", "c", "o", domain="mine")
        data = model([CONV, unknown, node("Relu", "o", "y")], {"x": dims}, ["y"], ARRAYS,
                     {"o": ("N", 5, "side", "side")})  # fmt: skip
        assert found(data, Overrides(size=9)).shapes == [(5, 9, 9)]
        assert "does not give the shape" in fault(data, Overrides(size=[9, 8]))[1]

    def test_several(self) -> None:
        nodes = [node("Conv", "x w b", "p"), node("Conv", "z w b", "q"), node("Add", "p q", "y")]
        data = model(nodes, {"x": IMAGE, "z": IMAGE}, ["y"], ARRAYS)
        assert loaded(data).document.content["input"] == {"x": [3, 16, 12], "z": [3, 16, 12]}
        assert found(data)[1:3] == (PARAMS, 2 * 14 * 10 * 8 * 27)
        assert found(data, Overrides(size={"x": [16, 12], "z": [16, 12]})).params == PARAMS
        with pytest.raises(SpecError, match="q"):
            loaded(data, Overrides(inputs={"q": (3, 8, 8)}))
        assert fault(model(nodes[:1], {}, ["p"], ARRAYS)) == ("", "the graph has no inputs")

    def test_weights_may_be_among_them(self) -> None:
        nodes = [CONV]
        data = model(nodes, {"w": (8, 3, 3, 3), "x": IMAGE, "b": (8,)}, ["c"], ARRAYS)
        assert found(data)[:3] == ([(8, 16, 12)], PARAMS, MACS)


class TestOutputs:
    def test_several(self) -> None:
        nodes = [CONV, node("Relu", "c", "y", name="r"), node("Sigmoid", "c", "z", name="s")]
        content = loaded(model(nodes, {"x": IMAGE}, ["z", "y"], ARRAYS)).document.content
        assert content["outputs"] == ["s", "r"]

    def test_an_input_or_a_constant(self) -> None:
        assert found(model([CONV], {"x": IMAGE}, ["c", "x"], ARRAYS)).words == ["conv", "identity"]
        words = found(model([CONV, constant("k", 1, 2)], {"x": IMAGE}, ["c", "k"], ARRAYS)).words
        assert words == ["conv", "opaque"]

    def test_none(self) -> None:
        assert fault(model([CONV], {"x": IMAGE}, [], ARRAYS)) == ("", "the graph has no outputs")
        assert fault(model([CONV], {"x": IMAGE}, ["q"], ARRAYS))[1] == "no node gives the output q"


class TestRows:
    def test_names_and_places(self) -> None:
        document = loaded(small()).document
        assert [each["name"] for each in document.content["layers"]] == ["stem.conv", "y"]
        places = document.item_places([("layers", 0), ("layers", 1)])
        assert [*places.values()] == [
            NamedPlace("node", "/stem/conv", 1),
            NamedPlace("node", "Relu y", 2),
        ]
        assert document.source == {"format": "onnx", "version": 17, "producer": "test"}

    def test_shared_weights_count_once(self) -> None:
        nodes = [CONV, node("Conv", "c k", "d", name="one"), node("Conv", "d k", "y", name="two")]
        data = model(nodes, {"x": IMAGE}, ["y"], [*ARRAYS, array("k", (8, 8, 1, 1))])
        assert found(data)[1:3] == (PARAMS + 64, MACS + 2 * 192 * 64)
        assert loaded(data).document.content["layers"][2]["weights"] == "one"

    def test_what_is_never_read_does_not_count(self) -> None:
        data = model([CONV], {"x": IMAGE}, ["c"], [*ARRAYS, array("spare", (100,))])
        assert found(data).params == PARAMS

    def test_convolutions_of_constants_count(self) -> None:
        nodes = [node("Conv", "k w", "p"), node("Add", "x p", "y")]
        arrays = [array("k", (1, 3, 9, 9), [0] * 243), array("w", (8, 3, 2, 2))]
        result = found(model(nodes, {"x": (1, 8, 8, 8)}, ["y"], arrays))
        assert (result.params, result.macs) == (96, 64 * 96)

    def test_operations_on_learned_arrays(self) -> None:
        """Positions that are resized before they are added are still learned."""
        nodes = [node("Resize", "p - - s", "r"), node("Add", "x r", "y")]
        arrays = [array("p", (1, 3, 4, 4)), array("s", (4,), [1, 3, 8, 8])]
        result = found(model(nodes, {"x": (1, 3, 8, 8)}, ["y"], arrays))
        assert (result.params, result.macs) == (48, 0)

    def test_sizes_that_only_a_graph_knows(self) -> None:
        nodes = [node("NonZero", "x", "n"), node("Cast", "n", "y", to=FLOAT)]
        assert fault(model(nodes, {"x": IMAGE}, ["y"])) == (
            "node NonZero n",
            "the shape of n depends on values that are computed from the input, and the file does "
            "not give it: nothing after it can be known",
        )
        assert found(model(nodes, {"x": IMAGE}, ["y"], told={"n": (4, 100)})).shapes == [(4, 100)]


class TestUnknown:
    NODES = (CONV, node("Odd", "c", "o p", domain="mine", name="n"), node("Relu", "o", "y"))

    def test_a_row_with_the_shape_that_the_file_tells(self) -> None:
        data = model(self.NODES, {"x": IMAGE}, ["y"], ARRAYS, {"o": (1, 5, 4, 4)})
        network = loaded(data).network
        assert network is not None
        totals = network.audit().totals
        assert totals.output_shape == (5, 4, 4)
        assert totals.unknown == {"params": ["n"], "macs": ["n"]}

    def test_nothing_after_it_can_be_known(self) -> None:
        assert fault(model(self.NODES, {"x": IMAGE}, ["y"], ARRAYS)) == (
            "node n",
            "there is no rule for mine.Odd, and the file does not give the shape of its output o: "
            "nothing after it can be known",
        )

    def test_a_shape_that_differs(self) -> None:
        assert fault(small(told={"c": (1, 8, 16, 13)})) == (
            "node /stem/conv",
            "c has the shape (1, 8, 16, 13) in the file, but it is (1, 8, 16, 12)",
        )


class TestNotes:
    def test_what_is_told(self) -> None:
        inside = [array("w", (8, 3, 1, 1), [0.5] * 24)]
        nodes = [node("Conv", "x w", "y")]
        notes = [note.message for note in loaded(model(nodes, {"x": IMAGE}, ["y"], inside)).notes]
        assert len(notes) == 1
        assert notes[0].startswith("exporters fold batch norms into convolutions")
        notes = [note.message for note in loaded(small()).notes]
        assert notes[1:] == ["weights are in other files, which are not read"]

    def test_a_single_number(self) -> None:
        nodes = [node("Conv", "x w b", "y", name="head")]
        arrays = [array("w", (1, 3, 1, 1)), array("b", (1,))]
        note = loaded(model(nodes, {"x": IMAGE}, ["y"], arrays)).notes[0]
        assert (note.message, note.place) == (
            "the bias of a single number is not counted as a parameter",
            NamedPlace("node", "head", 1),
        )


class TestControl:
    def test_the_branch_of_a_constant(self) -> None:
        one = graph([node("Relu", "c", "a")], {}, ["a"])
        other = graph([node("Conv", "c k", "a")], {}, ["a"], [array("k", (4, 8, 1, 1))])
        branches: dict[str, Any] = {"then_branch": one, "else_branch": other}
        nodes = [CONV, CONDITION, node("If", "yes", "y", name="if", **branches)]
        assert found(model(nodes, {"x": IMAGE}, ["y"], ARRAYS)).words == ["conv", "relu"]
        nodes.insert(2, node("Not", "yes", "no"))
        nodes[3] = node("If", "no", "y", name="if", **branches)
        result = found(model(nodes, {"x": IMAGE}, ["y"], ARRAYS))
        assert (result.params, result.macs) == (PARAMS + 32, MACS + 192 * 32)

    def test_a_branch_that_depends_on_values(self) -> None:
        inner = graph([node("Relu", "c", "a")], {}, ["a"])
        nodes = [CONV, node("ReduceMax", "x", "m", keepdims=0), node("Cast", "m", "k", to=9),
                 node("If", "k", "y", then_branch=inner, else_branch=inner)]  # fmt: skip
        assert "there is no rule for If" in fault(model(nodes, {"x": IMAGE}, ["y"], ARRAYS))[1]
        told = {"y": (1, 8, 16, 12)}
        result = loaded(model(nodes, {"x": IMAGE}, told, ARRAYS))
        assert result.network is not None
        assert result.network.audit().totals.unknown["macs"] == ["y"]

    def test_a_loop_of_known_rounds(self) -> None:
        body = graph(
            [node("Conv", "v k", "u", pads=[1, 1, 1, 1]), node("Identity", "go", "on")],
            {"i": [], "go": [], "v": None}, ["on", "u", "u"],
        )  # fmt: skip
        nodes = [CONV, CONDITION, node("Loop", "times yes c", "y all", body=body)]
        arrays = [*ARRAYS, array("times", (), [3]), array("k", (8, 8, 3, 3))]
        result = found(model(nodes, {"x": IMAGE}, ["y", "all"], arrays))
        assert (result.params, result.macs) == (PARAMS + 576, MACS + 3 * 192 * 576)
        assert prod(result.shapes[1]) == 3 * 8 * 16 * 12

    def test_functions_of_the_file(self) -> None:
        inner = [
            node("Conv", "a k", "b", pads=[1, 1, 1, 1]),
            field(1, "b") + field(2, "z") + field(4, "LeakyRelu")
            + field(5, field(1, "alpha") + field(21, "slope") + field(20, 1)),
        ]  # fmt: skip
        own = function("mine", "Block", "a k", "z", inner, "slope")
        nodes = [CONV] + [
            node("Block", f"{one} k", other, domain="mine", name=other, slope=0.25)
            for one, other in (("c", "d"), ("d", "y"))
        ]
        arrays = [*ARRAYS, array("k", (8, 8, 3, 3))]
        result = loaded(model(nodes, {"x": IMAGE}, ["y"], arrays, functions=[own]))
        layers = result.document.content["layers"]
        assert [each["name"] for each in layers[1:]] == [
            "d.Conv", "d.LeakyRelu", "y.Conv", "y.LeakyRelu",
        ]  # fmt: skip
        assert [each.get("leaky_relu") for each in layers] == [None, None, 0.25, None, 0.25]
        assert "mine" not in str(result.problems)
        figures = found(model(nodes, {"x": IMAGE}, ["y"], arrays, functions=[own]))
        assert (figures.params, figures.macs) == (PARAMS + 576, MACS + 2 * 192 * 576)


class TestChoice:
    @pytest.mark.parametrize("name", ["net.onnx", "NET.ONNX", "net.bin", "-"])
    def test_by_ending_and_content(self, name: str) -> None:
        from io import BytesIO

        assert reader_of(name, BytesIO(small()[:HEAD])).format == "onnx"

    def test_what_is_no_such_file(self) -> None:
        assert fault(b"version https://git-lfs.github.com/spec/v1\n")[1].startswith(
            "this is not a whole ONNX file: "
        )


def test_attributes_by_what_they_hold_where_the_file_tells_no_type() -> None:
    untyped = attribute("pads", [1, 1, 1, 1])[: -len(varint(20 << 3) + varint(7))]
    conv = field(1, "x") + field(1, "w") + field(2, "y") + field(4, "Conv") + field(5, untyped)
    assert found(model([conv], {"x": IMAGE}, ["y"], ARRAYS)).shapes == [(8, 16, 12)]
