"""Networks to compare: files, or what git has of them as REV:path."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shutil import which
from threading import Timer
from typing import IO, NamedTuple

from convcalc.files.addresses import with_scale
from convcalc.files.readers import LARGEST_FILE, SourceFile, target_reader
from convcalc.language.document import Overrides
from convcalc.wording import counted
from convcalc_cli.flags.values import FlagError
from convcalc_cli.reading.sources import STANDARD_INPUT, Source, named, source_of, unreadable

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
    "LC_ALL": "C",
}
# A bare repository may lie in a checkout, with settings of its own: it has to be asked for.
SETTINGS = ("--no-pager", "-c", "protocol.allow=never", "-c", "safe.bareRepository=explicit")


def revision(name: str, overrides: Overrides | None = None) -> Source:
    """What a file holds; if there is no such file, what git has under REV:path.

    Raises:
        FlagError: git is needed, and is not there.
    """
    rev, colon, path = name.partition(":")
    if _is_file(name) or target_reader(name) or not (rev and colon and path):
        (source,) = named([name], overrides)
        return source
    return _from_git(name, rev, path, overrides)


def _is_file(name: str) -> bool:
    return name == STANDARD_INPUT or Path(name).exists()


def _from_git(name: str, rev: str, path: str, overrides: Overrides | None) -> Source:
    git = which("git")
    if git is None or not os.path.isabs(git):  # noqa: PTH117 - on Windows one may lie around here
        raise FlagError(f"{name} needs git, which is not installed")
    if rev.startswith("-"):
        return unreadable(name, f"cannot be read: {rev} is no revision")
    message = ""
    # As git has it, a path is that of the repository; one from here on is understood too.
    for at, scale in dict.fromkeys([(path, ""), with_scale(path)]):
        for place in (at, f"./{at}"):
            try:
                found = _object(git, f"{rev}:{place}")
            except (OSError, ValueError) as error:
                return unreadable(name, f"cannot be read: {error}")
            if found.data is not None:
                file = SourceFile.of(found.data, name, path=f"{rev}:{at}", scale=scale)
                return source_of(file, overrides)
            message = message or found.message
    return unreadable(name, f"cannot be read: {message}")


class _Answer(NamedTuple):
    """What git gives, or what it says instead."""

    data: bytes | None
    message: str = ""


def _object(git: str, name: str) -> _Answer:
    """What git has under a name, if that is no more than a network can be."""
    size = _asked(git, "-s", name)
    if size.data is None:
        return size
    if int(size.data) > LARGEST_FILE:  # a small repository can hold any number of zeros
        return _Answer(None, f"its {int(size.data):,} bytes are more than 64 MiB")
    return _asked(git, "blob", name)


def _asked(git: str, *words: str) -> _Answer:
    """What `git cat-file` writes; no more is taken in than a network can be."""
    with subprocess.Popen(  # noqa: S603 - git itself, with one argument that is no option
        [git, *SETTINGS, "cat-file", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **ENVIRONMENT},
    ) as process:
        late = Timer(SECONDS, process.kill)
        late.start()
        try:
            data = _piped(process.stdout, LARGEST_FILE)
            message = _piped(process.stderr, LONGEST_MESSAGE)
            ended = process.wait()
        finally:
            process.kill()
            late.cancel()
    if ended == 0:
        return _Answer(data)
    if ended < 0:
        return _Answer(None, f"git did not answer within {counted(SECONDS, 'second')}")
    reason = message.decode(errors="replace").strip().removeprefix("fatal: ")
    return _Answer(None, f"git says {reason}")


def _piped(stream: IO[bytes] | None, most: int) -> bytes:
    """What comes from a pipe, up to a bound; whoever writes more finds it closed."""
    if stream is None:
        return b""
    with stream:
        return stream.read(most)
