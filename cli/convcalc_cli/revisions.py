"""Networks to compare: files, or what git has of them as REV:path."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shutil import which

from convcalc.network_file import read
from convcalc_cli.discovery import STANDARD_INPUT, Source, named
from convcalc_cli.flags import FlagError

SECONDS = 60


def revision(name: str) -> Source:
    """What a file holds; if there is no such file, what git has under REV:path.

    Raises:
        FlagError: git is needed, and is not there.
    """
    rev, colon, path = name.partition(":")
    if name == STANDARD_INPUT or Path(name).exists() or not (rev and colon and path):
        (source,) = named([name])
        return source
    return _from_git(name, rev, path)


def _from_git(name: str, rev: str, path: str) -> Source:
    git = which("git")
    if git is None:
        raise FlagError(f"{name} needs git, which is not there")
    if rev.startswith("-"):
        return Source(name, None, f"cannot be read: {rev} is no revision")
    told = b""
    # As git has it, a path is that of the repository; one from here on is understood too.
    for place in (path, f"./{path}"):
        command = [git, "cat-file", "blob", f"{rev}:{place}"]
        try:
            ended = subprocess.run(  # noqa: S603 - git itself, with one argument that is no option
                command,
                capture_output=True,
                check=False,
                timeout=SECONDS,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            return Source(name, None, f"cannot be read: {error}")
        if ended.returncode == 0:
            return Source(name, read(ended.stdout))
        told = told or ended.stderr
    reason = told.decode(errors="replace").strip().removeprefix("fatal: ")
    return Source(name, None, f"cannot be read: git says {reason}")
