"""Reads what blocks are given: numbers, names, layers, and lists of any of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.language.parameters import ParameterReader
from convcalc.language.steps import Step
from convcalc.layers import Path
from convcalc.operations.declarations import ParameterKind


class ArgumentReader:
    """Checks arguments in one scope, and reads those that are layers.

    Args:
        parameters: checks expressions.
        layers_of: reads a layer, or a list of layers.
    """

    def __init__(
        self, parameters: ParameterReader, layers_of: Callable[[Any, Path], list[Step]]
    ) -> None:
        self._parameters = parameters
        self._layers_of = layers_of

    def is_valid(self, path: Path, value: Any, layers: dict[int, list[Step]]) -> bool:
        """Whether an argument can be read; its layers are added, by the argument's identity."""
        if are_layers(value):
            if id(value) not in layers:
                layers[id(value)] = self._layers_of(value, path)
            return True  # a layer that cannot be read is only broken itself
        return self._is_readable(path, value)

    def _is_readable(self, path: Path, value: Any) -> bool:
        if isinstance(value, list):
            return all(self._is_readable((*path, at), item) for at, item in enumerate(value))
        if not isinstance(value, str) or "$" not in value:
            return True
        return self._parameters.is_readable(path, value, ParameterKind.WHOLE)


def are_layers(value: Any) -> bool:
    """Whether an argument can be nothing but a layer, or a list of layers.

    >>> are_layers({"conv": 8}), are_layers(["relu", {"conv": 8}]), are_layers(["relu"])
    (True, True, False)
    """
    if isinstance(value, dict):
        return True
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)
