"""Reads ONNX files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.call import Values, as_tensor
from convcalc.files.onnx.inputs import (
    GraphInput,
    batch_of,
    file_sizes,
    graph_inputs,
    made,
    sized,
)
from convcalc.files.onnx.model import Model
from convcalc.files.onnx.parsing import model_of
from convcalc.files.onnx.session import Session
from convcalc.files.onnx.wire import WireError
from convcalc.files.places import NamedPlace, SourceFault

FOLDED = (
    "exporters fold batch norms into convolutions, and operations on constants; parameters are "
    "as in the file"
)
ELSEWHERE = "weights are in other files, which are not read"


def read(stream: BinaryIO, _name: str, settings: Mapping[str, Any]) -> ConvertedDocument:
    """The document in a file; see `readers.Reader`.

    Settings are `size` and `inputs`: the file's own sizes may be open.

    >>> from io import BytesIO
    >>> read(BytesIO(b"\\x08\\x07"), "net.onnx", {}).problems[0].message
    'this is not a whole ONNX file: there is no graph in it'
    """
    try:
        model = model_of(stream)
    except WireError as error:
        fault = SourceFault[Any](f"this is not a whole ONNX file: {error}")
        return _refused(fault, {"format": "onnx"})
    source: dict[str, Any] = {"format": "onnx", "version": model.opset}
    if model.producer:
        source["producer"] = model.producer
    try:
        return _document(model, settings, source)
    except GraphError as error:
        return _refused(error.fault, source)


def _refused(fault: SourceFault[Any], source: Mapping[str, Any]) -> ConvertedDocument:
    return ConvertedDocument(None, {}, problems=[fault], source=source)


def _document(
    model: Model, settings: Mapping[str, Any], source: Mapping[str, Any]
) -> ConvertedDocument:
    """The network; a first axis that the graph mixes with others is not taken for the batch."""
    inputs = graph_inputs(model.graph)
    try:
        return _run(model, inputs, settings, source)
    except GraphError:
        if not inputs[0].has_batch or not isinstance(inputs[0].sizes[0], int):
            raise
        try:
            alone = graph_inputs(model.graph, keeps_batch=False)
            return _run(model, alone, settings, source)
        except GraphError:
            pass
        raise


def _run(
    model: Model,
    inputs: Sequence[GraphInput],
    settings: Mapping[str, Any],
    source: Mapping[str, Any],
) -> ConvertedDocument:
    given = sized(inputs, settings)
    rows = Rows(batch_of(given))
    values = {each.source: made(rows, each) for each in given}
    sizes = file_sizes(model.graph, inputs, given, rows.batch)
    found = Session(model, rows, sizes, values).run()
    outputs: dict[str, Tensor] = {}
    for name, value in found.items():
        with rows.source(name, NamedPlace("output", name)):
            if isinstance(value, Values):
                raise rows.fail("this output is a sequence of values")
            outputs[name] = value if isinstance(value, Tensor) else as_tensor(rows, value)
    if not outputs:
        raise GraphError(SourceFault("the graph has no outputs"))
    rows.notes.extend(_notes(model))
    return rows.document(outputs, source=source)


def _notes(model: Model) -> list[SourceFault[Any]]:
    operators = {node.operator for node in model.graph.nodes}
    found = [SourceFault[Any](FOLDED)] if "BatchNormalization" not in operators else []
    return [*found, SourceFault(ELSEWHERE)] if model.has_external_data else found
