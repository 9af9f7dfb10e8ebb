"""The text format of protocol buffers, as far as Caffe's files use it."""

from __future__ import annotations

import re

from convcalc.errors import shortened
from convcalc.files.caffe.message import Message, Scalar
from convcalc.files.graph.rows import GraphError
from convcalc.files.places import SourceFault
from convcalc.files.source_text import SourceText

MOST_BYTES = 2**20
DEEPEST = 100
TOKEN = re.compile(
    rb"""(?:[\s,;]++|\#[^\n]*+)*+(?:(?P<mark>[{}<>:\[\]])|(?P<word>[\w.+-]++)"""
    rb"""|(?P<text>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')|(?P<end>\Z))""",
    re.ASCII,
)
BLANK = re.compile(rb"(?:[\s,;]++|\#[^\n]*+)*+")
CLOSING = {"{": "}", "<": ">", "[": "]"}


class _Open:
    """A message or list whose end is still to come."""

    __slots__ = ("close", "has_colon", "key", "key_at", "message")

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
        raise GraphError(SourceFault("the file is larger than 1 MiB"))
    root = Message(text)
    stack = [_Open(root, "")]
    offset = 0
    while (token := TOKEN.match(text.data, offset)) and token.lastgroup != "end":
        offset = token.end()
        _take(stack, token, text)
    if token is None:
        raise _strange(text, offset)
    if len(stack) > 1 or stack[-1].key:
        inner = stack[-1]
        missing = f"the value of {shortened(inner.key)}" if inner.key else inner.close
        raise inner.message.fail(f"the file ends too early: {missing} is missing")
    return root


def _strange(text: SourceText, offset: int) -> GraphError:
    """The error of what is no token."""
    blank = BLANK.match(text.data, offset)
    at = blank.end() if blank else offset
    found = text.data[at : at + 1].decode(errors="replace")
    return Message(text, at).fail(
        "a quote has no end" if found in "'\"" else f"unexpected {found!r}"
    )


def _take(stack: list[_Open], token: re.Match[bytes], text: SourceText) -> None:
    """Adds a token to what is open."""
    top, kind = stack[-1], token.lastgroup
    value = token[kind or 0].decode(errors="replace")
    is_list = top.close == "]"
    if kind == "word" and not top.key:
        top.key, top.key_at = value, token.start("word")
    elif kind != "mark" and top.key and top.has_colon:
        plain = value[1:-1] if kind == "text" else value
        scalar = Scalar(plain, text, token.start(kind or 0))
        top.message.fields.setdefault(top.key, []).append(scalar)
        _forget_key(top, is_list=is_list)
    elif value == ":" and top.key and not top.has_colon:
        top.has_colon = True
    elif value == top.close and (is_list or not top.key):
        stack.pop()
    elif value in CLOSING and top.key and (top.has_colon or value != "["):
        _open(stack, value, text)
        _forget_key(top, is_list=is_list)
    else:
        told = f"unexpected {shortened(value)}"
        raise Message(text, token.start(kind or 0), len(value)).fail(told)


def _open(stack: list[_Open], value: str, text: SourceText) -> None:
    """Begins a message, or a list, in what is open."""
    top, key = stack[-1], stack[-1].key or ""
    if value == "[":
        stack.append(_Open(top.message, "]", key))
        stack[-1].has_colon = True
        return
    opened = Message(text, top.key_at, len(key))
    if len(stack) > DEEPEST:
        raise opened.fail(f"messages are more than {DEEPEST} deep in each other")
    top.message.fields.setdefault(key, []).append(opened)
    stack.append(_Open(opened, CLOSING[value]))


def _forget_key(top: _Open, *, is_list: bool) -> None:
    """A list has one key for all of its values."""
    if not is_list:
        top.key, top.has_colon = None, False
