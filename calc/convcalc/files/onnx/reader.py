"""Reads ONNX files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from convcalc.errors import SpecError
from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.call import as_tensor
from convcalc.files.onnx.inputs import batch_of, input_tensors
from convcalc.files.onnx.model import Model, model_of
from convcalc.files.onnx.session import Session
from convcalc.files.onnx.wire import WireError
from convcalc.files.places import SourceFault

FOLDED = "no batch norm in the file: exporters fold it into convolutions; params are as in the file"


def read(stream: BinaryIO, name: str, settings: Mapping[str, Any]) -> ConvertedDocument:
    """The network in an ONNX file; see `readers.Read`."""
    del name
    try:
        model = model_of(stream)
    except WireError as error:
        return _refused(SourceFault(f"this is not a whole ONNX file: {error}"), {"format": "onnx"})
    source: dict[str, Any] = {"format": "onnx", "opset": model.opset}
    if model.producer:
        source["producer"] = model.producer
    try:
        return _document(model, settings, source)
    except GraphError as error:
        return _refused(error.fault, source)
    except SpecError as error:
        return _refused(SourceFault(str(error)), source)


def _refused(fault: SourceFault[Any], source: Mapping[str, Any]) -> ConvertedDocument:
    return ConvertedDocument(None, {}, problems=[fault], source=source)


def _document(
    model: Model, settings: Mapping[str, Any], source: Mapping[str, Any]
) -> ConvertedDocument:
    graph = model.graph
    if not graph.inputs:
        raise GraphError(SourceFault("the graph has no inputs"))
    rows = Rows(batch_of(graph, settings))
    is_as_told = not any(settings.get(key) for key in ("size", "inputs", "batch"))
    session = Session(model, rows, checks_sizes=is_as_told)
    session.values.update(input_tensors(rows, graph, settings))
    session.run(graph)
    outputs: dict[str, Tensor] = {}
    for value in graph.outputs:
        made = session.values.get(value.name)
        if made is None:
            raise GraphError(SourceFault(f"no node gives the output {value.name}"))
        with rows.source(value.name):
            outputs[value.name] = made if isinstance(made, Tensor) else as_tensor(rows, made)
    operators = {node.operator for node in graph.nodes}
    if "Conv" in operators and "BatchNormalization" not in operators:
        rows.notes.append(SourceFault(FOLDED))
    return rows.document(outputs, source=source)
