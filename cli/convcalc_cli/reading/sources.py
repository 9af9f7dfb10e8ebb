"""Which files a command is about: those that are named, and the networks in folders."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from convcalc.errors import SpecError
from convcalc.files.documents import Document
from convcalc.files.loading import SCALE, ReadFile, read_file
from convcalc.files.readers import (
    LARGEST_FILE,
    YAML,
    SourceFile,
    fitting_reader,
    folder_endings,
)
from convcalc.language.document import Overrides
from convcalc.records import NamedTuple
from convcalc.wording import counted
from convcalc_cli.bundled import example_file
from convcalc_cli.flags.overrides import (
    ALL_SCALES,
    files_of,
    require_possible,
    with_scale,
    without_scale,
)
from convcalc_cli.flags.values import FlagError, with_value
from convcalc_cli.reading.example_files import did_you_mean_example
from convcalc_cli.small_files import reason_of

STANDARD_INPUT = "-"


class Source(NamedTuple):
    """A file for a command: what its reader made of it, or why it cannot be read."""

    file: str
    read: ReadFile | None
    inputs: list[str]
    """The files that were opened for it."""
    error: str = ""

    @property
    def document(self) -> Document | None:
        """What is in the file."""
        return self.read.document if self.read else None

    @property
    def stem(self) -> str:
        """The name of a network without one; for REV:path it comes from the path."""
        return "network" if self.file == STANDARD_INPUT else Path(self.file.split(":")[-1]).stem


class Sources(NamedTuple):
    """The network files among some files and folders, and the files that are something else."""

    found: list[Source]
    others: list[str]
    noun: str = YAML.noun
    """What the other files are called."""

    @property
    def files_read(self) -> list[str]:
        """The names of all files that were opened."""
        return [*[file for source in self.found for file in source.inputs], *self.others]

    @property
    def skipped_text(self) -> str:
        """How many files are something else, in words."""
        return counted(len(self.others), f"other {self.noun}")


def named(files: Iterable[str], overrides: Overrides | None = None) -> Iterator[Source]:
    """Each file that is named, or the example, where no file has its name; each of its scales."""
    for file in files:
        example = None if os.path.lexists(file) else example_file(file)
        if example:
            yield source_of(SourceFile.of(example.read_bytes(), file), overrides)
        else:
            yield from _read(file, overrides)


def named_or_within(files: Iterable[str], overrides: Overrides | None = None) -> Iterator[Source]:
    """Each file that is named, as `named` has it, and the networks in the folders that are.

    Raises:
        FlagError: there is no network in a folder.
    """
    for file in files:
        if not _is_folder(file):
            yield from named([file], overrides)
            continue
        found = sources([file], overrides)
        require_some(found, [file], skip_other=False)
        yield from found.found


def source_of(file: SourceFile, overrides: Overrides | None = None) -> Source:
    """A file that comes from somewhere else."""
    return _source(file, overrides)


def unreadable(name: str, error: str) -> Source:
    """A file that cannot be read."""
    return Source(name, None, [name], error)


class Search(NamedTuple):
    """Which files are looked for in folders."""

    formats: Collection[str] = ()
    """Of `folder_formats`; all of them if it is empty."""
    excludes: Callable[[str], bool] = lambda _: False
    """Whether a file or a folder is left out."""


def sources(
    paths: Sequence[str],
    overrides: Overrides | None = None,
    *,
    skip_other: bool = False,
    expected: Collection[str] = (),
    search: Search = Search(),  # noqa: B008 - it is immutable
) -> Sources:
    """Every file that is named, and every network in the folders that are; each of them once.

    Args:
        paths: files, folders, or `-` for standard input.
        overrides: what is set in place of what the files say.
        skip_other: whether files that are named are skipped too if they are not networks.
        expected: the full paths of files that count as networks whatever their content.
        search: which files of folders are meant.
    """
    found: dict[str, list[Source]] = {}
    skipped: dict[str, str] = {}
    nouns: set[str] = set()
    for file, is_named in _files(paths, search):
        # os.path, for pathlib takes as long for a thousand files as reading some of them
        key = file if file == STANDARD_INPUT else os.path.abspath(file)  # noqa: PTH100
        if key in found or (key in skipped and not is_named):
            continue
        read: list[Source] = []
        noun = "file"
        if is_named or key in expected or _fits(file, search):
            read = _read(file, overrides)
            wanted = (is_named and not skip_other) or key in expected
            first = read[0].read
            if first and not (wanted or first.document.is_network):
                noun = first.reader.noun
                read = []
        if read:
            found[key] = read
            skipped.pop(key, None)
        else:
            skipped[key] = file
            nouns.add(noun)
    noun = nouns.pop() if len(nouns) == 1 else "file"
    every = [source for read in found.values() for source in read]
    return Sources(every, list(skipped.values()), noun)


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


def _files(paths: Iterable[str], search: Search) -> Iterator[tuple[str, bool]]:
    """Each file, and whether it was named itself."""
    for path in paths:
        if _is_folder(path):
            yield from [(file, False) for file in within(path, search)]
        else:
            yield path, True


def _is_folder(path: str) -> bool:
    return path != STANDARD_INPUT and os.path.isdir(path)  # noqa: PTH112 - pathlib's may raise


def within(folder: str, search: Search = Search()) -> Iterator[str]:  # noqa: B008
    """The files of a folder and its folders that may be networks, in order; not hidden ones."""
    endings = folder_endings(search.formats)
    unreadable: list[str] = []
    for place, folders, files in os.walk(
        folder, onerror=lambda error: unreadable.append(str(error.filename))
    ):
        folders[:] = [name for name, _ in _shown(place, folders, search)]
        for name, path in _shown(place, files, search):
            if name.lower().endswith(endings) and not _is_special(path):
                yield path
    yield from unreadable  # reported like any file that cannot be read


def _shown(place: str, names: Iterable[str], search: Search) -> Iterator[tuple[str, str]]:
    """Names in a folder with their paths, in order: those that are neither hidden nor excluded."""
    for name in sorted(names):
        path = os.path.normpath(f"{place}/{name}")
        if not name.startswith(".") and not search.excludes(path):
            yield name, path


def _fits(file: str, search: Search) -> bool:
    """Whether a file of a folder begins as one of the formats that are looked for."""
    try:
        reader = fitting_reader(SourceFile.named(file))
    except OSError:
        return True  # reported when it is read
    return reader is not None and (not search.formats or reader.format in search.formats)


def _is_special(path: str) -> bool:
    """Whether something is there that is no file: a pipe would be waited for without end."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return False  # a file that is gone is reported when it is read


def _read(file: str, overrides: Overrides | None = None) -> list[Source]:
    """A file, or each of its scales if all are asked for; other files have one network."""
    if file == STANDARD_INPUT:
        source_file = SourceFile(file, _standard_input())
    else:
        source_file = SourceFile.named(file)
    if overrides is None or overrides.variables.get(SCALE) != ALL_SCALES:
        return [_source(source_file, overrides)]
    others = without_scale(overrides)
    first = _source(source_file, others)
    if first.read is None or source_file.scale or first.read.document.problems:
        return [first]
    made = [
        _source(source_file, with_scale(others, scale))._replace(file=f"{file}@{scale}")
        for scale in first.read.document.source.get("scales", ())
    ]
    return made or [first]


def _source(file: SourceFile, overrides: Overrides | None = None) -> Source:
    inputs = [file.path, *files_of(overrides)]
    try:
        read = read_file(file, overrides)
        require_possible(overrides, read)
        return Source(file.name, read, inputs)
    except SpecError as error:
        return Source(file.name, None, inputs, error.spelled(with_value))
    except OSError as error:
        hint = did_you_mean_example(file.name) if isinstance(error, FileNotFoundError) else ""
        return Source(file.name, None, inputs, f"cannot be read: {reason_of(error)}{hint}")


def _standard_input() -> Callable[[], BinaryIO]:
    """Opens standard input, whose bytes come once, as often as it is read."""
    kept: list[bytes] = []

    def opened() -> BinaryIO:
        if sys.stdin is None:
            raise OSError("standard input is closed")
        if not kept:
            kept.append(sys.stdin.buffer.read(LARGEST_FILE + 1))
        return BytesIO(kept[0])

    return opened
