"""Long texts in a pager, on a terminal."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from typing import TextIO

LESS = "FRX"
"""Options of less, unless the user sets others: quit if it fits, keep colours and the screen."""


def shown(text: str, stdout: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Shows a text in the user's pager, if it is longer than the terminal.

    Returns:
        Whether it was shown: not if stdout is not a terminal, or there is no pager.
    """
    command = _pager(environment)
    if not command or not _needs_pages(text, stdout, environment):
        return False
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pager's
    try:
        subprocess.run(  # noqa: S603 - the user's own choice
            command,
            input=text.encode(errors="replace"),
            env={"LESS": LESS, **environment},
            check=False,
        )
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True


def _pager(environment: Mapping[str, str]) -> list[str]:
    """The command; empty if PAGER is empty, or not a command at all."""
    try:
        return shlex.split(environment.get("PAGER", "less"))
    except ValueError:
        return []


def _needs_pages(text: str, stdout: TextIO | None, environment: Mapping[str, str]) -> bool:
    if stdout is None or not stdout.isatty() or environment.get("TERM") == "dumb":
        return False
    return text.count("\n") >= shutil.get_terminal_size().lines
