"""Validation of layers built in Python, by the rules for network files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from convcalc.errors import SpecError, value_text
from convcalc.layers import INPUT, LONGEST_NAME, NAME, AnyLayer, Layer, expanded
from convcalc.operations.base import Operation
from convcalc.values import Shape
from convcalc.wording import counted, number_text

SHARING = frozenset({"conv", "depthwise_conv", "conv_transpose", "linear"})
"""The words of operations whose weights may be the same array."""

NOTHING_RUNS = "every layer only runs in training: a network needs one that runs in use"


class Checked(tuple[AnyLayer, ...]):
    """Validated layers: names are unique, and inputs refer to earlier layers."""

    __slots__ = ()


def checked(layers: Sequence[AnyLayer] | object, inputs: Collection[str] = (INPUT,)) -> Checked:
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
    names = set(inputs)
    seen: dict[str, AnyLayer] = {}
    for at, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise SpecError(f"layers[{at}] is not a Layer: {value_text(layer)}")
        _check_name(at, layer, names, inputs)
        _check_operation(layer)
        _check_inputs(layer, names)
        _check_weights(layer, seen)
        _check_training(layer, seen)
        seen[layer.name] = layer
        names.add(layer.name)
        _add_parts(layer, names)
    if all(layer.training for layer in layers):
        raise SpecError(NOTHING_RUNS)
    return Checked(layers)


def _check_name(at: int, layer: AnyLayer, names: Collection[str], inputs: Collection[str]) -> None:
    name = layer.name
    check_name(name, f"layers[{at}]")
    if name in inputs:
        is_one = "is the network's input" if len(inputs) == 1 else "is an input of the network"
        raise SpecError(f"layers[{at}] is named {name}, which {is_one}")
    if name in names:
        raise SpecError(f"the name {name} is already used")


def check_name(name: object, of: str) -> None:
    """Requires that a name can be one.

    Raises:
        SpecError: it has other characters, or too many.

    >>> check_name("2d", "layers[0]")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    convcalc.errors.SpecError: layers[0] is named '2d': a name is a letter or _, then ...
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        rule = "a letter or _, then letters, digits, _ - or ."
        raise SpecError(f"{of} is named {value_text(name)}: a name is {rule}")
    if max(map(len, name.split("."))) > LONGEST_NAME:
        fact = f"the name {value_text(name)} is longer than {LONGEST_NAME} characters"
        raise SpecError(fact)


def _check_operation(layer: AnyLayer) -> None:
    operation: object = layer.operation
    if not isinstance(operation, Operation) or not hasattr(operation, "word"):
        raise SpecError(f"{layer.name} has no operation, but {value_text(operation)}")
    if layer.path is not None and not isinstance(layer.path, tuple):
        raise SpecError(f"the path of {layer.name} is not a tuple: {value_text(layer.path)}")


def _check_inputs(layer: AnyLayer, names: set[str]) -> None:
    name, operation, inputs, *_ = layer
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


def _check_weights(layer: AnyLayer, seen: Mapping[str, AnyLayer]) -> None:
    owner = layer.weights_of
    if owner is None:
        return
    if owner not in seen:
        fact = f"{layer.name} uses the weights of {value_text(owner)}, but no layer before it"
        raise SpecError(f"{fact} has that name")
    check_shared(layer, seen[owner])


def check_shared(layer: AnyLayer, owner: AnyLayer) -> None:
    """Requires that a layer can use the weights of another.

    Raises:
        SpecError: one has none, theirs have different shapes, or only the owner is for training.

    >>> from convcalc import Conv, Layer
    >>> check_shared(Layer("b", Conv(8, 8, 3)), Layer("a", Conv(8, 8, 5)))
    Traceback (most recent call last):
    convcalc.errors.SpecError: b has a weight of shape (8, 8, 3, 3), but that of a is (8, 8, 5, 5)
    """
    if owner.training and not layer.training:
        fact = f"{layer.name} uses the weights of {owner.name}, which only runs in training"
        raise SpecError(f"{fact}: let {owner.name} come later and use those of {layer.name}")
    _check_like(layer.name, layer.operation, owner.name, owner.operation)


def _check_like(name: str, operation: Operation, owner: str, other: Operation) -> None:
    mine, theirs = _shareable(operation), _shareable(other)
    for word, weights in ((operation.word, mine), (other.word, theirs)):
        if not weights:
            raise SpecError(f"{word} has no weights to share")
    words = {operation.word, other.word}
    if len(words) > 1 and not words <= SHARING:
        fact = f"{name} is {operation.word}, but {owner} is {other.word}"
        raise SpecError(f"{fact}: they cannot share weights")
    for key in mine:
        if key not in theirs and operation.parts:
            raise SpecError(f"{name} has {key}, but {owner} does not")
        if not key.endswith("bias") and key in theirs and mine[key] != theirs[key]:
            fact = f"{name} has a {key} of shape {mine[key]}"
            raise SpecError(f"{fact}, but that of {owner} is {theirs[key]}")


def _shareable(operation: Operation) -> dict[str, Shape]:
    """The shapes of an operation's weights, and of those of its parts as PART.NAME."""
    if not operation.parts:
        return operation.weights
    parts = operation.parts.items()
    return {f"{name}.{key}": shape for name, part in parts for key, shape in part.weights.items()}


def _check_training(layer: AnyLayer, seen: Mapping[str, AnyLayer]) -> None:
    for source in () if layer.training else layer.inputs:
        if source in seen and seen[source].training:
            fact = f"{layer.name} reads {source}, which only runs in training"
            raise SpecError(fact)


def _add_parts(layer: AnyLayer, names: set[str]) -> None:
    if layer.operation.parts:
        for part in expanded([layer]):
            if part.name in names:
                raise SpecError(f"the name {part.name} is already used")
            names.add(part.name)
