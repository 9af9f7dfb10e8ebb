"""Networks from files: the text's faults and the specification's, each with its place."""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import NamedTuple

from convcalc.errors import SpecError
from convcalc.files.source_text import Place, Problem
from convcalc.files.yaml_document import LARGEST_FILE, Document, read
from convcalc.language.document import Memo, Overrides, read_network
from convcalc.language.problems import Problem as SpecProblem
from convcalc.networks import Network

BRACED = re.compile(r"\$\{(\w+)\}", re.ASCII)


class Finding(NamedTuple):
    """Something to say about a file, at a place of it."""

    message: str
    place: Place | None
    used_at: Place | None = None
    """Where a block was called, of which a layer is at fault."""

    @property
    def text(self) -> str:
        """The message, and the line that led to it."""
        return (
            f"{self.message} (used at line {self.used_at.line})" if self.used_at else self.message
        )


class Loaded(NamedTuple):
    """What a file gave: a network, or the reasons why not; and the text, to show places of it."""

    document: Document
    network: Network | None
    problems: list[Finding]
    warnings: list[Finding]


def load_text(data: bytes, name: str, overrides: Overrides | None = None) -> Loaded:
    """The network that a file's text describes, or all that is wrong with it, in file order.

    Raises:
        SpecError: what the overrides set is not there.

    >>> text = b"input: [3, 8, 8]\\nlayers: [{conv: 4, kernel: 3}]"
    >>> load_text(text, "small").problems[0].message
    'kernel is not known here; did you mean kernel_size?'
    """
    return load_document(read(data), name, overrides)


def load_document(
    document: Document,
    name: str,
    overrides: Overrides | None = None,
    memo: Memo | None = None,
) -> Loaded:
    """The network of a text that was read, or all that is wrong with it, in file order.

    Raises:
        SpecError: what the overrides set is not there.

    >>> document = read(b"input: [3, 8, 8]\\nlayers: [relu]")
    >>> load_document(document, "small").network.name
    'small'
    """
    faults = [Finding(_with_fix(fault, document), fault.place) for fault in document.problems]
    if document.fatal:
        return Loaded(document, None, faults, [])
    reading = read_network(document.content, name, overrides, memo)
    problems = [problem for problem in reading.problems if not (faults and problem.absent)]
    wrong = {fault.place for fault in faults}
    findings = [each for each in _findings(document, problems) if each.place not in wrong]
    told = sorted([*faults, *findings], key=_order)
    warnings = sorted(_findings(document, reading.warnings), key=_order)
    return Loaded(document, None if told else reading.network, told, warnings)


def load(path: str | FilePath) -> Network:
    """The network that a file describes.

    Raises:
        SpecError: something is wrong with it; the message tells all of it, a line each.
        OSError: the file cannot be read.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = FilePath(folder, "small.yaml")
    ...     _ = file.write_text("input: [3, 8, 8]\\nlayers: [{conv: 4, kernel_size: 3}]")
    ...     load(file).audit().totals.macs
    3888
    """
    file = FilePath(path)
    with file.open("rb") as opened:
        loaded = load_text(opened.read(LARGEST_FILE + 1), file.stem)
    if loaded.network is None:
        told = "\n".join([f"{file}{_at(finding)}: {finding.text}" for finding in loaded.problems])
        raise SpecError(told)
    return loaded.network


def _with_fix(fault: Problem, document: Document) -> str:
    """The message of a fault of the text, and what was probably meant."""
    braced = fault.place and BRACED.search(document.line(fault.place.line))
    return f"{fault.message}; write ${braced[1]} for {braced[0]}" if braced else fault.message


def _findings(document: Document, problems: list[SpecProblem]) -> list[Finding]:
    wanted = {(problem.path, problem.at_key) for problem in problems}
    wanted |= {(problem.used_by, False) for problem in problems if problem.used_by is not None}
    places = document.places(wanted) if wanted else {}
    return [
        Finding(
            problem.message,
            places.get((problem.path, problem.at_key)),
            None if problem.used_by is None else places.get((problem.used_by, False)),
        )
        for problem in problems
    ]


def _order(finding: Finding) -> tuple[int, int]:
    return (finding.place.line, finding.place.column) if finding.place else (0, 0)


def _at(finding: Finding) -> str:
    return f":{finding.place.line}:{finding.place.column}" if finding.place else ""
