"""The facts of a network: shapes, parameters, MACs and bytes, row by row and in total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple, TypeAlias

from convcalc.facts.memory import peak_activation
from convcalc.facts.totals import Totals
from convcalc.layers import INPUT, AnyLayer
from convcalc.operations.base import FieldMap, Fields, Operation, complete, unchanged
from convcalc.operations.receptive_field import ReceptiveField, merged
from convcalc.values import LARGEST, Shape

DTYPE_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""The number formats, and the bytes that one number takes in each."""

MOST_PHASES_SEEN = 1_000_000
"""Limit on the phases examined in all rows together; receptive fields beyond it are null."""

CONVENTION = (
    "dense multiply-accumulates of convolutions, linear layers and products of activations "
    "(attention); products with padding zeros, and those a transposed convolution crops, count; "
    "bias adds, normalisation, activations and pooling do not; 1 MAC = 2 FLOPs"
)
"""What the MACs of convcalc count, said beside every total."""


class LayerFacts(NamedTuple):
    """One row: the facts of a layer in its place.

    >>> from convcalc import Conv, compare
    >>> compare(Conv(16, 32, 3), (16, 64, 64)).audit.layers[0].weights
    {'weight': (32, 16, 3, 3), 'bias': (32,)}
    """

    name: str
    operation: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    weights: dict[str, Shape]
    params: int
    macs: int | None
    """For the whole batch; None where the convention counts none."""
    receptive_field: tuple[int, ...] | None
    """Network input positions that one output position sees; None for all of them."""


class Audit(NamedTuple):
    """A network's rows and their totals.

    >>> from convcalc import Conv, compare
    >>> facts = compare(Conv(16, 32, 3), (16, 64, 64)).audit
    >>> len(facts.layers), facts.totals.output_shape
    (1, (32, 62, 62))
    """

    layers: tuple[LayerFacts, ...]
    totals: Totals


def audit(
    rows: Sequence[AnyLayer],
    input_shape: Shape,
    *,
    batch: int = 1,
    dtype: str = "float32",
    output: str | None = None,
) -> Audit:
    """Every fact of layers that run in order.

    Args:
        rows: the layers.
        input_shape: `(C, *spatial)` of one input.
        batch: inputs that are processed together.
        dtype: the format of every number.
        output: the row whose output is the network's; the last one if left out.

    Raises:
        SpecError: a layer cannot take the input it gets.

    >>> from convcalc import Conv
    >>> from convcalc.layers import Layer
    >>> audit([Layer("stem", Conv(16, 32, 3, padding=1))], (16, 64, 64)).totals.macs
    18874368
    """
    shapes = {INPUT: input_shape}
    start = (ReceptiveField(),) * (len(input_shape) - 1)
    fields = _Views({INPUT: start})
    counts: Counts = {}
    facts = [_facts(row, shapes, fields, counts, batch) for row in rows]
    params = sum([row.params for row in facts])
    macs = sum([row.macs or 0 for row in facts])
    output_shapes = [row.output_shape for row in facts]
    sizes = _Sizes(batch, DTYPE_BYTES[dtype], params, macs)
    whole = _totals(rows, shapes, output_shapes, sizes, output or rows[-1].name)
    return Audit(tuple(facts), whole)


Count: TypeAlias = tuple[Shape, int | None, dict[str, Shape], int, FieldMap, Operation]
Counts: TypeAlias = dict[tuple[int, tuple[Shape, ...], int], Count]
"""Shape, MACs, weights, params and field map by operation, input and batch: many layers are equal.
The operation is kept too, so that its identity stays its own."""


def totals(
    rows: Sequence[AnyLayer],
    input_shape: Shape,
    *,
    batch: int = 1,
    dtype: str = "float32",
    counts: Counts | None = None,
    output: str | None = None,
) -> Totals:
    """The totals alone, which is quicker than every fact.

    Args:
        rows: the layers that run in order.
        input_shape: `(C, *spatial)` of one input.
        batch: inputs that are processed together.
        dtype: the format of every number.
        counts: the counts of equal layers, shared by several networks.
        output: the row whose output is the network's; the last one if left out.

    Raises:
        SpecError: a layer cannot take the input it gets.

    >>> from convcalc import Conv
    >>> from convcalc.layers import Layer
    >>> totals([Layer("stem", Conv(16, 32, 3, padding=1))], (16, 64, 64)).params
    4640
    """
    counts = {} if counts is None else counts
    shapes = {INPUT: input_shape}
    output_shapes = []
    params = macs = 0
    for name, operation, inputs, _ in rows:
        input_shapes = tuple([shapes[source] for source in inputs])
        count = counts.get((id(operation), input_shapes, batch))
        if count is None:
            count = _count(operation, input_shapes, batch)
            counts[id(operation), input_shapes, batch] = count
        shapes[name] = count[0]
        output_shapes.append(count[0])
        params += count[3]
        macs += count[1] or 0
    sizes = _Sizes(batch, DTYPE_BYTES[dtype], params, macs)
    return _totals(rows, shapes, output_shapes, sizes, output or rows[-1].name)


def _facts(
    row: AnyLayer,
    shapes: dict[str, Shape],
    fields: _Views,
    counts: Counts,
    batch: int,
) -> LayerFacts:
    """The facts of a row, whose shape and field are noted for those who read it."""
    name, operation, inputs, _ = row
    if len(inputs) == 1:
        input_shapes: tuple[Shape, ...] = (shapes[inputs[0]],)
        field = fields[inputs[0]]
    else:
        input_shapes = tuple([shapes[source] for source in inputs])
        field = fields.merged(inputs)
    count = counts.get((id(operation), input_shapes, batch))
    if count is None:
        count = _count(operation, input_shapes, batch)
        counts[id(operation), input_shapes, batch] = count
    output_shape, macs, weights, params, field_map, _ = count
    if field is not None and (len(inputs) == 1 or field_map is not unchanged):
        field = fields.through(operation, field_map, field)
    shapes[name], fields[name] = output_shape, field
    size = None if field is None else _sizes(field)
    word = operation.word
    return LayerFacts(name, word, inputs, input_shapes, output_shape, weights, params, macs, size)


def _count(operation: Operation, input_shapes: tuple[Shape, ...], batch: int) -> Count:
    output_shape, macs = operation.shape_and_macs(input_shapes)
    batch_macs = None if macs is None else macs * batch
    field_map = operation.field_map(input_shapes[0])
    return output_shape, batch_macs, operation.weights, operation.params, field_map, operation


class _Views(dict[str, "Fields | None"]):
    """Receptive fields by row; None where computing one would exceed the limit on phases.

    Upsampling gives a field many phases, and every later row examines each of them.
    """

    __slots__ = ("has_phases", "left")

    def __init__(self, start: Mapping[str, Fields | None]) -> None:
        super().__init__(start)
        self.left = MOST_PHASES_SEEN
        self.has_phases = False

    def through(self, operation: Operation, field_map: FieldMap, field: Fields) -> Fields | None:
        """The field behind an operation."""
        if self.has_phases and not self._spent(_cost(operation, field)):
            return None
        seen = field_map(field)
        if not seen or seen is field:
            return seen
        alike = seen[:1] if seen[0] is seen[-1] is seen[len(seen) // 2] else seen
        for first, last, shift in alike:
            if shift > LARGEST or last[0] - first[0] > LARGEST:  # larger than any input
                return None
            if len(first) > 1:
                self.has_phases = True
                if not self._spent(len(first)):
                    return None
        return seen

    def merged(self, inputs: Sequence[str]) -> Fields | None:
        """The field of several values together."""
        operands = [self[source] for source in inputs]
        most = max([one.phases for field in operands for one in field or ()], default=1)
        return _merged(operands) if most == 1 or self._spent(most * len(inputs)) else None

    def _spent(self, cost: int) -> bool:
        if cost > self.left:
            return False
        self.left -= cost
        return True


def _cost(operation: Operation, fields: Fields) -> int:
    """The phases that are looked at for the field behind an operation."""
    taps = max(getattr(operation, "kernel_size", (1,)))
    numbers = [one.phases for one in fields if one.phases > 1]
    return sum([number * min(taps, 2 * number) for number in numbers])


def _merged(operands: Sequence[Fields | None]) -> Fields | None:
    fields = [field for field in operands if field is not None]
    if len(fields) < len(operands):
        return None
    return complete([merged(one) for one in zip(*fields, strict=True)])


def _sizes(field: Fields) -> tuple[int, ...]:
    if len(field) == 2 and field[0] is field[1]:
        return (field[0].size,) * 2
    return tuple([one.size for one in field])


class _Sizes(NamedTuple):
    batch: int
    number: int
    """The bytes of one number."""
    params: int
    macs: int


def _totals(
    rows: Sequence[AnyLayer],
    shapes: Mapping[str, Shape],
    output_shapes: Sequence[Shape],
    sizes: _Sizes,
    output: str,
) -> Totals:
    value = sizes.number * sizes.batch
    input_bytes = value * prod(shapes[INPUT])
    weight_bytes = sizes.number * sizes.params
    activation_bytes = value * sum(map(prod, output_shapes))
    peak = peak_activation(rows, shapes[INPUT], output_shapes, output)
    return Totals(
        output_shape=shapes[output],
        params=sizes.params,
        macs=sizes.macs,
        flops=2 * sizes.macs,
        input_bytes=input_bytes,
        weight_bytes=weight_bytes,
        activation_bytes=activation_bytes,
        peak_activation_bytes=value * peak.elements,
        peak_layer=peak.layer,
        torchsummary_bytes=input_bytes + 2 * activation_bytes + weight_bytes,
    )
