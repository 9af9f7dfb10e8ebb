"""Finds the values that layers read: by name, by an argument, or in all rounds of a layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from convcalc.errors import SpecError
from convcalc.language.frames import Frame, Inside, Made, Value, Written
from convcalc.language.problems import Problems, known_names, value_written
from convcalc.language.work import Work
from convcalc.layers import NAME, Path
from convcalc.operations.registry import DECLARATIONS
from convcalc.wording import did_you_mean


class Note(Protocol):
    """Reports a mistake at a place."""

    def __call__(
        self, path: Path, error: SpecError, *, at_key: bool = False, absent: bool = False
    ) -> None:
        """Reports it."""


class Lookups:
    """Looks names up in frames; a name that is not there is reported."""

    def __init__(self, problems: Problems, work: Work, note: Note) -> None:
        self.read: set[str] = set()
        """The rows of layers that are read by what is inside their rounds."""
        self._problems = problems
        self._work = work
        self._note = note

    def value(self, name: str, place: Path, frame: Frame) -> Value | None:
        """The value of a name, or of an argument with its `$`; None if there is none."""
        if name in frame.values:
            return frame.values[name]
        if name.startswith("$"):
            return self._of_argument(name, place, frame)
        for scope in frame.chain():
            if name in scope.values:
                return scope.values[name]
        if "." in name and (made := self.made(name, frame)):
            return made.value
        self._report(name, place, frame)
        return None

    def made(self, name: str, frame: Frame) -> Made | None:
        """What became of a name here, of a round of it, or of a name inside a block.

        A layer inside is named as its row is, from here on: `stage.0.conv_b`.
        """
        found = (self._made_in(name, scope) for scope in frame.chain())
        return next(filter(None, found), None)

    def _made_in(self, name: str, scope: Frame | Inside) -> Made | None:
        while True:
            if name in scope.made:
                return scope.made[name]
            self._work.spend(1 + len(name) // 8)
            head, rest = next(
                (each for each in _ways_to_part(name) if each[0] in scope.inside), ("", "")
            )
            if not rest:
                return None
            scope, name = scope.inside[head], rest

    def name_of(self, written: Written) -> str | None:
        """The name that an argument is; None if it is anything else."""
        is_name = isinstance(written.value, str) and NAME.fullmatch(written.value)
        return written.value if is_name else None

    def _of_argument(self, argument: str, place: Path, frame: Frame) -> Value | None:
        """The value of the name that an argument is."""
        written = frame.written(argument[1:])
        name = self.name_of(written) if written else None
        if written is None or name is None:
            self.report_wrong(argument, "the name of a layer", place, frame, written)
            return None
        return self.value(name, written.path, written.frame)

    def report_wrong(
        self, argument: str, expected: str, place: Path, frame: Frame, written: Written | None
    ) -> None:
        """Reports that an argument is not what its use needs, where the argument is written."""
        name = argument[1:]
        if name not in frame.variables:
            self._note(place, SpecError(f"unknown variable {argument}"), absent=True)
            return
        shown = value_written(frame.variables[name])
        error = SpecError(f"{argument} is {shown}, not {expected}")
        self._note(written.path if written else place, error)

    def _report(self, name: str, place: Path, frame: Frame) -> None:
        """Reports a name that is not there."""
        if self._problems.has(place):
            return
        if name in frame.names.taken:
            message = f"{name} is defined later: a layer can only read layers before it"
        else:
            hint = did_you_mean(name, [*frame.values, *frame.names.taken])
            if not hint and name in DECLARATIONS:
                hint = f"; the operation is written [{name}]"
            message = f"there is no {name} here{hint or known_names(frame.values)}"
        self._note(place, SpecError(message), absent=True)

    # All rounds of a layer.

    def rounds(self, text: str, place: Path, frame: Frame) -> list[Value] | None:
        """The outputs of all rounds of a layer, or of one inside them; None if there are none.

        Args:
            text: the name of the layer; with a dot and the name of one in its block, that one.
            place: where it is written.
            frame: where it is looked up.
        """
        for scope in frame.chain():
            for name, inner in _ways_to_part(text):
                self._work.spend(1 + len(text) // 8)
                if name in scope.outputs:
                    return self._outputs(name, inner, place, scope)
                if name in scope.values:
                    if scope.values[name] is not None:
                        error = SpecError(f"{name} is not repeated: rounds needs repeat or each")
                        self._note(place, error)
                    return None
        self._report(text.partition(".")[0], place, frame)
        return None

    def _outputs(self, name: str, inner: str, place: Path, frame: Frame) -> list[Value] | None:
        rounds = frame.outputs[name]
        self._work.spend(len(rounds))
        last = frame.values.get(name)
        if last is None:
            return None  # a round of it failed
        self.read.add(last.name)
        if not inner:
            return [value for _, value in rounds]
        found: list[Value] = []
        for round_name, _ in rounds:
            inside = frame.inside.get(round_name)
            if inside is None:
                error = SpecError(f"{name} is not a block: it has no {inner} inside")
                self._note(place, error)
                return None
            values = inside.values
            if inner not in values:
                hint = did_you_mean(inner, values) or known_names(values)
                error = SpecError(f"there is no {inner} in {round_name}{hint}")
                self._note(place, error, absent=True)
                return None
            value = values[inner]
            if value is None:
                return None
            found.append(value)
        return found


def _ways_to_part(text: str) -> Iterator[tuple[str, str]]:
    """A name, and what may be inside it: the whole text first, then each dot from the last on."""
    yield text, ""
    at = text.rfind(".")
    while at > 0:
        yield text[:at], text[at + 1 :]
        at = text.rfind(".", 0, at)
