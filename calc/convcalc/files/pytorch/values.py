"""The values of a recording: those that depend on the input, and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from convcalc.files.graph.learned import whole
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.pytorch.operators.counting import products
from convcalc.files.pytorch.recording import Call

AnyValue: TypeAlias = Tensor | Weight


class Operation:
    """A call with its values: all that a rule for an operation sees.

    Args:
        rows: where rows are made.
        call: the call.
        arguments: its arguments, with values in place of references.
    """

    def __init__(self, rows: Rows, call: Call, arguments: Mapping[str, Any]) -> None:
        self.rows = rows
        self.call = call
        self.arguments = arguments

    @property
    def name(self) -> str:
        """The name of the call, without the mark of one that works in place."""
        return plain_name(self.call.name)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the first output."""
        return self.call.outputs[0].sizes

    def get(self, name: str, default: Any = None) -> Any:
        """An argument."""
        value = self.arguments.get(name)
        return default if value is None else value

    def value(self, name: str = "self") -> AnyValue:
        """An argument that is a value.

        Raises:
            GraphError: it is none.
        """
        value = self.arguments.get(name)
        if not isinstance(value, (Tensor, Weight)):
            raise self.fail(f"{self.call.name} has no value {name}")
        return value

    def tensor(self, name: str = "self") -> Tensor:
        """An argument as a value of a row; a weight becomes one."""
        return as_tensor(self.rows, self.value(name))

    def weights(self, *names: str) -> list[Weight]:
        """The arguments of some names that are weights."""
        found = [self.arguments.get(name) for name in names]
        return [each for each in found if isinstance(each, Weight)]

    @property
    def values(self) -> list[AnyValue]:
        """All arguments that are values."""
        found: list[AnyValue] = []
        for value in self.arguments.values():
            items = value if isinstance(value, list) else [value]
            found += [each for each in items if isinstance(each, (Tensor, Weight))]
        return found

    @property
    def tensors(self) -> list[Tensor]:
        """All arguments that depend on the input, each once."""
        return [*dict.fromkeys(each for each in self.values if isinstance(each, Tensor))]

    @property
    def learned(self) -> list[Weight]:
        """All arguments that are learned."""
        return [each for each in self.values if isinstance(each, Weight) and each.learned]

    def products(self) -> int:
        """The multiply-accumulates of a call that is a product."""
        return products(self.name, lambda name: self.value(name).sizes, self.sizes, self.arguments)

    def fail(self, message: str) -> GraphError:
        """An error at this call, to be raised."""
        return self.rows.fail(message)


def plain_name(name: str) -> str:
    """The name of a call without the mark of one that works in place.

    >>> plain_name("relu_"), plain_name("_softmax")
    ('relu', '_softmax')
    """
    return name[:-1] if name.endswith("_") and not name.endswith("__") else name


def as_tensor(rows: Rows, value: AnyValue) -> Tensor:
    """A value that depends on the input, or a row for a weight."""
    if isinstance(value, Tensor):
        return value
    return whole(rows, value) if value.learned else moved(rows, "Constant", [], value.sizes)
