"""Runs layers as they are written: names, repeats, blocks and expressions become a flat network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.block_arguments import BlockArguments
from convcalc.language.blocks import Block
from convcalc.language.cache import Operations
from convcalc.language.fitting import Misfit, channels_last_hint, misfit
from convcalc.language.frames import (
    ONCE,
    Call,
    Frame,
    Inside,
    Made,
    Names,
    Round,
    Span,
    Value,
    Written,
)
from convcalc.language.lookups import Lookups
from convcalc.language.making import NoValueError, OperationMaker
from convcalc.language.problems import PlacedError, Problems, spelled
from convcalc.language.repeats import NOTHING, Repeats
from convcalc.language.resolving import Variables
from convcalc.language.row_counts import RowCounts
from convcalc.language.rows import Rows
from convcalc.language.sharing import share
from convcalc.language.step_reader import layers_of
from convcalc.language.steps import ARGUMENT, BROKEN, Rounds, Scope, Step
from convcalc.language.styles import STYLE, style_of
from convcalc.language.work import CALL, DEEPEST, ROUNDS, Work
from convcalc.layers import Inputs, Layer, Path
from convcalc.operations.base import Operation
from convcalc.operations.merging import SizesDifferError
from convcalc.operations.registry import DECLARATIONS
from convcalc.values import Shape
from convcalc.wording import number_text

READING_NOTHING = frozenset(word for word, each in DECLARATIONS.items() if not each.reads)
"""The operations that read no value."""


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
        counts: RowCounts,
        inputs: Inputs,
        styles: Mapping[str, str],
    ) -> None:
        self.blocks = blocks
        self.variables = dict(variables)
        self.problems = problems
        self.work = work
        self.rows = Rows(inputs, work)
        self.layers = self.rows.layers
        self.misfit: Misfit | None = None
        """The first merge of sizes that differ."""
        self.misfit_path: Path = ()
        self._arguments = BlockArguments(self.variables, work)
        self._repeats = Repeats(work, counts)
        self._lookups = Lookups(problems, work, self._note)
        self._maker = OperationMaker(self._lookups.value, defaults, operations, work)
        self.read = self._lookups.read
        self._defaults = defaults
        self._styles = styles
        self._read_arguments: dict[tuple[Path, int], tuple[list[Step], object]] = {}
        """Layers of arguments, by the place and the identity of what is written there."""
        self._names: dict[str, Names] = {}
        self._used_by: Path | None = None
        """The layer outside all blocks that is running."""
        self._in_training = False
        self._depth = 0
        self._inputs = inputs
        self._explained = False
        """Whether an error of shapes was explained; later ones have the same cause."""

    def value_of(self, name: str, top: Frame) -> Value | None:
        """The value of a name at the top, or of one inside a block; None if there is none."""
        made = self._lookups.made(name, top)
        return made.value if made else top.values.get(name)

    def run(self, steps: Sequence[Step], current: Value | None, frame: Frame) -> Value | None:
        """The steps in order, from the current value on; None if the last could not be made."""
        if self._depth >= DEEPEST:
            raise SpecError(f"blocks are nested deeper than {DEEPEST}")
        self._depth += 1
        for step in steps:
            if self.problems.full or self.work.is_over:
                current = None
                break
            try:
                self.work.spend(1)
                if step.declaration is not BROKEN:
                    current = self._rounds_of(step, current, frame)
                    continue
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
        if step.declaration is ARGUMENT:
            return self._argument(step, current, frame)
        before, was_training = current, self._in_training
        if step.source is not None:
            current = self._lookups.value(step.source, (*step.path, "from"), frame)
        self._in_training = was_training or step.training
        start = len(self.layers)
        if step.is_repeated:
            current = self._repeated(step, current, frame)
        elif step.condition is None or self._repeats.is_there(step, current, frame):
            name = step.name or frame.numbered(step.label)
            current = self._round(step, current, frame, name, ONCE)
        self._in_training = was_training
        if step.weights is not None and current is not None:
            self._share(step, Span(start, len(self.layers)), frame)
        if step.name:
            self._name(step, current, frame, start)
        return before if step.training and not was_training else current

    def _name(self, step: Step, current: Value | None, frame: Frame, start: int) -> None:
        """Notes what a name stands for."""
        self.work.spend(1)
        name = step.name or ""
        frame.values[name] = current
        if current is not None:
            self.rows.named.append((current.name, step.path, name))
            frame.made[name] = Made(current, start, len(self.layers))

    def _share(self, step: Step, span: Span, frame: Frame) -> None:
        """Gives the layers of a step the weights of an earlier one."""
        name = step.weights or ""
        place = (*step.path, "weights")
        if self._lookups.value(name, place, frame) is None:
            return
        owner = self._lookups.made(name, frame)
        if owner is None:
            raise PlacedError(place, SpecError(f"{name} is not a layer of this list"))
        self.work.spend(1 + span.last - span.first)
        try:
            share(self.layers, span, owner.span, name)
        except SpecError as error:
            raise PlacedError(place, error) from error

    def _repeated(self, step: Step, current: Value | None, frame: Frame) -> Value | None:
        self.work.spend(ROUNDS)
        times = self._repeats.times(step, current, frame)
        before = frame.before_rounds(step)
        outputs: list[tuple[str, Value]] = []
        name = step.name or ""
        typical = 1 if step.first else 0
        try:
            for number in range(times):
                rows, start = self.work.rows, len(self.layers)
                self.work.spend(1)
                first = step.first if number == 0 else NOTHING
                round_ = Round(number, first, self._repeats.entries(step, number, current, frame))
                frame.enter(step, round_)
                if self._repeats.is_there(step, current, frame):
                    name = name or frame.numbered(step.label)
                    current = self._round(step, current, frame, f"{name}.{number}", round_)
                    if current is None:
                        break  # one round has shown what is wrong
                    outputs.append((f"{name}.{number}", current))
                    if step.name:
                        made = Made(current, start, len(self.layers))
                        frame.made[f"{name}.{number}"] = made
                frame.leave(step, before)
                if self.work.rows == rows:
                    self.work.empty_round()
                if number == typical:
                    self._repeats.require_like_rounds(
                        step, self.work.rows - rows, times - number - 1
                    )
        finally:
            frame.leave(step, before)
        if step.name:
            frame.outputs[step.name] = outputs
        return current

    def _round(
        self, step: Step, current: Value | None, frame: Frame, name: str, round_: Round
    ) -> Value | None:
        if step.block:
            return self._block(step, current, frame, name, round_)
        if step.operands is not None:
            inputs = self._operands(step, current, frame)
        elif current is None:
            return None
        else:
            inputs = [] if step.declaration.word in READING_NOTHING else [current]
        if inputs is None:
            return None
        context = inputs[0] if inputs else current
        return self._layer(step, inputs, frame, name, round_.first, context)

    def _operands(self, step: Step, current: Value | None, frame: Frame) -> list[Value] | None:
        found: list[Value | None] = []
        word = step.declaration.word if step.declaration.main == "operands" else "from"
        for at, operand in enumerate(step.operands or ()):
            if self.problems.full or self.work.is_over:
                return None
            place = (*step.path, word, at)
            if isinstance(operand, list):
                self.work.spend(1)
                found.append(self.run(operand, current, frame))
            elif isinstance(operand, Rounds):
                values = self._lookups.rounds(operand.name, place, frame)
                found += [None] if values is None else values
            else:
                self.work.spend(1 + len(operand) // 8)
                found.append(self._named_operand(operand, place, current, frame))
        made = [value for value in found if value is not None]
        if len(made) != len(found):
            return None
        least, most = step.declaration.operands
        if len(made) < least or (most is not None and len(made) > most):
            message = f"{word} takes {number_text(least, most)} operands, here it has {len(made)}"
            raise PlacedError((*step.path, word), SpecError(message), at_key=True)
        return made

    def _named_operand(
        self, operand: str, place: Path, current: Value | None, frame: Frame
    ) -> Value | None:
        """The value of a name, or of an argument that is a name or layers."""
        written = frame.written(operand[1:]) if operand[0] == "$" else None
        if written is None or self._lookups.name_of(written):
            return self._lookups.value(operand, place, frame)
        return self._layers_of(operand, written, place, current, frame)

    def _argument(self, step: Step, current: Value | None, frame: Frame) -> Value | None:
        """The layers of an argument, where it stands as a layer."""
        written = frame.written(step.block[1:])
        return self._layers_of(step.block, written, step.path, current, frame)

    def _layers_of(
        self,
        argument: str,
        written: Written | None,
        place: Path,
        current: Value | None,
        frame: Frame,
    ) -> Value | None:
        """The layers of an argument, run from the current value on."""
        self.work.spend(CALL)
        steps = written.layers if written else None
        if steps is None and written and isinstance(written.value, (str, list)):
            steps = self._read(written)
        if steps is None or written is None:
            self._lookups.report_wrong(argument, "a layer", place, frame, written)
            return None
        inner = frame.for_layers(written)
        result = self.run(steps, current, inner)
        frame.made.update(inner.made)
        frame.inside.update(inner.inside)
        return result

    def _read(self, written: Written) -> list[Step]:
        """The layers of an argument of words alone, which may also be another thing."""
        key = written.path, id(written.value)
        if key not in self._read_arguments:
            self.work.spend(len(written.value) if isinstance(written.value, list) else 1)
            scope = Scope(written.frame.variables, self.blocks, self._defaults)
            layers = layers_of(written.value, written.path, scope, self.problems)
            self._read_arguments[key] = layers, written.value
        return self._read_arguments[key][0]

    def _layer(
        self,
        step: Step,
        inputs: Sequence[Value],
        frame: Frame,
        name: str,
        first: Mapping[str, Any],
        context: Value | None,
    ) -> Value | None:
        shapes: tuple[Shape, ...]
        sources: tuple[str, ...]
        if len(inputs) == 1:
            shapes, sources = (inputs[0].shape,), (inputs[0].name,)
        else:
            shapes = tuple([value.shape for value in inputs])
            sources = tuple([value.name for value in inputs])
        try:
            about = context.shape if context else (1,)
            operation, shape = self._maker.operation(step, shapes, frame, first, about)
        except NoValueError:
            return None
        except PlacedError as error:
            raise error.with_cause(self._cause(error, sources, step.path)) from error
        row = frame.prefix + name
        self.read.update(sources)
        style = self._style(step, operation)
        training = self._in_training
        self.rows.add(step, Layer(row, operation, sources, step.path, None, training, style))
        return Value(row, shape)

    def _style(self, step: Step, operation: Operation) -> str:
        if not (step.style or self._styles):
            return ""
        try:
            return style_of(operation, step.style, self._styles.get(operation.word, ""))
        except SpecError as error:
            raise PlacedError((*step.path, STYLE), error) from error

    def _cause(self, error: SpecError, sources: tuple[str, ...], path: Path) -> str:
        """The cause of an error of shapes; only of the first one, for later ones follow from it."""
        if self._explained:
            return ""
        if isinstance(error.__cause__, SizesDifferError):
            self._explained = True
            self.misfit_path = path
            self.misfit = misfit(self.layers, self._inputs, sources)
            return self.misfit.cause if self.misfit else ""
        if {"kernel_size", "input_shape"} <= error.values.keys():
            self._explained = True
            return channels_last_hint(next(iter(self._inputs.values())))
        return ""

    def _block(
        self,
        step: Step,
        current: Value | None,
        frame: Frame,
        name: str,
        round_: Round,
    ) -> Value | None:
        block = self.blocks.get(step.block)
        if block is None or current is None:
            return None
        self.work.spend(CALL)
        arguments = self._arguments.of(step, block, current, frame, round_)
        if self._lacks_arguments(step, block, arguments):
            return None
        outermost = self._used_by is None
        if outermost:
            self._used_by = step.path
        if step.block not in self._names:
            self._names[step.block] = Names(block.steps)
        before = self.work.rows
        call = Call(step, round_, frame, block)
        names = self._names[step.block]
        inner = frame.of_block(f"{frame.prefix}{name}.", arguments, call, names, current)
        result = self.run(block.steps, current, inner)
        if inner.made or inner.inside or (step.name and step.is_repeated):
            frame.inside[name] = Inside(inner.values, inner.made, inner.inside)
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

    def _note(
        self, path: Path, error: SpecError, *, at_key: bool = False, absent: bool = False
    ) -> None:
        if self.work.is_over and self.problems.found:
            return  # the limit may be exceeded because of a mistake that is reported already
        if isinstance(error, PlacedError):
            path, at_key = error.path, error.at_key
        used_by = self._used_by
        if used_by is not None and path[: len(used_by)] == used_by:
            used_by = None
        self.problems.add(path, spelled(error), at_key=at_key, used_by=used_by, absent=absent)
