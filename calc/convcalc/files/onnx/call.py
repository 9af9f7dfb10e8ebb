"""One operation of a graph, with what it reads: all that a rule for an operator sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from convcalc.files.graph.learned import whole
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.constants import Constant, whole_numbers
from convcalc.files.onnx.model import Node

AnyValue: TypeAlias = Tensor | Constant
Outputs: TypeAlias = "AnyValue | list[AnyValue] | list[Tensor]"
Rule: TypeAlias = "Callable[[Call], Outputs]"
"""The rows of one operator, from what a node reads to what it gives."""


class Call:
    """A node with its inputs.

    Args:
        rows: where rows are made.
        node: the node.
        inputs: what it reads; None for what is left out.
        sizes: the sizes that the file tells of its outputs, where all of them are numbers.
    """

    def __init__(
        self,
        rows: Rows,
        node: Node,
        inputs: Sequence[AnyValue | None],
        sizes: Mapping[str, tuple[int, ...]],
    ) -> None:
        self.rows = rows
        self.node = node
        self.inputs = inputs
        self._sizes = sizes

    def has(self, at: int) -> bool:
        """Whether there is an input at a place."""
        return at < len(self.inputs) and self.inputs[at] is not None

    def tensor(self, at: int) -> Tensor:
        """An input as a value; a constant becomes a row.

        Raises:
            GraphError: there is no such input.
        """
        value = self.inputs[at] if self.has(at) else None
        if value is None:
            raise self.fail(f"{self.node.operator} needs {at + 1} inputs")
        return value if isinstance(value, Tensor) else as_tensor(self.rows, value)

    def constant(self, at: int) -> Constant | None:
        """An input that does not depend on the network's input; None if it does."""
        value = self.inputs[at] if self.has(at) else None
        return value if isinstance(value, Constant) else None

    def weight(self, at: int) -> Weight | None:
        """An input as a weight."""
        found = self.constant(at)
        return None if found is None else as_weight(found)

    def weights(self, *places: int) -> list[Weight]:
        """The inputs at some places that are weights."""
        return [weight for weight in map(self.weight, places) if weight is not None]

    def numbers(self, at: int) -> list[int] | None:
        """The numbers of an input, such as sizes or axes; None if they are not known."""
        return whole_numbers(self.constant(at))

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute of the node."""
        value = self.node.attributes.get(name)
        return default if value is None else value

    def axis(self, default: int, rank: int) -> int:
        """The attribute `axis`, counted from the start."""
        at: int = self.attribute("axis", default)
        if not -rank <= at < rank:
            raise self.fail(f"axis {at} is not one of {rank}")
        return at % rank

    def sizes(self, output: int = 0) -> tuple[int, ...] | None:
        """The sizes of an output as the file tells them."""
        names = self.node.outputs
        return self._sizes.get(names[output]) if output < len(names) else None

    def fail(self, message: str) -> GraphError:
        """An error at this node, to be raised."""
        return self.rows.fail(message)


def as_weight(constant: Constant) -> Weight:
    """A constant as a weight."""
    return Weight(constant.name, constant.sizes, constant.learned)


def as_tensor(rows: Rows, constant: Constant) -> Tensor:
    """A constant as a row of its own."""
    if constant.learned:
        return whole(rows, as_weight(constant))
    return moved(rows, "Constant", [], constant.sizes)
