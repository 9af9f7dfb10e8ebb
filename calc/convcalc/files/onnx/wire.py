"""The wire format of protobuf: the fields that are asked for, all else is skipped unread.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import Enum
from typing import Any, BinaryIO, TypeAlias

from convcalc.records import NamedTuple

CHUNK = 2**16
LARGEST_VALUE = 2**15
"""Bytes of an array of numbers that are kept; larger ones stay unread."""
MOST_DATA = 2**22
"""Bytes of all arrays together that are kept."""
LARGEST_TEXT = 2**16
MASK = 2**64 - 1
MOST_FIELDS = 1_000_000
DEEPEST = 64

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class WireError(Exception):
    """The bytes are no such message, with the place of the first wrong one."""


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
UNREAD: tuple[str, None] = ("", None)
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
        self._data = 0
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
        while self._start + self._at < end:
            self._field(schema, found, end)
        if self.position > end:
            raise WireError(f"a field reaches beyond its message, which ends at byte {end:,}")
        self._depth -= 1
        return found

    def _field(self, schema: Schema, found: Message, end: int) -> None:
        start = self._start + self._at
        self._fields += 1
        if self._fields > MOST_FIELDS:
            raise WireError(f"byte {start:,}: there are more than {MOST_FIELDS:,} fields")
        key = self._varint()
        name, kind = schema.get(key >> 3, UNREAD)
        wire = key & 7
        if wire == BYTES:
            length = self._varint()
            if length > end - self._start - self._at:
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
        if kind is Kind.TEXT or kind is Kind.TEXTS:
            if length > LARGEST_TEXT:
                raise WireError(f"byte {start:,}: a text of {length:,} bytes is too long")
            text = self._bytes(length).decode(errors="replace")
            _put(found, name, text, is_list=kind is Kind.TEXTS)
        elif isinstance(kind, Of):
            end = self._start + self._at + length
            _put(found, name, self.message(kind.schema, end), is_list=kind.is_list)
        elif kind is None or kind in (Kind.NUMBER, Kind.FLOAT):
            self._at += length
        else:
            self._array(name, kind, length, found)

    def _array(self, name: str, kind: Kind, length: int, found: Message) -> None:
        self._data += length if length <= LARGEST_VALUE else 0
        if length > LARGEST_VALUE or self._data > MOST_DATA:
            found[name] = None
            self._at += length
        elif kind is Kind.DATA:
            found[name] = self._bytes(length)
        else:
            self._packed(name, kind, self.position + length, found)

    def _packed(self, name: str, kind: Kind, end: int, found: Message) -> None:
        values = found.setdefault(name, [])
        length = end - self.position
        if values is None:
            self._at += length
        elif kind is Kind.NUMBERS:
            self._packed_numbers(values, length)
        elif length % struct.calcsize(FORMATS[kind]):
            raise WireError(f"byte {self.position:,}: {length:,} bytes are no whole numbers")
        else:
            count = length // struct.calcsize(FORMATS[kind])
            values += struct.unpack(f"<{count}{FORMATS[kind]}", self._bytes(length))

    def _packed_numbers(self, values: list[int], length: int) -> None:
        end = self.position + length
        data = self._bytes(length)
        if max(data, default=0) < 128:  # a byte each, as most sizes have
            values += data
            return
        self._at -= length
        while self.position < end:
            values.append(signed(self._varint()))

    def _varint(self) -> int:
        if self._at + 10 > len(self._chunk):
            self._refill()
        chunk, at = self._chunk, self._at
        value = shift = 0
        while at < len(chunk):
            byte = chunk[at]
            at += 1
            if byte < 128:
                self._at = at
                return (value | byte << shift) & MASK
            value |= (byte & 127) << shift
            shift += 7
            if shift > 63:
                raise WireError(f"byte {self.position:,}: a number is longer than 10 bytes")
        raise WireError(f"the file ends at byte {self._start + at:,}, within a number")

    def _bytes(self, count: int) -> bytes:
        if self._at + count > len(self._chunk):
            self._refill(count)
        data = self._chunk[self._at : self._at + count]
        if len(data) < count:
            raise WireError(f"the file ends {count - len(data):,} bytes within a value")
        self._at += count
        return data

    def _refill(self, count: int = CHUNK) -> None:
        self._start, self._at = self.position, 0
        self._stream.seek(self._start)
        self._chunk = self._stream.read(max(count, CHUNK))


def _put(found: Message, name: str, value: Any, *, is_list: bool) -> None:
    if is_list:
        values = found.setdefault(name, [])
        if values is not None:
            values.append(value)
    else:
        found[name] = value


def signed(number: int) -> int:
    """A whole number of 64 bits with its sign.

    >>> signed(2**64 - 1)
    -1
    """
    return number - 2**64 if number >= 2**63 else number
