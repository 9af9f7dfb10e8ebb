"""The text of a file: its lines, and places in it that can be pointed at."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import Any

from convcalc.files.places import Place

# The ends of lines as the parsers count them: YAML 1.1's, which are more than 1.2's.
LINE_END = re.compile(rb"\r\n?|\n|\xc2\x85|\xe2\x80[\xa8\xa9]")


class SourceText:
    """A text by its lines, and places in it: what a parser marks, people count from 1."""

    __slots__ = ("_counted", "_last", "_starts", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._starts: array[int] | None = None
        self._counted = (0, 0)  # where characters of a line were last counted to, and how many
        self._last = (0, "")  # a line may be most of the file, and much of it may be wrong

    @property
    def starts(self) -> array[int]:
        """The offsets at which lines start, found when first asked for."""
        if self._starts is None:
            self._starts = array("I", [0])
            self._starts.extend(end.end() for end in LINE_END.finditer(self.data))
        return self._starts

    def line(self, number: int) -> str:
        """A line without its end; empty where there is none."""
        if number != self._last[0]:
            self._last = (number, self._decoded(number))
        return self._last[1]

    def _decoded(self, number: int) -> str:
        starts = self.starts
        if not 1 <= number <= len(starts):
            return ""
        stop = starts[number] if number < len(starts) else len(self.data)
        line = self.data[starts[number - 1] : stop]
        end = LINE_END.search(line)
        return (line[: end.start()] if end else line).decode(errors="replace")

    def to_line_end(self, line: int, column: int) -> int:
        """How many characters there are from a column on, without the comment."""
        rest = self.line(line)[column - 1 :]
        return max(1, len(_without_comment(rest).rstrip()))

    def at(self, mark: Any) -> Place:
        """The single character at a mark; for the end of the text, just after its last line."""
        if not self.is_end(mark):
            return Place(mark.line + 1, mark.column + 1, 1)
        number = min(mark.line + 1, len(self.starts))
        while number > 1 and not self.line(number).strip():
            number -= 1
        return Place(number, len(self.line(number)) + 1, 1)

    def is_end(self, mark: Any) -> bool:
        """Whether nothing is left from the line of the mark on."""
        line: int = mark.line
        return line >= len(self.starts) or self.starts[line] >= len(self.data)

    def character(self, place: Place) -> str:
        """The first character at a place."""
        return self.line(place.line)[place.column - 1 : place.column]

    def span(self, start: Any, end: Any) -> Place:
        """From mark to mark, or to the end of the first line."""
        line, column = start.line + 1, start.column + 1
        length = length_between(start, end) or self.to_line_end(line, column)
        return Place(line, column, length)

    def at_offset(self, offset: int) -> Place:
        """The character that so many bytes lie before."""
        line = bisect_right(self.starts, offset)
        counted, characters = self._counted
        if not self.starts[line - 1] <= counted <= offset:
            counted, characters = self.starts[line - 1], 0
        characters += len(self.data[counted:offset].decode(errors="replace"))
        self._counted = (offset, characters)
        return Place(line, characters + 1, 1)


def _without_comment(text: str) -> str:
    """A line up to a # at its start or behind a space; one before a quote is taken for text."""
    at = text.find("#", max(text.rfind("'"), text.rfind('"')) + 1)
    while at > 0 and not text[at - 1].isspace():
        at = text.find("#", at + 1)
    return text if at < 0 else text[:at]


def length_between(start: Any, end: Any) -> int:
    """Characters from mark to mark; 0 when they are on different lines."""
    if start.line != end.line:
        return 0
    length: int = end.column - start.column
    return max(1, length)
