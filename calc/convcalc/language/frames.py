"""Scopes of running layers: values, names, variables and arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from convcalc.language.expressions import ROUND, lone_variable
from convcalc.language.resolving import Variables
from convcalc.language.steps import IN_CHANNELS, Step, every_step
from convcalc.layers import INPUT, Path
from convcalc.records import NamedTuple
from convcalc.values import Shape

if TYPE_CHECKING:
    from convcalc.language.blocks import Block


class Value(NamedTuple):
    """The output of a layer: the row to read it from, and its shape."""

    name: str
    shape: Shape


class Names:
    """The names that a list of layers gives, and the numbers that are left for other layers."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.taken = {step.name for step in every_step(steps) if step.name}
        self._free: dict[tuple[str, int], int] = {}

    def free(self, word: str, number: int) -> int:
        """The first number from `number` on with which the word is not a taken name."""
        if f"{word}_{number}" not in self.taken:
            return number
        found = self._free.get((word, number), number)
        while f"{word}_{found}" in self.taken:
            found += 1
        self._free[word, number] = found
        return found


class Round(NamedTuple):
    """One round of a layer."""

    number: int
    first: Mapping[str, Any]
    """What differs in the first round."""
    entries: Mapping[str, Any]
    """What the entries of `each` came to."""


ONCE = Round(0, {}, {})
"""The only round of a layer that is not repeated."""


class Call(NamedTuple):
    """The use of a block."""

    step: Step
    round: Round
    frame: Frame
    """Of the caller."""
    block: Block


class BeforeRounds(NamedTuple):
    """What there was before the rounds of a layer."""

    round: int | None
    variables: dict[str, Any]
    rounds: int


class Written(NamedTuple):
    """An argument as it is written."""

    value: Any
    path: Path
    layers: list[Step] | None
    """Its layers, if it cannot be anything else."""
    frame: Frame
    """Where its names and variables are looked up."""


class Span(NamedTuple):
    """The layers that a named layer or block has become: from the first to before the last."""

    first: int
    last: int


class Made(NamedTuple):
    """What became of a named layer or block, or of one round of it."""

    value: Value
    first: int
    last: int

    @property
    def span(self) -> Span:
        """The layers that it became."""
        return Span(self.first, self.last)


class Inside(NamedTuple):
    """What has a name in one use of a block, and in the blocks that were used there."""

    values: Mapping[str, Value | None]
    made: Mapping[str, Made]
    inside: Mapping[str, Inside]


class Frame:
    """The scope in which names are looked up: the top of the file, or one round of a block."""

    __slots__ = (
        "call",
        "counts",
        "inside",
        "keeps_round",
        "made",
        "names",
        "outer",
        "outputs",
        "prefix",
        "round",
        "rounds",
        "values",
        "variables",
    )

    def __init__(
        self, prefix: str, variables: Variables, start: Value | None, names: Names
    ) -> None:
        self.prefix = prefix
        self.variables = variables
        self.values: dict[str, Value | None] = {INPUT: start}
        self.names = names
        self.counts: dict[str, int] = {}
        self.outer: Frame | None = None
        """Where the names are looked up that are not here: for layers in arguments."""
        self.call: Call | None = None
        """The use of the block that runs."""
        self.round: int | None = None
        """The number of the round of the innermost layer that is repeated."""
        self.keeps_round = ROUND in variables.own or ROUND in variables.everywhere
        """Whether the name is that of another variable, which wins."""
        self.rounds: list[tuple[Step, Round]] = []
        """The layers with `each` that are running here."""
        self.outputs: dict[str, list[tuple[str, Value]]] = {}
        """The rounds of named layers, with the output of each."""
        self.made: dict[str, Made] = {}
        """What each name stands for, and each round of it as NAME.NUMBER."""
        self.inside: dict[str, Inside] = {}
        """What has a name inside the blocks that were used here."""

    def numbered(self, word: str) -> str:
        """The name of a layer that was given none."""
        number = self.counts[word] = self.names.free(word, self.counts.get(word, 0) + 1)
        return f"{word}_{number}"

    def variables_at(self, current: Value | None) -> Variables:
        """The variables where a value is the current one; valid until the next call."""
        return self.variables_with(current.shape[0] if current else None)

    def variables_with(self, channels: int | None) -> Variables:
        """The variables where the current value has so many channels; valid until the next call."""
        if channels is None:
            self.variables.pop(IN_CHANNELS, None)
        else:
            self.variables[IN_CHANNELS] = channels
        return self.variables

    def chain(self) -> Iterator[Frame]:
        """The frames in which names are looked up, this one first."""
        scope: Frame | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def around(self, step: Step) -> Frame:
        """The frame as it is outside the rounds of a layer, whose entries are written there."""
        made = copy(self)
        running = [each is step for each, _ in self.rounds]
        made.rounds = self.rounds[: running.index(True)]
        return made

    # Arguments.

    def written(self, name: str) -> Written | None:
        """Where an argument is written, however often it was passed on.

        Args:
            name: of the argument, without the `$`; None is returned for any other variable.
        """
        found = self.given(name)
        while found is not None and isinstance(found.value, str):
            passed_on = lone_variable(found.value)
            further = found.frame.given(passed_on) if passed_on else None
            if further is None:
                break
            found = further
        return found

    def given(self, name: str) -> Written | None:
        """What a block was given for an argument here; it may be an argument itself."""
        for step, round_ in reversed(self.rounds):
            if name in round_.entries:
                return _entry(step, round_, name, self)
        if self.outer is not None:
            return self.outer.given(name)
        return self._given_to_block(self.call, name) if self.call else None

    def _given_to_block(self, call: Call, name: str) -> Written | None:
        step, round_, caller, block = call
        for part, given in (("first", round_.first), ("with", step.values)):
            if name in given:
                value = given[name]
                return Written(value, (*step.path, part, name), step.layers.get(id(value)), caller)
        if name in round_.entries:
            return _entry(step, round_, name, caller)
        if name not in block.arguments:
            return None
        value = block.arguments[name]
        path = ("blocks", step.block, "args", name)
        return Written(value, path, block.layers.get(id(value)), self._of_defaults())

    def _of_defaults(self) -> Frame:
        """Where the defaults of a block's arguments are looked up."""
        made = Frame(self.prefix, Variables({}, self.variables.everywhere), None, self.names)
        made.values = self.values
        return made

    def for_layers(self, argument: Written) -> Frame:
        """The frame for the layers of an argument: named here, looked up where they are written."""
        outer = argument.frame
        made = Frame(self.prefix, outer.variables, None, self.names)
        made.values = {}
        made.counts = self.counts
        made.outer = outer
        made.round, made.rounds, made.keeps_round = outer.round, outer.rounds, outer.keeps_round
        return made

    # Blocks and rounds.

    def of_block(
        self, prefix: str, arguments: Variables, call: Call, names: Names, start: Value
    ) -> Frame:
        """The frame in which the layers of a block run."""
        made = Frame(prefix, arguments, start, names)
        made.call = call
        made.round = self.round
        if self.round is not None and not made.keeps_round:
            arguments[ROUND] = self.round
        return made

    def enter(self, step: Step, round_: Round) -> None:
        """Begins a round of a layer: its number and entries become variables."""
        self.round = round_.number
        if not self.keeps_round:
            self.variables[ROUND] = round_.number
        if round_.entries:
            self.variables.update(round_.entries)
            self.rounds.append((step, round_))

    def before_rounds(self, step: Step) -> BeforeRounds:
        """What `leave` restores after each round of a layer."""
        own = self.variables.own
        names = (ROUND, *(step.each or ()))
        variables = {name: self.variables[name] for name in names if name in own}
        return BeforeRounds(self.round, variables, len(self.rounds))

    def leave(self, step: Step, before: BeforeRounds) -> None:
        """Ends a round of a layer, also one that has failed."""
        for name in (ROUND, *(step.each or ())):
            self.variables.pop(name, None)
        self.round = before.round
        self.variables.update(before.variables)
        del self.rounds[before.rounds :]


def _entry(step: Step, round_: Round, name: str, frame: Frame) -> Written:
    frame = frame.around(step)
    entries = (step.each or {})[name]
    if not isinstance(entries, list):  # a variable that holds a list
        return Written(round_.entries[name], (*step.path, "each", name), None, frame)
    value = entries[round_.number]
    path = (*step.path, "each", name, round_.number)
    return Written(value, path, step.layers.get(id(value)), frame)
