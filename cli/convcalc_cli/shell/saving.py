"""Writing files: all of a result, or nothing."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from convcalc_cli.shell.streams import OutputError
from convcalc_cli.small_files import reason_of

STREAMS = ("/dev/stdout", "/dev/stderr")
STREAM_FOLDERS = ("/proc/", "/dev/fd/")
MOST_LINKS = 40


def save(text: str | bytes | Iterable[str], name: str) -> None:
    """Writes a result to a file: all of it, or nothing.

    What a symbolic link points to is written, and the link stays. A file keeps its mode, and its
    owner where that is possible; one that may not be written is refused.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        _save(text, name)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {name}: {reason_of(error)}") from error


def _save(text: str | bytes | Iterable[str], name: str) -> None:
    if is_stream(name):
        with Path(name).open("ab") as stream:  # what is there already is a part of it
            stream.writelines(_encoded(text))
        return
    if name.endswith(("/", os.sep)):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    target = Path(os.path.realpath(name))
    before = _found(target)
    if before is not None and not stat.S_ISREG(before.st_mode):
        with target.open("wb") as device:  # nothing to replace
            device.writelines(_encoded(text))
        return
    if before is not None and not _is_writable(target, before):
        raise PermissionError(errno.EACCES, "it is read-only")
    _replace(text, target, before)


def _replace(
    text: str | bytes | Iterable[str], target: Path, before: os.stat_result | None
) -> None:
    """Writes a file beside the target, and puts it in its place."""
    # A name of its own: the target's may be as long as a name can be. It is known before the file
    # is there, so that whatever ends the run, a signal too, it can be removed.
    written = target.parent / f".convcalc-{os.urandom(8).hex()}.tmp"
    try:
        with written.open("xb") as file:
            file.writelines(_encoded(text))
            file.flush()
            if before is not None:
                _be_like(written, before)
        written.replace(target)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _found(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def _is_writable(target: Path, found: os.stat_result) -> bool:
    """Whether the owner may write it and we may: the first tells for root, whom nothing stops."""
    return bool(found.st_mode & stat.S_IWUSR) and os.access(target, os.W_OK)


def _be_like(written: Path, before: os.stat_result) -> None:
    now = written.stat()
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        with suppress(OSError):
            os.chown(written, before.st_uid, before.st_gid)
    written.chmod(before.st_mode & 0o777)


def is_stream(name: str) -> bool:
    """Whether a name stands for something that is open already, as /dev/stdout does.

    What that is may be a file, which must not be replaced by another one.
    """
    path = os.path.abspath(name)  # noqa: PTH100 - pathlib's would follow the links
    for _ in range(MOST_LINKS):
        folder = os.path.realpath(os.path.dirname(path))  # noqa: PTH120
        if path in STREAMS or path.startswith(STREAM_FOLDERS):
            return True
        if f"{folder}/".startswith(STREAM_FOLDERS):
            return True
        if not os.path.islink(path):  # noqa: PTH114
            return False
        path = os.path.join(folder, os.readlink(path))  # noqa: PTH115, PTH118
    return False


def _encoded(text: str | bytes | Iterable[str]) -> Iterator[bytes]:
    """What goes into a file, piece by piece."""
    if isinstance(text, bytes):
        yield text
    else:
        yield from [text.encode()] if isinstance(text, str) else map(str.encode, text)
