"""From the parameters of a layer to its operation; equal layers share one operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.cache import Operations
from convcalc.language.constants import between_declaration, between_words
from convcalc.language.frames import Frame
from convcalc.language.problems import PlacedError
from convcalc.language.resolving import Variables, cost, resolved
from convcalc.language.steps import Step
from convcalc.language.work import NEW_CONVOLUTION, NEW_OPERATION, Work
from convcalc.layers import Path
from convcalc.operations.base import Operation
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape

MOST_COMPARED = 8
"""Items of a list by which operations are found to be equal."""


class OperationMaker:
    """Makes the operations of layers.

    Args:
        defaults: parameters for all layers of an operation.
        operations: operations that were made before, for layers that say the same in constants.
        work: counts what is done.
    """

    def __init__(
        self, defaults: Mapping[str, Mapping[str, Any]], operations: Operations, work: Work
    ) -> None:
        self._defaults = defaults
        self._work = work
        self._varying = {word for word, values in defaults.items() if "$" in repr(values)}
        """Operations whose defaults depend on variables."""
        self._of_constants = operations
        self._of_values: dict[Any, tuple[Operation, Shape]] = {}
        """Operations by their resolved parameters."""
        self._made_before: set[int] = set()

    def operation(
        self,
        step: Step,
        shapes: tuple[Shape, ...],
        frame: Frame,
        first: Mapping[str, Any],
        context: Shape,
    ) -> tuple[Operation, Shape]:
        """The operation of a layer, and the shape of its output.

        Args:
            step: the layer as it is written.
            shapes: what it reads.
            frame: where it stands.
            first: parameters of the first round.
            context: the shape that its expressions are about; the first of what it reads, if any.

        Raises:
            PlacedError: it cannot be made, or cannot take these inputs.
        """
        word = step.declaration.word
        constant = step.key is not None and not first and word not in self._varying
        if constant and (made := self._of_constants.get((id(step.values), shapes))):
            return made[:2]
        values = self._resolved(step, context, frame, first)
        key = None if constant else _key(word, shapes or (context,), values)
        if key in self._of_values:
            return self._of_values[key]
        operation = self._made(step, context, values, first)
        try:
            shape = operation.inferred(shapes)
        except SpecError as error:
            raise self._placed(step, error, first) from error
        if constant:
            self._of_constants[id(step.values), shapes] = operation, shape, step.values
        elif key is not None:
            self._of_values[key] = operation, shape
        return operation, shape

    def _resolved(
        self, step: Step, shape: Shape, frame: Frame, first: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The parameters, with their expressions evaluated."""
        declaration = step.declaration
        values = {**self._defaults.get(declaration.word, {}), **step.values, **first}
        variables: Variables | None = None
        for name, value in values.items():
            if type(value) is int or type(value) is bool:
                continue
            if variables is None:
                variables = frame.variables_with(shape[0])
            try:
                self._work.spend(cost(value, variables))
                values[name] = resolved(value, declaration.kinds[name], variables)
            except SpecError as error:
                raise self._placed_at(step, name, error, first) from error
        return values

    def _made(
        self, step: Step, shape: Shape, values: dict[str, Any], first: Mapping[str, Any]
    ) -> Operation:
        declaration = step.declaration
        try:
            self._spend_on(step)
            for name, value in values.items():
                if declaration.kinds[name] is ParameterKind.WORDS:
                    values[name] = self._between(step, name, value, shape, first)
            values.update(_needed(declaration, shape))
            made: Operation = declaration.make(**values)
        except PlacedError:
            raise
        except SpecError as error:
            raise self._placed(step, error, first) from error
        return made

    def _spend_on(self, step: Step) -> None:
        """Charges for an operation; the first one of each written layer is paid for by the text."""
        if id(step) in self._made_before:
            has_convolutions = "in_channels" in step.declaration.needs
            self._work.spend(NEW_CONVOLUTION if has_convolutions else NEW_OPERATION)
        self._made_before.add(id(step))

    def _between(
        self, step: Step, name: str, words: Any, shape: Shape, first: Mapping[str, Any]
    ) -> list[Operation]:
        """The operations between the two halves of a separable convolution."""
        try:
            words = between_words(words)
            self._work.require_rows(len(words))
            self._work.spend(len(words))
            return [_from_channels(word, shape[0]) for word in words]
        except SpecError as error:
            raise self._placed_at(step, name, error, first) from error

    def _placed(self, step: Step, error: SpecError, first: Mapping[str, Any]) -> PlacedError:
        """An error at the first parameter that it is about; else at the operation."""
        for name in error.values:
            path = self._path_of(step, name, first)
            if path is not None:
                return PlacedError(path, error)
        if type(step.key) is str:
            return PlacedError(step.path, error)
        return PlacedError((*step.path, step.declaration.word), error, at_key=True)

    def _placed_at(
        self, step: Step, name: str, error: SpecError, first: Mapping[str, Any]
    ) -> PlacedError:
        """An error at a parameter."""
        path = self._path_of(step, name, first)
        return self._placed(step, error, first) if path is None else PlacedError(path, error)

    def _path_of(self, step: Step, name: str, first: Mapping[str, Any]) -> Path | None:
        """Where a parameter is written, if it is."""
        word = step.declaration.word
        if name in first:
            return (*step.path, "first", name)
        if name in step.values:
            return (*step.path, word if name == step.declaration.main else name)
        return ("defaults", word, name) if name in self._defaults.get(word, {}) else None


def _needed(declaration: Declaration, shape: Shape) -> dict[str, Any]:
    """What an operation needs of its input: its channels, its dimensions, its shape."""
    dims = len(shape) - 1
    if "dims" in declaration.needs and not dims:
        raise SpecError(f"{declaration.word} needs spatial sizes, its input is {shape}")
    context: dict[str, Any] = {"dims": dims, "shape": shape}
    return {need: context.get(need, shape[0]) for need in declaration.needs}


def _from_channels(word: Any, channels: int) -> Operation:
    """The operation of a word alone, for an input of so many channels."""
    declaration = between_declaration(word)
    needs = {need: channels for need in declaration.needs if need not in ("dims", "shape")}
    made: Operation = declaration.make(**needs)
    return made


def _key(word: str, shapes: tuple[Shape, ...], values: Mapping[str, Any]) -> Any:
    """Equal for operations with equal parameters; None if that takes long to find out."""
    parts: list[Any] = [word, shapes]
    for name, value in values.items():
        if type(value) is list:
            if len(value) > MOST_COMPARED or any(type(item) is list for item in value):
                return None
            value = tuple([(type(item), item) for item in value])
        parts += (name, type(value), value)
    return tuple(parts)
