"""The most memory that the values of a network take at one time."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from convcalc.layers import INPUT, AnyLayer
from convcalc.operations.base import Operation
from convcalc.values import Shape


class Peak(NamedTuple):
    """How many elements are alive when the most are, and the row that runs then."""

    elements: int
    layer: str


def peak_activation(
    rows: Sequence[AnyLayer],
    input_shape: Shape,
    output_shapes: Sequence[Shape],
    output: str | None = None,
) -> Peak:
    """The peak over a run of the rows in order, weights aside.

    While a row runs, its inputs and its output are alive together; then every value without a later
    reader is freed. The network's output stays: that of the row named `output`, or the last one's.
    A row works in place where nobody else reads what it overwrites; a view shares the bytes of what
    it shows.

    >>> from convcalc import Conv
    >>> from convcalc.layers import Layer
    >>> peak_activation([Layer("a", Conv(4, 8, 3))], (4, 9, 9), [(8, 7, 7)])
    Peak(elements=716, layer='a')
    """
    alive = alive_elements(rows, input_shape, output_shapes, output)
    peak = max(alive)
    return Peak(peak, rows[alive.index(peak)].name)


def alive_elements(
    rows: Sequence[AnyLayer],
    input_shape: Shape,
    output_shapes: Sequence[Shape],
    output: str | None = None,
) -> list[int]:
    """How many elements are alive while each row runs, weights aside.

    >>> from convcalc import Conv, MaxPool
    >>> from convcalc.layers import Layer
    >>> rows = [Layer("a", Conv(4, 8, 3)), Layer("b", MaxPool(7), ("a",))]
    >>> alive_elements(rows, (4, 9, 9), [(8, 7, 7), (8, 1, 1)])
    [716, 400]
    """
    memory = _Memory(rows, input_shape, output or rows[-1].name)
    alive = []
    for at, (row, shape) in enumerate(zip(rows, output_shapes, strict=True)):
        memory.run(at, row, shape)
        alive.append(memory.alive)
        memory.free(at, row)
    return alive


class _Memory:
    """Which buffer holds each value, and until which row each buffer is needed."""

    def __init__(self, rows: Sequence[AnyLayer], input_shape: Shape, output: str) -> None:
        self.last_reader = {name: at for at, row in enumerate(rows) for name in row.inputs}
        self.last_reader[output] = len(rows)  # it stays to the end
        self.buffer_of = {INPUT: INPUT}
        self.size = {INPUT: prod(input_shape)}
        self.needed = {INPUT: self.last_reader.get(INPUT, -1)}
        self.shapes = {INPUT: input_shape}
        self.alive = self.size[INPUT]

    def run(self, at: int, row: AnyLayer, shape: Shape) -> None:
        """Gives the row's output a buffer: a new one, or one of its inputs'."""
        name, operation, inputs, _ = row
        last = self.last_reader.get(name, at)
        self.shapes[name] = shape
        if operation.in_place or operation.is_view:
            shared = self._shared(at, operation, inputs, shape)
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
            if buffer != INPUT and self.needed[buffer] <= at and self.shapes[name] == shape:
                return buffer
        return None
