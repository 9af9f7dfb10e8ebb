"""What network files are made of when they run: values, layers, the names that can be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from campaigns.language_operations import MERGES

COMMON = ("name", "from", "repeat", "each", "first", "if", "weights", "training", "as")
LAYERS, NAMES = ("act", "gate"), ("skip", "other")
"""The arguments of drawn blocks that are layers, and those that are names."""


@dataclass
class Row:
    """A value: what made it, of what, and its tensor."""

    name: str
    word: str
    sources: list["Row"]
    given: dict[str, Any]
    value: Any
    weights: dict[str, Any] = field(default_factory=dict)
    training: bool = False
    flops: int = 0
    owner: str | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.shape[1:])


@dataclass
class Written:
    """A layer as it was run, before it fell into parts."""

    name: str
    word: str
    given: dict[str, Any]
    sources: list[Row]
    rows: list[Row]
    training: bool
    owner: str | None = None


class Frame:
    """Where names are looked up: the top, a round of a block, or the layers of an argument."""

    def __init__(self, prefix: str, variables: dict[str, Any]) -> None:
        self.prefix = prefix
        self.variables = variables
        self.values: dict[str, Row] = {}
        self.counts: dict[str, int] = {}
        self.taken: set[str] = set()
        self.outputs: dict[str, list[tuple[str, Row]]] = {}
        self.inside: dict[str, dict[str, Row]] = {}
        self.spans: dict[str, tuple[int, int]] = {}
        self.arguments: dict[str, tuple[Any, Frame]] = {}
        self.outer: Frame | None = None

    def chain(self) -> Iterator["Frame"]:
        scope: Frame | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


def names_of(items: Any) -> set[str]:
    """The names that a list of layers gives, those of its operands too."""
    found = set()
    for item in items:
        if isinstance(item, dict):
            found |= {item["name"]} if "name" in item else set()
            word = next((key for key in item if key in MERGES), None)
            for operand in item[word] if word and isinstance(item[word], list) else ():
                if isinstance(operand, list):
                    found |= names_of(operand)
                elif isinstance(operand, dict) and "rounds" not in operand:
                    found |= names_of([operand])
    return found


def evaluated(value: Any, variables: dict[str, Any]) -> Any:
    """A value with its expressions worked out, as Python binds them."""
    if isinstance(value, list):
        return [evaluated(each, variables) for each in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    text = re.sub(r"\$(\w+)", r"v['\1']", value)
    found = eval(text, {"v": variables, "min": min, "max": max})  # noqa: S307 - drawn here
    if isinstance(found, bool) and not re.fullmatch(r"v\['\w+'\]", text):
        return int(found)
    return int(found) if isinstance(found, float) and found == int(found) else found
