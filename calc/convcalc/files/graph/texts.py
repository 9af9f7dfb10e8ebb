"""Texts that describe a network, such as configuration files, as documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from convcalc.files.documents import ConvertedDocument
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.places import SourceFault
from convcalc.files.source_text import SourceText

MOST_BYTES = 2**20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_text(stream: BinaryIO) -> SourceText:
    """The text of a file, of which no more is read than `text_document` accepts.

    >>> from io import BytesIO
    >>> read_text(BytesIO(b"\\xef\\xbb\\xbf[net]")).data
    b'[net]'
    """
    return SourceText(stream.read(MOST_BYTES + 1).removeprefix(BYTE_ORDER_MARK))


def text_document(
    file_format: str, text: SourceText, convert: Callable[[Rows], ConvertedDocument]
) -> ConvertedDocument:
    """The document of a text: what `convert` makes of it, or the error that it raises.

    >>> text_document("cfg", SourceText(b"#" * 2**21), Rows).problems[0].message
    'the file is larger than 1 MiB'
    """
    rows = Rows()
    try:
        _require_small(text)
        document = convert(rows)
    except GraphError as error:
        document = ConvertedDocument(None, {}, problems=[error.fault], notes=rows.notes)
    document.source = {"format": file_format, **document.source}
    document.line = text.line
    return document


def _require_small(text: SourceText) -> None:
    if len(text.data) > MOST_BYTES:
        raise GraphError(SourceFault("the file is larger than 1 MiB"))
