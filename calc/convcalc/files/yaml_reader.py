"""The reader of network files in YAML."""

from __future__ import annotations

import gc
import re
from array import array
from collections.abc import Callable, Mapping
from sys import intern
from typing import Any, BinaryIO

from convcalc.errors import value_text
from convcalc.files import yaml_events as events
from convcalc.files.places import Place, SourceFault, TextFault
from convcalc.files.readers import LARGEST_FILE
from convcalc.files.source_text import SourceText, length_between
from convcalc.files.yaml_document import YamlDocument
from convcalc.files.yaml_events import as_utf8
from convcalc.files.yaml_faults import (
    DEEPEST,
    NOT_YAML,
    TAG,
    TOO_DEEP,
    character_fault,
    syntax_fault,
)
from convcalc.files.yaml_scalars import CONSTANTS, digits, number
from convcalc.layers import Path
from convcalc.records import NamedTuple

MOST_EXPANDED = 1_000_000
MOST_FAULTS = 1_000
LONGEST_SCALAR = 1_000_000

_REMEMBERED = 10_000
_TAG_SEEN = 200
_SURROGATE = re.compile("[\ud800-\udfff]")


def read(stream: BinaryIO, _name: str, _settings: Mapping[str, Any]) -> YamlDocument:
    """The document in a file; see `readers.Reader`. The name and settings change nothing."""
    return read_text(stream.read(LARGEST_FILE + 1))


def read_text(data: bytes) -> YamlDocument:
    """The document in a YAML text. Whatever the bytes are, this never raises.

    >>> read_text(b"{conv: 012, stride: no, padding: 1e3}").content
    {'conv': 12, 'stride': 'no', 'padding': 1000.0}
    >>> read_text(b"a: 1\\na: 2\\n").problems[0].message
    "the key 'a' is given twice, first in line 1"
    """
    if len(data) > LARGEST_FILE:
        return _refused(data, "the file is larger than 64 MiB")
    try:
        text = SourceText(as_utf8(data))
    except UnicodeError:
        return _refused(data, "the file begins as UTF-16 or UTF-32 does, but is not")
    collecting = gc.isenabled()
    gc.disable()  # nothing here is garbage, and looking for some takes as long as the reading
    try:
        return _Reading(text).run()
    finally:
        if collecting:
            gc.enable()


def _refused(data: bytes, message: str) -> YamlDocument:
    return YamlDocument(SourceText(data), None, [SourceFault(message, None)], True, {})


class _UnreadableError(Exception):
    """Ends the reading with a problem."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.problem = SourceFault(message, place)


class _NoPath:
    """Stands where a key would: nothing there can be reached by a path."""


_KEY_NEXT = _NoPath()
_IS_KEY = _NoPath()
_DROPPED = _NoPath()


class _Open:
    """A collection whose end is still to come."""

    __slots__ = (
        "anchor",
        "content",
        "height",
        "key",
        "lines",
        "marks",
        "nodes",
        "start",
        "keeps_marks",
    )

    def __init__(self, content: Any, start: Any, anchor: str | None, nodes: int) -> None:
        self.content = content
        self.start = start
        self.anchor = anchor
        self.nodes = nodes  # read before it began
        self.height = 0  # of the highest collection in it
        self.key: Any = _KEY_NEXT  # of a mapping: the key whose value comes next
        self.lines: dict[str, int] = {}  # of a mapping: where each key was first
        self.marks: array[int] | None = None  # of a sequence: line, column, length of each item
        self.keeps_marks = False  # whether its marks are recorded


class _Anchored(NamedTuple):
    value: Any
    nodes: int
    height: int


class _Reading:
    """One pass over the events that builds the content, without recursion."""

    __slots__ = (
        "anchors",
        "expanded",
        "items",
        "scalars",
        "nodes",
        "open",
        "problems",
        "text",
        "top",
    )

    def __init__(self, text: SourceText) -> None:
        self.text = text
        self.problems: list[TextFault] = []
        self.items: dict[Path, array[int]] = {}
        self.scalars = dict(CONSTANTS)  # what plain scalars mean; also has equal text be one object
        self.anchors: dict[str, _Anchored | None] = {}
        self.nodes = 0
        self.expanded = 0
        self.top = _Open([], None, None, 0)  # the innermost open one; at first, what holds it all
        self.top.marks = array("I")
        self.open: list[_Open] = [self.top]

    def run(self) -> YamlDocument:
        documents = self.top.content
        event = None
        fatal = True
        handlers = self._handlers()
        try:
            for event in events.events(self.text):
                handlers[type(event)](event)
            fatal = False
        except _UnreadableError as stop:
            self.problems.append(stop.problem)
        except events.SyntaxFault as error:
            self.problems.append(syntax_fault(error, self.text, self.top.start))
        except events.CharacterFault as error:
            self.problems.append(character_fault(error, self.text))
        except events.FAULTS:
            self.problems.append(SourceFault(NOT_YAML, self._after(event)))
        self.problems.sort(key=lambda problem: problem.place or (0, 0, 0))
        content = documents[0] if documents and not fatal else None
        return YamlDocument(self.text, content, self.problems, fatal, self.items)

    def _handlers(self) -> dict[type, Callable[[Any], None]]:
        return {
            events.ScalarEvent: self._scalar,
            events.MappingStartEvent: self._mapping,
            events.MappingEndEvent: self._end,
            events.SequenceStartEvent: self._sequence,
            events.SequenceEndEvent: self._end,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._document,
            events.DocumentEndEvent: _pass,
            events.StreamStartEvent: _pass,
            events.StreamEndEvent: _pass,
        }

    def _after(self, event: Any) -> Place:
        return self.text.at(event.end_mark) if event else Place(1, 1, 1)

    def _document(self, event: Any) -> None:
        if self.top.content:
            message = "a second document begins here: one file holds one network"
            raise _UnreadableError(message, self.text.span(event.start_mark, event.end_mark))

    def _scalar(self, event: Any) -> None:
        self.nodes += 1
        value = text = event.value
        if not event.style:
            value = self.scalars.get(text, _DROPPED)
            if value is _DROPPED:
                value = self._plain(text, event)
        if len(text) > LONGEST_SCALAR or not text.isascii():
            self._check_text(event)
        if event.tag is not None or event.anchor is not None:
            self._properties(event, _Anchored(value, 1, 0))
        top = self.top
        if top.key is not _KEY_NEXT:
            if top.key is not _DROPPED:
                top.content[top.key] = value
            top.key = _KEY_NEXT
        elif top.marks is None:
            self._key(value, event, not event.style)
        else:
            self._item(top.marks, value, event)

    def _item(self, marks: array[int], value: Any, event: Any) -> None:
        top = self.top
        start, end = event.start_mark, event.end_mark
        top.content.append(value)
        marks.extend((start.line + 1, start.column + 1, length_between(start, end)))
        if type(value) is not int and type(value) is not float:
            top.keeps_marks = True

    def _key(self, value: Any, event: Any, plain: bool) -> None:
        top = self.top
        top.key = _DROPPED
        if type(value) is not str:
            fault = f"a key must be text, not {_kind(value)}"
            fix = "" if isinstance(value, (list, dict)) else ": put it in quotes"
            self._problem(fault + fix, event)
        elif plain and value == "<<":
            fault = "merge keys (<<) are not allowed: use `blocks` and `defaults` to share settings"
            self._problem(fault, event)
        elif value in top.lines:
            first = top.lines[value]
            self._problem(
                f"the key {value_text(value)} is given twice, first in line {first}", event
            )
        else:
            top.key = key = intern(value)
            top.lines[key] = event.start_mark.line + 1

    def _mapping(self, event: Any) -> None:
        self._begin({}, event)

    def _sequence(self, event: Any) -> None:
        self._begin([], event)
        self.top.marks = array("I")

    def _begin(self, content: Any, event: Any) -> None:
        if len(self.open) > DEEPEST:
            raise self._too_deep(event)
        self._properties(event, None)
        top = self.top
        if top.marks is not None:
            self._item(top.marks, content, event)
            top.marks[-1] = 0
        elif top.key is _KEY_NEXT:
            top.key = _IS_KEY
        elif top.key is not _DROPPED:
            top.content[top.key] = content
        self.top = _Open(content, event.start_mark, event.anchor, self.nodes)
        self.nodes += 1
        self.open.append(self.top)

    def _end(self, event: Any) -> None:
        done = self.top
        if done.keeps_marks and done.marks is not None and (path := self._path()) is not None:
            self.items[path] = done.marks
        self.open.pop()
        self.top = top = self.open[-1]
        height = done.height + 1
        top.height = max(top.height, height)
        if done.anchor is not None:
            nodes = self.nodes - done.nodes
            self.anchors[done.anchor] = _Anchored(done.content, nodes, height)
        if top.marks is not None:
            top.marks[-1] = length_between(done.start, event.end_mark)
        elif top.key is _IS_KEY:
            top.key = _DROPPED
            place = self.text.span(done.start, event.end_mark)
            self._problem_at(f"a key must be text, not {_kind(done.content)}", place)
        else:
            top.key = _KEY_NEXT

    def _path(self) -> Path | None:
        """The path of the innermost open collection, if one leads there."""
        holders = self.open[1:-1]
        steps = [len(one.content) - 1 if one.marks is not None else one.key for one in holders]
        return None if _DROPPED in steps or _IS_KEY in steps else tuple(steps)

    def _alias(self, event: Any) -> None:
        anchored = self._anchored(event)
        self.nodes += anchored.nodes
        self.expanded += anchored.nodes
        if self.expanded > MOST_EXPANDED:
            message = f"the aliases stand for more than {MOST_EXPANDED:,} values"
            raise _UnreadableError(message, self._place(event))
        if len(self.open) - 1 + anchored.height > DEEPEST:
            raise self._too_deep(event)
        top = self.top
        top.height = max(top.height, anchored.height)
        if top.marks is not None:
            self._item(top.marks, anchored.value, event)
            top.keeps_marks = True
        elif top.key is _KEY_NEXT:
            self._key(anchored.value, event, plain=False)
        else:
            if top.key is not _DROPPED:
                top.content[top.key] = anchored.value
            top.key = _KEY_NEXT

    def _anchored(self, event: Any) -> _Anchored:
        name = value_text(event.anchor)
        if event.anchor not in self.anchors:
            message = f"no anchor {name} comes before this alias: quote text that begins with *"
            raise _UnreadableError(message, self._place(event))
        anchored = self.anchors[event.anchor]
        if anchored is None:
            message = f"the alias {name} stands for a value that contains it"
            raise _UnreadableError(message, self._place(event))
        return anchored

    def _plain(self, text: str, event: Any) -> Any:
        """The value of a plain scalar that comes up for the first time."""
        value: Any = text
        if text[0] in "0123456789+-.":
            value = number(text)
            if value is None:
                message = f"a number of {digits(text):,} digits is too long"
                self._problem(message, event)
                return None
        if len(self.scalars) < _REMEMBERED:
            self.scalars[text] = value
        return value

    def _check_text(self, event: Any) -> None:
        if len(event.value) > LONGEST_SCALAR:
            message = f"a text of {len(event.value):,} characters is too long"
            raise _UnreadableError(message, self._place(event))
        if event.style == '"' and _SURROGATE.search(event.value):
            raise _UnreadableError("an escape does not stand for a character", self._place(event))

    def _properties(self, event: Any, anchored: _Anchored | None) -> None:
        if event.tag is not None:
            self._refuse_tag(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = anchored

    def _refuse_tag(self, event: Any) -> None:
        start = event.start_mark
        rest = self.text.line(start.line + 1)[start.column : start.column + _TAG_SEEN]
        tag = re.match(r"(&\S+\s+)?(!\S*)", rest)
        before, length = (tag.start(2), len(tag[2])) if tag else (0, 1)
        place = Place(start.line + 1, start.column + before + 1, length)
        self._problem_at(TAG, place)

    def _too_deep(self, event: Any) -> _UnreadableError:
        return _UnreadableError(TOO_DEEP, self._place(event))

    def _place(self, event: Any) -> Place:
        return self.text.span(event.start_mark, event.end_mark)

    def _problem(self, message: str, event: Any) -> None:
        self._problem_at(message, self._place(event))

    def _problem_at(self, message: str, place: Place) -> None:
        if len(self.problems) == MOST_FAULTS:
            raise _UnreadableError(f"more than {MOST_FAULTS:,} faults: reading ends here", place)
        self.problems.append(SourceFault(message, place))


def _pass(event: Any) -> None:
    """The event says nothing about the content."""


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, list):
        return "a list"
    return "a mapping" if isinstance(value, dict) else "a number"
