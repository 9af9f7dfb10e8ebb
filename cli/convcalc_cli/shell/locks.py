"""A lock around reading a file and writing it anew, so that of several runs none is lost."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from convcalc_cli.shell.streams import OutputError
from convcalc_cli.small_files import reason_of, require_regular

NAME = ".convcalc.lock"
PATIENCE = 30.0
"""Seconds that are waited for another run."""
EVERY = 0.02
"""Seconds between two tries."""
BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _release(place: Path, handle: int) -> None:
        os.close(handle)
        with suppress(OSError):  # another run waits for it
            place.unlink()
else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(place: Path, handle: int) -> None:
        with suppress(OSError):
            place.unlink()  # while it is held: who waits for it sees that it is gone
        os.close(handle)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Holds the lock of a file that is read and written anew; there is one for a folder.

    The system lets go of it when a run ends, however it ends.

    Raises:
        OutputError: another run does not let go of it, or it cannot be had.
    """
    place = Path(os.path.realpath(name)).parent / NAME
    deadline = time.monotonic() + PATIENCE
    try:
        handle = _taken(place, deadline)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {name}: {place}: {reason_of(error)}") from error
    if handle is None:
        raise OutputError(f"cannot write {name}: another convcalc process is writing it")
    try:
        yield
    finally:
        _release(place, handle)


def _taken(place: Path, deadline: float) -> int | None:
    """The lock file, open and locked; None if that takes too long."""
    while True:
        handle = _opened(place)
        if handle is not None:
            return handle
        if time.monotonic() > deadline:
            return None
        time.sleep(EVERY)


def _opened(place: Path) -> int | None:
    flags = os.O_CREAT | os.O_RDWR
    for name in ("O_NOFOLLOW", "O_NONBLOCK"):
        flags |= getattr(os, name, 0)
    handle = os.open(place, flags, 0o666)
    with ExitStack() as undone:
        undone.callback(os.close, handle)
        require_regular(os.fstat(handle))
        if _is_locked(handle) and _is_there(handle, place):
            undone.pop_all()
            return handle
    return None


def _is_locked(handle: int) -> bool:
    try:
        _try_lock(handle)
    except OSError as error:
        if error.errno in BUSY:
            return False
        raise
    return True


def _is_there(handle: int, place: Path) -> bool:
    """Whether the file is still the one of that name: who held it before has removed it."""
    try:
        return os.path.samestat(os.fstat(handle), place.stat())
    except FileNotFoundError:
        return False
