"""The shapes of a graph's inputs: as the file has them, or as the user gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.model import Graph, Value
from convcalc.files.places import NamedPlace, SourceFault
from convcalc.layers import INPUT

CHANNELS_LAST = {(0, 3, 1, 2): 4, (0, 2, 1): 3, (0, 4, 1, 2, 3): 5}
"""Orders of a Transpose that moves the channels to the front."""


def batch_of(graph: Graph, settings: Mapping[str, Any]) -> int:
    """The batch: the first axis of the first input, 1 where it is open."""
    if settings.get("batch"):
        return int(settings["batch"])
    first = next((each for each in graph.inputs if each.sizes is not None), None)
    if first is None or not first.sizes or len(first.sizes) < 2:
        return 1
    return first.sizes[0] if isinstance(first.sizes[0], int) else 1


def input_tensors(rows: Rows, graph: Graph, settings: Mapping[str, Any]) -> dict[str, Tensor]:
    """A value for each input.

    Raises:
        GraphError: a size is open, or a given shape does not fit.
    """
    given = _given(graph, settings)
    found: dict[str, Tensor] = {}
    leader = graph.inputs[0] if graph.inputs else None
    for value in graph.inputs:
        place = NamedPlace("input", value.name)
        if value.sizes is None:
            raise GraphError(SourceFault("the file tells no shape of this input", place))
        own = value.sizes
        has_batch = len(own) > 1 and (value is leader or _same_batch(own[0], leader, rows.batch))
        channel = _channel_axis(graph, value) if len(own) > 1 else None
        sizes = _sized(value, has_batch, channel, given.get(value.name), settings, rows.batch)
        name = INPUT if len(graph.inputs) == 1 else value.name
        try:
            with rows.source(value.name, place):
                found[value.name] = rows.input(name, sizes, channel, has_batch=has_batch)
        except GraphError as error:
            raise GraphError(SourceFault(error.fault.message, place)) from error
    return found


def _same_batch(size: int | str | None, leader: Value | None, batch: int) -> bool:
    theirs = leader.sizes[0] if leader is not None and leader.sizes else None
    return size in (theirs, batch) or not isinstance(size, int)


def _given(graph: Graph, settings: Mapping[str, Any]) -> dict[str, Sequence[int]]:
    """The shapes that the user gives, by the names of inputs."""
    names = [value.name for value in graph.inputs]
    given: dict[str, Sequence[int]] = {}
    for at, (name, shape) in enumerate(settings.get("inputs") or ()):
        own = name or (names[at] if at < len(names) else "")
        if own not in names:
            fact = f"there is no input {name}" if name else f"there are {len(names)} inputs"
            raise GraphError(SourceFault(f"{fact}; the inputs are {', '.join(names)}"))
        given[own] = shape
    return given


def _channel_axis(graph: Graph, value: Value) -> int:
    """Axis 1, unless all that reads the input moves its last axis there first."""
    readers = [node for node in graph.nodes if value.name in node.inputs]
    orders = [tuple(node.attributes.get("perm") or ()) for node in readers]
    if orders and all(CHANNELS_LAST.get(order) == len(value.sizes or ()) for order in orders):
        return len(value.sizes or ()) - 1
    return 1


def _sized(
    value: Value,
    has_batch: bool,
    channel: int | None,
    given: Sequence[int] | None,
    settings: Mapping[str, Any],
    batch: int,
) -> list[int]:
    place = NamedPlace("input", value.name)
    sizes: list[int | str | None] = list(value.sizes or ())
    first = int(has_batch)
    if has_batch:
        sizes[0] = batch
    own = [axis for axis in range(first, len(sizes)) if axis != channel]
    if channel is not None:
        own.insert(0, channel)
    if given is not None:
        if len(given) != len(own):
            fact = f"the shape {tuple(given)} is not for an input of {len(own)} axes"
            raise GraphError(SourceFault(fact, place))
        for axis, size in zip(own, given, strict=True):
            sizes[axis] = size
    elif settings.get("size") and channel is not None:
        for axis, size in zip(own[1:], _per_axis(value, settings["size"], own), strict=True):
            sizes[axis] = size
    numbers = [size for size in sizes if isinstance(size, int)]
    if len(numbers) < len(sizes):
        text = ", ".join("?" if size is None else str(size) for size in sizes)
        ways = (
            "--input for a whole shape" if channel is None else "--size, or --input for all sizes"
        )
        fact = f"the shape ({text}) is open: give {ways}"
        raise GraphError(SourceFault(fact, place))
    return numbers


def _per_axis(value: Value, size: Any, own: Sequence[int]) -> list[int]:
    if isinstance(size, Mapping):
        size = size.get(value.name, size.get("", None))
        if size is None:
            return [int(value.sizes[axis]) for axis in own[1:]]  # type: ignore[index, arg-type]
    if isinstance(size, int):
        return [size] * (len(own) - 1)
    if len(size) != len(own) - 1:
        fact = f"{len(size)} sizes are not for an input of {len(own) - 1} spatial sizes"
        raise GraphError(SourceFault(fact, NamedPlace("input", value.name)))
    return list(size)
