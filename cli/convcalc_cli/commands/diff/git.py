"""Asking git: without a pager, without the network, within a time and an amount."""

from __future__ import annotations

import os
import subprocess
from shutil import which
from threading import Timer
from typing import IO, NamedTuple

from convcalc.files.readers import LARGEST_FILE
from convcalc.wording import counted
from convcalc_cli.flags.values import FlagError

SECONDS = 60
LONGEST_MESSAGE = 10_000

ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # Of a partial clone, git fetches what is not there, by commands that the repository's own
    # settings name. Older versions do not know the first of these, and the second one overrules
    # what the settings allow.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    # Names of files are names, whatever is in them.
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
# A bare repository may lie in a checkout, with settings of its own: it has to be asked for. A
# monitor of the file system is a command that the settings name.
SETTINGS = (
    *("--no-pager", "-c", "protocol.allow=never", "-c", "safe.bareRepository=explicit"),
    *("-c", "core.fsmonitor=false"),
)


class Answer(NamedTuple):
    """What git gives, or what it says instead."""

    data: bytes | None
    message: str = ""


def program(needed_by: str) -> str:
    """The path of git.

    Raises:
        FlagError: it is not there.
    """
    git = which("git")
    if git is None or not os.path.isabs(git):  # noqa: PTH117 - on Windows one may lie around here
        raise FlagError(f"{needed_by} needs git, which is not installed")
    return git


def blob(git: str, name: str) -> Answer:
    """What git has under a name, if that is no more than a network can be.

    Raises:
        OSError: git cannot be run.
        ValueError: there is a null byte in the name.
    """
    size = asked(git, "cat-file", "-s", name)
    if size.data is None:
        return size
    if int(size.data) > LARGEST_FILE:  # a small repository can hold any number of zeros
        return Answer(None, f"its {int(size.data):,} bytes are more than 64 MiB")
    return asked(git, "cat-file", "blob", name)


def asked(git: str, *words: str, folder: str | None = None) -> Answer:
    """What a command of git writes; no more is taken in than a network can be.

    Args:
        git: the program.
        words: the command, with arguments that are no options where they come from elsewhere.
        folder: where it is asked; here if there is none.

    Raises:
        OSError: git cannot be run.
        ValueError: there is a null byte in an argument.
    """
    with subprocess.Popen(  # noqa: S603 - git itself
        [git, *SETTINGS, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
    ) as process:
        late = Timer(SECONDS, process.kill)
        late.start()
        try:
            data = _piped(process.stdout, LARGEST_FILE + 1)
            message = _piped(process.stderr, LONGEST_MESSAGE)
            ended = process.wait()
        finally:
            process.kill()
            late.cancel()
    if len(data) > LARGEST_FILE:
        return Answer(None, "git has more to say than 64 MiB")
    if ended == 0:
        return Answer(data)
    if ended < 0:
        return Answer(None, f"git did not answer within {counted(SECONDS, 'second')}")
    reason = message.decode(errors="replace").strip().removeprefix("fatal: ")
    return Answer(None, f"git says {reason}")


def _piped(stream: IO[bytes] | None, most: int) -> bytes:
    """What comes from a pipe, up to a bound; whoever writes more finds it closed."""
    if stream is None:
        return b""
    with stream:
        return stream.read(most)
