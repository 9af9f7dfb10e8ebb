"""Named tuples that are quick to define.

The program starts with some hundred of them. One that `typing` makes compiles the text of every
annotation and of its constructor, which takes about ten times as long as all the rest.

>>> class Size(NamedTuple):
...     height: int
...     width: int = 1
>>> Size(3)._replace(width=2)
Size(height=3, width=2)
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Mapping
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple  # noqa: TID251 - what a type checker sees


class Record(tuple[Any, ...]):
    """What all named tuples have; as in `collections`, leading underscores keep clear of fields."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _field_defaults: Mapping[str, Any] = {}

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        return cls(*values)

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, **changes: Any) -> Self:
        made = type(self)._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"Got unexpected field names: {[*changes]!r}")
        return made

    def __repr__(self) -> str:
        fields = ", ".join([f"{name}={value!r}" for name, value in self._asdict().items()])
        return f"{type(self).__name__}({fields})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


class RecordType(type):
    """Makes a class whose body declares fields a named tuple."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **more: Any) -> type:
        """A subclass of `Record` and of the other bases, such as `Generic`.

        The annotations are names and text, which is what `from __future__ import annotations`
        makes them.
        """
        fields = tuple(body["__annotations__"])
        defaults = {field: body[field] for field in fields if field in body}
        like = _template(len(fields))
        body |= {field: vars(like)[at] for field, at in zip(fields, like._fields, strict=True)}
        body |= {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
        body |= {"__slots__": (), "__new__": _constructor(like, name, fields, defaults)}
        return type(name, (Record, *bases[1:]), body, **more)


@cache
def _template(size: int) -> Any:
    """A named tuple of so many fields, whose constructor needs no more than other names."""
    return namedtuple("_template", [f"field{at}" for at in range(size)])  # noqa: PYI024


def _constructor(
    like: Any, name: str, fields: Iterable[str], defaults: Mapping[str, Any]
) -> FunctionType:
    """The template's, with the names of these fields: to compile one would take twice the time."""
    template = like.__new__
    code = template.__code__.replace(co_varnames=("_cls", *fields))
    made = FunctionType(code, template.__globals__, "__new__", tuple(defaults.values()))
    made.__qualname__ = f"{name}.__new__"
    return made


if not TYPE_CHECKING:
    NamedTuple = type.__new__(RecordType, "NamedTuple", (), {})
