"""Validation of layers built in Python, by the rules for network files."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.errors import SpecError, value_text
from convcalc.layers import INPUT, LONGEST_NAME, NAME, AnyLayer, Layer, expanded
from convcalc.operations.base import Operation
from convcalc.wording import counted, number_text


class Checked(tuple[AnyLayer, ...]):
    """Validated layers: names are unique, and inputs refer to earlier layers."""

    __slots__ = ()


def checked(layers: Sequence[AnyLayer] | object) -> Checked:
    """The layers, refused if their names, operations or sources do not make a network.

    Whether the shapes fit is found when they are worked out.

    Raises:
        SpecError: they do not.

    >>> from convcalc import Conv
    >>> checked([Layer("stem", Conv(3, 8, 3)), Layer("next", Conv(8, 8, 3), ("stme",))])
    Traceback (most recent call last):
    convcalc.errors.SpecError: next reads stme, but no layer before it has that name
    """
    if type(layers) is Checked:
        return layers
    if isinstance(layers, (str, bytes)) or not isinstance(layers, Sequence):
        raise SpecError("{layers} is not a list of layers", layers=layers)
    if not layers:
        raise SpecError("a network needs a layer")
    names = {INPUT}
    for at, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise SpecError(f"layers[{at}] is not a Layer: {value_text(layer)}")
        _check_name(at, layer, names)
        _check_operation(layer)
        _check_inputs(layer, names)
        names.add(layer.name)
        _add_parts(layer, names)
    return Checked(layers)


def _check_name(at: int, layer: AnyLayer, names: set[str]) -> None:
    name: object = layer.name
    if not isinstance(name, str) or not NAME.fullmatch(name):
        rule = "a letter or _, then letters, digits, _ - or ."
        raise SpecError(f"layers[{at}] is named {value_text(name)}: a name is {rule}")
    if max(map(len, name.split("."))) > LONGEST_NAME:
        fact = f"the name {value_text(name)} is longer than {LONGEST_NAME} characters"
        raise SpecError(fact)
    if name == INPUT:
        raise SpecError(f"layers[{at}] is named input, which is the network's input")
    if name in names:
        raise SpecError(f"the name {name} is already used")


def _check_operation(layer: AnyLayer) -> None:
    operation: object = layer.operation
    if not isinstance(operation, Operation) or not hasattr(operation, "word"):
        raise SpecError(f"{layer.name} has no operation, but {value_text(operation)}")
    if layer.path is not None and not isinstance(layer.path, tuple):
        raise SpecError(f"the path of {layer.name} is not a tuple: {value_text(layer.path)}")


def _check_inputs(layer: AnyLayer, names: set[str]) -> None:
    name, operation, inputs, _ = layer
    if not isinstance(inputs, tuple) or not all(isinstance(source, str) for source in inputs):
        fact = f"the inputs of {name} are not a tuple of names: {value_text(inputs)}"
        raise SpecError(fact)
    least, most = operation.least_inputs, operation.most_inputs
    if len(inputs) < least or (most is not None and len(inputs) > most):
        wanted = number_text(least, most)
        reads = counted(len(inputs), "value")
        raise SpecError(f"{name} reads {reads}, but {operation.word} takes {wanted}")
    for source in inputs:
        if source not in names:
            shown = source if NAME.fullmatch(source[: LONGEST_NAME + 1]) else value_text(source)
            raise SpecError(f"{name} reads {shown}, but no layer before it has that name")


def _add_parts(layer: AnyLayer, names: set[str]) -> None:
    if layer.operation.parts:
        for part in expanded([layer]):
            if part.name in names:
                raise SpecError(f"the name {part.name} is already used")
            names.add(part.name)
