"""What is certain to be meant in a network file that is wrong, as edits of its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.findings import Finding
from convcalc.checks.limits import own_findings
from convcalc.checks.rules import EXPECTED_SHAPE, EXPECTED_TOTAL
from convcalc.files.documents import Document
from convcalc.files.loading import FileProblem, load_text, written_path
from convcalc.files.places import Place
from convcalc.files.source_text import SourceText
from convcalc.language.slips import OPERATION_SLIPS, SLIPS
from convcalc.networks import Network
from convcalc.records import NamedTuple

MOST_ROUNDS = 10
"""A fix may bring up what it hid."""

UNKNOWN = re.compile(r"unknown (key|operation) ([\w-]+); did you mean (\w+)\?", re.ASCII)
VALUE = re.compile(r"\[[^\[\]#'\"]*\]|[\w.-]+", re.ASCII)
"""A shape or a number, as it may stand in a line."""


class Edit(NamedTuple):
    """Other words at a place of a file."""

    place: Place
    old: str
    new: str


class Fixed(NamedTuple):
    """A file with its edits."""

    data: bytes
    edits: list[Edit]


def fixed(data: bytes, *, expected: bool = False) -> Fixed:
    """A network file with words of other libraries by their names here.

    Args:
        data: the file.
        expected: whether its `expect` gets the figures of the network too.

    >>> text = b"input: [3, 8, 8]\\nlayers: [{conv2d: 4, kernel: 3}]\\nexpect: {macs: 5}\\n"
    >>> fixed(text, expected=True).data
    b'input: [3, 8, 8]\\nlayers: [{conv: 4, kernel_size: 3}]\\nexpect: {macs: 3888}\\n'
    """
    edits: list[Edit] = []
    for _ in range(MOST_ROUNDS):
        loaded = load_text(data, "network")
        found = list(_renames(loaded.document, loaded.problems))
        if not found and expected and loaded.network is not None:
            found = list(_figures(loaded.document, loaded.network))
        data, done = _edited(data, found)
        if not done:
            break
        edits += done
    return Fixed(data, edits)


def _renames(document: Document, problems: Iterable[FileProblem]) -> Iterator[Edit]:
    """Words that other libraries have for a key or an operation."""
    for each in problems:
        found = UNKNOWN.fullmatch(each.message)
        if found is None or not isinstance(each.place, Place):
            continue
        kind, old, new = found.groups()
        slip = SLIPS.get(old) if kind == "key" else OPERATION_SLIPS.get(old.lower())
        if slip == new and _at(document, each.place).startswith(old):
            yield Edit(each.place, old, new)


def _figures(document: Document, network: Network) -> Iterator[Edit]:
    """The figures that are expected and are not those of the network."""
    rules = (EXPECTED_TOTAL, EXPECTED_SHAPE)
    found = [each for each in own_findings(CheckedNetwork(network)) if each.rule in rules]
    written = {written_path(each.path, document.content): each for each in found}
    places = document.places([(path, False) for path in written])
    for path, each in written.items():
        place = places.get((path, False))
        old = VALUE.match(_at(document, place)) if isinstance(place, Place) else None
        new = _value_text(each)
        if isinstance(place, Place) and old is not None and new:
            yield Edit(place, old[0], new)


def _value_text(finding: Finding) -> str:
    """A figure as network files write it; nothing for one that has no figure."""
    actual: Any = finding.actual
    if isinstance(actual, int):
        return str(actual)
    return f"[{', '.join(map(str, actual))}]" if isinstance(actual, tuple) else ""


def _at(document: Document, place: Place) -> str:
    """The rest of a line from a place on."""
    return document.line(place.line)[place.column - 1 :]


def _edited(data: bytes, edits: Sequence[Edit]) -> tuple[bytes, list[Edit]]:
    """The text with the edits in it, and those that were made."""
    text = SourceText(data)
    pieces: list[bytes] = []
    done: list[Edit] = []
    end = 0
    for each in sorted(edits, key=lambda edit: edit.place):
        old = each.old.encode()
        before = text.line(each.place.line)[: each.place.column - 1].encode()
        start = text.starts[each.place.line - 1] + len(before)
        if start >= end and data.startswith(old, start):
            pieces += [data[end:start], each.new.encode()]
            end = start + len(old)
            done.append(each)
    return b"".join([*pieces, data[end:]]), done
