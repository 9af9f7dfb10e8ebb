"""The wire format of protobuf: the fields that are asked for, all else is skipped unread.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import Enum
from typing import Any, BinaryIO, NamedTuple, TypeAlias

CHUNK = 2**16
LARGEST_VALUE = 2**15
"""Bytes of an array of numbers that are kept; of larger ones only the length is known."""
LARGEST_TEXT = 2**16
MOST_FIELDS = 2_000_000
DEEPEST = 20

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class WireError(Exception):
    """The bytes are no such message; says at which one."""


class Kind(Enum):
    """How the value of a field is read."""

    NUMBER = "a signed whole number"
    NUMBERS = "signed whole numbers, packed or not"
    FLOAT = "a number of 4 bytes"
    FLOATS = "numbers of 4 bytes, packed or not"
    DOUBLES = "numbers of 8 bytes, packed or not"
    TEXT = "text"
    TEXTS = "several texts"
    DATA = "bytes; those of large arrays stay unread"


class Of(NamedTuple):
    """A field that is a message of its own, or several of them."""

    schema: str
    is_list: bool = True


Schema: TypeAlias = Mapping[int, tuple[str, "Kind | Of"]]
Message: TypeAlias = dict[str, Any]

LISTS = (Kind.NUMBERS, Kind.FLOATS, Kind.DOUBLES, Kind.TEXTS)
FORMATS = {Kind.FLOATS: "f", Kind.DOUBLES: "d"}


class WireReader:
    """Reads messages from a stream, in which it moves over what it does not need.

    Args:
        stream: the file.
        schemas: the fields of each message that are wanted, by the message's name.

    >>> from io import BytesIO
    >>> reader = WireReader(BytesIO(b"\\x08\\x96\\x01"), {"M": {1: ("a", Kind.NUMBER)}})
    >>> reader.message("M", 3)
    {'a': 150}
    """

    def __init__(self, stream: BinaryIO, schemas: Mapping[str, Schema]) -> None:
        self._stream = stream
        self._schemas = schemas
        self._chunk = b""
        self._start = 0
        self._at = 0
        self._fields = 0
        self._depth = 0

    @property
    def position(self) -> int:
        """The byte that is read next."""
        return self._start + self._at

    def message(self, name: str, end: int) -> Message:
        """The message from here up to a byte.

        Raises:
            WireError: there is no such message.
        """
        schema = self._schemas[name]
        self._depth += 1
        if self._depth > DEEPEST:
            raise WireError(f"messages are nested deeper than {DEEPEST} levels")
        found: Message = {}
        while self.position < end:
            self._field(schema, found, end)
        if self.position > end:
            raise WireError(f"a field reaches beyond its message, which ends at byte {end:,}")
        self._depth -= 1
        return found

    def _field(self, schema: Schema, found: Message, end: int) -> None:
        self._fields += 1
        if self._fields > MOST_FIELDS:
            raise WireError(f"there are more than {MOST_FIELDS:,} fields")
        start = self.position
        key = self._varint()
        name, kind = schema.get(key >> 3, ("", None))
        wire = key & 7
        if wire == BYTES:
            length = self._varint()
            if length > end - self.position:
                raise WireError(f"byte {start:,}: a field of {length:,} bytes is cut off")
            self._long(name, kind, length, found, start)
        elif wire in (VARINT, FIXED64, FIXED32):
            self._short(name, kind, wire, found)
        else:
            raise WireError(f"byte {start:,}: there is no field of the wire type {wire}")

    def _short(self, name: str, kind: Kind | Of | None, wire: int, found: Message) -> None:
        value: Any
        if wire == VARINT:
            value = signed(self._varint())
            fits = kind in (Kind.NUMBER, Kind.NUMBERS)
        else:
            data = self._bytes(8 if wire == FIXED64 else 4)
            (value,) = struct.unpack("<d" if wire == FIXED64 else "<f", data)
            fits = kind in ((Kind.DOUBLES,) if wire == FIXED64 else (Kind.FLOAT, Kind.FLOATS))
        if fits:
            _put(found, name, value, is_list=kind in LISTS)

    def _long(
        self, name: str, kind: Kind | Of | None, length: int, found: Message, start: int
    ) -> None:
        end = self.position + length
        if isinstance(kind, Of):
            _put(found, name, self.message(kind.schema, end), is_list=kind.is_list)
        elif kind in (Kind.TEXT, Kind.TEXTS):
            if length > LARGEST_TEXT:
                raise WireError(f"byte {start:,}: a text of {length:,} bytes is too long")
            text = self._bytes(length).decode(errors="replace")
            _put(found, name, text, is_list=kind is Kind.TEXTS)
        elif kind is None or kind in (Kind.NUMBER, Kind.FLOAT):
            self._skip(length)
        elif length > LARGEST_VALUE:
            found[name] = None
            self._skip(length)
        elif kind is Kind.DATA:
            found[name] = self._bytes(length)
        else:
            self._packed(name, kind, end, found)

    def _packed(self, name: str, kind: Kind, end: int, found: Message) -> None:
        values = found.setdefault(name, [])
        if values is None:
            self._skip(end - self.position)
        elif kind is Kind.NUMBERS:
            while self.position < end:
                values.append(signed(self._varint()))
        else:
            letter = FORMATS[kind]
            count = (end - self.position) // struct.calcsize(letter)
            values += struct.unpack(f"<{count}{letter}", self._bytes(end - self.position))

    def _varint(self) -> int:
        if len(self._chunk) - self._at < 10:
            self._refill()
        chunk, at = self._chunk, self._at
        value = shift = 0
        while True:
            if at >= len(chunk):
                raise WireError(f"the file ends at byte {self._start + at:,}, within a number")
            byte = chunk[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                self._at = at
                return value
            shift += 7
            if shift > 63:
                raise WireError(f"byte {self.position:,}: a number is longer than 10 bytes")

    def _bytes(self, count: int) -> bytes:
        if len(self._chunk) - self._at < count:
            self._refill(count)
        data = self._chunk[self._at : self._at + count]
        if len(data) < count:
            raise WireError(f"the file ends {count - len(data):,} bytes within a value")
        self._at += count
        return data

    def _skip(self, count: int) -> None:
        self._at += count

    def _refill(self, count: int = CHUNK) -> None:
        self._start, self._at = self.position, 0
        self._stream.seek(self._start)
        self._chunk = self._stream.read(max(count, CHUNK))


def _put(found: Message, name: str, value: Any, *, is_list: bool) -> None:
    if is_list:
        found.setdefault(name, []).append(value)
    else:
        found[name] = value


def signed(number: int) -> int:
    """A whole number of 64 bits with its sign.

    >>> signed(2**64 - 1)
    -1
    """
    return number - 2**64 if number >= 2**63 else number
