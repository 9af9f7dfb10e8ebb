"""Writing: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path


class OutputError(Exception):
    """The result cannot be written."""


def deliver(text: str | Iterable[str]) -> None:
    """Writes a result to stdout, all of it, as it comes; a reader that goes away is no error.

    Raises:
        OutputError: there is no stdout, or no room for what goes there.
    """
    if not text:
        return
    if sys.stdout is None:
        raise OutputError("cannot write the result: standard output is closed")
    try:
        sys.stdout.writelines([text] if isinstance(text, str) else text)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    except UnicodeEncodeError as error:
        raise OutputError(f"cannot write the result: {error}") from error
    except OSError as error:
        _forget_stdout()
        raise OutputError(f"cannot write the result: {error.strerror}") from error


def save(text: str | bytes | Iterable[str], name: str) -> None:
    """Writes a result to a file: all of it, or nothing.

    Raises:
        OutputError: the file cannot be written.
    """
    from tempfile import NamedTemporaryFile  # slow to load, and most runs save nothing

    target = Path(name)
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as device:  # nothing to replace
                device.writelines(_encoded(text))
            return
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            written = Path(file.name)
            try:
                file.writelines(_encoded(text))
                file.flush()
                _keep_mode(target, written)
            except BaseException:
                written.unlink(missing_ok=True)
                raise
        written.replace(target)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise OutputError(f"cannot write {name}: {reason}") from error


def _encoded(text: str | bytes | Iterable[str]) -> Iterator[bytes]:
    """What goes into a file, piece by piece."""
    if isinstance(text, bytes):
        yield text
    else:
        yield from [text.encode()] if isinstance(text, str) else map(str.encode, text)


def _keep_mode(target: Path, written: Path) -> None:
    """A temporary file is for its owner only; the result is as open as any new file."""
    if target.exists():
        written.chmod(target.stat().st_mode & 0o777)
        return
    mask = os.umask(0)
    os.umask(mask)
    written.chmod(0o666 & ~mask)


def complain(text: str) -> None:
    """Writes a line to stderr, if there still is one."""
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - the one place that speaks there
    except (AttributeError, OSError):
        return


def _forget_stdout() -> None:
    """Keeps the interpreter from writing to it once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
