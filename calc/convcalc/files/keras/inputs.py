"""The inputs of a model: their sizes in the file, and those that are set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.errors import SpecError, value_text
from convcalc.files.graph.rows import Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.calls import Call, CallGraph
from convcalc.files.keras.faults import KerasError, at, layer_place
from convcalc.language.inputs import with_settings
from convcalc.layers import INPUT
from convcalc.records import NamedTuple
from convcalc.values import Shape

MOST_AXES = 4
"""Of an input, without the batch."""


class ModelInput(NamedTuple):
    """An input of a model as the file has it."""

    call: int
    """Which of the calls it is."""
    name: str
    sizes: tuple[int | None, ...]
    """With the batch; None where they are open."""
    channel_axis: int

    @property
    def order(self) -> list[int]:
        """The axes of the file in the order of the network language: the channels first."""
        others = [axis for axis in range(1, len(self.sizes)) if axis != self.channel_axis]
        return [self.channel_axis, *others] if len(self.sizes) > 1 else []


def model_inputs(graph: CallGraph) -> list[ModelInput]:
    """The inputs of a model.

    Raises:
        KerasError: one has no shape, or an impossible one.

    >>> from convcalc.files.keras.definitions import Layer
    >>> layer = Layer("x", "InputLayer", "InputLayer", {"batch_shape": [None, 8, 8, 3]}, 1)
    >>> model_inputs(CallGraph([Call(layer, (), {}, 0)], [0]))[0].order
    [3, 1, 2]
    """
    first = any(call.layer.config.get("data_format") == "channels_first" for call in graph.calls)
    found = []
    for number in graph.inputs:
        call = graph.calls[number]
        with at(layer_place(call.layer.path, call.layer.position)):
            found.append(_input(call, number, first, single=len(graph.inputs) == 1))
    return found


def _input(call: Call, number: int, is_first: bool, *, single: bool) -> ModelInput:
    shape = call.layer.input_shape
    if shape is None:
        raise KerasError("the shape of the input is not in the file")
    if not isinstance(shape, list) or not shape:
        raise KerasError(f"the shape of the input is {value_text(shape)}, not a list of sizes")
    if not all(size is None or (type(size) is int and size > 0) for size in shape):
        raise KerasError(f"the shape of the input is {value_text(shape)}, not a list of sizes")
    if len(shape) > MOST_AXES + 1:
        raise KerasError(
            f"the input has {len(shape) - 1} axes without the batch; at most {MOST_AXES} "
            "are possible"
        )
    name = INPUT if single else call.layer.path
    axis = 1 if is_first and len(shape) > 2 else len(shape) - 1
    return ModelInput(number, name, tuple(shape), axis)


def batch_of(inputs: Sequence[ModelInput]) -> int:
    """The batch that a model has: 1 if it is open.

    Raises:
        KerasError: inputs have different ones.

    >>> batch_of([ModelInput(0, "x", (None, 8), 1), ModelInput(1, "y", (4, 8), 1)])
    4
    """
    batches = {each.sizes[0] for each in inputs} - {None}
    if len(batches) > 1:
        raise KerasError(
            f"inputs have batches of {' and '.join(map(str, sorted(batches, key=str)))}"
        )
    return next(iter(batches), None) or 1


def sized(inputs: Sequence[ModelInput], settings: Mapping[str, Any]) -> list[ModelInput]:
    """The inputs with the sizes that are set.

    Args:
        inputs: the inputs as the file has them.
        settings: `size`, for all spatial sizes, and `inputs`, whole shapes by name.

    Raises:
        SpecError: a setting is not for these inputs.

    >>> image = ModelInput(0, "x", (None, None, None, 3), 3)
    >>> sized([image], {"size": 64})[0].sizes
    (None, 64, 64, 3)
    """
    shapes = with_settings({each.name: _shape(each) for each in inputs}, settings)
    return [_with_shape(each, shapes[each.name]) for each in inputs]


OPEN = 1
"""What stands for an open size while others are set."""


def _shape(each: ModelInput) -> Shape:
    return tuple([each.sizes[axis] or OPEN for axis in each.order])


def _with_shape(each: ModelInput, shape: Shape) -> ModelInput:
    if shape == _shape(each):
        return each
    if len(shape) != len(each.order):
        raise SpecError(
            "input {name} has {axes} axes in the file, not those of {shape}",
            name=each.name,
            axes=len(each.order),
            shape=shape,
        )
    sizes: list[int | None] = [*each.sizes]
    for axis, size in zip(each.order, shape, strict=True):
        sizes[axis] = size
    return each._replace(sizes=tuple(sizes))


def made(rows: Rows, each: ModelInput, batch: int) -> Tensor:
    """The input as a value.

    Raises:
        KerasError: a size is open.

    >>> made(Rows(), ModelInput(0, "input", (None, 8, 8, 3), 3), 1).shape
    (3, 8, 8)
    """
    sizes = [batch, *[size for size in each.sizes[1:] if size is not None]]
    if len(sizes) < len(each.sizes):
        open_sizes = ", ".join("?" if size is None else str(size) for size in each.sizes[1:])
        raise KerasError(
            f"the size of the input is open in the file: ({open_sizes}); give it with "
            f"{'--size or --input' if each.sizes[each.channel_axis] else '--input'}"
        )
    channel = each.channel_axis if len(sizes) > 1 else None
    return rows.input(each.name, sizes, channel)
