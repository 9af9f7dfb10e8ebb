"""The reader of Keras models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.rows import Rows
from convcalc.files.keras.calls import call_graph
from convcalc.files.keras.conversion import Conversion
from convcalc.files.keras.definitions import DefinitionReader
from convcalc.files.keras.faults import KerasError, layer_place
from convcalc.files.keras.inputs import batch_of, model_inputs, sized
from convcalc.files.keras.json_text import json_value
from convcalc.files.keras.model_file import ModelFile, is_meant, model_bytes, model_file
from convcalc.files.places import AnyPlace, SourceFault
from convcalc.files.source_text import SourceText

TOO_DEEP = "models, or lists in them, are in each other too deeply"


def read(stream: BinaryIO, _name: str, settings: Mapping[str, Any]) -> ConvertedDocument:
    """The document in a file; see `readers.Reader`.

    Settings are `size` and `inputs`: the file's own sizes may be open.

    >>> from io import BytesIO
    >>> read(BytesIO(b'{"name": "left-pad"}'), "package.json", {}).is_network
    False
    """
    data, is_network = b"", True
    try:
        data = model_bytes(stream)
        value = json_value(data)
        is_network = is_meant(value)
        return _converted(model_file(value), settings)
    except KerasError as error:
        fault = error.fault
    except RecursionError:
        fault = SourceFault(TOO_DEEP)
    return ConvertedDocument(
        None,
        {},
        problems=[fault],
        source={"format": "keras"},
        is_network=is_network and _may_be_meant(data),
        line=SourceText(data).line,
    )


def _may_be_meant(data: bytes) -> bool:
    """Whether a text that cannot be read could be a model."""
    return b'"class_name"' in data


def _converted(model: ModelFile, settings: Mapping[str, Any]) -> ConvertedDocument:
    reader = DefinitionReader()
    definition = reader.read(model.class_name, model.config, "", model.build_shape)
    graph = call_graph(definition)
    inputs = model_inputs(graph)
    given = sized(inputs, settings)
    rows = Rows(batch_of(given))
    conversion = Conversion(graph, rows, given, as_in_file=given == inputs)
    outputs = conversion.run()
    rows.notes.extend(_notes(reader))
    source: dict[str, Any] = {"format": "keras"}
    if model.version is not None:
        source["version"] = model.version
    return rows.document(outputs, source=source, name=model.name)


def _notes(reader: DefinitionReader) -> list[SourceFault[AnyPlace]]:
    return [
        SourceFault("the layer is never called and left out", layer_place(each.path, each.position))
        for each in reader.uncalled
    ]
