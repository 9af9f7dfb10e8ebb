"""Small Keras models as their files have them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.facts.totals import Totals
from convcalc.files.loading import Loaded, load_document, read_file
from convcalc.files.readers import SourceFile
from convcalc.language.document import Overrides

HEIGHT, WIDTH, CHANNELS = 13, 16, 6
IMAGE = (HEIGHT, WIDTH, CHANNELS)
"""The sizes of an image, as Keras orders them."""


def layer(class_name: str, name: str = "", /, **config: Any) -> dict[str, Any]:
    """A layer of a Sequential model."""
    own = name or f"{class_name.lower()}_{id(config)}"
    return {"class_name": class_name, "config": {"name": own, **config}}


def sequential(shape: Sequence[int | None], *layers: Mapping[str, Any]) -> dict[str, Any]:
    """A Sequential model; the shape of the input is without the batch."""
    first = layer("InputLayer", "image", batch_shape=[None, *shape])
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers]}}


def tensor(name: str, call: int = 0, output: int = 0, shape: Any = None) -> dict[str, Any]:
    """The output of a layer as arguments of Keras 3 have it."""
    config = {"shape": shape, "dtype": "float32", "keras_history": [name, call, output]}
    return {"class_name": "__keras_tensor__", "config": config}


def node(*args: Any, **kwargs: Any) -> dict[str, Any]:
    """A call in Keras 3; texts stand for outputs of layers."""
    return {
        "args": [_reference(each) for each in args],
        "kwargs": {name: _reference(each) for name, each in kwargs.items()},
    }


def called(entry: Mapping[str, Any], *nodes: Any) -> dict[str, Any]:
    """A layer of a functional model."""
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": [*nodes]}


def given(name: str, *shape: int | None) -> dict[str, Any]:
    """An input of a functional model."""
    return called(layer("InputLayer", name, batch_shape=[None, *shape]))


def functional(
    inputs: Any, outputs: Any, *layers: Mapping[str, Any], name: str = "net"
) -> dict[str, Any]:
    """A functional model; inputs and outputs are names, or what the file has."""
    config = {
        "name": name,
        "layers": [*layers],
        "input_layers": _ends(inputs),
        "output_layers": _ends(outputs),
    }
    return {"class_name": "Functional", "config": config}


def loaded(model: Any, overrides: Overrides | None = None) -> Loaded:
    """The network of a model, or of the bytes of a file."""
    data = model if isinstance(model, bytes) else json.dumps(model).encode()
    read = read_file(SourceFile.of(data, "net.json"), overrides)
    return load_document(read.document, "net", read.overrides)


def totals(model: Any, overrides: Overrides | None = None) -> Totals:
    """The totals of a model."""
    found = loaded(model, overrides)
    assert found.network is not None, found.problems
    return found.network.totals()


def one(class_name: str, *shape: int, **config: Any) -> tuple[int, int | None, tuple[int, ...]]:
    """Parameters, MACs and output of a network of one layer; the shape is that of the file."""
    found = totals(sequential(shape, layer(class_name, "one", **config)))
    return found.params, found.macs, found.output_shape


def message(model: Any, overrides: Overrides | None = None) -> str:
    """The only error in a model, with its place."""
    found = loaded(model, overrides)
    (problem,) = found.problems
    return problem.place.within("net") + ": " + problem.text if problem.place else problem.text


def _reference(value: Any) -> Any:
    if isinstance(value, str):
        return tensor(value)
    return [_reference(item) for item in value] if isinstance(value, list) else value


def _ends(names: Any) -> Any:
    if isinstance(names, str):
        return [[name, 0, 0] for name in names.split()]
    return names
