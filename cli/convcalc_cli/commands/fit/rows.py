"""Layers as rows of the network language, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from convcalc.layers import AnyLayer
from convcalc.operations.declarations import Declaration
from convcalc.operations.registry import DECLARATIONS, parameters_of
from convcalc_cli.formats.short_rows import short_value


def rows_of(
    layers: Iterable[AnyLayer], current: str | None, own: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """The layers with what is not a default.

    Args:
        layers: layers in the order they run.
        current: what the first of them reads by itself.
        own: the defaults of the file.

    >>> from convcalc import Conv, Layer
    >>> list(rows_of([Layer("a", Conv(3, 8, 1)), Layer("b", Conv(8, 8, 1), ("a",))], "input"))
    [{'conv': 8, 'kernel_size': 1, 'name': 'a'}, {'conv': 8, 'kernel_size': 1, 'name': 'b'}]
    """
    for layer in layers:
        yield _row(layer, current, own or {})
        if not layer.training:
            current = layer.name


def _row(layer: AnyLayer, current: str | None, own: Mapping[str, Any]) -> dict[str, Any]:
    word = layer.operation.word
    declared = DECLARATIONS[word]
    arguments = _arguments(layer, declared, own.get(word) or {})
    main = arguments.pop(declared.main, None) if declared.main else None
    content: dict[str, Any] = {word: main}
    if declared.takes_operands:
        content[word] = list(layer.inputs)
    elif declared.reads and layer.inputs != (current,):
        content["from"] = layer.inputs[0] if len(layer.inputs) == 1 else list(layer.inputs)
    content |= arguments
    if layer.weights_of is not None:
        content["weights"] = layer.weights_of
    if layer.training:
        content["training"] = True
    if layer.style:
        content["as"] = layer.style
    return {**content, "name": layer.name}


def _arguments(
    layer: AnyLayer, declared: Declaration, set_by_file: Mapping[str, Any]
) -> dict[str, Any]:
    defaults = declared.defaults
    short = {
        name: short_value(value, declared.kinds[name])
        for name, value in parameters_of(layer.operation).items()
        if name in declared.kinds
    }
    return {
        name: value
        for name, value in short.items()
        if name == declared.main or name in set_by_file or value != defaults.get(name, ...)
    }
