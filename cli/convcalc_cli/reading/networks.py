"""Reading network files for a command: the good ones, and what to say of the bad ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from convcalc.errors import SpecError
from convcalc.files.loading import Finding, Loaded, load_document
from convcalc.files.yaml_document import Document
from convcalc.language.document import Overrides
from convcalc.networks import Network
from convcalc_cli.flags.values import with_value
from convcalc_cli.page.carets import carets
from convcalc_cli.reading.sources import Source
from convcalc_cli.text import name_text, printable


class NetworkFile(NamedTuple):
    """A file that gave a network."""

    file: str
    network: Network
    document: Document


class FileError(NamedTuple):
    """Why a file gave none, at one place of it."""

    file: str
    line: int | None
    column: int | None
    message: str


class Files(NamedTuple):
    """What a list of files gave, in the order they were named."""

    good: list[NetworkFile]
    errors: list[FileError]
    told: list[str]
    """Errors and warnings with the lines they are about, for people."""

    def note(self, error: FileError) -> None:
        """An error of a file that is at no place in it."""
        self.errors.append(error)
        self.told.append(printable(f"{name_text(error.file)}: error: {error.message}"))


def networks_of(sources: Iterable[Source], overrides: Overrides | None = None) -> Files:
    """The networks of some files, and what is wrong with the others."""
    files = Files([], [], [])
    for source in sources:
        _read(source, overrides, files)
    return files


def _read(source: Source, overrides: Overrides | None, files: Files) -> None:
    name = source.file
    if source.document is None:
        files.note(FileError(name, None, None, source.error))
        return
    try:
        loaded = load_document(source.document, source.stem, overrides)
    except SpecError as error:
        files.note(FileError(name, None, None, error.spelled(with_value)))
        return
    files.told.extend(_told(name, loaded))
    files.errors.extend(_file_errors(name, loaded.problems))
    if loaded.network is not None:
        files.good.append(NetworkFile(name, loaded.network, loaded.document))


def _file_errors(name: str, problems: Iterable[Finding]) -> list[FileError]:
    return [
        FileError(name, place.line, place.column, problem.text)
        if (place := problem.place)
        else FileError(name, None, None, problem.text)
        for problem in problems
    ]


def _told(name: str, loaded: Loaded) -> list[str]:
    errors = [_finding(name, loaded.document, "error", problem) for problem in loaded.problems]
    warnings = [_finding(name, loaded.document, "warning", each) for each in loaded.warnings]
    return errors if errors else warnings


def _finding(name: str, document: Document, level: str, finding: Finding) -> str:
    """`file:line:column: error: message`, and the line with carets under the words."""
    place = finding.place
    if place is None:
        return printable(f"{name_text(name)}: {level}: {finding.text}")
    head = f"{name_text(name)}:{place.line}:{place.column}: {level}: {finding.text}"
    line = document.line(place.line)
    if not line.strip():
        return printable(head)
    return "\n".join([printable(head), *carets(line, place.column - 1, place.length)])
