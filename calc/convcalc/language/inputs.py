"""`input` of a specification: one shape, or several by name, and what the caller sets instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.expectations import written_shape
from convcalc.language.expression_messages import TIMES, sizes_message
from convcalc.language.names import wrong_name
from convcalc.language.problems import Problems, spelled
from convcalc.language.resolving import resolved
from convcalc.layers import INPUT, NAME, Inputs
from convcalc.operations.declarations import ParameterKind
from convcalc.values import Shape, per_dimension, shape_of
from convcalc.wording import counted, did_you_mean


def read_inputs(written: Any, variables: Mapping[str, Any], problems: Problems) -> Inputs | None:
    """The shape of each input by its name; None, and a problem, if any of them is wrong."""
    if not isinstance(written, dict):
        shape = _read((INPUT,), written, variables, problems)
        return None if shape is None else {INPUT: shape}
    shapes: dict[str, Shape] = {}
    named = problems.mapping((INPUT,), written)
    if not named:
        problems.add((INPUT,), "input has no shape: write [C, *spatial], or one for each name")
        return None
    for name, value in named.items():
        wrong = wrong_name(name, NAME.fullmatch(name), "an input's name")
        if wrong:
            problems.add((INPUT, name), wrong, at_key=True)
        shape = _read((INPUT, name), value, variables, problems)
        if shape is not None and not wrong:
            shapes[name] = shape
    return shapes if len(shapes) == len(written) else None


def _read(
    path: tuple[str, ...], value: Any, variables: Mapping[str, Any], problems: Problems
) -> Shape | None:
    name = path[-1]
    if isinstance(value, str) and TIMES.fullmatch(value):
        problems.add(path, sizes_message(value))
        return None
    try:
        return written_shape(name, resolved(value, ParameterKind.NUMBERS, variables))
    except SpecError as error:
        problems.add(path, spelled(error))
        return None


def with_settings(inputs: Inputs, settings: Mapping[str, Any]) -> Inputs:
    """The inputs with the shapes of the setting `inputs` and the sizes of the setting `size`.

    Raises:
        SpecError: a setting is not for these inputs.

    >>> with_settings({"input": (3, 9, 9)}, {"size": 29})
    {'input': (3, 29, 29)}
    """
    if settings.get("inputs"):
        inputs = with_shapes(inputs, settings["inputs"])
    size = settings.get("size")
    return inputs if size is None else with_sizes(inputs, size)


def with_sizes(inputs: Inputs, size: Any) -> Inputs:
    """The inputs with other spatial sizes: of all of them, or of those that are named.

    Args:
        inputs: the shapes as they are written.
        size: one size for all dimensions or one for each; or a mapping of names to such sizes.

    Raises:
        SpecError: an input has other dimensions, or there is no input of a name.

    >>> with_sizes({"left": (3, 9, 9), "right": (3, 9, 9)}, {"left": 29})
    {'left': (3, 29, 29), 'right': (3, 9, 9)}
    """
    if not isinstance(size, Mapping):
        return {name: _sized(shape, size) for name, shape in inputs.items()}
    _require_names(inputs, size)
    return {
        name: _sized(shape, size[name]) if name in size else shape for name, shape in inputs.items()
    }


def with_shapes(inputs: Inputs, shapes: Mapping[str, Any] | Sequence[tuple[str, Any]]) -> Inputs:
    """The inputs with other shapes; an empty name stands for the only input, or the first.

    Raises:
        SpecError: there is no input of a name, a shape is no such thing, or an input has two.

    >>> with_shapes({"input": (3, 9, 9)}, {"": (1, 96, 96)})
    {'input': (1, 96, 96)}
    """
    first = next(iter(inputs))
    pairs = [(name or first, shape) for name, shape in named_shapes(shapes)]
    named = {name: shape_of(name, shape) for name, shape in pairs}
    if len(named) < len(pairs):
        raise SpecError(f"an input is given {counted(len(pairs), 'shape')}")
    _require_names(inputs, named)
    return {name: named.get(name, shape) for name, shape in inputs.items()}


def named_shapes(
    shapes: Mapping[str, Any] | Sequence[tuple[str, Any]],
) -> Sequence[tuple[str, Any]]:
    """Names and shapes, in the order they were given.

    >>> named_shapes({"left": (3, 9, 9)})
    [('left', (3, 9, 9))]
    """
    return [*shapes.items()] if isinstance(shapes, Mapping) else shapes


def _require_names(inputs: Inputs, names: Mapping[str, Any]) -> None:
    for name in names:
        if name not in inputs:
            hint = did_you_mean(name, inputs) or f"; the inputs are {', '.join(inputs)}"
            raise SpecError(f"unknown input {name}{hint}")


def _sized(shape: Shape, size: Any) -> Shape:
    dims = len(shape) - 1
    sizes = (size,) * max(dims, 1) if isinstance(size, int) else tuple(size)
    if len(sizes) != dims:
        fact = f"{{size}} is not for an input of {counted(dims, 'spatial size')}"
        raise SpecError(fact, size=size)
    return (shape[0], *per_dimension("size", size, dims))
