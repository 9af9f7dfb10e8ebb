"""Writing: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress

from convcalc_cli.text import printable

HEAD = r"(?m)^((?:\S.*?: )?)(error|warning):"
CARETS = r"(?m)^([ |]+)(\^+)$"
COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}
PLAIN = "\x1b[0m"

NO_MEMORY = b"error: there is not enough memory for this\n"


class OutputError(Exception):
    """The result cannot be written."""


class EndedError(BaseException):
    """A signal ends the run; no handler of errors may stop that."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


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


def complain(text: str) -> None:
    """Writes lines to stderr, if there still is one."""
    if sys.stderr is None:  # print would take stdout
        return
    lines = "\n".join(map(printable, text.split("\n")))
    try:
        if sys.stderr.isatty() or "FORCE_COLOR" in os.environ:
            from convcalc_cli.shell.screen import has_colour

            lines = coloured(lines) if has_colour(sys.stderr.isatty(), os.environ) else lines
        print(lines, file=sys.stderr, flush=True)  # noqa: T201 - the one place that speaks there
    except (AttributeError, OSError, ValueError):
        return


def coloured(lines: str) -> str:
    """Messages with the words error and warning, and the carets below what they are about, in
    colour.

    >>> coloured("a.yaml:1:1: error: no")
    'a.yaml:1:1: \\x1b[1;31merror:\\x1b[0m no'
    """
    found = re.sub(HEAD, lambda head: f"{head[1]}{COLOURS[head[2]]}{head[2]}:{PLAIN}", lines)
    return re.sub(CARETS, lambda line: f"{line[1]}{COLOURS['error']}{line[2]}{PLAIN}", found)


def complain_without_memory() -> None:
    """Says that memory ran out, with what there is since the start."""
    with suppress(AttributeError, OSError, ValueError, MemoryError):
        os.write(sys.stderr.fileno(), NO_MEMORY)


def _forget_stdout() -> None:
    """Keeps the interpreter from writing to it once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
