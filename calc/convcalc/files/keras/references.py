"""The outputs of layers that a layer, or a model, names as what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from convcalc.errors import value_text
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.nested import found
from convcalc.records import NamedTuple

TENSOR = "__keras_tensor__"
"""The class that stands for an output of a layer in arguments of Keras 3."""

TUPLE = "__tuple__"
CONSTANT = "_CONSTANT_VALUE"
"""What older dialects write in place of a layer's name before a number."""

MOST_OUTPUTS = 10_000
"""Of a layer."""


class Reference(NamedTuple):
    """An output of a call of a layer."""

    layer: str
    call: int
    output: int
    shape: tuple[int | None, ...] | None = None
    """With the batch, if it is in the file."""


class Arguments(NamedTuple):
    """What a call passes: references, in lists or not, and values."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    @property
    def references(self) -> list[Reference]:
        """All references, in order.

        >>> read = Reference("conv1", 0, 0)
        >>> len(Arguments(([read, 2], ), {"mask": read}).references)
        2
        """
        return [*found(Reference, [self.args, self.kwargs])]


def arguments(node: Any) -> Arguments:
    """What a node, an entry of `inbound_nodes`, passes; in any dialect.

    >>> arguments([["conv1", 0, 0, {}]]).args
    (Reference(layer='conv1', call=0, output=0, shape=None),)
    """
    if isinstance(node, dict) and "args" in node:
        args, kwargs = node["args"], node.get("kwargs") or {}
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise KerasError("the args and kwargs of a node are not a list and an object")
        return Arguments(tuple(map(_value, args)), {key: _value(kwargs[key]) for key in kwargs})
    kwargs = {}
    args = _nested(node, kwargs)
    if isinstance(args, list) and len(args) == 1:
        args = args[0]
    return Arguments((args,), kwargs)


def outputs(value: Any) -> list[Reference]:
    """The references that `input_layers` or `output_layers` of a model holds.

    >>> [read.layer for read in outputs([["a", 0, 0], ["b", 0, 0]])]
    ['a', 'b']
    """
    return [*found(Reference, _nested(value, {}))]


def _value(value: Any) -> Any:
    """An argument as Keras 3 writes it."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    config = value.get("config")
    if value.get("class_name") == TENSOR:
        return _tensor(config)
    if value.get("class_name") == TUPLE and isinstance(config, dict):
        return _value(config.get("value"))
    return {key: _value(item) for key, item in value.items()}


def _tensor(config: Any) -> Reference:
    history = config.get("keras_history") if isinstance(config, dict) else None
    if not isinstance(config, dict) or not _is_reference(history):
        raise KerasError(f"the keras_history of a tensor is {value_text(history)}")
    return _reference(history, _shape(config.get("shape")))


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if not isinstance(shape, list):
        return None
    if not all(size is None or type(size) is int for size in shape):
        raise KerasError(f"the shape of a tensor is {value_text(shape)}")
    return tuple(shape)


def _nested(value: Any, kwargs: dict[str, Any]) -> Any:
    """References as older dialects write them: lists of a name and two or three values."""
    if isinstance(value, dict):
        return {key: _nested(item, kwargs) for key, item in value.items()}
    if not isinstance(value, list):
        raise KerasError(f"a node is {value_text(value)}, not a list")
    if not _is_constant(value) and not _is_reference(value):
        return [_nested(item, kwargs) for item in value]
    if len(value) > 3 and isinstance(value[3], dict):
        kwargs.update({key: _keyword(item) for key, item in value[3].items()})
    return value[2] if _is_constant(value) else _reference(value, None)


def _keyword(value: Any) -> Any:
    """An argument by name of older dialects, where tensors have no mark of their own."""
    if isinstance(value, list):
        if _is_constant(value):
            return value[2]
        if len(value) in (3, 4) and _is_reference(value):
            return _reference(value, None)
        return [_keyword(item) for item in value]
    if isinstance(value, dict):
        return {key: _keyword(item) for key, item in value.items()}
    return value


def _is_constant(value: list[Any]) -> bool:
    return len(value) > 2 and value[0] == CONSTANT


def _is_reference(value: Any) -> TypeGuard[list[Any]]:
    return (
        isinstance(value, list)
        and len(value) > 2
        and isinstance(value[0], str)
        and type(value[1]) is int
        and type(value[2]) is int
    )


def _reference(value: list[Any], shape: tuple[int | None, ...] | None) -> Reference:
    name, call, output = value[:3]
    if call < 0 or not 0 <= output < MOST_OUTPUTS:
        raise KerasError(f"it reads output {output} of call {call} of layer {value_text(name)}")
    return Reference(name, call, output, shape)
