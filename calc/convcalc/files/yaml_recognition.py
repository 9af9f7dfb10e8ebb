"""Whether a YAML file is meant to be a network: one with a mistake must not pass as another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from convcalc.files.yaml_events import encoding_of
from convcalc.language.steps import BLOCK, TIMES
from convcalc.operations.registry import WORDS

TELLING = ("input", "layers", "layer", "blocks", "budget", "expect")
"""Keys of which a network has two: a typo in one of them must not hide it."""

STEMS = ("input", "layer", "block", "budget", "expect")
LAYER = "layer"
OTHER_WORDS = frozenset({"clock", "expert", "flock", "laser", "later", "lawyer", "lock", "player"})
"""Words that are near one of them by chance."""

LONGEST_KEY = 60
MOST_MARKS = 8
"""Anchors, tags and dashes before a key that are looked past."""
MOST_STEPS = 1_000
BESIDES = ("name", "from", "repeat")
"""Keys that may come before a layer's operation."""

STARTS = re.compile(r"[{,\[]")
"""Behind these a key may begin, besides at the start of a line."""
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
        return _broken_tells(_text(data))
    if not isinstance(content, Mapping):
        return False
    inner = content.values() if b"<<" in data else ()  # merged from there, if that were allowed
    return any(_tells(each) for each in (content, *inner) if isinstance(each, Mapping))


def _tells(content: Mapping[str, Any]) -> bool:
    exact = {key for key in map(_plain, content) if key in TELLING}
    if len(exact) > 1:
        return True
    meant = {_meant(key) for key, value in content.items() if _may_be(_meant(key), value)}
    return (bool(exact) and len(meant) > 1) or any(
        _meant(key) == LAYER and _has_steps(value) for key, value in content.items()
    )


def _may_be(stem: str | None, value: object) -> bool:
    """Whether a value can be that of a telling key: other programs have keys of that name too."""
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


def _two_told(keys: Iterable[str], near: Iterable[str]) -> bool:
    """Whether two keys are telling, or one of them is and another nearly so."""
    exact = {key for key in map(_plain, keys) if key in TELLING}
    if len(exact) != 1:
        return len(exact) > 1
    (own,) = map(_meant, exact)
    return any(_meant(key) not in (None, own) for key in near)


def _plain(key: str) -> str:
    return key.strip(BLANK).lower() if len(key) <= LONGEST_KEY else ""


@lru_cache(1_000)
def _meant(key: str) -> str | None:
    """Which telling key one may be meant to be, plural or not; keys of one's own begin with x-.

    >>> _meant("Inputs"), _meant("lyaers"), _meant("expected"), _meant("x-input"), _meant("jobs")
    ('input', 'layer', 'expect', None, None)
    """
    plain = _plain(key)
    word = "".join(filter(str.isalpha, plain))
    if plain.startswith("x-") or len(word) > max(map(len, STEMS)) + 2:
        return None
    forms = (word, word.removesuffix("s"), word.removesuffix("ed"))
    if OTHER_WORDS & {*forms}:
        return None
    return next((stem for stem in STEMS for form in forms if _alike(stem, form)), None)


def _alike(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two are swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        wrong = [at for at, letter in enumerate(one) if letter != other[at]]
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
        return len(wrong) < 2 or (swapped and sorted(one) == sorted(other))
    shorter, longer = sorted((one, other), key=len)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _has_steps(value: object) -> bool:
    """Whether a value is a list of which half are layers, one with parameters among them."""
    if not isinstance(value, list) or not _has(Mapping, value):
        return False
    seen = value[:MOST_STEPS]
    return 2 * sum(map(_is_step, seen)) >= len(seen)


def _is_step(item: object) -> bool:
    """Whether an item is a word of the language, or a mapping that says one first."""
    if isinstance(item, Mapping):
        return _is_word(next((key for key in item if key not in BESIDES), None))
    return _is_word(item)


def _is_word(item: object) -> bool:
    return isinstance(item, str) and (item.lower() in WORDS or item == BLOCK)


class _Piece(NamedTuple):
    """A part of a text that is no YAML: a key, or an item of a list."""

    word: str
    is_key: bool
    indent: int
    """Where it begins; 0 for one in brackets."""


def _broken_tells(text: str) -> bool:
    """Whether the keys in a text, wherever they stand, are those of a network."""
    keys: set[tuple[str, int]] = set()
    top: int | None = None
    has_steps = False
    for word, is_key, indent in _pieces(text):
        has_steps = has_steps or _is_word(word)
        if is_key:
            top = indent if top is None else min(top, indent)
            if _meant(word):
                keys.add((_plain(word), indent))
    words = {word for word, _ in keys}
    if _two_told(words, [word for word, indent in keys if indent == top]):
        return True
    return has_steps and not words.isdisjoint(("layer", "layers"))


def _pieces(text: str) -> Iterator[_Piece]:
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip(BLANK))
        for part in STARTS.split(line):
            word, is_key = _word(part)
            if word:  # of a telling word, the colon may be what is missing
                yield _Piece(word, is_key or word in TELLING, indent)
            indent = 0


def _word(part: str) -> tuple[str, bool]:
    """The first word of a part without what may stand before it, and whether it is a key."""
    part = part[: LONGEST_KEY * MOST_MARKS].strip(BLANK)
    asked = False
    for _ in range(MOST_MARKS):
        if not part.startswith(("-", "?", "&", "!")):
            break
        mark, _, rest = part.partition(" ")
        asked = asked or mark == "?"
        part = rest.strip(BLANK)
    quote = part[:1]
    if quote in ("'", '"'):
        word, _, rest = part[1:].partition(quote)
        word = ESCAPE.sub(_unescaped, word) if quote == '"' else word
        return word, asked or rest.lstrip(BLANK).startswith(":")
    word, colon, _ = part.partition(":")
    return word.strip(BLANK + "}]"), asked or bool(colon)


def _unescaped(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2] or escape[3], 16)
    return chr(code) if code < 0x110000 else escape[0]


def _text(data: bytes) -> str:
    """The text, read as it may have been meant: UTF-16 without its mark too."""
    encoding = encoding_of(data)
    if encoding is None:
        data, encoding = data.replace(b"\0", b""), "utf-8"
    return data.decode(encoding, errors="replace")
