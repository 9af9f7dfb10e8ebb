"""Messages of a Caffe file, and what is in their fields."""

from __future__ import annotations

import re
from typing import NamedTuple

from convcalc.errors import shortened
from convcalc.files.graph.rows import GraphError
from convcalc.files.places import Place, SourceFault
from convcalc.files.source_text import SourceText

LARGEST = 2**31 - 1
WHOLE = re.compile(r"-?[0-9]+")


class Scalar(NamedTuple):
    """A number, a word or a text, and where it is."""

    value: str
    text: SourceText
    offset: int

    @property
    def place(self) -> Place:
        """Where it is, with the quotes of a text."""
        after = self.text.data[self.offset : self.offset + 1]
        length = len(self.value) + 2 * (after in (b"'", b'"'))
        return self.text.at_offset(self.offset)._replace(length=max(length, 1))


class Message:
    """A message: lists of scalars and messages by the names of its fields.

    >>> message = Message(SourceText(b""))
    >>> message.fields["dim"] = [Scalar("3", SourceText(b"dim: 3"), 5)]
    >>> message.numbers("dim")
    [3]
    """

    __slots__ = ("_span", "_text", "fields")

    def __init__(self, text: SourceText, offset: int = 0, length: int = 1) -> None:
        self._text = text
        self._span = offset, length
        self.fields: dict[str, list[Message | Scalar]] = {}

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self._text.at_offset(self._span[0])._replace(length=self._span[1])

    def fail(self, message: str, name: str = "") -> GraphError:
        """An error at a field, or at the message, to be raised."""
        found = self.fields.get(name)
        return GraphError(SourceFault(message, (found[-1] if found else self).place))

    def parts(self, name: str) -> list[Message]:
        """The messages of a field."""
        return [each for each in self.fields.get(name, ()) if isinstance(each, Message)]

    def part(self, name: str) -> Message:
        """The message of a field; an empty one if there is none."""
        return (self.parts(name) or [Message(self._text, *self._span)])[-1]

    def words(self, name: str) -> list[str]:
        """The texts of a field."""
        return [each.value for each in self.fields.get(name, ()) if isinstance(each, Scalar)]

    def word(self, name: str, otherwise: str = "") -> str:
        """The text of a field, of which the last one counts."""
        return (self.words(name) or [otherwise])[-1]

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        """Whether a field is true."""
        return self.word(name, "true" if otherwise else "false").lower() in ("true", "t", "1")

    def numbers(self, name: str, least: int = 0) -> list[int]:
        """The numbers of a field."""
        return [self._whole(name, word, least) for word in self.words(name)]

    def number(self, name: str, otherwise: int, least: int = 0) -> int:
        """The number of a field."""
        return (self.numbers(name, least) or [otherwise])[-1]

    def real(self, name: str, otherwise: float) -> float:
        """The number of a field, which need not be whole."""
        try:
            return float(self.word(name, str(otherwise)).rstrip("fF"))
        except ValueError:
            told = f"{name}: {shortened(self.word(name))} is not a number"
            raise self.fail(told, name) from None

    def _whole(self, name: str, word: str, least: int) -> int:
        if not WHOLE.fullmatch(word):
            raise self.fail(f"{name}: {shortened(word)} is not a whole number", name)
        if len(word) > len(str(LARGEST)) + 1 or abs(int(word)) > LARGEST:
            raise self.fail(f"{name}: {shortened(word)} is too large", name)
        if int(word) < least:
            raise self.fail(f"{name}: {word} is below {least}", name)
        return int(word)
