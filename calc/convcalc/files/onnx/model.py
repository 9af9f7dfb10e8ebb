"""What an ONNX file holds, as far as shapes and counts need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.records import NamedTuple

LARGEST = 10**15
"""Values that an array or the output of an operation can have."""


KINDS: Mapping[type[Any], str] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
}


class Array(NamedTuple):
    """Numbers in the file: their sizes, and the numbers themselves where there are few."""

    name: str
    sizes: tuple[int, ...]
    is_float: bool
    values: list[Any] | None


class Value(NamedTuple):
    """A value whose shape may be in the file; an open size is a name, or None."""

    name: str
    sizes: tuple[int | str | None, ...] | None
    is_float: bool


class NodeError(ValueError):
    """A node is not as its operator needs it; the place is known further out."""


class Node(NamedTuple):
    """One operation.

    >>> node = Node("Conv", "", "", ("x", "w"), ("y",), {"group": 2, "pads": [1, 1]})
    >>> node.integer("group", 1), node.integers("pads"), node.text("auto_pad", "NOTSET")
    (2, [1, 1], 'NOTSET')
    """

    operator: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    """Numbers, texts, lists, arrays and graphs; a `Reference` in a function."""

    def integer(self, name: str, default: int) -> int:
        """An attribute that is a whole number.

        Raises:
            NodeError: it is something else.
        """
        return default if (found := self._typed(name, int)) is None else int(found)

    def real(self, name: str, default: float) -> float:
        """An attribute that is a number.

        Raises:
            NodeError: it is something else.
        """
        return default if (found := self._typed(name, float)) is None else float(found)

    def text(self, name: str, default: str) -> str:
        """An attribute that is a text.

        Raises:
            NodeError: it is something else.
        """
        return default if (found := self._typed(name, str)) is None else str(found)

    def integers(self, name: str) -> list[int] | None:
        """An attribute that is a list of whole numbers.

        Raises:
            NodeError: it is something else.
        """
        found = self._typed(name, list)
        if found is not None and not all(isinstance(each, int) for each in found):
            raise NodeError(f"attribute {name} is not a list of whole numbers")
        return None if found is None else list(found)

    def _typed(self, name: str, kind: type[Any]) -> Any:
        found = self.attributes.get(name)
        if found is not None and not isinstance(found, kind):
            raise NodeError(f"attribute {name} is not {KINDS[kind]}")
        return found


class Reference(NamedTuple):
    """An attribute of the function that a node stands in."""

    name: str


class Graph(NamedTuple):
    """Operations in the order they run."""

    name: str
    nodes: list[Node]
    arrays: Mapping[str, Array]
    inputs: list[Value]
    outputs: list[Value]
    shapes: Mapping[str, Value]


class Function(NamedTuple):
    """An operation that the file itself defines by others."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: list[Node]
    defaults: Mapping[str, Any]


class Model(NamedTuple):
    """A whole file."""

    graph: Graph
    opset: int
    producer: str
    functions: Mapping[tuple[str, str], Function]
    has_external_data: bool
