"""PyYAML, which is imported here only: a text as a series of events."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any

import yaml  # type: ignore[import-untyped]
from yaml.reader import ReaderError  # type: ignore[import-untyped]

from convcalc.files.source_text import SourceText

AliasEvent: Any = yaml.AliasEvent
CollectionEndEvent: Any = yaml.CollectionEndEvent
CollectionStartEvent: Any = yaml.CollectionStartEvent
DocumentEndEvent: Any = yaml.DocumentEndEvent
DocumentStartEvent: Any = yaml.DocumentStartEvent
MappingEndEvent: Any = yaml.MappingEndEvent
MappingStartEvent: Any = yaml.MappingStartEvent
NodeEvent: Any = yaml.NodeEvent
ScalarEvent: Any = yaml.ScalarEvent
SequenceEndEvent: Any = yaml.SequenceEndEvent
SequenceStartEvent: Any = yaml.SequenceStartEvent
StreamEndEvent: Any = yaml.StreamEndEvent
StreamStartEvent: Any = yaml.StreamStartEvent

SyntaxFault: type[Exception] = yaml.MarkedYAMLError
CharacterFault: type[Exception] = ReaderError
FAULTS: tuple[type[Exception], ...] = (yaml.YAMLError, ValueError, OverflowError)
"""What parsing may raise; the latter two come from the parser in pure Python."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def events(text: SourceText) -> Iterator[Any]:
    """The events of a text.

    Raises:
        SyntaxFault, CharacterFault, or another one of FAULTS: the text is not YAML.

    >>> [type(each).__name__ for each in events(SourceText(b"[1]"))][2:5]
    ['SequenceStartEvent', 'ScalarEvent', 'SequenceEndEvent']
    """
    parsed: Iterator[Any] = yaml.parse(text.data, Loader=_LOADER)
    return parsed


def encoding_of(data: bytes) -> str | None:
    """The encoding that a text's byte order mark tells; None is UTF-8, with a mark or without.

    >>> encoding_of("input: [3]".encode("utf-16")), encoding_of(b"input: [3]")
    ('utf-16', None)
    """
    return next((encoding for mark, encoding in _ENCODINGS if data.startswith(mark)), None)


def as_utf8(data: bytes) -> bytes:
    """A text in UTF-8, without a byte order mark.

    Raises:
        UnicodeError: the text is not in the encoding that its byte order mark announces.

    >>> as_utf8("input".encode("utf-16"))
    b'input'
    """
    encoding = encoding_of(data)
    return data.decode(encoding).encode() if encoding else data.removeprefix(codecs.BOM_UTF8)
