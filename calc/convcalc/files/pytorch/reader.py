"""Reads PyTorch targets: the module runs once, without data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.places import SourceFault
from convcalc.files.pytorch.attempts import Attempts
from convcalc.files.pytorch.session import Session
from convcalc.files.pytorch.target import TargetError, callable_of, load_torch

OWN = ("inputs", "size")
"""Settings that are no keyword arguments of the target."""


def read(stream: BinaryIO, name: str, settings: Mapping[str, Any]) -> ConvertedDocument:
    """The network of a PyTorch target; see `readers.Read`."""
    del stream
    source: dict[str, Any] = {"format": "pytorch"}
    try:
        torch = load_torch()
        source["version"] = str(torch.__version__)
        return _document(torch, name, settings, source)
    except TargetError as error:
        return _refused(SourceFault(str(error)), source)
    except GraphError as error:
        return _refused(error.fault, source)


def _refused(fault: SourceFault[Any], source: Mapping[str, Any]) -> ConvertedDocument:
    return ConvertedDocument(None, {}, problems=[fault], source=source)


def _document(
    torch: Any, target: str, settings: Mapping[str, Any], source: Mapping[str, Any]
) -> ConvertedDocument:
    arguments = {key: value for key, value in settings.items() if key not in OWN}
    made_by = callable_of(target)
    given, size = settings.get("inputs") or (), settings.get("size")
    attempts = Attempts(torch, made_by, arguments, given, size)
    recording = attempts.recording()
    rows = Rows()
    rows.notes += [SourceFault(note) for note in attempts.notes]
    outputs = Session(recording, rows).run()
    return rows.document(outputs, source=source, name=target.rpartition(":")[2])
