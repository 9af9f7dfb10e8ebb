"""ONNX files of exporters: figures, every product with its shapes, and the onnx package's view."""

from __future__ import annotations

import io
from collections import Counter
from math import prod
from typing import Any

import pytest

from convcalc.facts.audit import LayerFacts
from convcalc.files.onnx.model import Graph
from convcalc.files.onnx.parsing import model_of
from support.corpora import contents, corpus, names, right
from support.onnx_files import loaded

ROWS = "rows.json.gz"


def data_of(name: str) -> bytes:
    return contents(corpus("onnx") / right("onnx", name)["file"])


@pytest.mark.parametrize("name", names("onnx"))
def test_totals(name: str) -> None:
    truth = right("onnx", name)
    found = loaded(data_of(name))
    assert (found.problems, found.warnings) == ([], [])
    assert found.network is not None
    totals = found.network.audit().totals
    assert totals.params == truth["params_file"]
    assert totals.macs == truth["macs"] + truth["macs_data_products"]
    assert not totals.unknown


@pytest.mark.parametrize("name", names("onnx"))
def test_every_product(name: str) -> None:
    """Convolutions by their shapes; products by their multiply-accumulates, in any order."""
    found = loaded(data_of(name))
    assert found.network is not None
    rows = [row for row in found.network.audit().layers if row.macs]
    wanted = right("onnx", name, ROWS)
    convolutions = Counter([_shapes(row) for row in rows])
    missing = Counter(
        [
            (tuple(before), tuple(weight), tuple(after), macs)
            for kind, before, weight, after, macs in wanted
            if kind == "conv"
        ]
    )
    missing.subtract(convolutions)
    assert not +missing
    assert Counter([row.macs for row in rows]) == Counter([macs for *_, macs in wanted])


def _shapes(row: LayerFacts) -> tuple[Any, ...]:
    return row.input_shapes[0], row.weights.get("weight"), row.output_shape, row.macs


@pytest.mark.parametrize("name", names("onnx"))
def test_the_structure_is_what_the_onnx_package_sees(name: str) -> None:
    onnx = pytest.importorskip("onnx")
    data = data_of(name)
    theirs = onnx.load_from_string(data)
    ours = model_of(io.BytesIO(data))
    assert ours.opset == next(each.version for each in theirs.opset_import if not each.domain)
    _compare(onnx, ours.graph, theirs.graph)


def _compare(onnx: Any, ours: Graph, theirs: Any) -> None:
    assert [
        (node.operator, node.name, node.inputs, node.outputs, sorted(node.attributes))
        for node in ours.nodes
    ] == [
        (node.op_type, node.name, tuple(node.input), tuple(node.output),
         sorted(each.name for each in node.attribute))
        for node in theirs.node
    ]  # fmt: skip
    arrays = {each.name: tuple(each.dims) for each in theirs.initializer}
    assert {name: each.sizes for name, each in ours.arrays.items()} == arrays
    told = {each.name: _sizes(each) for each in [*theirs.value_info, *theirs.output]}
    assert {name: each.sizes for name, each in ours.shapes.items()} == told
    for each in theirs.initializer:
        if each.data_location == 0 and prod(each.dims) <= 64:
            values = onnx.numpy_helper.to_array(each).ravel().tolist()
            assert ours.arrays[each.name].values == values
    for mine, other in zip(ours.nodes, theirs.node, strict=True):
        for attribute in other.attribute:
            _compare_attribute(onnx, mine.attributes[attribute.name], attribute)


def _compare_attribute(onnx: Any, ours: Any, theirs: Any) -> None:
    value = onnx.helper.get_attribute_value(theirs)
    if theirs.type == onnx.AttributeProto.GRAPH:
        _compare(onnx, ours, value)
    elif theirs.type == onnx.AttributeProto.TENSOR:
        assert ours.sizes == tuple(value.dims)
    elif isinstance(value, bytes):
        assert ours == value.decode()
    else:
        assert ours == (list(value) if hasattr(value, "__len__") else value)


def _sizes(value: Any) -> tuple[Any, ...] | None:
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return tuple([size.dim_value or size.dim_param or None for size in kind.shape.dim])
