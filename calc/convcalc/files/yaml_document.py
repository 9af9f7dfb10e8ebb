"""YAML text as plain data, with a place for everything that may have to be pointed at."""

from __future__ import annotations

import codecs
import gc
import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from sys import intern
from typing import Any, NamedTuple, TypeAlias

import yaml  # type: ignore[import-untyped]

from convcalc.errors import value_text
from convcalc.files.source_text import Place, Problem, SourceText, length_between
from convcalc.files.yaml_faults import (
    DEEPEST,
    NOT_YAML,
    TAG,
    TOO_DEEP,
    character_problem,
    syntax_problem,
)

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a value; `()` is the document."""

MOST_DIGITS = 100
MOST_EXPANDED = 1_000_000
MOST_PROBLEMS = 1_000
LONGEST_SCALAR = 1_000_000
LARGEST_FILE = 64 * 2**20

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_REMEMBERED = 10_000
_TAG_SEEN = 200

_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + text: float(sign + "inf") for sign in ("", "+", "-") for text in (".inf", ".Inf")},
    **{sign + ".INF": float(sign + "inf") for sign in ("", "+", "-")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_PREFIXED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")

_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Document:
    """What a text holds, and where.

    Attributes:
        content: dict, list, str, int, float, bool and None; None for an empty text. Of a key
            given twice the first value is kept; entries that are refused are left out.
        problems: the faults found while reading, in file order.
        fatal: whether the text could not be read to its end; there is no content then.

    >>> document = read(b"layers:\\n  - {conv: 8}\\n  - relu  # as always\\n")
    >>> document.content, document.line(3)
    ({'layers': [{'conv': 8}, 'relu']}, '  - relu  # as always')
    """

    __slots__ = ("_items", "_text", "content", "fatal", "problems")

    def __init__(
        self,
        text: SourceText,
        content: Any,
        problems: list[Problem],
        fatal: bool,
        items: dict[Path, array[int]],
    ) -> None:
        self.content = content
        self.problems = problems
        self.fatal = fatal
        self._text = text
        self._items = items

    def line(self, number: int) -> str:
        """A line of the source without its end; empty where there is none.

        >>> read(b"a: 1\\r\\nb: 2").line(2)
        'b: 2'
        """
        return self._text.line(number)

    def item_place(self, sequence: Path, index: int) -> Place:
        """The place of an item of a sequence.

        >>> read(b"layers:\\n  - relu\\n  - {conv: 8}").item_place(("layers",), 1)
        Place(line=3, column=5, length=9)
        """
        recorded = self._items.get(sequence)
        if recorded is None:
            recorded = self._items[sequence] = self._recorded_late(sequence)
        if not 0 <= 3 * index < len(recorded):
            item = ((*sequence, index), False)
            return self.places([item])[item]
        line, column, length = recorded[3 * index : 3 * index + 3]
        return Place(line, column, length or self._text.to_line_end(line, column))

    def item_places(self, items: Iterable[Path]) -> dict[Path, Place]:
        """The places of items of sequences by their paths, at most one look at the text for all.

        >>> read(b"layers:\\n  - relu\\n  - {conv: 8}").item_places([("layers", 1)])
        {('layers', 1): Place(line=3, column=5, length=9)}
        """
        found: dict[Path, Place] = {}
        late: list[tuple[Path, bool]] = []
        for item in dict.fromkeys(items):
            if item[:-1] in self._items:
                found[item] = self.item_place(item[:-1], int(item[-1]))
            else:
                late.append((item, False))
        if late:
            found.update({path: place for (path, _), place in self.places(late).items()})
        return found

    def places(self, wanted: Collection[tuple[Path, bool]]) -> dict[tuple[Path, bool], Place]:
        """The places of the values, or with True of their keys, at some paths.

        A path that leads into an alias gets the alias's place, a path that does not exist the
        place of as much of it as does. The text is parsed anew, so ask once for all.

        >>> read(b"a: {b: 64}").places([(("a", "b"), False), (("a", "b"), True)])[("a", "b"), True]
        Place(line=1, column=5, length=1)
        """
        root = _Sought()
        for path, _ in wanted:
            sought = root
            for step in path:
                sought = sought.children.setdefault(step, _Sought())
        _Search(self._text, root).run()
        return {(path, is_key): root.nearest(path, is_key) for path, is_key in wanted}

    def _recorded_late(self, sequence: Path) -> array[int]:
        """Item places of a sequence of numbers or behind an alias, which reading did not note."""
        value = self.content
        for step in sequence:
            try:
                value = value[step]
            except (LookupError, TypeError):
                return array("I")
        items = value if isinstance(value, list) else ()
        wanted = [((*sequence, index), False) for index, _ in enumerate(items)]
        found = self.places(wanted) if wanted else {}
        return array("I", [number for item in wanted for number in found[item]])


def read(data: bytes) -> Document:
    """The document in a YAML text. Whatever the bytes are, this never raises.

    >>> read(b"{conv: 012, stride: no, padding: 1e3}").content
    {'conv': 12, 'stride': 'no', 'padding': 1000.0}
    >>> read(b"a: 1\\na: 2\\n").problems[0].message
    "the key 'a' is given twice, first in line 1"
    """
    if len(data) > LARGEST_FILE:
        return _refused("the file is larger than 64 MiB")
    try:
        text = SourceText(_as_utf8(data))
    except UnicodeError:
        return _refused("the file begins as UTF-16 or UTF-32 does, but is not")
    collecting = gc.isenabled()
    gc.disable()  # nothing here is garbage, and looking for some takes as long as the reading
    try:
        return _Reading(text).run()
    finally:
        if collecting:
            gc.enable()


def _refused(message: str) -> Document:
    return Document(SourceText(b""), None, [Problem(message, None)], True, {})


def encoding_of(data: bytes) -> str | None:
    """The encoding that a text's byte order mark tells; None is UTF-8, with a mark or without.

    >>> encoding_of("input: [3]".encode("utf-16")), encoding_of(b"input: [3]")
    ('utf-16', None)
    """
    return next((encoding for mark, encoding in _ENCODINGS if data.startswith(mark)), None)


def _as_utf8(data: bytes) -> bytes:
    encoding = encoding_of(data)
    return data.decode(encoding).encode() if encoding else data.removeprefix(codecs.BOM_UTF8)


def _events(text: SourceText) -> Iterator[Any]:
    events: Iterator[Any] = yaml.parse(text.data, Loader=_LOADER)
    return events


class _UnreadableError(Exception):
    """Ends the reading with a problem."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.problem = Problem(message, place)


class _NoPath:
    """Stands where a key would: nothing there can be reached by a path."""


_KEY_NEXT = _NoPath()
_IS_KEY = _NoPath()
_DROPPED = _NoPath()


class _Open:
    """A collection whose end is still to come."""

    __slots__ = ("anchor", "content", "height", "key", "lines", "marks", "nodes", "start", "told")

    def __init__(self, content: Any, start: Any, anchor: str | None, nodes: int) -> None:
        self.content = content
        self.start = start
        self.anchor = anchor
        self.nodes = nodes  # read before it began
        self.height = 0  # of the highest collection in it
        self.key: Any = _KEY_NEXT  # of a mapping: the key whose value comes next
        self.lines: dict[str, int] = {}  # of a mapping: where each key was first
        self.marks: array[int] | None = None  # of a sequence: line, column, length of each item
        self.told = False  # whether the marks are worth keeping


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
        "known",
        "nodes",
        "open",
        "problems",
        "text",
        "top",
    )

    def __init__(self, text: SourceText) -> None:
        self.text = text
        self.problems: list[Problem] = []
        self.items: dict[Path, array[int]] = {}
        self.known = dict(_CONSTANTS)  # what plain scalars mean; also has equal text be one object
        self.anchors: dict[str, _Anchored | None] = {}
        self.nodes = 0
        self.expanded = 0
        self.top = _Open([], None, None, 0)  # the innermost open one; at first, what holds it all
        self.top.marks = array("I")
        self.open: list[_Open] = [self.top]

    def run(self) -> Document:
        documents = self.top.content
        event = None
        fatal = True
        handlers = self._handlers()
        try:
            for event in _events(self.text):
                handlers[type(event)](event)
            fatal = False
        except _UnreadableError as stop:
            self.problems.append(stop.problem)
        except yaml.MarkedYAMLError as error:
            self.problems.append(syntax_problem(error, self.text, self.top.start))
        except yaml.reader.ReaderError as error:
            self.problems.append(character_problem(error, self.text))
        except (yaml.YAMLError, ValueError, OverflowError):  # the latter two: the pure parser's
            self.problems.append(Problem(NOT_YAML, self._after(event)))
        self.problems.sort(key=lambda problem: problem.place or (0, 0, 0))
        content = documents[0] if documents and not fatal else None
        return Document(self.text, content, self.problems, fatal, self.items)

    def _handlers(self) -> dict[type, Callable[[Any], None]]:
        return {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._mapping,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceStartEvent: self._sequence,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
            yaml.DocumentEndEvent: _pass,
            yaml.StreamStartEvent: _pass,
            yaml.StreamEndEvent: _pass,
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
            value = self.known.get(text, _DROPPED)
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
            top.told = True

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
        if done.told and done.marks is not None and (path := self._path()) is not None:
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
            top.told = True
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
        """What a plain scalar that was not met before means."""
        value: Any = text
        if text[0] in "0123456789+-.":
            value = _number(text)
            if value is None:
                message = f"a number of {_digits(text):,} digits is too long"
                self._problem(message, event)
                return None
        if len(self.known) < _REMEMBERED:
            self.known[text] = value
        return value

    def _check_text(self, event: Any) -> None:
        if len(event.value) > LONGEST_SCALAR:
            message = f"a text of {len(event.value):,} characters is too long"
            raise _UnreadableError(message, self._place(event))
        if event.style == '"' and _SURROGATE.search(event.value):
            raise _UnreadableError("an escape stands for no character", self._place(event))

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
        if len(self.problems) == MOST_PROBLEMS:
            raise _UnreadableError(f"more than {MOST_PROBLEMS:,} faults: reading ends here", place)
        self.problems.append(Problem(message, place))


def _pass(event: Any) -> None:
    """The event says nothing about the content."""


def _number(text: str) -> str | int | float | None:
    """What a plain scalar that begins like a number means; None is a number too long to tell."""
    decimal = _DECIMAL.fullmatch(text)
    prefixed = None if decimal else _PREFIXED.fullmatch(text)
    if not decimal and not prefixed and not _FLOAT.fullmatch(text):
        return text
    if len(text) > MOST_DIGITS and _digits(text) > MOST_DIGITS:
        return None
    if decimal:
        return int(text)
    return int(text, 0) if prefixed else float(text)


def _digits(text: str) -> int:
    return len(text) - 2 if text[1:2] in ("x", "o") else sum(map(text.count, "0123456789"))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, list):
        return "a list"
    return "a mapping" if isinstance(value, dict) else "a number"


class _Sought:
    """A value that is looked for, or one on the way to it."""

    __slots__ = ("children", "key_place", "place")

    def __init__(self) -> None:
        self.children: dict[str | int, _Sought] = {}
        self.place: Place | None = None
        self.key_place: Place | None = None

    def nearest(self, path: Path, is_key: bool) -> Place:
        """The place of the path, else of the longest part of it that exists."""
        sought, place = self, self.place or Place(1, 1, 1)
        for step in path:
            sought = sought.children[step]
            if sought.place is None:
                return place
            place = sought.place
        return sought.key_place or place if is_key else place


class _Level:
    """An open collection that is looked for or leads to what is."""

    __slots__ = ("index", "key", "left", "sought", "start")

    def __init__(self, sought: _Sought, event: Any) -> None:
        self.sought = sought
        self.start = event.start_mark
        self.left = dict(sought.children)  # of a key given twice only the first counts
        self.index = 0 if isinstance(event, yaml.SequenceStartEvent) else None
        self.key: Any = _KEY_NEXT

    def step(self, event: Any, text: SourceText) -> _Sought | None:
        """What is sought at the event, which is an item, a key or a value."""
        if self.index is not None:
            self.index += 1
            return self.left.get(self.index - 1)
        if self.key is not _KEY_NEXT:
            key, self.key = self.key, _KEY_NEXT
            return self.left.pop(key, None)
        self.key = _key_of(event)
        if self.key in self.left:
            self.left[self.key].key_place = text.span(event.start_mark, event.end_mark)
        return None


def _key_of(event: Any) -> str | None:
    if not isinstance(event, yaml.ScalarEvent):
        return None
    text: str = event.value
    if event.style:
        return text
    number = text in _CONSTANTS or (text[0] in "0123456789+-." and _number(text) != text)
    return None if number or text == "<<" else text


class _Search:
    """One pass over the events that finds places."""

    __slots__ = ("levels", "root", "skipped", "text")

    def __init__(self, text: SourceText, root: _Sought) -> None:
        self.text = text
        self.root = root
        self.levels: list[_Level] = []
        self.skipped = 0  # open collections within one that is of no interest

    def run(self) -> None:
        try:
            for event in _events(self.text):
                self._see(event)
        except (yaml.YAMLError, ValueError, OverflowError):
            return  # what was found before the fault will do

    def _see(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.NodeEvent):
            begins = isinstance(event, yaml.CollectionStartEvent)
            if self.skipped:
                self.skipped += begins
            else:
                self._node(event, begins)

    def _end(self, event: Any) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        level = self.levels.pop()
        level.sought.place = self.text.span(level.start, event.end_mark)

    def _node(self, event: Any, begins: bool) -> None:
        sought = self.levels[-1].step(event, self.text) if self.levels else self.root
        if sought is None:
            self.skipped = int(begins)
            return
        sought.place = self.text.span(event.start_mark, event.end_mark)
        if begins:
            self.levels.append(_Level(sought, event))
