"""Arguments that are taken for flags, and are names of files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from convcalc_cli.flags.values import FlagError


def require_no_files(arguments: Sequence[str]) -> None:
    """Refuses an argument that begins with a hyphen and is the name of a file that is there.

    Hooks and `*` in a shell append the names of files: one called `--config=x.yaml` is no flag.
    What follows `--` is no flag in any case.

    Raises:
        FlagError: there is such an argument.
    """
    for argument in _flags(arguments):
        if argument != "-" and os.path.lexists(argument):
            raise FlagError(
                f"{argument} is both a flag and the name of a file here: "
                f"write ./{argument} for the file, or put -- before the files"
            )


def has_flag(arguments: Sequence[str], flag: str) -> bool:
    """Whether a flag is among the arguments, and is not the name of a file.

    >>> has_flag(["audit", "--debug"], "--debug"), has_flag(["audit", "--", "--debug"], "--debug")
    (True, False)
    """
    return flag in _flags(arguments) and not os.path.lexists(flag)


def without_flag(arguments: Sequence[str], flag: str) -> list[str]:
    """The arguments without a flag that `has_flag` finds among them.

    >>> without_flag(["audit", "--debug", "--", "--debug"], "--debug")
    ['audit', '--', '--debug']
    """
    if not has_flag(arguments, flag):
        return list(arguments)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*[each for each in arguments[:end] if each != flag], *arguments[end:]]


def _flags(arguments: Sequence[str]) -> list[str]:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [argument for argument in arguments[:end] if argument.startswith("-")]
