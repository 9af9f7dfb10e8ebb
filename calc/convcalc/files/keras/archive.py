"""The model in a `.keras` file: a zip archive of which one small member is read."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from convcalc.errors import value_text
from convcalc.files.keras.faults import KerasError

MEMBER = "config.json"
"""The member with the model."""

MOST_DIRECTORY_BYTES = 2**20
"""Of the list of members, the start of the archive and of the member. Keras writes three."""

ENCRYPTED = 1
"""The bit of a member's flags for that."""

DAMAGED = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
    zlib.error,
)
"""What `zipfile` raises for archives that are no such thing, or use what it does not know."""


def member_bytes(stream: BinaryIO, largest: int) -> bytes:
    """The bytes of `config.json`; nothing else is read and nothing is written.

    Args:
        stream: the archive.
        largest: bytes that the member may have.

    Raises:
        KerasError: there is no such member, or the archive is damaged or not one of Keras.
        OSError: the file cannot be read.

    >>> archive = io.BytesIO()
    >>> with ZipFile(archive, "w") as written:
    ...     written.writestr("config.json", "{}")
    >>> member_bytes(archive, 100)
    b'{}'
    """
    bounded = _Bounded(stream, MOST_DIRECTORY_BYTES)
    try:
        with ZipFile(bounded) as archive:
            member = _member(archive.infolist(), largest)
            bounded.left = MOST_DIRECTORY_BYTES + largest
            with archive.open(member) as opened:
                data = opened.read(largest + 1)
    except DAMAGED as error:
        raise KerasError(f"the zip archive is damaged: {value_text(str(error))}") from error
    if len(data) > largest:
        raise _too_large(largest)
    return data


def _member(members: Sequence[ZipInfo], largest: int) -> ZipInfo:
    for name in [member.filename for member in members]:
        if name.startswith("/") or ".." in name.split("/"):
            raise KerasError(f"the zip archive has a member with the name {value_text(name)}")
    found = [member for member in members if member.filename == MEMBER]
    if len(found) != 1:
        many = "no member" if not found else f"{len(found)} members"
        raise KerasError(f"the zip archive has {many} {MEMBER}; a .keras file has one")
    (member,) = found
    if member.flag_bits & ENCRYPTED:
        raise KerasError(f"{MEMBER} in the zip archive is encrypted")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise KerasError(f"{MEMBER} in the zip archive has an unknown kind of compression")
    if member.file_size > largest:
        raise _too_large(largest)
    return member


def _too_large(largest: int) -> KerasError:
    return KerasError(f"{MEMBER} in the zip archive is larger than {largest // 2**20} MiB")


class _Bounded(io.RawIOBase):
    """A stream of which no more than some bytes are read: archives can claim any size."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self.left = left
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and offset < 0:
            raise BadZipFile("a member begins before the start of the file")
        if whence == io.SEEK_END and -offset > self._stream.seek(0, io.SEEK_END):
            raise BadZipFile("the file is too short")
        return self._stream.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(self.left + 1 if size < 0 else min(size, self.left + 1))
        self.left -= len(data)
        if self.left < 0:
            raise BadZipFile("its list of members is too long")
        return data
