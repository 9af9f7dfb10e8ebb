"""Running the written layers: names, repeats, blocks and expressions become a flat network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from convcalc.errors import SpecError
from convcalc.language.constants import between_word, between_words
from convcalc.language.expressions import variables
from convcalc.language.fitting import Misfit, channels_last_told, misfit
from convcalc.language.problems import Problems, known_names, spelled
from convcalc.language.resolving import Given, Variables, cost, given, resolved
from convcalc.language.steps import BROKEN, IN_CHANNELS, Step
from convcalc.language.work import CALL, NEW_CONVOLUTION, NEW_OPERATION, Work
from convcalc.layers import INPUT, AnyLayer, Layer, Path, expanded
from convcalc.operations.base import Operation
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, whole
from convcalc.wording import did_you_mean

NOTHING: Mapping[str, Any] = {}
LONGEST_PART = 30
"""Characters that the name of a part of a separable convolution adds, about."""

MOST_COMPARED = 8
"""Items of a list by which operations are found to be the same."""

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


class Names:
    """The names that a list of layers gives, and the numbers that they leave to the others."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.taken = {step.name for step in every_step(steps) if step.name}
        self._free: dict[tuple[str, int], int] = {}

    def free(self, word: str, number: int) -> int:
        """The first number from `number` on that makes a name of the word that is not taken."""
        if f"{word}_{number}" not in self.taken:
            return number
        found = self._free.get((word, number), number)
        while f"{word}_{found}" in self.taken:
            found += 1
        self._free[word, number] = found
        return found


class Frame:
    """Where names are looked up: the top of the file, or one round of a block."""

    def __init__(
        self, prefix: str, variables: Variables, start: Value | None, names: Names
    ) -> None:
        self.prefix = prefix
        self.variables = variables
        self.values: dict[str, Value | None] = {INPUT: start}
        self.names = names
        self.counts: dict[str, int] = {}

    def numbered(self, word: str) -> str:
        """The name of a layer that was given none."""
        number = self.counts[word] = self.names.free(word, self.counts.get(word, 0) + 1)
        return f"{word}_{number}"

    def variables_at(self, current: Value | None) -> Variables:
        """The variables where a value is the current one, until they are asked for again."""
        if current is None:
            self.variables.pop(IN_CHANNELS, None)
        else:
            self.variables[IN_CHANNELS] = current.shape[0]
        return self.variables


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
        work: Work | None = None,
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
        self.work = work or Work()
        self._varying = {word for word, values in defaults.items() if "$" in repr(values)}
        """Operations whose defaults depend on variables."""
        self._known: Known = {} if known is None else known
        """What constant words came to; layers that say the same share their values."""
        self._row_counts: dict[object, int] = {}
        self._counting = 0
        self._names: dict[str, Names] = {}
        self._given: dict[int, tuple[Given, object]] = {}
        self._alike: dict[Any, tuple[Operation, Shape]] = {}
        """Operations by what their words came to."""
        self._made_before: set[int] = set()
        self._last_part: dict[str, str] = {}
        self._input_shape: Shape = ()
        self._explained = False
        self.misfit: Misfit | None = None
        """The first merge of sizes that differ, and where it was written."""
        self.misfit_path: Path = ()

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
            raise _PlacedError((*step.path, "repeat"), error) from error

    def _times(self, step: Step, current: Value | None, frame: Frame) -> int:
        place = (*step.path, "repeat")
        try:
            known = frame.variables_at(current)
            self.work.spend(cost(step.repeat, known))
            raw = resolved(step.repeat, ParameterKind.WHOLE, known)
            times = whole("repeat", raw, least=0)
        except SpecError as error:
            raise _PlacedError(place, error) from error
        self._check_rows(step, times * max(self._rows_of(step), 1))
        return times

    def _rows_of(self, step: Step) -> int:
        """Rows that one round makes at the least."""
        if not step.block and step.operands is None:
            return 1
        key = step.block or id(step.operands)
        if key not in self._row_counts:
            self._row_counts[key] = 0  # while it is being counted
            if self._counting < DEEPEST:
                self._counting += 1
                self._row_counts[key] = self._counted(step)
                self._counting -= 1
        return self._row_counts[key]

    def _counted(self, step: Step) -> int:
        if step.block:
            block = self.blocks.get(step.block)
            return sum([self._rows_with_repeats(each) for each in block.steps]) if block else 0
        lists = [operand for operand in step.operands or () if isinstance(operand, list)]
        return 1 + sum([self._rows_with_repeats(each) for inner in lists for each in inner])

    def _rows_with_repeats(self, step: Step) -> int:
        times = 1 if step.repeat is None else self._surely_repeated(step.repeat)
        return times * self._rows_of(step) if times > 0 else 0

    def _surely_repeated(self, repeat: Any) -> int:
        """How often, as far as it is the same wherever the layer is used."""
        if isinstance(repeat, str) and variables(repeat) <= self._same_everywhere:
            try:
                repeat = resolved(repeat, ParameterKind.WHOLE, self.variables)
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
            if self.problems.full or self.work.is_over:
                return None
            if isinstance(operand, str):
                self.work.spend(1 + len(operand) // 8)
                found.append(self._looked_up(operand, (*step.path, word, at), frame))
            else:
                self.work.spend(1)
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
        try:
            operation, shape = self._operation(step, shapes, frame, first)
        except _PlacedError as error:
            error.fact += self._cause(error, sources, step.path)
            raise
        row = frame.prefix + name
        if row in self.names:
            raise self._taken(step, row)
        self.names.add(row)
        if operation.parts:
            self._add_parts(step, row, operation)
        else:
            self.work.add_rows(1, len(row))
        if len(sources) == 1:
            self.read.add(sources[0])
        else:
            self.read.update(sources)
        self.layers.append(Layer(row, operation, sources, step.path))
        return Value(row, shape)

    def _add_parts(self, step: Step, row: str, operation: Operation) -> None:
        """Counts the rows that an operation runs as, and takes their names."""
        self.work.add_rows(len(operation.parts), len(row) + LONGEST_PART)
        parts = [part.name for part in expanded([Layer(row, operation)])]
        if not self.names.isdisjoint(parts):
            raise self._taken(step, next(part for part in parts if part in self.names))
        self.names.update(parts)
        self._last_part[row] = parts[-1]

    def _cause(self, error: SpecError, sources: tuple[str, ...], path: Path) -> str:
        """What is behind an error of shapes; of the first one only, what follows is alike."""
        if self._explained:
            return ""
        if len(sources) > 1:
            self._explained = True
            self.misfit_path = path
            self.misfit = misfit(self.layers, self._input_shape, sources)
            return self.misfit.cause if self.misfit else ""
        if {"kernel_size", "input_shape"} <= error.values.keys():
            self._explained = True
            return channels_last_told(self._input_shape)
        return ""

    def _taken(self, step: Step, name: str) -> SpecError:
        place = (*step.path, "name") if step.name else step.path
        told = f"the name {name} is already used"
        if step.name and any(path == step.path for _, path, _ in self.named):
            told = (
                f"{told} by the first round: omit it here, or repeat a block, "
                "where each round has names of its own"
            )
        return _PlacedError(place, SpecError(told))

    def _operation(
        self, step: Step, shapes: tuple[Shape, ...], frame: Frame, first: Mapping[str, Any]
    ) -> tuple[Operation, Shape]:
        """The operation and the shape of its output; the same words for the same input are one."""
        constant = step.key is not None and not first and step.word.word not in self._varying
        if constant and (made := self._known.get((id(step.values), shapes))):
            return made[:2]
        try:
            values = self._values(step, step.word, shapes[0], frame, first)
            alike = None if constant else _alike(step.word, shapes, values)
            if alike in self._alike:
                return self._alike[alike]
            self._spend_on(step)
            operation = self._made(step.word, shapes[0], values)
            shape = operation.inferred(shapes)
        except SpecError as error:
            raise _PlacedError(self._place(step, step.word, error, first), error) from error
        if constant:
            self._known[id(step.values), shapes] = operation, shape, step.values
        elif alike is not None:
            self._alike[alike] = operation, shape
        return operation, shape

    def _spend_on(self, step: Step) -> None:
        """Charges for an operation; the first one of each written layer is paid for by the text."""
        if id(step) in self._made_before:
            is_convolution = step.word.main == "out_channels"
            self.work.spend(NEW_CONVOLUTION if is_convolution else NEW_OPERATION)
        self._made_before.add(id(step))

    def _values(
        self, step: Step, word: Declaration, shape: Shape, frame: Frame, first: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The parameters with their expressions worked out."""
        values = {**self.defaults.get(word.word, {}), **step.values, **first}
        variables: Variables | None = None
        for name, value in values.items():
            kind = word.kinds[name]
            if type(value) is int or type(value) is bool:
                continue
            if variables is None:
                variables = frame.variables_at(Value("", shape))
            try:
                self.work.spend(cost(value, variables))
                values[name] = resolved(value, kind, variables)
            except SpecError as error:
                error.values.setdefault(name, value)
                raise
        return values

    def _made(self, word: Declaration, shape: Shape, values: dict[str, Any]) -> Operation:
        for name, value in values.items():
            if word.kinds[name] is not ParameterKind.WORDS:
                continue
            try:
                values[name] = self._between(value, shape)
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
        words = between_words(words)
        self.work.require_rows(len(words))
        self.work.spend(len(words))
        made = []
        for text in words:
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
        self.work.spend(CALL)
        arguments = self._arguments(step, block, current, frame, first)
        if arguments is None:
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

    def _arguments(
        self,
        step: Step,
        block: Block,
        current: Value,
        frame: Frame,
        first: Mapping[str, Any],
    ) -> Variables | None:
        """The variables inside a block: its defaults, what it is called with, and the file's."""
        arguments = Variables({}, self.variables)
        if block.arguments:
            at_start = Variables({IN_CHANNELS: current.shape[0]}, self.variables)
            path = ("blocks", step.block, "args")
            self._work_out(path, block.arguments, at_start, arguments)
        if step.values:
            known = frame.variables_at(current)
            self._work_out((*step.path, "with"), step.values, known, arguments)
        if first:
            known = frame.variables_at(current)
            self._work_out((*step.path, "first"), first, known, arguments)
        if block.required <= arguments.own:
            return arguments
        missing = sorted(block.required - arguments.own)
        told = f"{step.block} needs {' and '.join(missing)}"
        self._note((*step.path, "block"), SpecError(told), absent=True)
        return None

    def _work_out(
        self, path: Path, written: Mapping[str, Any], known: Variables, arguments: Variables
    ) -> None:
        """Adds arguments: those without variables as they came out before, the others anew."""
        if id(written) not in self._given:
            self._given[id(written)] = given(written), written
        parts = self._given[id(written)][0]
        self.work.spend(2 + len(parts.constant) // 10)
        arguments.update(parts.constant)
        done: dict[int, Any] = {}
        for name, value in parts.varying.items():
            try:
                self.work.spend(value.cost(known))
                arguments[name] = value.worked_out(known, done)
            except SpecError as error:
                raise _PlacedError((*path, name), error) from error

    def _looked_up(self, name: str, place: Path, frame: Frame) -> Value | None:
        if name in frame.values:
            return frame.values[name]
        if self.problems.has(place):
            return None
        if name in frame.names.taken:
            told = f"{name} is defined later: a layer can only read layers before it"
        else:
            hint = did_you_mean(name, [*frame.values, *frame.names.taken])
            told = f"there is no {name} here{hint or known_names(frame.values)}"
        self._note(place, SpecError(told), absent=True)
        return None

    def _place(
        self, step: Step, word: Declaration, error: SpecError, first: Mapping[str, Any]
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
        if self.work.is_over and self.problems.found:
            return  # what was too much may be for a mistake that is told already
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


def _alike(word: Declaration, shapes: tuple[Shape, ...], values: Mapping[str, Any]) -> Any:
    """Equal for operations that are the same; None if there is no telling."""
    parts: list[Any] = [word.word, shapes]
    for name, value in values.items():
        if type(value) is list:
            if len(value) > MOST_COMPARED or any(type(item) is list for item in value):
                return None
            value = tuple([(type(item), item) for item in value])
        parts += (name, type(value), value)
    return tuple(parts)
