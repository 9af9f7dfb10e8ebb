"""Running the written layers: names, repeats, blocks and expressions become a flat network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from convcalc.errors import SpecError
from convcalc.expressions import variables
from convcalc.layers import INPUT, AnyLayer, Layer, Path, expanded
from convcalc.operations.base import Operation
from convcalc.operations.convolution import SeparableConv
from convcalc.operations.words import Kind, Word
from convcalc.spec.constants import between_word, between_words
from convcalc.spec.problems import Problems, did_you_mean, spelled
from convcalc.spec.resolving import argument, resolved
from convcalc.spec.steps import BROKEN, IN_CHANNELS, Step
from convcalc.values import Shape, whole

MOST_ROWS = 1_000_000
MOST_EMPTY_ROUNDS = 20_000
NOTHING: Mapping[str, Any] = {}
DEEPEST = 100
"""Blocks and operand lists inside each other."""


class Block(NamedTuple):
    """A named list of layers with arguments; those without a default are required."""

    arguments: Mapping[str, Any]
    required: frozenset[str]
    steps: list[Step]


class Value(NamedTuple):
    """What a layer has made: where to read it, and its shape."""

    name: str
    shape: Shape


class Frame:
    """Where names are looked up: the top of the file, or one round of a block."""

    def __init__(
        self, prefix: str, variables: dict[str, Any], start: Value | None, steps: Sequence[Step]
    ) -> None:
        self.prefix = prefix
        self.variables = variables
        self.values: dict[str, Value | None] = {INPUT: start}
        self.taken = {step.name for step in every_step(steps) if step.name}
        self.counts: dict[str, int] = {}

    def numbered(self, word: str) -> str:
        """The name of a layer that was given none."""
        number = self.counts.get(word, 0) + 1
        while f"{word}_{number}" in self.taken:
            number += 1
        self.counts[word] = number
        return f"{word}_{number}"


Known: TypeAlias = "dict[tuple[int, tuple[Shape, ...]], tuple[Operation, Shape, object]]"
"""Operations and the shapes of their outputs, by the values they are of and their inputs; the
values are kept too, so that their identity stays their own."""


class Builder:
    """Makes layers of steps; what depends on a step that failed is left out without a word."""

    def __init__(
        self,
        blocks: Mapping[str, Block],
        variables: Mapping[str, Any],
        defaults: Mapping[str, Mapping[str, Any]],
        problems: Problems,
        known: Known | None = None,
    ) -> None:
        self.blocks = blocks
        self.variables = dict(variables)
        self.defaults = defaults
        arguments = {
            name for block in blocks.values() for name in (*block.arguments, *block.required)
        }
        self._same_everywhere = self.variables.keys() - arguments
        self.problems = problems
        self.layers: list[AnyLayer] = []
        self.names: set[str] = {INPUT}
        self.read: set[str] = set()
        self.named: list[tuple[str, Path, str]] = []
        """The rows of layers that were given a name, the layer's path, and the name."""
        self._used_by: Path | None = None
        self._depth = 0
        self._rounds = 0
        self._varying = {word for word, values in defaults.items() if "$" in repr(values)}
        """Operations whose defaults depend on variables."""
        self._known: Known = {} if known is None else known
        """What constant words came to; layers that say the same share their values."""
        self._row_counts: dict[str, int] = {}
        self._last_part: dict[str, str] = {}

    def last_row_of(self, name: str) -> str:
        """The row that a layer's value comes from: of a separable convolution its last part."""
        return self._last_part.get(name, name)

    def run(self, steps: Sequence[Step], current: Value | None, frame: Frame) -> Value | None:
        """The steps in order, from the current value on; None if the last could not be made."""
        if self._depth >= DEEPEST:
            raise SpecError(f"blocks are nested deeper than {DEEPEST}")
        self._depth += 1
        for step in steps:
            if self.problems.full:
                break
            try:
                current = self._rounds_of(step, current, frame)
            except SpecError as error:
                self._note(step.path, error)
                current = None
                if step.name:
                    frame.values[step.name] = None
        self._depth -= 1
        return current

    def _rounds_of(self, step: Step, current: Value | None, frame: Frame) -> Value | None:
        """A step as often as it is repeated."""
        if step.word is BROKEN:
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
        if current is None:
            times = min(times, 1)  # one round shows what else is wrong
        typical = 1 if step.first else 0
        for number in range(times):
            self._count_round()
            first = step.first if number == 0 else NOTHING
            before = len(self.layers)
            current = self._round(step, current, frame, f"{name}.{number}", first)
            if number == typical:
                self._check_rows(step, (len(self.layers) - before) * (times - number - 1))
        return current

    def _check_rows(self, step: Step, more: int) -> None:
        if len(self.layers) + more > MOST_ROWS:
            told = SpecError(f"more than {MOST_ROWS:,} rows")
            raise _PlacedError((*step.path, "repeat"), told)

    def _count_round(self) -> None:
        """Refuses rounds without end that make no layers; a row is in a hundred blocks at most."""
        self._rounds += 1
        if self._rounds > MOST_EMPTY_ROUNDS + 2 * DEEPEST * len(self.layers):
            raise SpecError(f"more than {MOST_EMPTY_ROUNDS:,} rounds of blocks make no layer")

    def _times(self, step: Step, current: Value | None, frame: Frame) -> int:
        place = (*step.path, "repeat")
        try:
            raw = resolved(step.repeat, Kind.WHOLE, self._variables_at(current, frame))
            times = whole("repeat", raw, least=0)
        except SpecError as error:
            raise _PlacedError(place, error) from error
        self._check_rows(step, times * max(self._rows_of(step), 1))
        return times

    def _rows_of(self, step: Step) -> int:
        """Rows that one round makes at the least."""
        inner = [
            each for operand in step.operands or () if isinstance(operand, list) for each in operand
        ]
        if not step.block:
            return 1 + sum([self._rows_with_repeats(each) for each in inner])
        if step.block not in self._row_counts:
            self._row_counts[step.block] = 0  # while it is being counted
            block = self.blocks.get(step.block)
            rows = sum([self._rows_with_repeats(each) for each in block.steps]) if block else 0
            self._row_counts[step.block] = rows
        return self._row_counts[step.block]

    def _rows_with_repeats(self, step: Step) -> int:
        times = 1 if step.repeat is None else self._surely_repeated(step.repeat)
        return times * self._rows_of(step) if times > 0 else 0

    def _surely_repeated(self, repeat: Any) -> int:
        """How often, as far as it is the same wherever the layer is used."""
        if isinstance(repeat, str) and variables(repeat) <= self._same_everywhere:
            try:
                repeat = resolved(repeat, Kind.WHOLE, self.variables)
            except SpecError:
                return 0
        return repeat if type(repeat) is int else 0

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
        word = step.word.word
        for at, operand in enumerate(step.operands or ()):
            if isinstance(operand, str):
                found.append(self._looked_up(operand, (*step.path, word, at), frame))
            else:
                found.append(self.run(operand, current, frame))
        known = [value for value in found if value is not None]
        return known if len(known) == len(found) else None

    def _layer(
        self,
        step: Step,
        inputs: Sequence[Value],
        frame: Frame,
        name: str,
        first: Mapping[str, Any],
    ) -> Value:
        shapes: tuple[Shape, ...]
        sources: tuple[str, ...]
        if len(inputs) == 1:
            shapes, sources = (inputs[0].shape,), (inputs[0].name,)
        else:
            shapes = tuple([value.shape for value in inputs])
            sources = tuple([value.name for value in inputs])
        operation, shape = self._operation(step, shapes, frame, first)
        row = frame.prefix + name
        if row in self.names:
            raise self._taken(step, row)
        if len(self.layers) >= MOST_ROWS:
            raise SpecError(f"more than {MOST_ROWS:,} rows")
        self.names.add(row)
        if type(operation) is SeparableConv:
            parts = [part.name for part in expanded([Layer(row, operation)])]
            if not self.names.isdisjoint(parts):
                raise self._taken(step, next(part for part in parts if part in self.names))
            self.names.update(parts)
            self._last_part[row] = parts[-1]
        if len(sources) == 1:
            self.read.add(sources[0])
        else:
            self.read.update(sources)
        self.layers.append(Layer(row, operation, sources, step.path))
        return Value(row, shape)

    def _taken(self, step: Step, name: str) -> SpecError:
        place = (*step.path, "name") if step.name else step.path
        return _PlacedError(place, SpecError(f"the name {name} is taken"))

    def _operation(
        self, step: Step, shapes: tuple[Shape, ...], frame: Frame, first: Mapping[str, Any]
    ) -> tuple[Operation, Shape]:
        """The operation and the shape of its output; the same words for the same input are one."""
        constant = step.key is not None and not first and step.word.word not in self._varying
        if constant and (made := self._known.get((id(step.values), shapes))):
            return made[:2]
        try:
            operation = self._made(step, step.word, shapes[0], frame, first)
            shape = operation.inferred(shapes)
        except SpecError as error:
            raise _PlacedError(self._place(step, step.word, error, first), error) from error
        if constant:
            self._known[id(step.values), shapes] = operation, shape, step.values
        return operation, shape

    def _made(
        self, step: Step, word: Word, shape: Shape, frame: Frame, first: Mapping[str, Any]
    ) -> Operation:
        values = {**self.defaults.get(word.word, {}), **step.values, **first}
        variables: Mapping[str, Any] | None = None
        for name, value in values.items():
            kind = word.kinds[name]
            if (type(value) is int or type(value) is bool) and kind is not Kind.WORDS:
                continue
            variables = variables or self._variables_at(Value("", shape), frame)
            try:
                values[name] = resolved(value, kind, variables)
                if kind is Kind.WORDS:
                    values[name] = self._between(values[name], shape)
            except SpecError as error:
                error.values.setdefault(name, value)
                raise
        dims = len(shape) - 1
        if "dims" in word.needs and not dims:
            raise SpecError(f"{word.word} needs spatial sizes, its input is {shape}")
        context = {"dims": dims}
        values.update({need: context.get(need, shape[0]) for need in word.needs})
        operation: Operation = word.make(**values)
        return operation

    def _between(self, words: Any, shape: Shape) -> list[Operation]:
        made = []
        for text in between_words(words):
            word = between_word(text)
            made.append(word.make(**{need: shape[0] for need in word.needs if need != "dims"}))
        return made

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
        self._count_round()
        arguments = self._arguments(step, block, current, frame, first)
        if arguments is None:
            return None
        outermost = self._used_by is None
        variables = {**self.variables, **arguments}
        if outermost:
            self._used_by = step.path
        inner = Frame(f"{frame.prefix}{name}.", variables, current, block.steps)
        result = self.run(block.steps, current, inner)
        if outermost:
            self._used_by = None
        return result

    def _arguments(
        self,
        step: Step,
        block: Block,
        current: Value,
        frame: Frame,
        first: Mapping[str, Any],
    ) -> dict[str, Any] | None:
        variables = self._variables_at(current, frame)
        at_start = {**self.variables, IN_CHANNELS: current.shape[0]}
        arguments = {}
        for name, value in block.arguments.items():
            try:
                arguments[name] = argument(value, at_start)
            except SpecError as error:
                place = ("blocks", step.block, "args", name)
                raise _PlacedError(place, error) from error
        for where, given in (("with", step.values), ("first", first)):
            for name, value in given.items():
                try:
                    arguments[name] = argument(value, variables)
                except SpecError as error:
                    raise _PlacedError((*step.path, where, name), error) from error
        missing = sorted(block.required - arguments.keys())
        if missing:
            told = f"{step.block} needs {' and '.join(missing)}"
            self._note((*step.path, "block"), SpecError(told), absent=True)
            return None
        return arguments

    def _variables_at(self, current: Value | None, frame: Frame) -> Mapping[str, Any]:
        if current is None:
            return frame.variables
        return {**frame.variables, IN_CHANNELS: current.shape[0]}

    def _looked_up(self, name: str, place: Path, frame: Frame) -> Value | None:
        if name in frame.values:
            return frame.values[name]
        later = name in frame.taken
        hint = did_you_mean(name, [*frame.values, *frame.taken])
        told = (
            f"{name} comes later: names go backwards" if later else f"there is no {name} here{hint}"
        )
        self._note(place, SpecError(told), absent=True)
        return None

    def _place(
        self, step: Step, word: Word, error: SpecError, first: Mapping[str, Any]
    ) -> tuple[Path, bool]:
        """The value an error speaks of, where it was written; else the operation's word."""
        for name in error.values:
            key = word.word if name == word.main else name
            if name in first:
                return (*step.path, "first", name), False
            if name in step.values:
                return (*step.path, key), False
            if name in self.defaults.get(word.word, {}):
                return ("defaults", word.word, name), False
        return (step.path, False) if type(step.key) is str else ((*step.path, word.word), True)

    def _note(
        self, path: Path, error: SpecError, *, at_key: bool = False, absent: bool = False
    ) -> None:
        if isinstance(error, _PlacedError):
            path, at_key = error.place, error.at_key
        used_by = self._used_by if path[:1] != self._used_by else None
        self.problems.add(path, spelled(error), at_key=at_key, used_by=used_by, absent=absent)


class _PlacedError(SpecError):
    """An error, and the place it is about."""

    def __init__(self, place: Any, error: SpecError) -> None:
        super().__init__(error.fact, **error.values)
        if "dims" not in error.instead:
            self.instead = error.instead
        placed = len(place) == 2 and isinstance(place[0], tuple)
        self.place: Path = place[0] if placed else place
        self.at_key: bool = placed and place[1]


def every_step(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps of a scope, those in operand lists too."""
    for step in steps:
        for operand in step.operands or ():
            if isinstance(operand, list):
                yield from every_step(operand)
        yield step
