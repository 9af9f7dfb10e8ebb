"""Recognizes YAML files that are meant to be networks, also if they have mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from convcalc.files.yaml_events import encoding_of
from convcalc.language.expression_messages import TIMES
from convcalc.language.steps import BLOCK
from convcalc.operations.registry import DECLARATIONS
from convcalc.records import NamedTuple

NETWORK_KEYS = ("input", "layers", "layer", "blocks", "budget", "expect")
"""Keys of network files. A file with two of them is a network, one of them may be misspelled."""

STEMS = ("input", "layer", "block", "budget", "expect")
LAYER = "layer"
UNRELATED_WORDS = frozenset(
    {"clock", "expert", "flock", "laser", "later", "lawyer", "lock", "player"}
)
"""Words that are close to one of the stems by chance."""

LONGEST_KEY = 60
MOST_MARKS = 8
"""Anchors, tags and dashes that are skipped before a key."""
MOST_STEPS = 1_000
BESIDES = ("name", "from", "repeat")
"""Keys that may stand before a layer's operation."""

STARTS = re.compile(r"[{,\[]")
"""Characters that a key may follow, apart from the start of a line."""
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
BLANK = " \t\ufeff"


def is_network(content: Any, data: bytes, *, fatal: bool) -> bool:
    """Whether a text is meant to be a network; one that is not YAML is judged by its lines.

    Args:
        content: what the text holds.
        data: the text.
        fatal: whether the text could not be read to its end.

    >>> is_network({"input": [3], "Layers": ["relu"]}, b"", fatal=False)
    True
    >>> is_network({"services": {}}, b"", fatal=False)
    False
    """
    if fatal or isinstance(content, str):  # without a space behind colons, all is one text
        return _lines_have_network_keys(_text(data))
    if not isinstance(content, Mapping):
        return False
    inner = content.values() if b"<<" in data else ()  # merged from there, if that were allowed
    return any(_has_network_keys(each) for each in (content, *inner) if isinstance(each, Mapping))


def _has_network_keys(content: Mapping[str, Any]) -> bool:
    exact = {key for key in map(_plain, content) if key in NETWORK_KEYS}
    if len(exact) > 1:
        return True
    intended = {_intended(key) for key, value in content.items() if _fits(_intended(key), value)}
    return (bool(exact) and len(intended) > 1) or any(
        _intended(key) == LAYER and _has_layers(value) for key, value in content.items()
    )


def _fits(stem: str | None, value: object) -> bool:
    """Whether a value fits a key of network files; other programs have keys of the same names."""
    match stem:
        case "input":
            sizes = isinstance(value, list) and bool(value) and not _has(Mapping, value)
            return sizes or (isinstance(value, str) and TIMES.fullmatch(value) is not None)
        case "layer":
            return _has((str, Mapping), value if isinstance(value, list) else [value])
        case None:
            return False
        case _:
            return isinstance(value, Mapping)


def _has(kinds: type | tuple[type, ...], items: list[Any]) -> bool:
    return any(isinstance(item, kinds) for item in items)


def _two_network_keys(keys: Iterable[str], near: Iterable[str]) -> bool:
    """Whether two keys are those of a network, one of them possibly misspelled."""
    exact = {key for key in map(_plain, keys) if key in NETWORK_KEYS}
    if len(exact) != 1:
        return len(exact) > 1
    (own,) = map(_intended, exact)
    return any(_intended(key) not in (None, own) for key in near)


def _plain(key: str) -> str:
    return key.strip(BLANK).lower() if len(key) <= LONGEST_KEY else ""


@lru_cache(1_000)
def _intended(key: str) -> str | None:
    """The stem of the key that a key is meant to be, if any; custom keys begin with x-.

    >>> [_intended(key) for key in ("Inputs", "lyaers", "expected", "x-input", "jobs")]
    ['input', 'layer', 'expect', None, None]
    """
    plain = _plain(key)
    word = "".join(filter(str.isalpha, plain))
    if plain.startswith("x-") or len(word) > max(map(len, STEMS)) + 2:
        return None
    forms = (word, word.removesuffix("s"), word.removesuffix("ed"))
    if UNRELATED_WORDS & {*forms}:
        return None
    return next((stem for stem in STEMS for form in forms if _nearly_equal(stem, form)), None)


def _nearly_equal(one: str, other: str) -> bool:
    """Whether words differ by one wrong, missing or extra letter, or by two swapped letters."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        wrong = [at for at, letter in enumerate(one) if letter != other[at]]
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
        return len(wrong) < 2 or (swapped and sorted(one) == sorted(other))
    shorter, longer = sorted((one, other), key=len)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _has_layers(value: object) -> bool:
    """Whether at least half of a list are layers, and one of them is a mapping."""
    if not isinstance(value, list) or not _has(Mapping, value):
        return False
    seen = value[:MOST_STEPS]
    return 2 * sum(map(_is_layer, seen)) >= len(seen)


def _is_layer(item: object) -> bool:
    """Whether an item is the name of an operation or a block, or a mapping that begins with one."""
    if isinstance(item, Mapping):
        return _is_word(next((key for key in item if key not in BESIDES), None))
    return _is_word(item)


def _is_word(item: object) -> bool:
    return isinstance(item, str) and (item.lower() in DECLARATIONS or item == BLOCK)


class _Piece(NamedTuple):
    """A part of a text that is not valid YAML: a key or an item of a list."""

    word: str
    is_key: bool
    indent: int
    """The column at which it begins; 0 for one in brackets."""


def _lines_have_network_keys(text: str) -> bool:
    """Whether the keys in a text, at any depth, are those of a network."""
    keys: set[tuple[str, int]] = set()
    top: int | None = None
    has_layers = False
    for word, is_key, indent in _pieces(text):
        has_layers = has_layers or _is_word(word)
        if is_key:
            top = indent if top is None else min(top, indent)
            if _intended(word):
                keys.add((_plain(word), indent))
    words = {word for word, _ in keys}
    if _two_network_keys(words, [word for word, indent in keys if indent == top]):
        return True
    return has_layers and not words.isdisjoint(("layer", "layers"))


def _pieces(text: str) -> Iterator[_Piece]:
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip(BLANK))
        for part in STARTS.split(line):
            word, is_key = _word(part)
            if word:  # the colon of a key may be missing
                yield _Piece(word, is_key or word in NETWORK_KEYS, indent)
            indent = 0


def _word(part: str) -> tuple[str, bool]:
    """The first word of a part without anchors, tags and dashes, and whether it is a key."""
    part = part[: LONGEST_KEY * MOST_MARKS].strip(BLANK)
    explicit = False
    for _ in range(MOST_MARKS):
        if not part.startswith(("-", "?", "&", "!")):
            break
        mark, _, rest = part.partition(" ")
        explicit = explicit or mark == "?"
        part = rest.strip(BLANK)
    quote = part[:1]
    if quote in ("'", '"'):
        word, _, rest = part[1:].partition(quote)
        word = ESCAPE.sub(_unescaped, word) if quote == '"' else word
        return word, explicit or rest.lstrip(BLANK).startswith(":")
    word, colon, _ = part.partition(":")
    return word.strip(BLANK + "}]"), explicit or bool(colon)


def _unescaped(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2] or escape[3], 16)
    return chr(code) if code < 0x110000 else escape[0]


def _text(data: bytes) -> str:
    """The decoded text; UTF-16 without a byte order mark too."""
    encoding = encoding_of(data)
    if encoding is None:
        data, encoding = data.replace(b"\0", b""), "utf-8"
    return data.decode(encoding, errors="replace")
