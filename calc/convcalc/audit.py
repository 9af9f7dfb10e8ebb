"""The facts of a network: shapes, parameters, MACs and bytes, row by row and in total."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from convcalc.network import DTYPE_BYTES, INPUT, Layer, Network
from convcalc.operations import Fields, Operation
from convcalc.receptive_field import ReceptiveField
from convcalc.values import Shape

CONVENTION = (
    "dense multiply-accumulates of convolutions and linear layers; products with padding zeros, "
    "and those a transposed convolution crops, count; bias adds, normalisation, activations and "
    "pooling do not; 1 MAC = 2 FLOPs"
)
"""What the MACs of convcalc count, said beside every total."""


class LayerFacts(NamedTuple):
    """One row: all that is known of a layer in its place."""

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


class Totals(NamedTuple):
    """The sums of the rows, and the bytes that the values take in the network's dtype."""

    output_shape: Shape
    params: int
    macs: int
    flops: int
    input_bytes: int
    weight_bytes: int
    activation_bytes: int
    """Every row's output."""
    peak_activation_bytes: int
    """The most that is alive at one time, weights aside."""
    peak_layer: str
    """The row that runs at that time."""
    torchsummary_bytes: int
    """Input + 2 x activation + weight: torchsummary's estimated total size."""


class Audit(NamedTuple):
    """A network's rows and their totals."""

    layers: tuple[LayerFacts, ...]
    totals: Totals


def audit(network: Network) -> Audit:
    """Every fact of a network.

    Raises:
        SpecError: a layer cannot take the input it gets.

    >>> from convcalc import Conv
    >>> from convcalc.network import Layer, Network
    >>> audit(Network((16, 64, 64), [Layer("stem", Conv(16, 32, 3, padding=1))])).totals.macs
    18874368
    """
    shapes = {INPUT: network.input_shape}
    fields: dict[str, Fields | None] = {INPUT: (ReceptiveField(),) * (len(network.input_shape) - 1)}
    rows: list[LayerFacts] = []
    for layer in network.layers:
        row = _row(layer, shapes, fields, network.batch)
        shapes[layer.name] = row.output_shape
        rows.append(row)
    return Audit(tuple(rows), _totals(network, rows))


def _row(
    layer: Layer[Operation], shapes: dict[str, Shape], fields: dict[str, Fields | None], batch: int
) -> LayerFacts:
    operation, (source, *_) = layer.operation, layer.inputs
    output_shape = operation.output_shape(shapes[source])
    macs = operation.macs(shapes[source])
    before = fields[source]
    after = None if before is None else operation.receptive_field_after(before)
    fields[layer.name] = after
    return LayerFacts(
        layer.name,
        operation.word,
        layer.inputs,
        tuple([shapes[name] for name in layer.inputs]),
        output_shape,
        operation.weights,
        operation.params,
        None if macs is None else macs * batch,
        None if after is None else tuple([field.size for field in after]),
    )


def _totals(network: Network, rows: list[LayerFacts]) -> Totals:
    number = DTYPE_BYTES[network.dtype]
    value = number * network.batch
    input_bytes = value * prod(network.input_shape)
    params = sum(row.params for row in rows)
    macs = sum(row.macs or 0 for row in rows)
    activation_bytes = value * sum(prod(row.output_shape) for row in rows)
    peak, peak_layer = _peak(network, rows)
    return Totals(
        output_shape=rows[-1].output_shape,
        params=params,
        macs=macs,
        flops=2 * macs,
        input_bytes=input_bytes,
        weight_bytes=number * params,
        activation_bytes=activation_bytes,
        peak_activation_bytes=value * peak,
        peak_layer=peak_layer,
        torchsummary_bytes=input_bytes + 2 * activation_bytes + number * params,
    )


def _peak(network: Network, rows: list[LayerFacts]) -> tuple[int, str]:
    """Elements alive when the most are, and the row that runs then.

    A row's inputs and its output are alive together; then what no later row reads is freed.
    """
    last_reader = {name: row.name for row in rows for name in row.inputs}
    alive = {INPUT: prod(network.input_shape)}
    peak, peak_layer = 0, rows[0].name
    for row in rows:
        alive[row.name] = prod(row.output_shape)
        if (now := sum(alive.values())) > peak:
            peak, peak_layer = now, row.name
        for name in row.inputs:
            if last_reader[name] == row.name:
                alive.pop(name, None)
    return peak, peak_layer
