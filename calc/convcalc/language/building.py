"""Runs layers as they are written: names, repeats, blocks and expressions become a flat network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.block_arguments import BlockArguments
from convcalc.language.blocks import Block
from convcalc.language.cache import Operations
from convcalc.language.fitting import Misfit, channels_last_hint, misfit
from convcalc.language.frames import Frame, Names, Value
from convcalc.language.making import NoValueError, OperationMaker
from convcalc.language.problems import PlacedError, Problems, known_names, spelled
from convcalc.language.resolving import Variables, cost, resolved
from convcalc.language.row_counts import RowCounts
from convcalc.language.steps import BROKEN, Step
from convcalc.language.work import CALL, DEEPEST, Work
from convcalc.layers import INPUT, AnyLayer, Layer, Path, expanded
from convcalc.operations.base import Operation
from convcalc.operations.declarations import ParameterKind
from convcalc.values import Shape, whole
from convcalc.wording import did_you_mean

NOTHING: Mapping[str, Any] = {}
LONGEST_PART = 30
"""Characters that the name of a part of a separable convolution adds, about."""


class Builder:
    """Makes layers from steps; what depends on a step that failed is skipped in silence."""

    def __init__(
        self,
        blocks: Mapping[str, Block],
        variables: Mapping[str, Any],
        defaults: Mapping[str, Mapping[str, Any]],
        problems: Problems,
        operations: Operations,
        work: Work,
    ) -> None:
        self.blocks = blocks
        self.variables = dict(variables)
        self.problems = problems
        self.work = work
        self.layers: list[AnyLayer] = []
        self.names: set[str] = {INPUT}
        self.read: set[str] = set()
        self.named: list[tuple[str, Path, str]] = []
        """The rows of layers that were given a name, the layer's path, and the name."""
        self.misfit: Misfit | None = None
        """The first merge of sizes that differ."""
        self.misfit_path: Path = ()
        self._maker = OperationMaker(self._looked_up, defaults, operations, work)
        self._arguments = BlockArguments(self.variables, work)
        self._row_counts = RowCounts(blocks, self.variables)
        self._names: dict[str, Names] = {}
        self._last_part: dict[str, str] = {}
        self._used_by: Path | None = None
        """The layer outside all blocks that is running."""
        self._depth = 0
        self._input_shape: Shape = ()
        self._explained = False
        """Whether an error of shapes was explained; later ones have the same cause."""

    def last_row_of(self, name: str) -> str:
        """The row that a layer's value comes from: of a separable convolution its last part."""
        return self._last_part.get(name, name)

    def run(self, steps: Sequence[Step], current: Value | None, frame: Frame) -> Value | None:
        """The steps in order, from the current value on; None if the last could not be made."""
        if not self._depth and current:
            self._input_shape = current.shape
        if self._depth >= DEEPEST:
            raise SpecError(f"blocks are nested deeper than {DEEPEST}")
        self._depth += 1
        for step in steps:
            if self.problems.full or self.work.is_over:
                current = None
                break
            try:
                self.work.spend(1)
                current = self._rounds_of(step, current, frame)
            except SpecError as error:
                self._note(step.path, error)
                self.work.fail()
                current = None
                if step.name:
                    frame.values[step.name] = None
        self._depth -= 1
        return current

    def _rounds_of(self, step: Step, current: Value | None, frame: Frame) -> Value | None:
        """A step as often as it is repeated."""
        if step.declaration is BROKEN:
            if step.name:
                frame.values[step.name] = None
            return None
        if step.source is not None:
            current = self._looked_up(step.source, (*step.path, "from"), frame)
        if step.repeat is None:
            name = step.name or frame.numbered(step.label)
            current = self._round(step, current, frame, name, NOTHING)
        else:
            current = self._repeated(step, current, frame)
        if step.name:
            frame.values[step.name] = current
            if current is not None:
                self.named.append((current.name, step.path, step.name))
        return current

    def _repeated(self, step: Step, current: Value | None, frame: Frame) -> Value | None:
        times = self._times(step, current, frame)
        name = step.name or (frame.numbered(step.label) if times else "")
        typical = 1 if step.first else 0
        for number in range(times):
            first = step.first if number == 0 else NOTHING
            before = self.work.rows
            self.work.spend(1)
            current = self._round(step, current, frame, f"{name}.{number}", first)
            if current is None:
                break  # one round has shown what is wrong
            if self.work.rows == before:
                self.work.empty_round()
            if number == typical:
                self._check_rows(step, (self.work.rows - before) * (times - number - 1))
        return current

    def _check_rows(self, step: Step, more: int) -> None:
        try:
            self.work.require_rows(more)
        except SpecError as error:
            raise PlacedError((*step.path, "repeat"), error) from error

    def _times(self, step: Step, current: Value | None, frame: Frame) -> int:
        try:
            variables = frame.variables_at(current)
            self.work.spend(cost(step.repeat, variables))
            raw = resolved(step.repeat, ParameterKind.WHOLE, variables)
            times = whole("repeat", raw, least=0)
        except SpecError as error:
            raise PlacedError((*step.path, "repeat"), error) from error
        self._check_rows(step, times * max(self._row_counts.of_round(step), 1))
        return times

    def _round(
        self,
        step: Step,
        current: Value | None,
        frame: Frame,
        name: str,
        first: Mapping[str, Any],
    ) -> Value | None:
        if step.block:
            return self._block(step, current, frame, name, first)
        if step.operands is not None:
            inputs = self._operands(step, current, frame)
        else:
            inputs = None if current is None else [current]
        return None if inputs is None else self._layer(step, inputs, frame, name, first)

    def _operands(self, step: Step, current: Value | None, frame: Frame) -> list[Value] | None:
        found: list[Value | None] = []
        word = step.declaration.word
        for at, operand in enumerate(step.operands or ()):
            if self.problems.full or self.work.is_over:
                return None
            if isinstance(operand, str):
                self.work.spend(1 + len(operand) // 8)
                found.append(self._looked_up(operand, (*step.path, word, at), frame))
            else:
                self.work.spend(1)
                found.append(self.run(operand, current, frame))
        values = [value for value in found if value is not None]
        return values if len(values) == len(found) else None

    def _layer(
        self,
        step: Step,
        inputs: Sequence[Value],
        frame: Frame,
        name: str,
        first: Mapping[str, Any],
    ) -> Value | None:
        shapes: tuple[Shape, ...]
        sources: tuple[str, ...]
        if len(inputs) == 1:
            shapes, sources = (inputs[0].shape,), (inputs[0].name,)
        else:
            shapes = tuple([value.shape for value in inputs])
            sources = tuple([value.name for value in inputs])
        try:
            operation, shape = self._maker.operation(step, shapes, frame, first)
        except NoValueError:
            return None
        except PlacedError as error:
            raise error.with_cause(self._cause(error, sources, step.path)) from error
        row = frame.prefix + name
        self._add_row(step, row, operation)
        self.read.update(sources)
        self.layers.append(Layer(row, operation, sources, step.path))
        return Value(row, shape)

    def _add_row(self, step: Step, row: str, operation: Operation) -> None:
        """Counts a row, and takes its name."""
        if row in self.names:
            raise self._taken(step, row)
        self.names.add(row)
        if operation.parts:
            self._add_parts(step, row, operation)
        else:
            self.work.add_rows(1, len(row))

    def _add_parts(self, step: Step, row: str, operation: Operation) -> None:
        """Counts the rows that an operation runs as, and takes their names."""
        self.work.add_rows(len(operation.parts), len(row) + LONGEST_PART)
        parts = [part.name for part in expanded([Layer(row, operation)])]
        if not self.names.isdisjoint(parts):
            raise self._taken(step, next(part for part in parts if part in self.names))
        self.names.update(parts)
        self._last_part[row] = parts[-1]

    def _cause(self, error: SpecError, sources: tuple[str, ...], path: Path) -> str:
        """The cause of an error of shapes; only of the first one, for later ones follow from it."""
        if self._explained:
            return ""
        if len(sources) > 1:
            self._explained = True
            self.misfit_path = path
            self.misfit = misfit(self.layers, self._input_shape, sources)
            return self.misfit.cause if self.misfit else ""
        if {"kernel_size", "input_shape"} <= error.values.keys():
            self._explained = True
            return channels_last_hint(self._input_shape)
        return ""

    def _taken(self, step: Step, name: str) -> SpecError:
        message = f"the name {name} is already used"
        if step.name and any(path == step.path for _, path, _ in self.named):
            message = (
                f"{message} by the first round: omit it here, or repeat a block, "
                "where each round has names of its own"
            )
        path = (*step.path, "name") if step.name else step.path
        return PlacedError(path, SpecError(message))

    def _block(
        self,
        step: Step,
        current: Value | None,
        frame: Frame,
        name: str,
        first: Mapping[str, Any],
    ) -> Value | None:
        block = self.blocks.get(step.block)
        if block is None or current is None:
            return None
        self.work.spend(CALL)
        arguments = self._arguments.of(step, block, current, frame, first)
        if self._lacks_arguments(step, block, arguments):
            return None
        outermost = self._used_by is None
        if outermost:
            self._used_by = step.path
        if step.block not in self._names:
            self._names[step.block] = Names(block.steps)
        before = self.work.rows
        inner = Frame(f"{frame.prefix}{name}.", arguments, current, self._names[step.block])
        result = self.run(block.steps, current, inner)
        if result is not None and self.work.rows == before:
            self.work.empty_round()
        if outermost:
            self._used_by = None
        return result

    def _lacks_arguments(self, step: Step, block: Block, arguments: Variables) -> bool:
        missing = sorted(block.required - arguments.own)
        if missing:
            message = f"{step.block} needs {' and '.join(missing)}"
            self._note((*step.path, "block"), SpecError(message), absent=True)
        return bool(missing)

    def _looked_up(self, name: str, place: Path, frame: Frame) -> Value | None:
        if name in frame.values:
            return frame.values[name]
        if self.problems.has(place):
            return None
        if name in frame.names.taken:
            message = f"{name} is defined later: a layer can only read layers before it"
        else:
            hint = did_you_mean(name, [*frame.values, *frame.names.taken])
            message = f"there is no {name} here{hint or known_names(frame.values)}"
        self._note(place, SpecError(message), absent=True)
        return None

    def _note(
        self, path: Path, error: SpecError, *, at_key: bool = False, absent: bool = False
    ) -> None:
        if self.work.is_over and self.problems.found:
            return  # the limit may be exceeded because of a mistake that is reported already
        if isinstance(error, PlacedError):
            path, at_key = error.path, error.at_key
        used_by = self._used_by if path[:1] != self._used_by else None
        self.problems.add(path, spelled(error), at_key=at_key, used_by=used_by, absent=absent)
