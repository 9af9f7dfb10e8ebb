"""The most memory that the values of a network take at one time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod

from convcalc.layers import AnyLayer, Inputs
from convcalc.operations.base import Operation
from convcalc.values import Shape


def alive_elements(
    rows: Sequence[AnyLayer],
    inputs: Inputs,
    output_shapes: Sequence[Shape],
    outputs: Collection[str],
) -> list[int | None]:
    """How many elements are alive while each row runs, weights aside; None where none runs.

    While a row runs, its inputs and its output are alive together; then every value without a later
    reader is freed. The outputs of the network stay. A row works in place where nobody else reads
    what it overwrites; a view shares the bytes of what it shows. A learned value is a weight, and
    takes none of this memory; nor does what only training runs.

    >>> from convcalc import Conv, MaxPool
    >>> from convcalc.layers import Layer
    >>> rows = [Layer("a", Conv(4, 8, 3)), Layer("b", MaxPool(7), ("a",))]
    >>> alive_elements(rows, {"input": (4, 9, 9)}, [(8, 7, 7), (8, 1, 1)], ["b"])
    [716, 400]
    """
    memory = _Memory(rows, inputs, outputs)
    alive: list[int | None] = []
    for at, (row, shape) in enumerate(zip(rows, output_shapes, strict=True)):
        if row.training:
            alive.append(None)
            continue
        memory.run(at, row, shape)
        alive.append(memory.alive)
        memory.free(at, row)
    return alive


def kept_inputs(
    rows: Sequence[AnyLayer],
    inputs: Inputs,
    output_shapes: Sequence[Shape],
    outputs: Collection[str],
) -> list[bool]:
    """Whether each row's first input stays in memory behind it, for others to read.

    A learned value stays.

    >>> from convcalc import Conv, MaxPool
    >>> from convcalc.layers import Layer
    >>> rows = [Layer("a", Conv(4, 8, 3)), Layer("b", MaxPool(7), ("a",))]
    >>> kept_inputs(rows, {"input": (4, 9, 9)}, [(8, 7, 7), (8, 1, 1)], ["a", "b"])
    [False, True]
    """
    memory = _Memory(rows, inputs, outputs)
    kept: list[bool] = []
    for at, (row, shape) in enumerate(zip(rows, output_shapes, strict=True)):
        if row.training:
            kept.append(False)
            continue
        memory.run(at, row, shape)
        memory.free(at, row)
        buffer = memory.buffer_of[row.inputs[0]] if row.inputs else None
        kept.append(buffer == WEIGHT or buffer in memory.size)
    return kept


def alive_values(
    rows: Sequence[AnyLayer],
    inputs: Inputs,
    output_shapes: Sequence[Shape],
    outputs: Collection[str],
    name: str,
) -> dict[str, int]:
    """The elements of each value that is alive while the row of a name runs.

    A value that others were written over, or that is seen in other shapes, has the first name.

    >>> from convcalc import Conv, MaxPool
    >>> from convcalc.layers import Layer
    >>> rows = [Layer("a", Conv(4, 8, 3)), Layer("b", MaxPool(7), ("a",))]
    >>> alive_values(rows, {"input": (4, 9, 9)}, [(8, 7, 7), (8, 1, 1)], ["b"], "b")
    {'a': 392, 'b': 8}
    """
    memory = _Memory(rows, inputs, outputs)
    for at, (row, shape) in enumerate(zip(rows, output_shapes, strict=True)):
        if row.training:
            continue
        memory.run(at, row, shape)
        if row.name == name:
            break
        memory.free(at, row)
    return dict(memory.size)


WEIGHT = ""
"""The buffer of all learned values: it has no bytes here, and is never overwritten."""


class _Memory:
    """Which buffer holds each value, and until which row each buffer is needed."""

    def __init__(self, rows: Sequence[AnyLayer], inputs: Inputs, outputs: Collection[str]) -> None:
        self.last_reader = {
            name: at for at, row in enumerate(rows) if not row.training for name in row.inputs
        }
        for output in outputs:
            self.last_reader[output] = len(rows)  # it stays to the end
        self.kept = {*inputs, WEIGHT}
        """The buffers that nothing overwrites."""
        self.buffer_of = {name: name for name in inputs}
        self.size = {name: prod(shape) for name, shape in inputs.items()}
        self.needed = {name: self.last_reader.get(name, -1) for name in inputs}
        self.needed[WEIGHT] = len(rows)
        self.shapes = dict(inputs)
        self.alive = sum(self.size.values())

    def run(self, at: int, row: AnyLayer, shape: Shape) -> None:
        """Gives the row's output a buffer: a new one, or one of its inputs'."""
        name, operation = row.name, row.operation
        last = self.last_reader.get(name, at)
        self.shapes[name] = shape
        if operation.is_weight:
            self.buffer_of[name] = WEIGHT
            return
        if operation.in_place or operation.is_view:
            shared = self._shared(at, operation, row.inputs, shape)
            if shared is not None:
                self.buffer_of[name] = shared
                self.needed[shared] = max(self.needed[shared], last)
                return
        self.buffer_of[name] = name
        self.needed[name] = last
        size = self.size[name] = prod(shape)
        self.alive += size

    def free(self, at: int, row: AnyLayer) -> None:
        """Frees what no later row reads."""
        for name in (*row.inputs, row.name):
            buffer = self.buffer_of[name]
            if self.needed[buffer] <= at and buffer in self.size:
                self.alive -= self.size.pop(buffer)

    def _shared(
        self, at: int, operation: Operation, inputs: Sequence[str], shape: Shape
    ) -> str | None:
        """The buffer that a view shows, or that an operation in place may overwrite."""
        if operation.is_view:
            return self.buffer_of[inputs[0]]
        for name in inputs:
            buffer = self.buffer_of[name]
            if buffer not in self.kept and self.needed[buffer] <= at and self.shapes[name] == shape:
                return buffer
        return None
