"""The text format of protocol buffers, as far as Caffe's files use it."""

from __future__ import annotations

import re
from typing import Any

from convcalc.errors import shortened
from convcalc.files.graph.rows import GraphError
from convcalc.files.places import Place, SourceFault
from convcalc.files.source_text import SourceText

MOST_BYTES = 2**21
DEEPEST = 100
LARGEST = 2**31 - 1
TOKEN = re.compile(
    rb"""[\s,;]+|\#[^\n]*|(?P<mark>[{}<>:\[\]])|(?P<word>[\w.+-]+)"""
    rb"""|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""",
    re.ASCII,
)
CLOSING = {"{": "}", "<": ">", "[": "]"}
WHOLE = re.compile(r"-?[0-9]+")


class Message:
    """A message: lists of scalars and messages by the names of its fields.

    >>> parsed(SourceText(b"pooling_param { pool: MAX }")).part("pooling_param").word("pool")
    'MAX'
    """

    def __init__(self, text: SourceText, offset: int = 0, length: int = 1) -> None:
        self._text = text
        self._span = offset, length
        self.fields: dict[str, list[Any]] = {}

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
        return [each for each in self.fields.get(name, ()) if not isinstance(each, Scalar)]

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


class Scalar(Message):
    """A value that is no message: a number, a word or a text."""

    def __init__(self, text: SourceText, offset: int, length: int, value: str) -> None:
        super().__init__(text, offset, length)
        self.value = value


class _Open:
    """A message or list whose end is still to come."""

    def __init__(self, message: Message, close: str, key: str | None = None) -> None:
        self.message = message
        self.close = close
        self.key = key
        self.key_at = 0
        self.has_colon = False


def parsed(text: SourceText) -> Message:
    """The message that a text holds.

    Raises:
        GraphError: it is not in the text format, or too large.

    >>> parsed(SourceText(b"dim: 1 dim: [3, 8] # sizes")).numbers("dim")
    [1, 3, 8]
    """
    if len(text.data) > MOST_BYTES:
        raise GraphError(SourceFault("the file is larger than 2 MiB"))
    root = Message(text)
    stack = [_Open(root, "")]
    offset = 0
    while offset < len(text.data):
        token = TOKEN.match(text.data, offset)
        if token is None:
            found = text.data[offset : offset + 1].decode(errors="replace")
            told = "a quote has no end" if found in "'\"" else f"unexpected {found!r}"
            raise Message(text, offset).fail(told)
        offset = token.end()
        if token.lastgroup:
            _take(stack, token, text)
    if len(stack) > 1 or stack[-1].key:
        inner = stack[-1]
        missing = f"the value of {shortened(inner.key)}" if inner.key else inner.close
        raise inner.message.fail(f"the file ends too early: {missing} is missing")
    return root


def _take(stack: list[_Open], token: re.Match[bytes], text: SourceText) -> None:
    """Adds a token to what is open."""
    top, value = stack[-1], token[0].decode(errors="replace")
    here = Scalar(text, token.start(), len(value), value)
    is_list = top.close == "]"
    if value in CLOSING and top.key and (top.has_colon or value != "["):
        if len(stack) > DEEPEST:
            raise here.fail(f"messages are more than {DEEPEST} deep in each other")
        opened = Message(text, top.key_at, len(top.key)) if value != "[" else top.message
        stack.append(_Open(opened, CLOSING[value], top.key if value == "[" else None))
        stack[-1].has_colon = value == "["
        if value != "[":
            top.message.fields.setdefault(top.key, []).append(opened)
        _forget_key(top, is_list=is_list)
    elif value == top.close and (is_list or not top.key):
        stack.pop()
    elif token.lastgroup == "word" and not top.key:
        top.key, top.key_at = value, token.start()
    elif value == ":" and top.key and not top.has_colon:
        top.has_colon = True
    elif token.lastgroup != "mark" and top.key and top.has_colon:
        here.value = value[1:-1] if token.lastgroup == "text" else value
        top.message.fields.setdefault(top.key, []).append(here)
        _forget_key(top, is_list=is_list)
    else:
        raise here.fail(f"unexpected {shortened(value)}")


def _forget_key(top: _Open, *, is_list: bool) -> None:
    """A list has one key for all of its values."""
    if not is_list:
        top.key, top.has_colon = None, False
