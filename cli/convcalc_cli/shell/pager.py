"""Long texts in a pager, on a terminal."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Mapping
from typing import TextIO

LESS = "FRX"
"""What less is told unless the user says otherwise: short texts are not paged, colours are kept."""


def shown(text: str, stdout: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Shows a text in the user's pager, if stdout is a terminal and there is a pager.

    Returns:
        Whether it was shown.
    """
    command = shlex.split(environment.get("PAGER", "less"))
    if stdout is None or not stdout.isatty() or environment.get("TERM") == "dumb" or not command:
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
