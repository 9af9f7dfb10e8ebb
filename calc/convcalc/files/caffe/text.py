"""The text format of protocol buffers, as far as Caffe's files use it."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

from convcalc.errors import shortened
from convcalc.files.options import Options
from convcalc.files.places import Place
from convcalc.files.source_text import SourceText

DEEPEST = 100
MOST_FIELDS = 100_000
BLANK = re.compile(rb"(?:[\s,;]|\#[^\n]*)*+")
SCALAR = re.compile(rb"""[\w.+-]++|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'""", re.ASCII)
ENTRY = re.compile(
    rb"%(b)s(?:(?P<name>\w++)%(b)s(?::%(b)s(?:(?P<value>%(s)s)|\[(?P<list>(?:[\s,]|%(s)s)*+)\])"
    rb"|:?%(b)s(?P<opened>[{<]))|(?P<closed>[}>]|\Z))"
    % {b"b": BLANK.pattern, b"s": SCALAR.pattern},
    re.ASCII,
)
CLOSING = {b"{": b"}", b"<": b">"}


class Field(Options):
    """A value, or a message with values and messages by the names of its fields.

    >>> parsed(SourceText(b"dim: 1 dim: [3, 8] # sizes")).numbers("dim")
    [1, 3, 8]
    """

    __slots__ = ("_offset", "_text", "asked", "fields", "is_message", "raw")
    sign = ": "

    def __init__(
        self, text: SourceText, offset: int, raw: str, *, is_message: bool = False
    ) -> None:
        self._text = text
        self._offset = offset
        self.raw = raw
        self.is_message = is_message
        self.fields: dict[str, list[Field]] = {}
        self.asked: Collection[str] = ()
        """The names of fields that were looked for."""

    @property
    def place(self) -> Place:
        """Where the value is; of a message, where its name is."""
        return self._text.at_offset(self._offset)._replace(length=max(len(self.raw), 1))

    def place_of(self, name: str) -> Place:
        """Where the last value of a field is, or this one if it is none of them."""
        return self.fields.get(name, [self])[-1].place

    def parts(self, name: str) -> list[Field]:
        """The messages of a field."""
        return [each for each in self.fields.get(name, ()) if each.is_message]

    def part(self, name: str) -> Field:
        """The message of a field; an empty one if there is none.

        Raises:
            GraphError: there are several, which only some fields may have.
        """
        self._require_one(name)
        self.asked = {*self.asked, name}
        empty = Field(self._text, self._offset, self.raw, is_message=True)
        return (self.parts(name) or [empty])[-1]

    def word(self, name: str, default: str = "") -> str:
        """A value.

        Raises:
            GraphError: there are several, or it is a message.
        """
        self._require_one(name)
        self._require_values(name)
        return super().word(name, default)

    def number(self, name: str, default: int, least: int = 0) -> int:
        """A value as a whole number; errors as of `word` and `numbers`."""
        self._require_one(name)
        return super().number(name, default, least)

    def numbers(self, name: str, least: int = 0) -> list[int]:
        """The values as whole numbers."""
        self._require_values(name)
        return super().numbers(name, least)

    def _require_one(self, name: str) -> None:
        count = len(self.fields.get(name, ()))
        if count > 1:
            raise self.fail(f"{name} is given {count:,} times", name)

    def _require_values(self, name: str) -> None:
        if self.parts(name):
            raise self.fail(f"{name} needs a value, not {{ ... }}", name)

    def values(self, name: str) -> list[str]:
        """The values of a field, without quotes."""
        self.asked = {*self.asked, name}
        raw = [each.raw for each in self.fields.get(name, ()) if not each.is_message]
        return [word[1:-1] if word[0] in "'\"" else word for word in raw]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Whether a field is true."""
        return self.word(name, str(default)).lower() in ("true", "t", "1")


def parsed(text: SourceText) -> Field:
    """The message that a text holds.

    Raises:
        GraphError: the text is not in the format.
    """
    root, end, count = Field(text, 0, "", is_message=True), 0, 0
    stack = [(root, b"")]
    while entry := ENTRY.match(text.data, end):
        message, close = stack[-1]
        if entry["name"]:
            count += _add(entry, text, stack)
            if count > MOST_FIELDS:
                raise message.fail(f"the file has more than {MOST_FIELDS:,} values")
        elif entry["closed"] == close:
            stack.pop()
        elif entry["closed"]:
            break
        else:
            raise message.fail(f"the {close.decode()} of {shortened(message.raw)} is missing")
        if not stack:
            return root
        end = entry.end()
    blank = BLANK.match(text.data, end)
    start = blank.end() if blank else end
    raw = text.data[start : start + 1].decode(errors="replace")
    raise Field(text, start, raw).fail("not a field: write `name: value` or `name { ... }`")


def _add(entry: re.Match[bytes], text: SourceText, stack: list[tuple[Field, bytes]]) -> int:
    """Adds values to the innermost message; a message that begins becomes the innermost one.

    Returns:
        The number of values.
    """
    name = entry["name"].decode()
    values = stack[-1][0].fields.setdefault(name, [])
    if not entry["opened"]:
        found = SCALAR.finditer(text.data, *entry.span("value" if entry["value"] else "list"))
        added = [
            Field(text, each.start(), each[0].decode(errors="replace"))
            for each in islice(found, MOST_FIELDS + 1)
        ]
        values += added
        return len(added)
    message = Field(text, entry.start("name"), name, is_message=True)
    if len(stack) > DEEPEST:
        raise message.fail(f"messages are more than {DEEPEST} deep in each other")
    values.append(message)
    stack.append((message, CLOSING[entry["opened"]]))
    return 1
