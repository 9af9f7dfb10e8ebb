"""The facts of a network: shapes, parameters, MACs and bytes, row by row and in total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from math import prod
from typing import TypeAlias

from convcalc.display import displayed
from convcalc.facts.memory import alive_elements
from convcalc.facts.receptive_fields import Views
from convcalc.facts.totals import Totals, Unknown
from convcalc.layers import AnyLayer, Inputs, named_inputs, own_weights
from convcalc.operations.base import FieldMap, Operation, unchanged
from convcalc.operations.opaque import Opaque
from convcalc.records import NamedTuple
from convcalc.values import Shape
from convcalc.wording import counted

DTYPE_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""The number formats, and the bytes that one number takes in each."""

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
    params: int | None
    """Those that no earlier row has; None where they are not known."""
    macs: int | None
    """For the whole batch; None where the convention counts none, or where they are not known."""
    receptive_field: tuple[int, ...] | None
    """Network input positions that one output position sees; None for all of them."""
    receptive_field_step: tuple[int | float, ...] | None
    """Input positions from one output to the next."""
    receptive_field_offset: tuple[int, ...] | None
    """The first input position that the first output sees."""
    global_context: bool
    """Whether a norm or a pooled gate adds what all positions tell, left out of the field."""
    alive_bytes: int | None
    """All values in memory while the row runs; None for a row that only training runs."""
    weight_bytes: int | None
    """The bytes of `params`."""
    weights_of: str | None = None
    """The row whose weights it uses."""
    training: bool = False
    """Whether only training runs it."""
    unknown: tuple[str, ...] = ()
    """Which of its figures are not known: `params`, `macs`."""
    title: str | None = None
    """What an operation without a rule is called."""


@displayed
class Audit(NamedTuple):
    """A network's rows and their totals; `print` shows the table of `convcalc audit`.

    >>> from convcalc import Conv, compare
    >>> facts = compare(Conv(16, 32, 3), (16, 64, 64)).audit
    >>> len(facts.layers), facts.totals.output_shape
    (1, (32, 62, 62))
    >>> facts
    <Audit of 1 layer: 4,640 params, 17,713,152 MACs>
    """

    layers: tuple[LayerFacts, ...]
    totals: Totals
    rows: tuple[AnyLayer, ...]
    """The layers whose facts these are, in the same order."""

    def __repr__(self) -> str:
        return f"<Audit of {counted(len(self.layers), 'layer')}: {self.totals.counts_text}>"


def audit(
    rows: Sequence[AnyLayer],
    inputs: Shape | Inputs,
    *,
    batch: int = 1,
    dtype: str = "float32",
    outputs: Mapping[str, str] | None = None,
) -> Audit:
    """Every fact of layers that run in order.

    Args:
        rows: the layers.
        inputs: `(C, *spatial)` of the input, or of each input by its name.
        batch: inputs that are processed together.
        dtype: the format of every number.
        outputs: the rows whose outputs are the network's, by their titles; the last row if left
            out.

    Raises:
        SpecError: a layer cannot take the input it gets.

    >>> from convcalc import Conv
    >>> from convcalc.layers import Layer
    >>> audit([Layer("stem", Conv(16, 32, 3, padding=1))], (16, 64, 64)).totals.macs
    18874368
    """
    walk = _Walk(rows, named_inputs(inputs), batch, {})
    counts = walk.run()
    ends = outputs or {rows[-1].name: rows[-1].name}
    alive = walk.alive(ends)
    number = DTYPE_BYTES[dtype]
    facts = map(_facts, rows, counts, alive, repeat(walk), repeat(number))
    return Audit(tuple(facts), walk.totals(alive, number, ends), tuple(rows))


Count: TypeAlias = tuple[Shape, int | None, dict[str, Shape], int, FieldMap, Operation]
Counts: TypeAlias = dict[tuple[int, tuple[Shape, ...], int], Count]
"""Shape, MACs, weights, params and field map by operation, input and batch: many layers are equal.
The operation is kept too, so that its identity stays its own."""


def totals(
    rows: Sequence[AnyLayer],
    inputs: Shape | Inputs,
    *,
    batch: int = 1,
    dtype: str = "float32",
    counts: Counts | None = None,
    outputs: Mapping[str, str] | None = None,
) -> Totals:
    """The totals alone, which is quicker than every fact.

    Args:
        rows: the layers that run in order.
        inputs: `(C, *spatial)` of the input, or of each input by its name.
        batch: inputs that are processed together.
        dtype: the format of every number.
        counts: the counts of equal layers, shared by several networks.
        outputs: the rows whose outputs are the network's, by their titles; the last row if left
            out.

    Raises:
        SpecError: a layer cannot take the input it gets.

    >>> from convcalc import Conv
    >>> from convcalc.layers import Layer
    >>> totals([Layer("stem", Conv(16, 32, 3, padding=1))], (16, 64, 64)).params
    4640
    """
    walk = _Walk(rows, named_inputs(inputs), batch, {} if counts is None else counts)
    walk.run()
    ends = outputs or {rows[-1].name: rows[-1].name}
    return walk.totals(walk.alive(ends), DTYPE_BYTES[dtype], ends)


def _facts(row: AnyLayer, count: Count, alive: int | None, walk: _Walk, number: int) -> LayerFacts:
    output_shape, macs, weights, own, _, operation = count
    name, _, inputs, _, weights_of, training, _ = row
    if weights_of is not None:
        own = walk.own_params(row)
    shapes, unknown = walk.shapes, operation.unknown
    params = None if "params" in unknown else own
    size, step, offset, context = walk.views[name].numbers
    return LayerFacts(
        name,
        operation.word,
        inputs,
        (shapes[inputs[0]],) if len(inputs) == 1 else tuple([shapes[source] for source in inputs]),
        output_shape,
        weights,
        params,
        None if training else macs,
        size,
        step,
        offset,
        context,
        None if alive is None else number * walk.batch * alive,
        None if params is None else number * params,
        weights_of,
        training,
        unknown,
        operation.title if isinstance(operation, Opaque) else None,
    )


class _Walk:
    """One pass over the rows: what each gives, and the sums."""

    def __init__(
        self, rows: Sequence[AnyLayer], inputs: Inputs, batch: int, counts: Counts
    ) -> None:
        self.rows, self.inputs, self.batch, self.counts = rows, inputs, batch, counts
        self.shapes: dict[str, Shape] = dict(inputs)
        self.views = Views(inputs)
        self.output_shapes: list[Shape] = []
        self.params = self.macs = 0
        self.unknown: Unknown = {}
        shares = any(row.weights_of is not None for row in rows)
        self._operations = {row.name: row.operation for row in rows} if shares else {}

    def run(self) -> list[Count]:
        """The counts of each row, added to the sums."""
        shapes, batch, known = self.shapes, self.batch, self.counts
        view_of = self.views.of
        counts: list[Count] = []
        for row in self.rows:
            name, operation, inputs, _, weights_of, training, _ = row
            if len(inputs) == 1:
                input_shapes: tuple[Shape, ...] = (shapes[inputs[0]],)
            else:
                input_shapes = tuple([shapes[source] for source in inputs])
            key = id(operation), input_shapes, batch
            count = known.get(key)
            if count is None:
                count = known[key] = _count(operation, input_shapes, batch)
            shapes[name] = count[0]
            counts.append(count)
            view_of(row, count[4], input_shapes, count[0])
            self.params += count[3] if weights_of is None else self.own_params(row)
            if count[1] and not training:
                self.macs += count[1]
            for figure in operation.unknown:
                self.unknown.setdefault(figure, []).append(name)
        self.output_shapes = [count[0] for count in counts]
        return counts

    def own_params(self, row: AnyLayer) -> int:
        """The parameters of a row that its owner does not have."""
        owner = self._operations[row.weights_of or ""]
        return sum(map(prod, own_weights(row.operation, owner).values()))

    def alive(self, outputs: Mapping[str, str]) -> list[int | None]:
        """How many elements are alive while each row runs."""
        return alive_elements(self.rows, self.inputs, self.output_shapes, outputs.values())

    def totals(
        self, alive: Sequence[int | None], number: int, outputs: Mapping[str, str]
    ) -> Totals:
        """The totals, for numbers of so many bytes."""
        value = number * self.batch
        input_bytes = value * sum(map(prod, self.inputs.values()))
        weight_bytes = number * self.params
        activation_bytes = value * sum(
            [
                prod(shape)
                for row, shape in zip(self.rows, self.output_shapes, strict=True)
                if not row.training and not row.operation.is_weight
            ]
        )
        peak = max([elements or 0 for elements in alive])
        shapes = {title: self.shapes[name] for title, name in outputs.items()}
        first = next(iter(outputs))
        size, step, offset, context = self.views[outputs[first]].numbers
        return Totals(
            output_shape=shapes[first],
            params=self.params,
            macs=self.macs,
            flops=2 * self.macs,
            input_bytes=input_bytes,
            weight_bytes=weight_bytes,
            activation_bytes=activation_bytes,
            peak_activation_bytes=value * peak,
            peak_layer=self.rows[alive.index(peak)].name if peak in alive else "",
            torchsummary_bytes=input_bytes + 2 * activation_bytes + weight_bytes,
            outputs=shapes,
            receptive_field=size,
            receptive_field_step=step,
            receptive_field_offset=offset,
            global_context=context,
            unknown=self.unknown,
        )


def _count(operation: Operation, input_shapes: tuple[Shape, ...], batch: int) -> Count:
    output_shape, macs = operation.shape_and_macs(input_shapes)
    batch_macs = None if macs is None else macs * batch
    field_map = operation.field_map(input_shapes[0]) if input_shapes else unchanged
    return output_shape, batch_macs, operation.weights, operation.params, field_map, operation
