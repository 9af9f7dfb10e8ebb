"""The tensors in what a forward pass returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

DEEPEST = 20
OUTPUT = "output"


def tensors_in(value: Any, kind: type) -> Iterator[tuple[str, Any]]:
    """The tensors in a nest of tuples, lists, mappings and objects, with names.

    Args:
        value: what was returned.
        kind: the class of tensors.

    >>> [*tensors_in({"out": 1, "more": [2, (3, None)]}, int)]
    [('out', 1), ('more.0', 2), ('more.1.0', 3)]
    >>> [*tensors_in(1, int)]
    [('output', 1)]
    """
    for path, tensor in _found(value, kind, (), DEEPEST):
        yield ".".join(path) or OUTPUT, tensor


def _found(
    value: Any, kind: type, path: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, kind):
        yield path, value
    elif depth:
        for name, each in _items(value):
            yield from _found(each, kind, (*path, str(name)), depth - 1)


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return zip(value._fields, value, strict=True)
    if isinstance(value, (list, tuple)):
        return enumerate(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    return vars(value).items() if hasattr(value, "__dict__") else ()
