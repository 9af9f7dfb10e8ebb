"""Asking git: without a pager, without the network, within a time and an amount."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from shutil import which
from threading import Timer
from typing import IO

from convcalc.files.readers import LARGEST_FILE
from convcalc.records import NamedTuple
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
        return Answer(None, _too_large(int(size.data)))
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


class Objects:
    """What git has under names of its own; one process answers as long as it is asked."""

    def __init__(self, git: str, folder: str) -> None:
        self._git = git
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def data(self, name: str) -> Answer:
        """What a file holds, if that is no more than a network can be.

        Args:
            name: the hash that git has for it.
        """
        try:
            late = Timer(SECONDS, self._kill)
            late.start()
            try:
                return self._answer(name)
            finally:
                late.cancel()
        except (OSError, ValueError):  # it is gone, or was too slow
            self.close()
            return Answer(None, "git does not answer")

    def _answer(self, name: str) -> Answer:
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise OSError
        process.stdin.write(f"{name}\n".encode())
        process.stdin.flush()
        head = process.stdout.readline(1_000).split()
        if len(head) != 3:
            if head[1:] == [b"missing"]:
                return Answer(None, "git does not have it here")
            raise OSError
        size = int(head[2])
        if size > LARGEST_FILE:  # a small repository can hold any number of zeros
            self.close()
            return Answer(None, _too_large(size))
        data = process.stdout.read(size + 1)
        if len(data) != size + 1:
            raise OSError
        return Answer(data[:-1])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - git itself
                [self._git, *SETTINGS, "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env={**os.environ, **ENVIRONMENT},
            )
        return self._process

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()


def _too_large(size: int) -> str:
    return f"its {size:,} bytes are more than 64 MiB"


def _piped(stream: IO[bytes] | None, most: int) -> bytes:
    """What comes from a pipe, up to a bound; whoever writes more finds it closed."""
    if stream is None:
        return b""
    with stream:
        return stream.read(most)
