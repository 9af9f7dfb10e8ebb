"""One operation of a graph, with what it reads: all that a rule for an operator sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from convcalc.files.graph.learned import whole
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.arrays import Constant, whole_numbers
from convcalc.files.onnx.folding.arguments import axis_of, list_of
from convcalc.files.onnx.model import Node
from convcalc.records import NamedTuple


class Values(NamedTuple):
    """A sequence: several values that are read as one."""

    items: tuple[Tensor | Constant, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """A sequence has no sizes of its own.

        >>> Values(()).sizes
        ()
        """
        return ()


AnyValue: TypeAlias = Tensor | Constant | Values
Outputs: TypeAlias = "AnyValue | Sequence[AnyValue | None]"
Rule: TypeAlias = "Callable[[Call], Outputs]"
"""The rows of one operator, from what a node reads to what it gives."""


class Call:
    """A node with its inputs.

    Args:
        rows: where rows are made.
        node: the node.
        inputs: what it reads; None for what is left out.
        sizes: the sizes of its outputs in the file, where all of them are numbers.
        read: which of its outputs something reads.
        opset: the version of the standard operators.
    """

    def __init__(
        self,
        rows: Rows,
        node: Node,
        inputs: Sequence[AnyValue | None],
        sizes: Mapping[str, tuple[int, ...]] | None = None,
        read: Sequence[bool] = (),
        opset: int = 0,
    ) -> None:
        self.rows = rows
        self.node = node
        self.inputs = inputs
        self.opset = opset
        self._sizes = sizes or {}
        self._read = read

    def with_inputs(self, inputs: Sequence[AnyValue | None]) -> Call:
        """The same node with other inputs."""
        return Call(self.rows, self.node, inputs, self._sizes, self._read, self.opset)

    def has(self, at: int) -> bool:
        """Whether there is an input at a place."""
        return at < len(self.inputs) and self.inputs[at] is not None

    def value(self, at: int) -> Tensor | Constant:
        """An input.

        Raises:
            GraphError: there is no such input, or it is a sequence.
        """
        value = self.inputs[at] if at < len(self.inputs) else None
        if value is None or isinstance(value, Values):
            what = "is a sequence" if value else "is missing"
            raise self.fail(f"input {at + 1} of {self.node.operator} {what}")
        return value

    @property
    def values(self) -> list[Tensor | Constant]:
        """The inputs that are there, without sequences."""
        found = (value for value in self.inputs if value is not None)
        return [value for value in found if not isinstance(value, Values)]

    @property
    def tensors(self) -> list[Tensor]:
        """The inputs that depend on the network's input."""
        found: list[Tensor] = []
        for value in self.inputs:
            items = value.items if isinstance(value, Values) else (value,)
            found += [each for each in items if isinstance(each, Tensor)]
        return found

    def tensor(self, at: int) -> Tensor:
        """An input as a value of the network; a constant becomes a row.

        Raises:
            GraphError: there is no such input.
        """
        value = self.value(at)
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

    def operand(self, at: int) -> Tensor | Weight:
        """An input that is a value or a weight.

        Raises:
            GraphError: there is no such input.
        """
        value = self.value(at)
        return value if isinstance(value, Tensor) else as_weight(value)

    def numbers(self, at: int) -> list[int] | None:
        """The numbers of an input, such as sizes or axes; None if they are not known."""
        return whole_numbers(self.constant(at))

    def list_of(self, at: int, attribute: str) -> list[int] | None:
        """Whole numbers that are an input, or an attribute in older files.

        Raises:
            NotConstantError: they depend on the network's input.
        """
        return list_of(self.node, self.inputs, at, attribute)

    def integer(self, name: str, default: int = 0) -> int:
        """An attribute that is a whole number."""
        return self.node.integer(name, default)

    def axis(self, default: int, rank: int) -> int:
        """The attribute `axis`, counted from the start."""
        return axis_of(self.node.integer("axis", default), rank)

    def sizes(self, output: int = 0) -> tuple[int, ...] | None:
        """The sizes of an output in the file."""
        names = self.node.outputs
        return self._sizes.get(names[output]) if output < len(names) else None

    def is_read(self, output: int) -> bool:
        """Whether something reads an output."""
        return output < len(self._read) and self._read[output]

    def fail(self, message: str) -> GraphError:
        """An error at this node, to be raised."""
        return self.rows.fail(message)


def as_weight(constant: Constant) -> Weight:
    """A constant as a weight.

    >>> as_weight(Constant("w", (2, 3), None, True, {"w": 6})).params
    6
    """
    return Weight(constant.name, constant.sizes, constant.learned)


def as_tensor(rows: Rows, constant: Constant) -> Tensor:
    """A constant as a row of its own.

    >>> rows = Rows()
    >>> _ = rows.input("x", (1, 4), channel_axis=1)
    >>> as_tensor(rows, Constant("mask", (1, 4), None)).sizes
    (1, 4)
    """
    if constant.learned:
        return whole(rows, as_weight(constant))
    return moved(rows, "Constant", [], constant.sizes)
