"""Converts data built in Python to the plain types that a network file contains."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import Any

from convcalc.errors import SpecError, shortened, value_text
from convcalc.language.problems import path_text

DEEPEST = 100
MOST_VALUES = 10_000_000
"""Values that a specification may hold; what is in it twice counts twice."""

SCALARS = frozenset((str, int, float, bool, type(None)))
TEXT = frozenset((str,))
EXACT: dict[type, Callable[[Any], Any]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
}
"""What makes the plain value of a subclass, whatever its methods do."""


def plain(content: Any) -> Any:
    """The content with nothing in it but mappings, lists, texts, numbers, true, false and null.

    What is plain already is not copied.

    Raises:
        SpecError: something else is in it, or it contains itself, or has no end in sight.

    >>> from collections import OrderedDict
    >>> plain(OrderedDict(conv=4)), plain({"conv": (4, 2.5), "bias": True})
    ({'conv': 4}, {'conv': [4, 2.5], 'bias': True})
    >>> plain({"layers": [{"conv": {4}}]})
    Traceback (most recent call last):
    convcalc.errors.SpecError: layers[0].conv: {4} has the type set, which no network can contain
    """
    return _Walk().plain(content)


class _Walk:
    """Goes through a content once, however often its parts are in it."""

    def __init__(self) -> None:
        self.path: list[str | int] = []
        self.open: set[int] = set()
        self.done: dict[int, tuple[Any, int, Any]] = {}
        """What containers came to, and how many values are in each; they are kept, so that their
        identity stays their own."""
        self.values = 0

    def plain(self, value: Any) -> Any:
        kind = type(value)
        self.values += 1
        if kind in SCALARS:
            return value
        if kind is dict and SCALARS.issuperset(map(type, value.values())) and _texts(value):
            self._count(len(value))
            return value  # as most layers are
        if not isinstance(value, (dict, list, tuple)):
            return self._exact(value)
        if id(value) in self.done:
            same, inside, _ = self.done[id(value)]
            self._count(inside)
            return same
        before = self.values
        made = self._container(value)
        self.done[id(value)] = made, self.values - before, value
        return made

    def _exact(self, value: Any) -> Any:
        for kind, exact in EXACT.items():
            if isinstance(value, kind):
                return exact(value)
        found = f"{value_text(value)} has the type {type(value).__name__}"
        raise self._refusal(f"{found}, which no network can contain")

    def _container(self, value: Any) -> Any:
        if id(value) in self.open:
            raise self._refusal("this contains itself")
        if len(self.path) >= DEEPEST:
            raise self._refusal(f"nesting is deeper than {DEEPEST}")
        self._count(len(value))
        self.open.add(id(value))
        made = self._mapping(value) if isinstance(value, dict) else self._list(value)
        self.open.remove(id(value))
        return made

    def _mapping(self, value: dict[Any, Any]) -> dict[Any, Any]:
        made = {}
        for key, item in dict.items(value):
            name = self._key(key)
            top = not self.path and type(name) is str and name.startswith("x-")
            self.path.append(name if isinstance(name, str) else value_text(name))
            made[name] = item if top else self.plain(item)
            self.path.pop()
        same = type(value) is dict and _texts(value)
        same = same and all(map(is_, made.values(), value.values()))
        return value if same else made

    def _key(self, key: Any) -> Any:
        if type(key) in SCALARS:
            return key
        if isinstance(key, str):
            return str.__str__(key)
        raise self._refusal(f"the key {value_text(key)} is not text")

    def _list(self, value: Any) -> list[Any]:
        if type(value) is list and SCALARS.issuperset(map(type, value)):
            return value
        made = []
        for at, item in enumerate((list if isinstance(value, list) else tuple).__iter__(value)):
            self.path.append(at)
            made.append(self.plain(item))
            self.path.pop()
        return value if type(value) is list and all(map(is_, made, value)) else made

    def _count(self, more: int) -> None:
        self.values += more
        if self.values > MOST_VALUES:
            raise self._refusal(f"more than {MOST_VALUES:,} values")

    def _refusal(self, message: str) -> SpecError:
        return SpecError(f"{shortened(path_text(tuple(self.path)))}: {message}")


def _texts(mapping: dict[Any, Any]) -> bool:
    return TEXT.issuperset(map(type, mapping))
