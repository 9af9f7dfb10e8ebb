"""The files of a revision, as git has them, and those of the working tree beside them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from convcalc.files.readers import LARGEST_FILE
from convcalc.records import NamedTuple
from convcalc_cli.commands.diff import git
from convcalc_cli.flags.values import FlagError
from convcalc_cli.small_files import require_regular

REGULAR = (b"100644", b"100755")
CHUNK = 2**20
LFS = re.compile(
    rb"\Aversion https://git-lfs\.github\.com/spec/v1\n(?s:.*)oid sha256:([0-9a-f]{64})\n"
)
"""What git has of a file that it keeps in another place."""


class Tree(NamedTuple):
    """The tree of a revision, and the working tree of the same repository.

    Paths are those of the repository, with slashes; files are named from here on.
    """

    program: str
    revision: str
    top: str
    """The folder of the working tree."""
    name: str
    """The tree's own name in git."""
    objects: git.Objects
    """What its files hold."""

    def path_of(self, file: str) -> str:
        """The path of a file in the repository.

        Raises:
            FlagError: it lies somewhere else.
        """
        if os.path.isdir(file):  # noqa: PTH112
            place = os.path.realpath(file)
        else:
            folder, name = os.path.split(file)
            place = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118
        try:
            path = Path(os.path.relpath(place, self.top)).as_posix()
        except ValueError:  # on another drive
            path = ".."
        if path == ".." or path.startswith("../"):
            raise FlagError(f"{file} is outside of the repository {self.top}")
        return path

    def file_of(self, path: str) -> str:
        """The file at a path of the repository, there or not."""
        return os.path.relpath(os.path.join(self.top, path))  # noqa: PTH118

    def files(self, paths: Sequence[str]) -> dict[str, str]:
        """The files at some paths, or in the folders that are there, with their names in git."""
        found = {}
        for entry in self._listed("ls-tree", "-r", "-z", "--full-tree", self.name, paths=paths):
            head, _, path = entry.partition(b"\t")
            mode, _, name = head.split(b" ")
            if mode in REGULAR:
                found[os.fsdecode(path)] = name.decode()
        return found

    def kept(self, paths: Sequence[str]) -> set[str]:
        """The files of the working tree that git has in its index, or would add."""
        words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return {os.fsdecode(each) for each in self._listed(*words, paths=paths)}

    def _listed(self, *words: str, paths: Sequence[str]) -> Iterator[bytes]:
        """The entries of a list that git gives for some paths; for all of them if one is `.`."""
        wanted = [] if "." in paths else [*dict.fromkeys(paths)]
        found = _answer(self.program, *words, "--", *wanted, folder=self.top)
        if found.data is None:
            raise FlagError(f"{self.revision}: {found.message}")
        return filter(None, found.data.split(b"\0"))


def tree_of(revision: str) -> Tree:
    """The tree of a revision in the repository around the current folder.

    Raises:
        FlagError: git, the repository or the revision is not there.
    """
    program = git.program(f"diff {revision}")
    top = _answer(program, "rev-parse", "--show-toplevel")
    if top.data is None:
        raise FlagError(f"{revision}: {top.message}")
    name = None if revision.startswith("-") else _name(program, revision)
    if name is None:
        raise FlagError(_unknown(program, revision))
    folder = os.path.realpath(os.fsdecode(top.data.removesuffix(b"\n")))
    return Tree(program, revision, folder, name, git.Objects(program, folder))


def is_revision(revision: str) -> bool:
    """Whether git knows a revision; without git, or outside of a repository, none."""
    try:
        return not revision.startswith("-") and _name(git.program(revision), revision) is not None
    except FlagError:
        return False


def _name(program: str, revision: str) -> str | None:
    words = ("rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}")
    data = _answer(program, *words).data
    return data.decode("ascii").strip() if data else None


def _answer(program: str, *words: str, folder: str | None = None) -> git.Answer:
    try:
        return git.asked(program, *words, folder=folder)
    except (OSError, ValueError) as error:
        return git.Answer(None, f"git cannot be asked: {error}")


def _unknown(program: str, revision: str) -> str:
    shallow = _answer(program, "rev-parse", "--is-shallow-repository").data == b"true\n"
    message = f"{revision} is not a revision that git has here"
    if shallow:
        message += (
            "; this clone is shallow: fetch all of it, with fetch-depth: 0 in actions/checkout"
        )
    return message


def is_same(file: str, name: str) -> bool:
    """Whether a file holds what git has under a name, but for the ends of its lines.

    Git's name is a hash of the content, so that git need not be asked. A file that cannot be read
    is not the same.
    """
    algorithm = "sha256" if len(name) == 64 else "sha1"
    try:
        require_regular(Path(file).stat())
        with Path(file).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            made = hashlib.new(algorithm, b"blob %d\0" % size, usedforsecurity=False)
            while piece := stream.read(CHUNK):
                made.update(piece)
            if made.hexdigest() == name or size > LARGEST_FILE:
                return made.hexdigest() == name
            stream.seek(0)
            data = stream.read().replace(b"\r\n", b"\n")
    except (OSError, ValueError):
        return False
    made = hashlib.new(algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
    made.update(data)
    return made.hexdigest() == name


def lfs_name(data: bytes) -> str | None:
    """The SHA-256 of the file that git keeps in another place, if this is what it has instead.

    >>> lfs_name(b"input: [3, 8, 8]") is None
    True
    """
    found = LFS.match(data[:1024])
    return found[1].decode() if found else None


def sha256_of(file: str) -> str:
    """The SHA-256 of what is in a file.

    Raises:
        OSError: it cannot be read.
    """
    with Path(file).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def required(tree: Tree, files: Mapping[str, str], paths: Mapping[str, str]) -> None:
    """Requires that each path is there, in the working tree or in the revision.

    Args:
        tree: the revision.
        files: what it has at the paths.
        paths: the paths of the repository by the files as they were named.

    Raises:
        FlagError: one is not.
    """
    for named, path in paths.items():
        if os.path.lexists(named) or path in files:
            continue
        if not any(each.startswith(f"{path}/") for each in files):
            raise FlagError(f"{named} is neither here nor in {tree.revision}")
