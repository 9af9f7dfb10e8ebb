"""From the calls of a model to rows of the network language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.keras.calls import Call, CallGraph, Value
from convcalc.files.keras.definitions import INPUT
from convcalc.files.keras.faults import KerasError, NoRuleError, at, layer_place
from convcalc.files.keras.inputs import ModelInput, made
from convcalc.files.keras.layers.operators import operation, operation_name
from convcalc.files.keras.layers.registry import LAYERS
from convcalc.files.keras.site import Site
from convcalc.values import Shape

NO_SHAPE = (
    "has no rule, and the file does not give the shape of its output; what comes after it cannot "
    "be known"
)


class Conversion:
    """Makes the rows of a model, call by call.

    Args:
        graph: the calls.
        rows: where rows are made.
        inputs: the inputs, with all sizes.
        as_in_file: whether the inputs have the sizes of the file, so that other sizes in it must be
            right.
    """

    def __init__(
        self, graph: CallGraph, rows: Rows, inputs: Sequence[ModelInput], *, as_in_file: bool
    ) -> None:
        self.graph = graph
        self.rows = rows
        self.inputs = {each.call: each for each in inputs}
        self.values: dict[Value, Tensor] = {}
        """The outputs of the calls that have been converted."""
        self.shapes = graph.shapes if as_in_file else {}
        self.read: defaultdict[int, set[int]] = defaultdict(set)
        for call in graph.calls:
            for value in call.values:
                self.read[value.call].add(value.output)
        for value in graph.outputs:
            self.read[value.call].add(value.output)

    def run(self) -> dict[str, Tensor]:
        """Makes all rows.

        Returns:
            The outputs of the model by the names of their layers.

        Raises:
            KerasError: a layer is impossible, or nothing after it can be known.
        """
        for each in self.inputs.values():
            layer = self.graph.calls[each.call].layer
            with at(layer_place(layer.path, layer.position)):
                self.values[Value(each.call)] = made(self.rows, each, self.rows.batch)
        for number, call in enumerate(self.graph.calls):
            if call.layer.class_name != INPUT:
                self._convert(number, call)
        found: dict[str, Tensor] = {}
        for number, value in enumerate(self.graph.outputs):
            path = self.graph.calls[value.call].layer.path
            found[f"{path}/{number}" if path in found else path] = self._value(value)
        return found

    def _convert(self, number: int, call: Call) -> None:
        layer = call.layer
        place = layer_place(layer.path, layer.position)
        try:
            with at(place), self.rows.source(layer.path, place):
                outputs = self._outputs(self._site(number, call))
                for output, tensor in enumerate(outputs):
                    self.values[Value(number, output)] = tensor
                    self._check(Value(number, output), tensor)
        except GraphError as error:
            raise KerasError(error.fault.message, error.fault.place) from error

    def _site(self, number: int, call: Call) -> Site:
        shapes = {
            output: shape
            for output in self.read[number] | {0}
            if (shape := self._file_sizes(Value(number, output))) is not None
        }
        return Site(
            self.rows,
            call.layer,
            tuple(map(self._filled, call.args)),
            {key: self._filled(value) for key, value in call.kwargs.items()},
            call.first,
            call.lead,
            shapes,
            frozenset(self.read[number]),
        )

    def _outputs(self, site: Site) -> Sequence[Tensor]:
        layer = site.layer
        mapper = operation if layer.is_operation else LAYERS.get(layer.class_name, _unknown)
        try:
            found = mapper(site)
        except NoRuleError:
            found = _unknown(site)
        return [found] if isinstance(found, Tensor) else found

    def _file_sizes(self, value: Value) -> Shape | None:
        """The sizes of a value in the file, with the batch of the network."""
        shape = self.shapes.get(value)
        if not shape or any(size is None for size in shape[1:]):
            return None
        return (self.rows.batch, *[size for size in shape[1:] if size is not None])

    def _check(self, value: Value, tensor: Tensor) -> None:
        """The sizes in the file must be those that come out."""
        shape = self.shapes.get(value)
        if shape is None:
            return
        own = tensor.sizes[len(tensor.sizes) - len(shape) + 1 :]
        pairs = zip(shape[1:], own, strict=False)
        if len(shape) > tensor.rank or any(size not in (None, mine) for size, mine in pairs):
            wanted = ", ".join("?" if size is None else str(size) for size in shape[1:])
            raise KerasError(
                f"the output has the sizes ({wanted}) in the file, but by the layer's config "
                f"they are {own}"
            )

    def _value(self, value: Value) -> Tensor:
        if value not in self.values:
            layer = self.graph.calls[value.call].layer
            raise KerasError(
                f"output {value.output} is read, but there is no such output",
                layer_place(layer.path, layer.position),
            )
        return self.values[value]

    def _filled(self, argument: Any) -> Any:
        """The argument with tensors in place of outputs of calls."""
        if type(argument) is Value:
            return self._value(argument)
        if isinstance(argument, (list, tuple)):
            return [self._filled(item) for item in argument]
        if isinstance(argument, dict):
            return {key: self._filled(item) for key, item in argument.items()}
        return argument


def _unknown(site: Site) -> Sequence[Tensor]:
    """A row for each output that is read of a layer without a rule, with the shape in the file."""
    layer = site.layer
    title = operation_name(site) if layer.is_operation else layer.class_name
    params = 0 if layer.is_operation or layer.class_name == "Lambda" else None
    count = max(site.read | {0}) + 1
    found: list[Tensor] = []
    for output in range(count):
        sizes = site.file_sizes.get(output) or _shape_of_lambda(site, output)
        if sizes is None and output not in site.read and found:
            found.append(found[0])
            continue
        if sizes is None:
            raise KerasError(f"{title} {NO_SHAPE}")
        found.append(_row(site, title, sizes, params if not found else 0, is_first=not found))
    return found


def _row(site: Site, title: str, sizes: Shape, params: int | None, *, is_first: bool) -> Tensor:
    weight = Weight(title, (), {(site.identity, "weights"): 0})
    if site.rows.owner([weight]) is not None:
        params = 0
    reads = [*dict.fromkeys(site.tensors)]
    made_row = opaque(
        site.rows,
        title,
        reads,
        (*_head(reads, site.lead), *sizes[1:]),
        params="unknown" if params is None else params,
        macs="unknown" if is_first else "none",
    )
    site.rows.own([weight])
    return made_row


def _head(reads: Sequence[Tensor], lead: int) -> Shape:
    return reads[0].sizes[: 1 + lead] if reads else (1,) * (1 + lead)


def _shape_of_lambda(site: Site, output: int) -> Shape | None:
    """The shape in the config of a Lambda, without the batch."""
    shape = site.fields.get("output_shape")
    if output or site.layer.class_name != "Lambda" or not isinstance(shape, list):
        return None
    own = shape[1:] if shape[:1] == [None] else shape
    if not own or not all(type(size) is int and size > 0 for size in own):
        return None
    return (1, *own)
