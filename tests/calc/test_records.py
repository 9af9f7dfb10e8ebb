"""Named tuples of our own are as those of the standard library."""

from __future__ import annotations

import copy
import pickle
import typing
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import pytest

from convcalc.records import NamedTuple

T = TypeVar("T")


class Ours(NamedTuple):
    first: int
    second: str | None = None
    third: Mapping[str, int] = {}

    @property
    def doubled(self) -> int:
        return 2 * self.first


class Theirs(typing.NamedTuple):
    first: int
    second: str | None = None
    third: Mapping[str, int] = {}


class Of(NamedTuple, Generic[T]):
    value: T


DONE: list[Callable[[Any], object]] = [
    lambda kind: tuple(kind(1)),
    lambda kind: tuple(kind(1, third=3)),
    lambda kind: tuple(kind(third=1, second=2, first=3)),
    lambda kind: repr(kind(1, "two")).replace(kind.__name__, ""),
    lambda kind: kind(1)._asdict(),
    lambda kind: tuple(kind(1)._replace(second="two")),
    lambda kind: tuple(kind._make([1, 2, 3])),
    lambda kind: (kind._fields, kind._field_defaults, kind.__match_args__),
    lambda kind: (kind(1) == (1, None, {}), kind(1) < kind(2), hash(kind(1, 2, 3))),
    lambda kind: (kind(7).first, kind(7).second, kind.__annotations__.keys()),
    lambda kind: vars(kind).keys() & {"__dict__"},
]


@pytest.mark.parametrize("do", DONE)
def test_what_both_do(do: Callable[[Any], object]) -> None:
    assert do(Ours) == do(Theirs)


REFUSED: list[Callable[[Any], object]] = [
    lambda kind: kind(),
    lambda kind: kind(1, 2, 3, 4),
    lambda kind: kind(1, fourth=4),
    lambda kind: kind(1, first=1),
    lambda kind: kind(1)._replace(fourth=4),
    lambda kind: kind._make([]),
    lambda kind: setattr(kind(1), "first", 2),
    lambda kind: setattr(kind(1), "fourth", 2),
]


@pytest.mark.parametrize("do", REFUSED)
def test_what_both_refuse(do: Callable[[Any], object]) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError)) as theirs:
        do(Theirs)
    with pytest.raises(theirs.type):
        do(Ours)


def test_a_wrong_call_names_the_class_and_the_field() -> None:
    with pytest.raises(TypeError, match=r"Ours\.__new__\(\) missing .* 'first'"):
        Ours()  # type: ignore[call-arg]


def test_methods_copies_and_bases() -> None:
    made = Ours(1, "two", {"three": 3})
    assert made.doubled == 2
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):  # noqa: S301 - our own
        assert again == made
        assert type(again) is Ours
    assert (Ours.__name__, Ours.__module__) == ("Ours", __name__)
    assert isinstance(made, tuple)
    assert Of[int](3).value == 3
