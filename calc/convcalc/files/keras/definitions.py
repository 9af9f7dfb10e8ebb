"""Models as a file defines them: layers by name, and who reads whom; one level at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from convcalc.errors import value_text
from convcalc.files.keras.faults import KerasError, at, layer_place
from convcalc.files.keras.legacy import modern_class, modern_config
from convcalc.files.keras.references import Arguments, Reference, arguments, outputs

INPUT = "InputLayer"
SEQUENTIAL = "Sequential"
MODELS = ("Functional", "Model", "Graph", "Network", SEQUENTIAL)
LONGEST_NAME = 200
MOST_LAYERS = 10_000
"""Of a file. Published models have up to about 1,300."""

WRAPPERS = {"SpectralNormalization": 0, "TimeDistributed": 1}
"""Wrappers of a layer that call it as it is, and how many axes they distribute it over."""

OPERATIONS = ("keras.src.ops", "keras.ops")
OPERATION_LAYERS = ("SlicingOpLambda", "TFOpLambda", "TensorFlowOpLayer")
"""Modules and classes of what stands for a function in a file."""

SHAPE_KEYS = ("batch_shape", "batch_input_shape")
"""Where layers have the shape of a model's input, with the batch."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer: its weights exist once, however often it is called."""

    path: str
    """Its name behind those of the models that it is in, with slashes between."""
    class_name: str
    """As Keras 3 has it."""
    source_class: str
    """As the file has it."""
    config: Mapping[str, Any]
    """With the keys of Keras 3."""
    position: int
    """How many layers of the file begin before it, and one."""
    build_shape: Any = None
    """The shape of its input with the batch, if it is in the file."""
    shared_id: int | None = None
    """A number that all mentions of one layer in different models have."""
    model: Definition | None = None
    """The model that it is, if it is one."""
    times: int = 0
    """How many axes behind the batch axis it is distributed over."""
    module: str = ""
    """Where its class is defined, if it is in the file."""

    @property
    def is_operation(self) -> bool:
        """Whether it is a call of a function, which learns nothing, and no layer of its own.

        >>> Layer("x", "TFOpLambda", "TFOpLambda", {}, 1).is_operation
        True
        """
        return self.module.startswith(OPERATIONS) or self.source_class in OPERATION_LAYERS

    @property
    def input_shape(self) -> Any:
        """The shape of a model's input that the layer has, with the batch; None if it has none.

        >>> Layer("x", "Dense", "Dense", {"batch_input_shape": [None, 8]}, 1).input_shape
        [None, 8]
        """
        return next((self.config[key] for key in SHAPE_KEYS if key in self.config), None)


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A model: its layers, and what each call of each of them reads."""

    layers: dict[str, Layer] = field(default_factory=dict)
    calls: dict[tuple[str, int], Arguments] = field(default_factory=dict)
    inputs: list[Reference] = field(default_factory=list)
    outputs: list[Reference] = field(default_factory=list)


class DefinitionReader:
    """Reads models that may be in each other.

    >>> reader = DefinitionReader()
    >>> layers = [{"class_name": "ReLU", "config": {"name": "a", "batch_input_shape": [None, 8]}}]
    >>> [*reader.read("Sequential", layers, "").calls]
    [('a_input', 0), ('a', 0)]
    """

    def __init__(self) -> None:
        self.position = 0
        self.uncalled: list[Layer] = []
        """Layers that no call of is in the file."""

    def read(self, class_name: str, config: Any, path: str, build_shape: Any = None) -> Definition:
        """A model.

        Args:
            class_name: its class.
            config: its config.
            path: its name behind those of the models that it is in; empty for the outermost.
            build_shape: the shape that it was built with, if it is in the file.

        Raises:
            KerasError: it is no model, or damaged.
        """
        entries = config if isinstance(config, list) else config.get("layers")
        if not isinstance(entries, list):
            raise KerasError(f"the layers of the model are {value_text(entries)}, not a list")
        if not entries:
            raise KerasError("the model has no layers")
        if class_name == SEQUENTIAL:
            own = None if isinstance(config, list) else config.get("build_input_shape")
            return self._sequential(entries, path, build_shape if own is None else own)
        return self._functional(entries, config, path)

    def _sequential(self, entries: list[Any], path: str, build_shape: Any) -> Definition:
        """Layers one after the other; if the first is no input layer, there is one before it."""
        model = Definition()
        layers = [self._layer(entry, path, model, number) for number, entry in enumerate(entries)]
        names = [*model.layers]
        if layers[0].class_name == INPUT:
            model.calls[names[0], 0] = Arguments((), {})
        else:
            names.insert(0, self._input_before(layers[0], model, build_shape))
        for before, name in pairwise(names):
            model.calls[name, 0] = Arguments((Reference(before, 0, 0),), {})
        model.inputs.append(Reference(names[0], 0, 0))
        model.outputs.append(Reference(names[-1], 0, 0))
        return model

    def _input_before(self, first: Layer, model: Definition, build_shape: Any) -> str:
        shape = _first_shape(first)
        if shape is None:
            shape = build_shape if build_shape is not None else first.build_shape
        name = _unused(f"{first.path.rpartition('/')[2]}_input", model.layers)
        path = f"{first.path}_input"
        config = {"name": name, "batch_shape": shape}
        model.layers[name] = Layer(path, INPUT, INPUT, config, first.position)
        model.calls[name, 0] = Arguments((), {})
        return name

    def _functional(self, entries: list[Any], config: Mapping[str, Any], path: str) -> Definition:
        model = Definition()
        for number, entry in enumerate(entries):
            layer = self._layer(entry, path, model, number)
            with at(layer_place(layer.path, layer.position)):
                self._calls(layer, entry, next(reversed(model.layers)), model)
        for key, found in (("input_layers", model.inputs), ("output_layers", model.outputs)):
            if key not in config:
                raise KerasError(f"the model has no {key}")
            found.extend(outputs(config[key]))
        if not model.outputs:
            raise KerasError("the model has no output_layers")
        return model

    def _calls(self, layer: Layer, entry: Mapping[str, Any], name: str, model: Definition) -> None:
        nodes = entry.get("inbound_nodes")
        if nodes is None:
            nodes = []
        if not isinstance(nodes, list):
            raise KerasError(f"inbound_nodes is {value_text(nodes)}, not a list")
        if layer.class_name == INPUT:
            model.calls[name, 0] = Arguments((), {})
            return
        for number, node in enumerate(nodes):
            model.calls[name, number] = arguments(node)
        if not nodes:
            self.uncalled.append(layer)

    def _layer(self, entry: Any, path: str, model: Definition, number: int) -> Layer:
        """A layer, put among those of its model."""
        if self.position == MOST_LAYERS:
            raise KerasError(f"the file has more than {MOST_LAYERS:,} layers")
        self.position += 1
        position = self.position
        place = layer_place(f"{path}{number + 1}", position)
        with at(place):
            class_name, config = class_and_config(entry)
            name = _name(entry, config, class_name, number)
        with at(layer_place(path + name, position)):
            if name in model.layers:
                raise KerasError(f"two layers have the name {value_text(name)}")
            layer = self._made(entry, class_name, config, path + name)
        model.layers[name] = layer
        return layer

    def _made(self, entry: Mapping[str, Any], class_name: str, config: Any, path: str) -> Layer:
        source, config, times = unwrapped(class_name, config)
        own = modern_class(source)
        position = self.position
        built = _build_shape(entry)
        inner = None
        if is_model(own, config):
            inner = self.read(own, config, f"{path}/", None if times else built)
        elif not isinstance(config, dict):
            raise KerasError(f"the config is {value_text(config)}, not an object")
        fields = config if isinstance(config, dict) else {}
        shared, module = entry.get("shared_object_id"), entry.get("module")
        return Layer(
            path,
            own,
            source,
            fields if inner else modern_config(own, fields),
            position,
            built,
            shared if type(shared) is int else None,
            inner,
            times,
            module if isinstance(module, str) else "",
        )


def unwrapped(class_name: str, config: Any) -> tuple[str, Any, int]:
    """The layer in a wrapper that calls it as it is, and over how many axes it is distributed.

    Its class is as the file has it.

    >>> inner = {"class_name": "Dense", "config": {"units": 8}}
    >>> unwrapped("TimeDistributed", {"layer": inner})
    ('Dense', {'units': 8}, 1)
    """
    times = 0
    while (
        (wrapper := modern_class(class_name)) in WRAPPERS
        and isinstance(config, dict)
        and "layer" in config
    ):
        class_name, inner = class_and_config(config["layer"])
        own = {key: config[key] for key in SHAPE_KEYS if key in config}
        times += WRAPPERS[wrapper]
        if isinstance(inner, dict):
            inner = {key: value for key, value in inner.items() if key not in SHAPE_KEYS} | own
        config = inner
    return class_name, config, times


def is_model(class_name: str, config: Any) -> bool:
    """Whether a class with a config is a model: a known one, or one that is functional.

    >>> is_model("Sequential", []), is_model("Dense", {"units": 8})
    (True, False)
    """
    if class_name in MODELS:
        return isinstance(config, (dict, list))
    return isinstance(config, dict) and "layers" in config and "output_layers" in config


def class_and_config(entry: Any) -> tuple[str, Any]:
    """The class and the config of a layer or model.

    >>> class_and_config({"class_name": "Sequential", "config": []})
    ('Sequential', [])
    """
    if not isinstance(entry, dict):
        raise KerasError(f"a layer is {value_text(entry)}, not an object")
    class_name = entry.get("class_name")
    if not isinstance(class_name, str):
        raise KerasError(f"class_name is {value_text(class_name)}, not a text")
    return class_name, entry.get("config")


def _name(entry: Mapping[str, Any], config: Any, class_name: str, number: int) -> str:
    inner = config.get("name") if isinstance(config, dict) else None
    name = entry.get("name") if entry.get("name") is not None else inner
    if name is None:
        name = f"{modern_class(class_name).lower()}_{number + 1}"
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise KerasError(f"the name is {value_text(name)}: a text of 1 to {LONGEST_NAME} is needed")
    return name.encode(errors="replace").decode()


def _build_shape(entry: Mapping[str, Any]) -> Any:
    config = entry.get("build_config")
    return config.get("input_shape") if isinstance(config, dict) else None


def _first_shape(layer: Layer) -> Any:
    """The shape of the input of a model that begins with a layer, which may be a model itself."""
    while layer.model is not None and layer.input_shape is None and not layer.times:
        layer = layer.model.layers[layer.model.inputs[0].layer]
    return layer.input_shape


def _unused(name: str, names: Mapping[str, Any]) -> str:
    return next(each for each in _numbered(name) if each not in names)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1
