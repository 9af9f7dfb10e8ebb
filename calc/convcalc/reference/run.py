"""A network run row by row on real arrays, and what can be seen of that."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import inf, isnan, prod
from time import perf_counter

import numpy as np
import numpy.typing as npt

from convcalc.layers import AnyLayer, Inputs
from convcalc.operations.base import Operation
from convcalc.records import NamedTuple
from convcalc.reference.kernel import Call, Kernel, Position
from convcalc.reference.registry import KERNELS
from convcalc.reference.results import Values
from convcalc.reference.whole_numbers import WholeNumbers, exact_dtype, nearly_zero, settle
from convcalc.reference.workspace import Array, Workspace
from convcalc.values import Shape

ROUNDING = 1e-5
"""How far a value may be off where there are roots, exponentials or quotients: float32 has seven
digits."""

SAMPLES = 6
"""Positions to compare, besides the corners."""


class Seen(NamedTuple):
    """What a row did."""

    output_shape: Shape
    weights: dict[str, Shape]
    params: int
    """Numbers in those of its weights that no earlier row has."""
    macs: int
    alive: int
    """Elements of all values that are in memory when the row has run."""
    values: Values | None
    """None for what has no definition."""
    seconds: float


def run(
    rows: Sequence[AnyLayer],
    inputs: Inputs,
    numbers: WholeNumbers,
    workspace: Workspace,
    outputs: Collection[str] = (),
) -> Iterator[Seen]:
    """Runs the rows in order on whole numbers; the shape of each input is `(n, c, *spatial)`.

    The outputs, or that of the last row, are kept to the end.

    What a row gives is checked, then made small whole numbers again for those that read it, and
    freed after the last of them.
    """
    kept = outputs or (rows[-1].name,)
    return _Network(rows, inputs, numbers, workspace, kept).all_rows()


def number_format(kernel: Kernel, operation: Operation, input_shape: Shape) -> npt.DTypeLike:
    """The format in which an operation is run on a first input of `(C, *spatial)`."""
    if kernel.is_double:
        return np.float64
    return exact_dtype(kernel.fan_in(operation, input_shape) if kernel.fan_in else 0)


class _Network:
    """The values that are alive, by name; what is in memory, the interpreter is asked.

    Which memory may be overwritten is reckoned here once more, from what is read later: it is one
    of the things that are proven.
    """

    def __init__(
        self,
        rows: Sequence[AnyLayer],
        inputs: Inputs,
        numbers: WholeNumbers,
        workspace: Workspace,
        outputs: Collection[str],
    ) -> None:
        self.rows, self.numbers, self.workspace = rows, numbers, workspace
        self.last_reader: dict[str, float] = {
            name: at for at, row in enumerate(rows) for name in row.inputs
        }
        self.last_reader.update(dict.fromkeys(outputs, inf))
        self.values: dict[str, Array] = {}
        self.weights: dict[str, Mapping[str, Array]] = {}
        """The weights of rows whose weights others use."""
        self.owners = {row.weights_of for row in rows}
        self.memory = _Memory()
        for name, shape in inputs.items():
            self._hold(name, numbers.array(shape, np.float32), inf)
        self.batch = next(iter(inputs.values()))[0]

    def all_rows(self) -> Iterator[Seen]:
        for at, row in enumerate(self.rows):
            yield self._seen(at, row)
            self.workspace.row_done()
            for name in {*row.inputs, row.name}:
                if self.last_reader.get(name, at) <= at:
                    del self.values[name]

    def _seen(self, at: int, row: AnyLayer) -> Seen:
        kernel = KERNELS[row.operation.word]
        call = self._call(at, row, kernel)
        before = self.workspace.macs
        result, values, seconds = self._run(kernel, call)
        _, *output_shape = result.shape
        result = self._settled(result, kernel)
        until = self.last_reader.get(row.name, at)
        self._hold(row.name, result, until, learned=row.operation.is_weight)
        shapes = {name: weight.shape for name, weight in call.weights.items()}
        shared = self._shared(row)
        own = [shape for name, shape in shapes.items() if not _has(shared, name, shape)]
        params = sum(map(prod, own))
        macs = self.workspace.macs - before
        return Seen(tuple(output_shape), shapes, params, macs, self.memory.alive, values, seconds)

    def _call(self, at: int, row: AnyLayer, kernel: Kernel) -> Call:
        inputs = [self.values[name] for name in row.inputs]
        input_shape = inputs[0].shape[1:] if inputs else ()
        dtype = number_format(kernel, row.operation, input_shape)
        shared = self._shared(row)
        weights = {
            name: shared[name].astype(dtype, copy=False)
            if _has(shared, name, shape)
            else self.numbers.array(shape, dtype)
            for name, shape in kernel.weights(row.operation, input_shape).items()
        }
        if row.name in self.owners:
            self.weights[row.name] = weights
        out = self._overwritable(at, row) if kernel.in_place else None
        if dtype != np.float32:
            inputs = [values.astype(dtype) for values in inputs]
        return Call(row.operation, inputs, weights, self.workspace, out, self.batch)

    def _shared(self, row: AnyLayer) -> Mapping[str, Array]:
        """The weights of another row that it uses."""
        return self.weights.get(row.weights_of or "", {})

    def _overwritable(self, at: int, row: AnyLayer) -> Array | None:
        """The first input that has the output's shape and whose memory nobody needs later."""
        shape = np.broadcast_shapes(*[self.values[name].shape for name in row.inputs])
        for name in row.inputs:
            values = self.values[name]
            if values.shape == shape and self.memory.needed_until(values) <= at:
                return values
        return None

    def _run(self, kernel: Kernel, call: Call) -> tuple[Array, Values | None, float]:
        """The result, and how it compares; what is overwritten is read before."""
        if kernel.definition is None:
            return kernel.run(call), None, 0.0
        positions: list[Position] = []
        expected: list[float] = []
        if call.out is not None:
            positions = self.numbers.positions(call.out.shape, SAMPLES)
            expected = kernel.definition(call, positions)
        start = perf_counter()
        result = kernel.run(call)
        seconds = perf_counter() - start
        if call.out is None:
            positions = self.numbers.positions(result.shape, SAMPLES)
            expected = kernel.definition(call, positions)
        values = _compared(result, positions, expected, 0 if kernel.exact else ROUNDING)
        before = self.workspace.macs
        if kernel.sums_agree and not kernel.sums_agree(call, result):
            values = values._replace(sums_agree=False)
        self.workspace.macs = before  # that was work of the check, not of the layer
        return result, values, seconds

    def _settled(self, result: Array, kernel: Kernel) -> Array:
        """The result as those get it that read it: small whole numbers, not all of them zero."""
        if not kernel.keeps:
            settle(result)
        result = result.astype(np.float32, copy=False)
        is_view = self.memory.knows(result) and not kernel.in_place
        if not is_view and nearly_zero(result):
            result[...] = self.numbers.array(result.shape, np.float32)
        return result

    def _hold(self, name: str, values: Array, until: float, *, learned: bool = False) -> None:
        self.values[name] = values
        self.memory.note(values, inf if learned else until, counts=not learned)


def _has(weights: Mapping[str, Array], name: str, shape: Shape) -> bool:
    """Whether there is a weight of that name and shape; a bias may have another."""
    return name in weights and weights[name].shape == shape


class _Memory:
    """The arrays that own memory, until the interpreter frees them, and how large they are."""

    def __init__(self) -> None:
        self.alive = 0
        self._until: dict[int, float] = {}
        self._owners: dict[int, weakref.ref[Array]] = {}

    def note(self, values: Array, until: float, *, counts: bool = True) -> None:
        """Notes a value that is read until some row; a view is in memory that is known."""
        owner = _owner(values)
        key, size = id(owner), owner.size if counts else 0
        if key not in self._owners:
            self.alive += size
            self._owners[key] = weakref.ref(owner, lambda _: self._freed(key, size))
        self._until[key] = max(self._until.get(key, 0), until)

    def knows(self, values: Array) -> bool:
        """Whether a value is in memory that was noted."""
        return id(_owner(values)) in self._owners

    def needed_until(self, values: Array) -> float:
        """The last row that reads the memory that a value is in."""
        return self._until[id(_owner(values))]

    def _freed(self, key: int, size: int) -> None:
        self.alive -= size
        del self._owners[key], self._until[key]


def _owner(values: Array) -> Array:
    """The array whose memory a view shows."""
    while isinstance(values.base, np.ndarray):
        values = values.base
    return values


def _compared(
    result: Array, positions: Sequence[Position], expected: Sequence[float], allowed: float
) -> Values:
    deviation, wrong = 0.0, []
    for position, defined in zip(positions, expected, strict=True):
        value = float(result[position])
        definition = float(result.dtype.type(defined))  # what is too large for it, is in both
        if value == definition or (isnan(value) and isnan(definition)):
            continue
        difference = abs(value - definition)
        deviation = inf if isnan(difference) else max(deviation, difference)
        if not difference <= allowed * max(1.0, abs(definition)):
            wrong.append((position, definition, value))
    return Values(len(positions), allowed, deviation, tuple(wrong))
