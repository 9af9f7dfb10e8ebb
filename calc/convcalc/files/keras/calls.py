"""The calls of a model and of all models inside it, in an order in which they can be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from convcalc.files.keras.definitions import INPUT, Definition, Layer
from convcalc.files.keras.faults import KerasError, at, layer_place
from convcalc.files.keras.nested import found
from convcalc.files.keras.numbering import CallKey, Numbering
from convcalc.files.keras.order import in_order
from convcalc.files.keras.references import Arguments, Reference
from convcalc.records import NamedTuple
from convcalc.wording import counted

MOST_CALLS = 20_000
"""Of a whole model. Models inside that are called often can have many more layers than a file."""


class Value(NamedTuple):
    """An output of a call."""

    call: int
    """Which of `CallGraph.calls`."""
    output: int = 0


class Call(NamedTuple):
    """A call of a layer that is no model."""

    layer: Layer
    args: tuple[Any, ...]
    """What it is called with: outputs of calls, in lists or not, and anything else."""
    kwargs: Mapping[str, Any]
    first: int
    """The first call of the same layer; it is this one if its own number stands here."""
    lead: int = 0
    """How many axes behind the batch axis the layer does not know of: it is called for each of
    their positions."""

    @property
    def values(self) -> list[Value]:
        """All values among the arguments, in order."""
        return [*found(Value, [self.args, self.kwargs])]


@dataclass(frozen=True, slots=True, eq=False)
class CallGraph:
    """All calls of a model; calls of input layers, without arguments, are its inputs."""

    calls: list[Call] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    """The calls that are inputs, in the order of the model's arguments."""
    outputs: list[Value] = field(default_factory=list)
    shapes: dict[Value, tuple[int | None, ...]] = field(default_factory=dict)
    """Shapes of values, with the batch, as far as they are in the file."""


def call_graph(model: Definition) -> CallGraph:
    """The calls of a model.

    Raises:
        KerasError: it cannot be called: what layers read is not there, or not before them.

    >>> from convcalc.files.keras.definitions import DefinitionReader
    >>> entry = {"class_name": "ReLU", "config": {"name": "relu", "batch_shape": [None, 8]}}
    >>> graph = call_graph(DefinitionReader().read("Sequential", [entry], ""))
    >>> [call.layer.path for call in graph.calls], graph.outputs
    (['relu_input', 'relu'], [Value(call=1, output=0)])
    """
    flattening = _Flattening()
    graph = flattening.graph
    graph.outputs.extend(flattening.run(model, None))
    return graph


class _Flattening:
    """Makes the calls of a model, and in place of a model inside those of its layers."""

    def __init__(self) -> None:
        self.graph = CallGraph()
        self.firsts: dict[Layer, int] = {}
        self.shared: dict[tuple[str, int], Layer] = {}
        self.orders: dict[Definition, tuple[Numbering, list[CallKey]]] = {}

    def run(self, model: Definition, given: Sequence[Value] | None, lead: int = 0) -> list[Value]:
        """Makes the calls of a model.

        Args:
            model: the model.
            given: its inputs; None for the outermost, whose inputs are calls themselves.
            lead: how many axes behind the batch axis its layers do not know of.

        Returns:
            Its outputs.
        """
        if model not in self.orders:
            numbering = Numbering(model)
            self.orders[model] = numbering, in_order(model, numbering)
        numbering, order = self.orders[model]
        inputs = [numbering.key(each) for each in model.inputs]
        values: dict[CallKey, list[Value] | int] = {}
        if given is None:
            inputs = [*dict.fromkeys([*inputs, *_input_calls(model, order)])]
        else:
            values.update(_passed(inputs, given))
        scope = _Scope(model, numbering, values)
        for key in order:
            if key not in values:
                values[key] = self._called(scope, key, lead)
        if given is None:
            self.graph.inputs.extend([scope.value_of(key, 0).call for key in inputs])
        return [scope.value(each) for each in model.outputs]

    def _called(self, scope: _Scope, key: CallKey, lead: int) -> list[Value] | int:
        layer = scope.model.layers[key[0]]
        with at(layer_place(layer.path, layer.position)):
            arguments = scope.model.calls[key]
            args = scope.filled(arguments.args)
            kwargs = {name: scope.filled(value) for name, value in arguments.kwargs.items()}
            self._learn_shapes(scope, arguments)
            if layer.model is not None:
                given = [*found(Value, [args, kwargs])]
                return self.run(layer.model, given, lead + layer.times)
            return self._plain_call(layer, args, kwargs, lead + layer.times)

    def _plain_call(self, layer: Layer, args: Any, kwargs: Mapping[str, Any], lead: int) -> int:
        calls = self.graph.calls
        if len(calls) >= MOST_CALLS:
            raise KerasError(f"the model has more than {MOST_CALLS:,} calls of layers")
        number = len(calls)
        first = self.firsts.setdefault(self._same(layer), number)
        calls.append(Call(layer, args, kwargs, first, lead))
        return number

    def _same(self, layer: Layer) -> Layer:
        """The layer that stands for all mentions of one layer in different models."""
        if layer.shared_id is None:
            return layer
        first = self.shared.setdefault((layer.class_name, layer.shared_id), layer)
        return first if first.config == layer.config else layer

    def _learn_shapes(self, scope: _Scope, arguments: Arguments) -> None:
        for reference in arguments.references:
            if reference.shape is not None:
                self.graph.shapes.setdefault(scope.value(reference), reference.shape)


class _Scope:
    """What the references in a model stand for.

    The value of a call of a layer is the call's number; that of a model inside, or of an input that
    was passed, is a list of its outputs.
    """

    def __init__(
        self,
        model: Definition,
        numbering: Numbering,
        values: Mapping[CallKey, list[Value] | int],
    ) -> None:
        self.model = model
        self.numbering = numbering
        self.values = values

    def value(self, reference: Reference) -> Value:
        return self.value_of(self.numbering.key(reference), reference.output)

    def value_of(self, key: CallKey, output: int) -> Value:
        value = self.values[key]
        if isinstance(value, int):
            return Value(value, output)
        if output >= len(value):
            outputs = counted(len(value), "output")
            raise KerasError(f"output {output} of {key[0]} is read, but it has {outputs}")
        return value[output]

    def filled(self, value: Any) -> Any:
        """The argument with outputs of calls in place of references."""
        if type(value) is Reference:
            return self.value(value)
        if isinstance(value, (list, tuple)):
            return type(value)([self.filled(item) for item in value])
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        return value


def _input_calls(model: Definition, order: Sequence[CallKey]) -> list[CallKey]:
    return [key for key in order if model.layers[key[0]].class_name == INPUT]


def _passed(inputs: Sequence[CallKey], given: Sequence[Value]) -> dict[CallKey, list[Value] | int]:
    if len(inputs) != len(given):
        wanted = counted(len(inputs), "input")
        raise KerasError(f"the model has {wanted}, but is called with {len(given)}")
    return {key: [each] for key, each in zip(inputs, given, strict=True)}
