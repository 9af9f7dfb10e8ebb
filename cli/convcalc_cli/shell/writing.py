"""The files that a run writes: apart from those that it read, and whatever ends it, whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.endings import endings
from convcalc_cli.shell.locks import locked
from convcalc_cli.shell.outcome import STDOUT, Outcome
from convcalc_cli.shell.saving import is_stream, save
from convcalc_cli.shell.screen import Screen
from convcalc_cli.shell.streams import OutputError


def require_apart(outcome: Outcome) -> None:
    """Refuses to write over what was read, or over what is written besides.

    Raises:
        FlagError: a file has no name.
        OutputError: a file would be lost.
    """
    if outcome.output == "":
        raise FlagError("-o needs a file name")
    taken = {_identity(name) for name in outcome.inputs}
    for name in (outcome.output, *outcome.saved, *outcome.renewed):
        if name is None or name == STDOUT:
            continue
        identity = _identity(name)
        if identity in taken and (identity[0] is None or Path(name).is_file()):
            raise OutputError(f"cannot write {name}: this command already reads or writes it")
        taken.add(identity)


def write(outcome: Outcome) -> list[str]:
    """Writes the files of an outcome, each whole or not at all; gives the names of these files.

    Raises:
        OutputError: one of them cannot be written.
        EndedError: a signal came meanwhile.
    """
    written: list[str] = []
    with endings():
        if outcome.output is not None and outcome.output != STDOUT:
            save(outcome.render(Screen()), outcome.output)
            written.append(outcome.output)
        for name, text in outcome.saved.items():
            save(text, name)
            written.append(name)
        for name, renewed in outcome.renewed.items():
            with locked(name):
                save(renewed(), name)
            written.append(name)
    return [name for name in written if not is_stream(name)]


def _identity(name: str) -> tuple[object, object]:
    """What two names of one file have in common: links, of both kinds, and upper case too."""
    try:
        found = os.fstat(sys.stdin.fileno()) if name == STDOUT else Path(name).stat()
    except (AttributeError, OSError, ValueError):
        # Where it is not there yet, upper case may make a difference or not: it is taken for none.
        return None, os.path.realpath(name).casefold() if "\0" not in name else name
    return found.st_dev, found.st_ino
