"""Which files a check is about: those that are named, and the networks in folders."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from convcalc.files.yaml_document import LARGEST_FILE, Document, read
from convcalc_cli.flags.values import FlagError
from convcalc_cli.reading.recognition import is_network
from convcalc_cli.small_files import reason_of

STANDARD_INPUT = "-"
ENDINGS = (".yaml", ".yml")


class Source(NamedTuple):
    """A file to check: what is in it, or why that cannot be read."""

    file: str
    document: Document | None
    error: str = ""

    @property
    def stem(self) -> str:
        """What a network without a name is called; of REV:path the path tells."""
        return "network" if self.file == STANDARD_INPUT else Path(self.file.split(":")[-1]).stem


class Sources(NamedTuple):
    """The files to check, and the YAML files that are no networks."""

    found: list[Source]
    others: list[str]

    @property
    def read(self) -> list[str]:
        """Every file that was looked into."""
        return [*[source.file for source in self.found], *self.others]


def named(files: Iterable[str]) -> Iterator[Source]:
    """Each file that is named, whatever it may be."""
    for file in files:
        yield _read(file)[0]


def sources(
    paths: Sequence[str], *, skip_other: bool = False, known: Collection[str] = ()
) -> Sources:
    """Every file that is named, and every network in the folders that are; each of them once.

    Args:
        paths: files, folders, or `-` for standard input.
        skip_other: whether a file that is named is left out too if it is no network.
        known: the full paths of files that are networks whatever is in them.
    """
    found: dict[str, Source] = {}
    skipped: dict[str, str] = {}
    for file, is_named in _files(paths):
        # os.path, for pathlib takes as long for a thousand files as reading some of them
        key = file if file == STANDARD_INPUT else os.path.abspath(file)  # noqa: PTH100
        if key in found or (key in skipped and not is_named):
            continue
        source, data = _read(file)
        wanted = (is_named and not skip_other) or key in known
        if wanted or source.error or _tells(source, data):
            found[key] = source
            skipped.pop(key, None)
        else:
            skipped[key] = file
    return Sources(list(found.values()), list(skipped.values()))


def require_some(found: Sources, paths: Sequence[str], *, skip_other: bool) -> None:
    """Refuses to check nothing; a hook may be called with other files only, but not with folders.

    Raises:
        FlagError: there is nothing to check.
    """
    hooked = skip_other and not any(map(os.path.isdir, paths))
    if not found.found and not hooked:
        raise FlagError(f"there is no network in {', '.join(paths)}")


def same_file(one: str, other: str | None) -> bool:
    """Whether two paths are of one file, there or not."""
    return other is not None and os.path.realpath(one) == os.path.realpath(other)


def _files(paths: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each file, and whether it was named itself."""
    for path in paths:
        if path != STANDARD_INPUT and os.path.isdir(path):  # noqa: PTH112 - pathlib's may raise
            yield from [(file, False) for file in within(path)]
        else:
            yield path, True


def within(folder: str) -> Iterator[str]:
    """The YAML files of a folder and its folders, in order; what is hidden stays so."""
    unreadable: list[str] = []
    for place, folders, files in os.walk(
        folder, onerror=lambda error: unreadable.append(str(error.filename))
    ):
        folders[:] = sorted([name for name in folders if not name.startswith(".")])
        for name in sorted(files):
            if name.lower().endswith(ENDINGS) and not name.startswith("."):
                path = os.path.normpath(f"{place}/{name}")
                if not _is_special(path):
                    yield path
    yield from unreadable  # told as any file that cannot be read


def _is_special(path: str) -> bool:
    """Whether something is there that is no file: a pipe would be waited for without end."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return False  # what is gone is told where it is read


def _read(file: str) -> tuple[Source, bytes]:
    try:
        data = _bytes(file)
    except (OSError, ValueError) as error:
        return Source(file, None, f"cannot be read: {reason_of(error)}"), b""
    return Source(file, read(data)), data


def _bytes(file: str) -> bytes:
    """What is in a file, and no more than can be a network."""
    if file != STANDARD_INPUT:
        with Path(file).open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    return sys.stdin.buffer.read(LARGEST_FILE + 1)


def _tells(source: Source, data: bytes) -> bool:
    return source.document is not None and is_network(source.document, data)
