"""The text of a Darknet file: sections with options, as its own parser takes them apart."""

from __future__ import annotations

import re

from convcalc.difference.source_rows import SourceRow
from convcalc.errors import shortened
from convcalc.files.darknet.keys import OTHER_KEYS
from convcalc.files.graph.rows import GraphError
from convcalc.files.places import Place, SourceFault, TextFault
from convcalc.files.source_text import LINE_END, SourceText
from convcalc.records import NamedTuple

MOST_SECTIONS = 2_000
BLANKS = re.compile(r"[ \t\r\n]")


class Option(NamedTuple):
    """`key=value` on a line."""

    value: str
    place: Place


class Section(NamedTuple):
    """`[word]` and the options after it."""

    word: str
    place: Place
    options: dict[str, Option]


class Sections(NamedTuple):
    """The sections of a file, and what is strange in them."""

    found: list[Section]
    notes: list[TextFault]


def sections_of(text: SourceText) -> Sections:
    """The sections of a text. Blanks count nowhere, and a comment is a line of its own.

    Raises:
        GraphError: an option comes before all sections, or there are too many of them.

    >>> sections_of(SourceText(b"[net]\\n# size\\nwidth = 4 16")).found[0].options["width"].value
    '416'
    """
    found: list[Section] = []
    notes: list[TextFault] = []
    for number, data in enumerate(LINE_END.split(text.data), start=1):
        line = data.decode(errors="replace")
        plain = BLANKS.sub("", line)
        if not plain or plain[0] in "#;":
            continue
        place = _place(number, line)
        if plain[0] == "[":
            found.append(Section(_word(plain, place), place, {}))
            if len(found) > MOST_SECTIONS:
                raise GraphError(
                    SourceFault(f"the file has more than {MOST_SECTIONS:,} sections", place)
                )
        elif not found:
            raise GraphError(SourceFault("an option comes before the first section", place))
        else:
            notes.extend(_with_option(found[-1], plain, place))
    return Sections(found, notes)


def _place(number: int, line: str) -> Place:
    """A line without the blanks around it."""
    return Place(number, len(line) - len(line.lstrip()) + 1, len(line.strip()) or 1)


def _word(plain: str, place: Place) -> str:
    word, bracket, rest = plain[1:].partition("]")
    if bracket and not rest:
        return word
    why = "a comment needs a line of its own" if rest[:1] in ("#", ";") else "not [word]"
    raise GraphError(SourceFault(f"{shortened(plain)} is no section: {why}", place))


def _with_option(section: Section, plain: str, place: Place) -> list[TextFault]:
    """Adds the option of a line; of several with one key Darknet takes the first."""
    key, equals, value = plain.partition("=")
    if not (key and equals and value):
        return [SourceFault(f"{shortened(plain)} is no key=value and left out", place)]
    first = section.options.setdefault(key, Option(value, place))
    if first.place == place or first.value == value or key in OTHER_KEYS:
        return []
    used = f"{shortened(key)}={shortened(first.value)} in line {first.place.line}"
    return [SourceFault(f"{shortened(plain)} is not used: {used} comes first", place)]


READING = ("layers", "from", "share_index")
"""Options that name other layers, which have other numbers after an edit."""


def source_row(number: int, section: Section) -> SourceRow:
    """A section in words.

    >>> option = Option("8", Place(2, 1, 9))
    >>> source_row(3, Section("convolutional", Place(1, 1, 15), {"filters": option})).title
    '3: [convolutional] filters=8'
    """
    options = [(key, f"{key}={option.value}") for key, option in section.options.items()]
    own = sorted([text for key, text in options if key not in READING])
    words = [f"[{section.word}]", *[text for _, text in options]]
    return SourceRow(number, " ".join(words), " ".join(own), section.word)
