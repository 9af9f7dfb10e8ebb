"""The networks of a revision and of the working tree that are not the same, in pairs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from convcalc.files.readers import LARGEST_FILE, SourceFile, fitting_reader, folder_endings
from convcalc.language.document import Overrides
from convcalc.records import NamedTuple
from convcalc_cli.commands.diff.renames import renames
from convcalc_cli.commands.diff.trees import Tree, is_same, lfs_name, required, sha256_of
from convcalc_cli.flags.values import FlagError
from convcalc_cli.reading.sources import (
    STANDARD_INPUT,
    Search,
    Source,
    source_of,
    sources,
    unreadable,
    within,
)

LARGEST_RENAMED = 2**22
"""Bytes of a file that may have another name now; larger ones were removed and added."""


class Pair(NamedTuple):
    """A network before and after; one side is None where it was added or removed."""

    file: str
    """Its name now, or the one it had."""
    old: Source | None
    new: Source | None
    old_file: str
    """The name it had; empty if there was none."""


class ChangedFiles(NamedTuple):
    """The networks whose files differ, by the names of the files, and how many are the same."""

    pairs: list[Pair]
    same: int
    files_read: Sequence[str]


def changed_files(
    tree: Tree, named: Sequence[str], search: Search, overrides: Overrides | None = None
) -> ChangedFiles:
    """The networks among some files and in some folders that a revision has otherwise.

    Raises:
        FlagError: one of them is nowhere, or there is nothing to compare.
    """
    return _Comparison(tree, named, search, overrides).result()


class _Comparison:
    """Two sets of files, by their paths in the repository."""

    def __init__(
        self, tree: Tree, named: Sequence[str], search: Search, overrides: Overrides | None
    ) -> None:
        if STANDARD_INPUT in named:
            raise FlagError("git has no revision of standard input: name a file or a folder")
        self._tree = tree
        self._search = search
        self._overrides = overrides
        self._paths = {each: tree.path_of(each) for each in dict.fromkeys(named)}
        listed = tree.files([*self._paths.values()])
        required(tree, listed, self._paths)
        self._is_named = {*self._paths.values()}.__contains__
        self._old = {path: name for path, name in listed.items() if self._may_be_network(path)}
        self._now = self._files()
        self._old_data: dict[str, bytes] = {}
        self._room = LARGEST_FILE

    def result(self) -> ChangedFiles:
        """What differs."""
        same = {path for path in self._now if self._is_same(path)}
        new = self._new_sources(same)
        pairs: list[Pair] = []
        added: dict[str, Source] = {}
        for path, source in new.items():
            before = self._old_source(path) if path in self._old else None
            if before is not None:
                pairs.append(Pair(source.file, before, source, source.file))
            else:
                added[path] = source
        gone = [path for path in self._old if path not in new and path not in same]
        removed = {path: old for path in gone if (old := self._old_source(path)) is not None}
        if not same and not pairs and not added and not removed:
            where = f"{', '.join(self._paths)}, neither here nor in {self._tree.revision}"
            raise FlagError(f"there is no network in {where}")
        pairs += self._with_renames(removed, added)
        read = [each for pair in pairs if pair.new for each in pair.new.inputs]
        return ChangedFiles(sorted(pairs, key=lambda pair: pair.file), len(same), read)

    def _may_be_network(self, path: str) -> bool:
        """Whether a file of the revision would be read, by its name alone."""
        if self._is_named(path):
            return True
        endings = folder_endings(self._search.formats)
        folders = [
            each for each in self._paths.values() if each == "." or path.startswith(f"{each}/")
        ]
        shown = any(not _is_hidden(path, folder) for folder in folders)
        file = self._tree.file_of(path)
        return shown and path.lower().endswith(endings) and not self._search.excludes(file)

    def _files(self) -> dict[str, str]:
        """The files of the working tree by their paths; no links, nor what git ignores."""
        found: dict[str, str] = {}
        for named, path in self._paths.items():
            if not os.path.isdir(named):  # noqa: PTH112 - pathlib's may raise
                if os.path.lexists(named):
                    found[path] = named
                continue
            for file in within(named, self._search):
                if not os.path.islink(file):  # noqa: PTH114
                    found.setdefault(self._tree.path_of(file), file)
        if all(self._is_named(path) or path in self._old for path in found):
            return found
        kept = self._tree.kept([*self._paths.values()])
        return {
            path: file
            for path, file in found.items()
            if self._is_named(path) or path in self._old or path in kept
        }

    def _is_same(self, path: str) -> bool:
        """Whether a file is what it was; one that git keeps elsewhere too."""
        if path not in self._old:
            return False
        file, name = self._now[path], self._old[path]
        if is_same(file, name):
            return True
        elsewhere = lfs_name(self._data(path) or b"")
        try:
            return elsewhere is not None and sha256_of(file) == elsewhere
        except OSError:
            return False

    def _new_sources(self, same: set[str]) -> dict[str, Source]:
        """The networks of the working tree that may be others."""
        wanted = {os.path.normpath(file) for path, file in self._now.items() if path not in same}

        def excludes(place: str) -> bool:
            is_folder = os.path.isdir(place)  # noqa: PTH112
            return self._search.excludes(place) or not (is_folder or place in wanted)

        where = [
            named
            for named, path in self._paths.items()
            if os.path.isdir(named) or (path in self._now and path not in same)  # noqa: PTH112
        ]
        found = sources(where, self._overrides, search=Search(self._search.formats, excludes))
        return {self._tree.path_of(source.file): source for source in found.found}

    def _data(self, path: str) -> bytes | None:
        """What the revision has of a file; None if git does not give it.

        Small files are kept, as far as there is room.
        """
        if path in self._old_data:
            return self._old_data[path]
        data = self._tree.objects.data(self._old[path]).data
        if data is not None and len(data) <= min(LARGEST_RENAMED, self._room):
            self._room -= len(data)
            self._old_data[path] = data
        return data

    def _old_source(self, path: str) -> Source | None:
        """The network that a file of the revision holds; None if it is something else."""
        name = f"{self._tree.revision}:{path}"
        data = self._data(path)
        if data is None:
            return unreadable(
                name, f"cannot be read: {self._tree.objects.data(self._old[path]).message}"
            )
        if lfs_name(data):
            return unreadable(name, "is kept by Git LFS, which is not asked for it")
        file = SourceFile(name, lambda: BytesIO(self._data(path) or b""), path=name)
        if not self._is_named(path):
            reader = fitting_reader(file)
            formats = self._search.formats
            if reader is None or (formats and reader.format not in formats):
                return None
        source = source_of(file, self._overrides)
        document = source.document
        return source if self._is_named(path) or not document or document.is_network else None

    def _with_renames(
        self, removed: Mapping[str, Source], added: Mapping[str, Source]
    ) -> list[Pair]:
        """What was added and removed, in pairs where it is the same file under another name."""
        before = {path: data for path in removed if (data := self._old_data.get(path))}
        after = {path: data for path in added if (data := _bytes_of(self._now[path]))}
        found = renames(before, after)
        old_names = {path: self._tree.file_of(path) for path in removed}
        pairs = [
            Pair(source.file, removed[found[path]], source, old_names[found[path]])
            if path in found
            else Pair(source.file, None, source, "")
            for path, source in added.items()
        ]
        gone = [path for path in removed if path not in found.values()]
        return [
            *pairs,
            *[Pair(old_names[path], removed[path], None, old_names[path]) for path in gone],
        ]


def _is_hidden(path: str, folder: str) -> bool:
    """Whether a part of a path from a folder on begins with a dot."""
    inner = path if folder == "." else path[len(folder) + 1 :]
    return any(part.startswith(".") for part in inner.split("/"))


def _bytes_of(file: str) -> bytes | None:
    """What is in a file that may have had another name."""
    try:
        place = Path(file)
        if place.stat().st_size > LARGEST_RENAMED:
            return None
        return place.read_bytes()
    except (OSError, ValueError):
        return None
