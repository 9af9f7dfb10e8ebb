"""Values of a kind in arguments, which may be lists and mappings of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

Found = TypeVar("Found")


def found(kind: type[Found], value: Any) -> Iterator[Found]:
    """The values of a class in an argument, at any depth, in order.

    >>> [*found(str, ["a", {"x": ("b", 1)}])]
    ['a', 'b']
    """
    if type(value) is kind:
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from found(kind, item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from found(kind, item)
