"""Layers: operations with names, in the order they run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from convcalc.operations.base import OWN_INPUT, Operation, wiring

INPUT = "input"
"""The name by which layers read the network's input."""

NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
LONGEST_NAME = 200

Path: TypeAlias = tuple[str | int, ...]
"""Where in a mapping something was written: its keys and indices from the top."""

OperationT = TypeVar("OperationT", bound=Operation, covariant=True)


class Layer(NamedTuple, Generic[OperationT]):
    """An operation with a name, the names of what it reads, and where it was written.

    >>> from convcalc import Conv
    >>> Layer("stem", Conv(3, 64, 7)).inputs
    ('input',)
    """

    name: str
    operation: OperationT
    inputs: tuple[str, ...] = (INPUT,)
    path: Path | None = None


AnyLayer: TypeAlias = Layer[Operation]


def expanded(layers: Sequence[AnyLayer]) -> tuple[AnyLayer, ...]:
    """The layers, with those that run as several operations replaced by one for each."""
    if not any(layer.operation.parts for layer in layers):
        return tuple(layers)
    return tuple(rewired(layers, [_parts(layer) for layer in layers]))


def rewired(
    layers: Sequence[AnyLayer], replacements: Sequence[Sequence[AnyLayer]]
) -> Iterator[AnyLayer]:
    """The replacements in order; who read a replaced layer reads the last of what replaces it."""
    last = {layer.name: new[-1].name for layer, new in zip(layers, replacements, strict=True)}
    for layer in chain.from_iterable(replacements):
        yield layer._replace(inputs=tuple([last.get(name, name) for name in layer.inputs]))


def _parts(layer: AnyLayer) -> list[AnyLayer]:
    """The layer, or its parts in order as NAME.PART."""
    rows: list[AnyLayer] = []
    values: dict[str, tuple[str, ...]] = {OWN_INPUT: layer.inputs}
    for part, operation, sources in wiring(layer.operation):
        name = f"{layer.name}.{part}"
        inputs = tuple([value for source in sources for value in values[source]])
        rows.append(Layer(name, operation, inputs, layer.path))
        values[part] = (name,)
    return rows or [layer]
