"""Plain values as YAML that reads well: a collection is on one line where it fits there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from math import isfinite, isnan
from typing import Any

WIDTH = 100
GROUPED = 10**5
"""Whole numbers from here on have underscores."""
LONGEST_KEY = 100
"""Longer keys need a mark of their own: YAML looks for the colon in 1,024 characters."""

PLAIN = re.compile(r"[A-Za-z_$]([\w$.+*/()-]|[ ](?=[\w$.+*/(-]))*", re.ASCII)
"""Text that needs no quotes, wherever it stands."""
WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""What some version of YAML takes for something else than text, in lower case."""
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def yaml_lines(content: Mapping[str, Any], spread: Collection[str] = ()) -> Iterator[str]:
    """The lines of a YAML document.

    Args:
        content: mappings with text for keys, lists, text, numbers, true, false and null.
        spread: keys whose values have a line for each entry, even if they are short.

    >>> layers = [{"conv": 64, "kernel_size": [3, 5], "name": "stem"}, "relu"]
    >>> for line in yaml_lines({"name": "yes", "layers": layers}, ["layers"]):
    ...     print(line)
    name: "yes"
    layers:
      - {conv: 64, kernel_size: [3, 5], name: stem}
      - relu
    """
    yield from _block(content, "", 0, spread)


def flow(value: Any) -> str:
    """A value on one line.

    >>> flow({"conv": 64, "bias": False, "from": None, "eps": 1e-05, "note": "a: b"})
    '{conv: 64, bias: false, from: , eps: 1.0e-05, note: "a: b"}'
    """
    return "".join(_pieces(value))


def _entry(
    head: str, value: Any, indent: int, spread: Collection[str], key: str | None = None
) -> Iterator[str]:
    """A value behind its key, or behind the dash of an item."""
    is_collection = isinstance(value, (Mapping, list, tuple)) and bool(value)
    text = None if key in spread and is_collection else _fitting(value, WIDTH - len(head) - 1)
    if text is not None:
        yield f"{head} {text}"
    elif key is None:
        yield from _block(value, f"{head} ", indent + 2, spread)
    else:
        yield head
        yield from _block(value, " " * (indent + 2), indent + 2, spread)


def _block(value: Any, first: str, indent: int, spread: Collection[str]) -> Iterator[str]:
    """A collection with a line for each entry; `first` is what the first line begins with."""
    lead = first
    if isinstance(value, Mapping):
        for key, item in value.items():
            mark = _key(key)
            if mark == ":":  # the key is on a line of its own
                yield f"{lead}? {_scalar(key)}"
                lead = " " * indent
            yield from _entry(lead + mark, item, indent, spread, key)
            lead = " " * indent
    else:
        for item in value:
            yield from _entry(f"{lead}-", item, indent, spread)
            lead = " " * indent


def _fitting(value: Any, room: int) -> str | None:
    """A value on one line, if it fits there or has no parts that could go to lines of their own."""
    if _is_flat(value):
        return flow(value)
    found, length = [], 0
    for piece in _pieces(value):
        found.append(piece)
        length += len(piece)
        if length > room:
            return None
    return "".join(found)


def _is_flat(value: Any) -> bool:
    """Whether nothing in a value is a collection, but for lists of scalars."""
    if isinstance(value, Mapping):
        return all(_is_scalar(item) or _is_row(item) for item in value.values())
    return _is_scalar(value) or _is_row(value)


def _is_row(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_scalar, value))


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (Mapping, list, tuple))


def _pieces(value: Any) -> Iterator[str]:
    """A value on one line, piece by piece: it may be much too long."""
    if isinstance(value, Mapping):
        before = "{"
        for key, item in value.items():
            mark = _key(key)
            yield f"{before}? {_scalar(key)} : " if mark == ":" else f"{before}{mark} "
            if item is not None:
                yield from _pieces(item)
            before = ", "
        yield "}" if value else "{}"
    elif isinstance(value, (list, tuple)):
        before = "["
        for item in value:
            yield before
            yield from _pieces(item)
            before = ", "
        yield "]" if value else "[]"
    else:
        yield _scalar(value)


def _key(key: str) -> str:
    """A key with its colon; the colon alone if the key is too long to stand before it."""
    text = _scalar(key)
    return f"{text}:" if len(text) <= LONGEST_KEY else ":"


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:_}" if abs(value) >= GROUPED else str(value)
    return _float(value) if isinstance(value, float) else _text(value)


def _float(value: float) -> str:
    if not isfinite(value):
        return ".nan" if isnan(value) else f"{'-' if value < 0 else ''}.inf"
    digits, exponent, power = repr(value).partition("e")
    return f"{digits if '.' in digits else f'{digits}.0'}{exponent}{power}"


def _text(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(letter: str) -> str:
    r"""A character between double quotes, in ASCII; half of a surrogate pair stands for nothing."""
    code = ord(letter)
    if " " <= letter <= "~" or letter in ESCAPES:
        return ESCAPES.get(letter, letter)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    if code <= 0xFFFF:
        return f"\\u{0xFFFD if 0xD800 <= code < 0xE000 else code:04x}"
    return f"\\U{code:08x}"
