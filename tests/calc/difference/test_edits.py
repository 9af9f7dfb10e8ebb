"""Edits of vars, defaults and blocks: each of them, and nothing that is only written otherwise."""

from __future__ import annotations

import random
import time
from copy import deepcopy
from typing import Any

import pytest

from convcalc.difference.edits import ABSENT, MOST_PAIRS, edits

BASE: dict[str, Any] = {
    "vars": {"base": 16, "depth": 2},
    "defaults": {"conv": {"bias": True, "padding": [1, 1]}},
    "blocks": {
        "b": {
            "args": {"out": None, "k": 3},
            "layers": [{"conv": "$out", "kernel_size": "$k"}, "relu", {"max_pool": 2}],
        }
    },
    "layers": [{"conv": 3}],
}


def found(new: Any, old: Any = BASE) -> list[tuple[str, Any, Any]]:
    return [(each.title, each.old, each.new) for each in edits(old, new)]


def changed(*path: Any, to: Any) -> Any:
    new = deepcopy(BASE)
    inner: Any = new
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return new


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (("vars", "base"), 16, 24),
        (("defaults", "conv", "bias"), True, 1),
        (("defaults", "conv", "padding"), [1, 1], [0, 1]),
        (("blocks", "b", "args", "k"), 3, 5),
        (("blocks", "b", "layers", 0, "conv"), "$out", "2 * $out"),
        (("blocks", "b", "layers", 1), "relu", "gelu"),
    ],
)
def test_a_value(path: tuple[Any, ...], old: Any, new: Any) -> None:
    expected = [(".".join(map(str, path)), old, new)]
    if path[-1] == 1:  # another operation is another layer
        expected = [(expected[0][0], old, ABSENT), (expected[0][0], ABSENT, new)]
    assert sorted(map(str, found(changed(*path, to=new)))) == sorted(map(str, expected))


def test_what_is_there_on_one_side_only() -> None:
    new = deepcopy(BASE)
    del new["vars"]["depth"]
    new["blocks"]["c"] = {"layers": ["relu"]}
    new["blocks"]["b"]["layers"].insert(1, "batch_norm")
    assert found(new) == [
        ("vars.depth", 2, ABSENT),
        ("blocks.b.layers.1", ABSENT, "batch_norm"),
        ("blocks.c", ABSENT, {"layers": ["relu"]}),
    ]


@pytest.mark.parametrize(
    "new",
    [
        BASE,
        {**BASE, "layers": [{"conv": 4}], "name": "other"},
        changed("blocks", "b", "layers", 1, to={"relu": None}),
        changed("vars", "base", to=16.0),
        dict(reversed(BASE.items())),
    ],
)
def test_what_is_no_edit(new: Any) -> None:
    assert found(new) == []


@pytest.mark.parametrize("other", [None, [], "text", {"vars": None, "blocks": [], "defaults": 3}])
def test_contents_without_these_parts(other: Any) -> None:
    assert [title for title, _, _ in found(other)] == [title for title, _, _ in found(BASE, other)]


def test_a_list_and_its_own_edits() -> None:
    """Entries that were taken out and put in at random places are found, and no others."""
    chance = random.Random(5)  # noqa: S311
    old = [{"conv": number} for number in range(40)]
    for _ in range(20):
        new = deepcopy(old)
        gone = [new.pop(chance.randrange(len(new))) for _ in range(chance.randrange(4))]
        come = [{"linear": 1000 + number} for number in range(chance.randrange(4))]
        for each in come:
            new.insert(chance.randrange(len(new) + 1), each)
        sides = [{"blocks": {"b": {"layers": layers}}} for layers in (old, new)]
        told = edits(*sides)
        assert [each.new for each in told if each.old is ABSENT] == [
            each for each in new if each in come
        ]
        assert sorted([each.old["conv"] for each in told if each.new is ABSENT]) == sorted(
            [each["conv"] for each in gone]
        )


def test_long_lists_are_quick() -> None:
    number = MOST_PAIRS // 10
    old, new = ([{"conv": at + more} for at in range(number)] for more in (0, 1))
    begun = time.process_time()
    told = edits({"blocks": {"b": {"layers": old}}}, {"blocks": {"b": {"layers": new}}})
    assert len(told) == number
    assert time.process_time() - begun < 2
