"""Layers: operations with names, in the order they run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Generic, TypeAlias, TypeVar

from convcalc.operations.base import OWN_INPUT, Operation, wiring
from convcalc.records import NamedTuple
from convcalc.values import Shape

INPUT = "input"
"""The name by which layers read the network's input, where it has only one."""

Inputs: TypeAlias = Mapping[str, Shape]
"""The shape `(C, *spatial)` of each input, by its name."""

NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
LONGEST_NAME = 200

Path: TypeAlias = tuple[str | int, ...]
"""Where in a mapping something was written: its keys and indices from the top."""

OperationT = TypeVar("OperationT", bound=Operation, covariant=True)


class Layer(NamedTuple, Generic[OperationT]):
    """An operation with a name, the names of what it reads, and where it was written.

    With `weights_of` it uses the weights of an earlier layer, which the network has once. A layer
    for `training` has parameters, but does not run when the network is used. Its `style` is how it
    is written in PyTorch (`functional`, ...), which only the figures of other tools depend on.

    >>> from convcalc import Conv
    >>> Layer("stem", Conv(3, 64, 7)).inputs
    ('input',)
    """

    name: str
    operation: OperationT
    inputs: tuple[str, ...] = (INPUT,)
    path: Path | None = None
    weights_of: str | None = None
    training: bool = False
    style: str = ""


AnyLayer: TypeAlias = Layer[Operation]


def named_inputs(inputs: Shape | Inputs) -> Inputs:
    """The inputs by name; a single shape is that of `input`.

    >>> named_inputs((3, 8, 8)), named_inputs({"left": (3, 8, 8)})
    ({'input': (3, 8, 8)}, {'left': (3, 8, 8)})
    """
    return inputs if isinstance(inputs, Mapping) else {INPUT: inputs}


def own_weights(operation: Operation, owner: Operation) -> dict[str, Shape]:
    """The weights of an operation that uses the others of `owner`: a bias of another shape.

    >>> from convcalc import Conv
    >>> own_weights(Conv(8, 4, 3), Conv(8, 4, 3, bias=False))
    {'bias': (4,)}
    """
    theirs = owner.weights
    return {name: shape for name, shape in operation.weights.items() if theirs.get(name) != shape}


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
    owner, training, style = layer.weights_of, layer.training, layer.style
    for part, operation, sources in wiring(layer.operation):
        name = f"{layer.name}.{part}"
        inputs = tuple([value for source in sources for value in values[source]])
        owned = f"{owner}.{part}" if owner is not None and operation.weights else None
        rows.append(Layer(name, operation, inputs, layer.path, owned, training, style))
        values[part] = (name,)
    return rows or [layer]
