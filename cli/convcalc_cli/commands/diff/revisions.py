"""Networks to compare: files, or what git has of them as REV:path."""

from __future__ import annotations

import os
from pathlib import Path

from convcalc.files.addresses import address_of, with_scale
from convcalc.files.readers import SourceFile, target_reader
from convcalc.language.document import Overrides
from convcalc_cli.bundled import example_file
from convcalc_cli.commands.diff import git
from convcalc_cli.reading.sources import STANDARD_INPUT, Source, named, source_of, unreadable


def revision(name: str, overrides: Overrides | None = None) -> Source:
    """What a file holds; if there is no such file, what git has under REV:path.

    Raises:
        FlagError: git is needed, and is not there.
    """
    if is_of_revision(name):
        return _from_git(name, *_parts(name), overrides)
    (source,) = named([name], overrides)
    return source


def is_file(name: str) -> bool:
    """Whether a name stands for a network by itself, whatever git has."""
    if name == STANDARD_INPUT or target_reader(name) or Path(address_of(name).path).exists():
        return True
    return bool(address_of(name).scale) or example_file(name) is not None


def is_of_revision(name: str) -> bool:
    """Whether a name is REV:path, unless there is a file of that name.

    >>> is_of_revision("HEAD~1:net.yaml"), is_of_revision("HEAD~1")
    (True, False)
    """
    return bool(_parts(name)[1]) and not is_file(name)


def is_new(old: str, new: str) -> bool:
    """Whether OLD is REV:path of the file NEW, and that revision has no such file.

    Raises:
        FlagError: git is needed, and is not there.
    """
    rev, path = _parts(old)
    if not path or rev.startswith("-"):
        return False
    program = git.program(old)
    found = git.asked(program, "rev-parse", "--verify", "--quiet", f"{rev}^{{tree}}")
    if found.data is None or not _is_file_of(program, path, new):
        return False
    tree = found.data.decode().strip()
    places = (f"{tree}:{path}", f"{rev}:./{path}")
    return all(git.asked(program, "cat-file", "-e", each).data is None for each in places)


def _is_file_of(program: str, path: str, new: str) -> bool:
    """Whether a path, from here on or of the repository, is that of a file."""
    if not Path(new).is_file():
        return False
    top = git.asked(program, "rev-parse", "--show-toplevel").data or b""
    folders = (".", os.fsdecode(top.removesuffix(b"\n")))
    return any(
        os.path.realpath(new) == os.path.realpath(os.path.join(each, path))  # noqa: PTH118
        for each in folders
        if each
    )


def _parts(name: str) -> tuple[str, str]:
    """REV and path; both empty if it is something else."""
    rev, _, path = name.partition(":")
    return (rev, path) if rev and path else ("", "")


def _from_git(name: str, rev: str, path: str, overrides: Overrides | None) -> Source:
    program = git.program(name)
    if rev.startswith("-"):
        return unreadable(name, f"cannot be read: {rev} is no revision")
    message = ""
    # As git has it, a path is that of the repository; one from here on is understood too.
    for at, scale in dict.fromkeys([(path, ""), with_scale(path)]):
        for place in (at, f"./{at}"):
            try:
                found = git.blob(program, f"{rev}:{place}")
            except (OSError, ValueError) as error:
                return unreadable(name, f"cannot be read: {error}")
            if found.data is not None:
                file = SourceFile.of(found.data, name, path=f"{rev}:{at}", scale=scale)
                return source_of(file, overrides)
            message = message or found.message
    return unreadable(name, f"cannot be read: {message}")
