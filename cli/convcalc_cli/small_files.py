"""Reading files that are no networks: within a bound, and never anything that has no end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MIB = 2**20


def small_file(path: str | os.PathLike[str], most: int) -> bytes:
    """What is in a regular file of at most so many bytes.

    A pipe is not waited for, and a device is not read: only the null device counts as an empty
    file, which is how people say "none".

    Raises:
        OSError: it cannot be read, or is something else; `strerror` tells which.

    >>> small_file(__file__, 10)
    Traceback (most recent call last):
        ...
    OSError: [Errno 27] it is larger than 10 bytes
    """
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "there is a null byte in its name")
    _require_readable(Path(path).stat())
    # What was a file a moment ago may be a pipe now: opening it must not wait.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - of a descriptor
        _require_readable(os.fstat(file.fileno()))
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it is larger than {_size_text(most)}")
    return data


def reason_of(error: OSError | ValueError) -> str:
    """Why a file cannot be read or written, in words that do not depend on the Python."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    # Each version of Python has its own words for a null byte, none with the name of the file.
    return "there is a null byte in its name" if "null" in str(error) else str(error)


def require_regular(found: os.stat_result) -> None:
    """Requires a regular file.

    Raises:
        OSError: it is something else; `strerror` tells which.
    """
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def _require_readable(found: os.stat_result) -> None:
    if not _is_null_device(found):
        require_regular(found)


def _is_null_device(found: os.stat_result) -> bool:
    if not stat.S_ISCHR(found.st_mode):
        return False
    null = Path(os.devnull).stat()
    return os.path.samestat(found, null) and found.st_rdev == null.st_rdev


def _size_text(size: int) -> str:
    for unit, name in ((MIB, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size} bytes"
