"""From the parameters of a layer to its operation; equal layers share one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from convcalc.errors import SpecError
from convcalc.language.cache import Operations
from convcalc.language.constants import between_declaration, between_words
from convcalc.language.frames import Frame, Value
from convcalc.language.problems import PlacedError
from convcalc.language.resolving import Variables, cost, resolved
from convcalc.language.steps import Step
from convcalc.language.work import NEW_CONVOLUTION, NEW_OPERATION, Work
from convcalc.layers import Path
from convcalc.operations.base import Operation
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS
from convcalc.values import Shape
from convcalc.wording import counted

MOST_COMPARED = 8
"""Items of a list by which operations are found to be equal."""


LookUp: TypeAlias = "Callable[[str, Path, Frame], Value | None]"


class NoValueError(Exception):
    """A value that a parameter names is not there, which is reported already."""


class OperationMaker:
    """Makes the operations of layers.

    Args:
        look_up: finds a value by its name, and reports one that is not there.
        defaults: parameters for all layers of an operation.
        operations: operations that were made before, for layers that say the same in constants.
        work: counts what is done.
    """

    def __init__(
        self,
        look_up: LookUp,
        defaults: Mapping[str, Mapping[str, Any]],
        operations: Operations,
        work: Work,
    ) -> None:
        self._look_up = look_up
        self._defaults = defaults
        self._work = work
        self._varying = {word for word, values in defaults.items() if _varies(word, values)}
        """Operations whose defaults depend on variables, or on other values."""
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
            NoValueError: a value that it names is not there.
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
        defaults = self._defaults.get(declaration.word, {})
        values = _together(declaration, defaults, step.values, first)
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
        for name, its_sizes in declaration.sizes_of.items():
            if type(values.get(name)) is str and values.get(its_sizes) is None:
                place = self._path_of(step, name, first) or step.path
                values[its_sizes] = self._sizes_of(values.pop(name), place, len(shape), frame)
        return values

    def _sizes_of(self, name: str, place: Path, axes: int, frame: Frame) -> list[int]:
        """The spatial sizes of the value that a parameter names."""
        self._work.spend(1)
        value = self._look_up(name, place, frame)
        if value is None:
            raise NoValueError
        if len(value.shape) != axes:
            there = counted(len(value.shape) - 1, "spatial size")
            error = SpecError(f"{name} has {there}, its input has {axes - 1}")
            raise PlacedError(place, error)
        return list(value.shape[1:])

    def _made(
        self, step: Step, shape: Shape, values: dict[str, Any], first: Mapping[str, Any]
    ) -> Operation:
        declaration = step.declaration
        try:
            self._spend_on(step)
            for name, value in values.items():
                if declaration.kinds[name] is ParameterKind.WORDS:
                    values[name] = self._between(step, name, value, shape, first)
            values.update(needed(declaration, shape))
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
        if name in self._defaults.get(word, {}):
            return ("defaults", word, name)
        sources = [named for named, sizes in step.declaration.sizes_of.items() if sizes == name]
        return self._path_of(step, sources[0], first) if sources else None


def _is_nested(item: object) -> bool:
    return type(item) is list or type(item) is dict


def _together(declaration: Declaration, *levels: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters, the later ones in place of the earlier ones; a size in place of a factor too."""
    values: dict[str, Any] = {}
    for level in levels:
        for one, other in declaration.sizes_of.items():
            if one in level or other in level:
                values.pop(one, None)
                values.pop(other, None)
        values.update(level)
    return values


def _varies(word: str, values: Mapping[str, Any]) -> bool:
    """Whether defaults come to something else in another place."""
    names = [values.get(name) for name in DECLARATIONS[word].sizes_of]
    return "$" in repr(values) or any(isinstance(name, str) for name in names)


def needed(declaration: Declaration, shape: Shape) -> dict[str, Any]:
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
            if len(value) > MOST_COMPARED or any(map(_is_nested, value)):
                return None
            value = tuple([(type(item), item) for item in value])
        elif type(value) is dict:
            return None
        parts += (name, type(value), value)
    return tuple(parts)
