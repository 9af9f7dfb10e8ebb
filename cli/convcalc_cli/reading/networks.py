"""Reading network files for a command: the good ones, and what to say of the bad ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.errors import SpecError
from convcalc.files.documents import Document
from convcalc.files.loading import FileProblem, Loaded, ReadFile, load_document
from convcalc.files.places import AnyPlace, Place
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc_cli.flags.values import with_value
from convcalc_cli.page.carets import carets
from convcalc_cli.reading.locations import location_text, placed_message
from convcalc_cli.reading.sources import Source
from convcalc_cli.text import name_text, printable


class NetworkFile(NamedTuple):
    """A file with a valid network."""

    file: str
    network: Network
    read: ReadFile
    warnings: Sequence[FileProblem] = ()
    """What is probably a mistake, each with its rule."""

    @property
    def document(self) -> Document:
        """What its reader made of the file."""
        return self.read.document

    @property
    def as_written(self) -> bool:
        """Whether nothing in it is overridden."""
        return self.read.as_written

    def row_places(self) -> list[AnyPlace | None]:
        """The place of each row of the network in the file."""
        paths = [row.path or () for row in self.network.rows]
        places = self.document.item_places([path for path in paths if path])
        names = [
            row.name
            for row, path in zip(self.network.rows, paths, strict=True)
            if path not in places
        ]
        named = self.document.row_places(names)
        return [
            places.get(path) or named.get(row.name)
            for row, path in zip(self.network.rows, paths, strict=True)
        ]


class FileError(NamedTuple):
    """An error in a file. A place without a line is named in the message."""

    file: str
    line: int | None
    column: int | None
    message: str


class Files(NamedTuple):
    """What a list of files gave, in the order they were named."""

    good: list[NetworkFile]
    errors: list[FileError]
    messages: list[str]
    """Errors and warnings with the lines they are about, for people."""
    inputs: list[str]
    """All files that were read."""

    def note(self, error: FileError) -> None:
        """An error of a file that is at no place in it."""
        self.errors.append(error)
        self.messages.append(printable(f"{name_text(error.file)}: error: {error.message}"))


def networks_of(sources: Iterable[Source]) -> Files:
    """The networks of some files, and the errors in the others."""
    files = Files([], [], [], [])
    for source in sources:
        _add(source, files)
    return files


def _add(source: Source, files: Files) -> None:
    name = source.file
    files.inputs.extend(source.inputs)
    if source.read is None:
        files.note(FileError(name, None, None, source.error))
        return
    read = source.read
    try:
        loaded = load_document(read.document, source.stem, read.overrides)
    except SpecError as error:
        files.note(FileError(name, None, None, error.spelled(with_value)))
        return
    known = set(files.messages)  # scales of a file share what is to be reported
    files.messages.extend([each for each in _messages(name, loaded) if each not in known])
    files.errors.extend([_file_error(name, problem) for problem in loaded.problems])
    if loaded.network is not None:
        files.good.append(NetworkFile(name, loaded.network, read, loaded.warnings))


def _file_error(name: str, problem: FileProblem) -> FileError:
    place = problem.place
    message = placed_message(problem.text, place)
    return (
        FileError(name, place.line, place.column, message)
        if place
        else FileError(name, None, None, message)
    )


def _messages(name: str, loaded: Loaded) -> list[str]:
    errors = [problem_text(name, loaded.document, "error", each) for each in loaded.problems]
    notes = [*loaded.notes, *loaded.warnings]
    return errors or [problem_text(name, loaded.document, "warning", each) for each in notes]


def problem_text(name: str, document: Document, level: str, problem: FileProblem) -> str:
    """`file:line:column: error: message`, and the line with carets under the words."""
    place = problem.place
    code = f"{problem.rule.code} " if problem.rule else ""
    head = f"{location_text(name, place)}: {printable(f'{code}{level}: {problem.text}')}"
    line = document.line(place.line) if isinstance(place, Place) else ""
    if not isinstance(place, Place) or not line.strip():
        return head
    return "\n".join([head, *carets(line, place.column - 1, place.length)])
