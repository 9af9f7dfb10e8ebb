"""Where the MACs and the params of a network go, by kind of layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.facts.audit import LayerFacts
from convcalc.layers import AnyLayer
from convcalc.operations.base import Operation
from convcalc.operations.convolution import Conv
from convcalc.operations.linear import Linear
from convcalc.operations.opaque import Opaque
from convcalc.operations.products import Product
from convcalc.operations.transposed import ConvTranspose
from convcalc.records import NamedTuple

OPAQUE = "opaque"
MATMUL = "matmul"
KINDS = (
    "transposed",
    "linear",
    "depthwise",
    "1x1",
    "grouped",
    "standard",
    OPAQUE,
    MATMUL,
    "biases and norms",
)
"""The kinds; of the convolutions, the first that fits. `matmul` are products of activations."""
RARE = (OPAQUE, MATMUL)
"""The kinds that are only listed where a network has them."""
WITHOUT_WEIGHT = (MATMUL, KINDS[-1])
"""Kinds whose rows have no weight that counts as theirs."""


class Part(NamedTuple):
    """What one kind of layer adds to the totals."""

    kind: str
    params: int
    """The weights; biases, norms and other small parameters are a kind of their own."""
    macs: int


def breakdown(rows: Sequence[AnyLayer], facts: Sequence[LayerFacts]) -> list[Part]:
    """The parts of the totals, in the order of the kinds; they add up to the totals.

    >>> import convcalc
    >>> small = convcalc.network({"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 3}]})
    >>> [part for part in breakdown(small.rows, small.audit().layers) if part.params]
    [Part(kind='standard', params=108, macs=3888), Part(kind='biases and norms', params=4, macs=0)]
    """
    params, macs = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    found: set[str] = set()
    for row, fact in zip(rows, facts, strict=True):
        kind = kind_of(row.operation)
        found.add(kind)
        known = fact.params or 0
        weight = known if kind == OPAQUE else 0 if kind in WITHOUT_WEIGHT else _weight(row, fact)
        params[kind] += weight
        params[KINDS[-1]] += known - weight
        macs[kind] += fact.macs or 0
    return [
        Part(kind, params[kind], macs[kind]) for kind in KINDS if kind not in RARE or kind in found
    ]


def _weight(row: AnyLayer, fact: LayerFacts) -> int:
    """The numbers of the weight, unless another row has it."""
    return 0 if row.weights_of is not None else prod(fact.weights["weight"])


def kind_of(operation: Operation) -> str:
    """The kind of an operation.

    >>> kind_of(Conv(8, 8, 3, groups=8)), kind_of(Conv(8, 8, 1)), kind_of(Conv(8, 8, 3, groups=2))
    ('depthwise', '1x1', 'grouped')
    """
    match operation:
        case ConvTranspose():
            return "transposed"
        case Linear():
            return "linear"
        case Product():
            return "matmul"
        case Conv(groups=groups) if groups == operation.in_channels > 1:
            return "depthwise"
        case Conv(pointwise=True):
            return "1x1"
        case Conv(groups=groups):
            return "grouped" if groups > 1 else "standard"
        case Opaque():
            return OPAQUE
        case _:
            return KINDS[-1]
