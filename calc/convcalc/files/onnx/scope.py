"""The values of a graph as far as it has run, and who reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.files.onnx.arrays import constant_of
from convcalc.files.onnx.call import AnyValue
from convcalc.files.onnx.model import Array, Graph, Node


class Names:
    """What the names of a graph stand for before it runs, and what reads them.

    Args:
        nodes: the operations.
        outputs: the names that it gives.
        arrays: its arrays.

    >>> relu = Node("Relu", "", "", ("x",), ("y",), {})
    >>> names = Names([relu], ["y"])
    >>> names.readers("x") == [relu], names.reads("y"), names.reads("z")
    (True, True, False)
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        outputs: Sequence[str],
        arrays: Mapping[str, Array] | None = None,
    ) -> None:
        self.arrays = {name: constant_of(array) for name, array in (arrays or {}).items()}
        self.constants = {
            name: node for node in nodes if node.operator == "Constant" for name in node.outputs
        }
        """The nodes that give constants, by what they give."""
        self._outputs = frozenset(outputs)
        self._readers: dict[str, list[Node]] = {}
        for node in nodes:
            for name in {*node.inputs}:
                self._readers.setdefault(name, []).append(node)
        self._inner = _read_inside(nodes)

    def readers(self, name: str) -> list[Node] | None:
        """The operations that read a value; None if more than operations of this graph do."""
        if name in self._outputs or name in self._inner:
            return None
        return self._readers.get(name, [])

    def reads(self, name: str) -> bool:
        """Whether anything reads a value."""
        return bool(name) and (
            name in self._outputs or name in self._inner or name in self._readers
        )


class Scope:
    """The values of a graph. An inner graph sees those of the graph around it, not the reverse.

    Args:
        names: the names of the graph.
        outer: the scope around it.

    >>> scope = Scope(Names([], [], {"w": Array("w", (2, 3), True, None)}))
    >>> scope.get("w").sizes, scope.get("y")
    ((2, 3), None)
    """

    def __init__(self, names: Names, outer: Scope | None = None) -> None:
        self.names = names
        self._values: dict[str, AnyValue] = {}
        self._outer = outer
        self.sums: set[str] = set()
        """Sums that have been made with the product that they add to."""

    def get(self, name: str) -> AnyValue | None:
        """The value of a name, if it has one yet."""
        found = self._values.get(name) or self.names.arrays.get(name)
        if found is None and self._outer is not None:
            return self._outer.get(name)
        return found

    def put(self, name: str, value: AnyValue) -> None:
        """Gives a name a value."""
        self._values[name] = value

    def has_own(self, name: str) -> bool:
        """Whether a name of this very scope has a value."""
        return name in self._values or name in self.names.arrays


def _read_inside(nodes: Sequence[Node]) -> set[str]:
    """The names that graphs inside operations read."""
    graphs = [each for node in nodes for each in _graphs(node.attributes)]
    found: set[str] = set()
    while graphs:
        graph = graphs.pop()
        found |= {value.name for value in graph.outputs}
        for node in graph.nodes:
            found |= {*node.inputs}
            graphs += _graphs(node.attributes)
    return found


def _graphs(attributes: Mapping[str, object]) -> list[Graph]:
    return [value for value in attributes.values() if isinstance(value, Graph)]
