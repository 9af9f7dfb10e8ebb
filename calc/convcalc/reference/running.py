"""A network run row by row on real arrays, and what can be seen of that."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from math import isnan
from time import perf_counter
from typing import NamedTuple

import numpy as np

from convcalc.layers import INPUT, AnyLayer
from convcalc.reference.kernel import Call, Kernel, Position
from convcalc.reference.registry import KERNELS
from convcalc.reference.whole_numbers import WholeNumbers, exact_dtype, settle
from convcalc.reference.workspace import Array, Workspace
from convcalc.values import Shape
from convcalc.verification import Values

ROUNDING = 1e-5
"""How far a value may be off where there are roots, exponentials or quotients: float32 has seven
digits."""

SAMPLES = 6
"""Positions to compare, besides the corners."""

HAS_BATCH = 1


class Seen(NamedTuple):
    """What a row did."""

    name: str
    output_shape: Shape
    weights: dict[str, Shape]
    macs: int
    alive: int
    """Elements of all values that are in memory when the row has run."""
    values: Values
    seconds: float


def run(
    rows: Sequence[AnyLayer], shape: Shape, numbers: WholeNumbers, workspace: Workspace
) -> Iterator[Seen]:
    """Runs the rows in order on whole numbers of the shape `(n, c, *spatial)`.

    What a row gives is checked, then made small whole numbers again for those that read it, and
    freed after the last of them.
    """
    return _Run(rows, shape, numbers, workspace).all_rows()


class _Run:
    """The values that are alive, by name; what is in memory, the interpreter is asked."""

    def __init__(
        self, rows: Sequence[AnyLayer], shape: Shape, numbers: WholeNumbers, workspace: Workspace
    ) -> None:
        self.rows, self.numbers, self.workspace = rows, numbers, workspace
        self.last_reader = {name: at for at, row in enumerate(rows) for name in row.inputs}
        self.last_reader[rows[-1].name] = len(rows)
        self.values: dict[str, Array] = {}
        self.owners: list[weakref.ref[Array]] = []
        self._hold(INPUT, numbers.array(shape, np.float32))

    def all_rows(self) -> Iterator[Seen]:
        for at, row in enumerate(self.rows):
            yield self._row(at, row)
            for name in {*row.inputs, row.name}:
                if self.last_reader.get(name, at) <= at:
                    del self.values[name]

    def _row(self, at: int, row: AnyLayer) -> Seen:
        kernel = KERNELS[row.operation.word]
        call = self._call(at, row, kernel)
        before = self.workspace.macs
        result, values, seconds = self._ran(kernel, call)
        output_shape = result.shape[HAS_BATCH:]
        if not kernel.keeps:
            settle(result)
        result = result.astype(np.float32, copy=False)
        self._hold(row.name, result)
        return Seen(
            row.name,
            output_shape,
            {name: weight.shape for name, weight in call.weights.items()},
            self.workspace.macs - before,
            self._alive(),
            values,
            seconds,
        )

    def _call(self, at: int, row: AnyLayer, kernel: Kernel) -> Call:
        inputs = [self.values[name] for name in row.inputs]
        channels = inputs[0].shape[HAS_BATCH]
        added_up = kernel.fan_in(row.operation, channels) if kernel.fan_in else 0
        dtype = exact_dtype(added_up)
        weights = {
            name: self.numbers.array(shape, dtype)
            for name, shape in kernel.weights(row.operation, channels).items()
        }
        out = self._overwritable(at, row) if kernel.in_place else None
        if dtype != np.float32:
            inputs = [values.astype(dtype) for values in inputs]
        return Call(row.operation, inputs, weights, self.workspace, out)

    def _overwritable(self, at: int, row: AnyLayer) -> Array | None:
        """The first input that has the output's shape and whose memory nobody needs later."""
        shape = np.broadcast_shapes(*[self.values[name].shape for name in row.inputs])
        needed = [
            _owner(values)
            for name, values in self.values.items()
            if name == INPUT or self.last_reader[name] > at
        ]
        for name in row.inputs:
            values = self.values[name]
            if values.shape == shape and not any(_owner(values) is each for each in needed):
                return values
        return None

    def _ran(self, kernel: Kernel, call: Call) -> tuple[Array, Values, float]:
        """The result, and how it compares; what is overwritten is read before."""
        if call.out is not None:
            positions = self.numbers.positions(call.out.shape, SAMPLES)
            expected = kernel.definition(call, positions)
            start = perf_counter()
            result = kernel.run(call)
            seconds = perf_counter() - start
        else:
            start = perf_counter()
            result = kernel.run(call)
            seconds = perf_counter() - start
            positions = self.numbers.positions(result.shape, SAMPLES)
            expected = kernel.definition(call, positions)
        allowed = 0 if kernel.exact else ROUNDING
        return result, _compared(result, positions, expected, allowed), seconds

    def _hold(self, name: str, values: Array) -> None:
        self.values[name] = values
        owner = _owner(values)
        if not any(ref() is owner for ref in self.owners):
            self.owners.append(weakref.ref(owner))

    def _alive(self) -> int:
        """Elements of every array that the interpreter has not freed."""
        alive = [owner for ref in self.owners if (owner := ref()) is not None]
        self.owners = [weakref.ref(owner) for owner in alive]
        return sum([owner.size for owner in alive])


def _owner(values: Array) -> Array:
    """The array whose memory a view shows."""
    while isinstance(values.base, np.ndarray):
        values = values.base
    return values


def _compared(
    result: Array, positions: Sequence[Position], expected: Sequence[float], allowed: float
) -> Values:
    deviation, wrong = 0.0, []
    for position, definition in zip(positions, expected, strict=True):
        value = float(result[position])
        if value == definition:
            continue
        difference = abs(value - definition)
        deviation = difference if isnan(difference) else max(deviation, difference)
        if not difference <= allowed * max(1.0, abs(definition)):
            wrong.append((position, definition, value))
    return Values(len(positions), allowed, deviation, tuple(wrong))
