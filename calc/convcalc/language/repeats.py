"""How often layers run: `repeat`, the entries of `each`, and `if`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.argument_reader import are_layers
from convcalc.language.common_keys import unequal_entries
from convcalc.language.expressions import lone_variable, variables
from convcalc.language.frames import Frame, Value
from convcalc.language.problems import PlacedError, value_written
from convcalc.language.resolving import argument, cost, evaluated, resolved
from convcalc.language.row_counts import RowCounts
from convcalc.language.steps import IN_CHANNELS, Step
from convcalc.language.work import Work
from convcalc.operations.declarations import ParameterKind
from convcalc.values import whole

NOTHING: Mapping[str, Any] = {}


class Repeats:
    """Evaluates what layers say of their rounds, and refuses too many of them."""

    def __init__(self, work: Work, counts: RowCounts) -> None:
        self._work = work
        self._counts = counts

    def times(self, step: Step, current: Value | None, frame: Frame) -> int:
        """How many rounds a layer has.

        Raises:
            PlacedError: that cannot be evaluated, or their rows would be too many.
        """
        if step.each is not None:
            times = self._entries_of(step, step.each, frame)
        else:
            times = self._repeat(step, current, frame)
        least = 0 if step.condition is not None else max(self._counts.of_round(step), 1)
        self.require_rows(step, times * least)
        return times

    def require_rows(self, step: Step, more: int) -> None:
        """Refuses more rows than there may be."""
        try:
            self._work.require_rows(more)
        except SpecError as error:
            key = "repeat" if step.each is None else "each"
            raise PlacedError((*step.path, key), error) from error

    def require_like_rounds(self, step: Step, rows: int, left: int) -> None:
        """Refuses rounds that make too many rows, if they are as the one before them."""
        if rows and left and not self._counts.may_differ(step):
            self.require_rows(step, rows * left)

    def _repeat(self, step: Step, current: Value | None, frame: Frame) -> int:
        if current is None and _needs_channels(step.repeat):
            return 0
        try:
            names = frame.variables_at(current)
            self._work.spend(cost(step.repeat, names))
            raw = resolved(step.repeat, ParameterKind.WHOLE, names)
            return whole("repeat", raw, least=0)
        except SpecError as error:
            raise PlacedError((*step.path, "repeat"), error) from error

    def _entries_of(self, step: Step, each: Mapping[str, Any], frame: Frame) -> int:
        """The length of the lists of `each`."""
        self._work.spend(len(each))
        first, length = "", -1
        for name, written in each.items():
            found = _list(step, name, written, frame)
            if length < 0:
                first, length = name, len(found)
            elif len(found) != length:
                error = SpecError(unequal_entries(first, length, name, len(found)))
                raise PlacedError((*step.path, "each", name), error)
        return length

    def entries(
        self, step: Step, number: int, current: Value | None, frame: Frame
    ) -> Mapping[str, Any]:
        """The entries of a round, evaluated where the layer stands."""
        if step.each is None:
            return NOTHING
        names = frame.variables_at(current)
        found: dict[str, Any] = {}
        for name, written in step.each.items():
            entry = _list(step, name, written, frame)[number]
            if not isinstance(written, list) or are_layers(entry):
                found[name] = entry
                continue
            try:
                self._work.spend(cost(entry, names))
                found[name] = argument(entry, names)
            except SpecError as error:
                raise PlacedError((*step.path, "each", name, number), error) from error
        return found

    def is_there(self, step: Step, current: Value | None, frame: Frame) -> bool:
        """Whether the condition of a layer holds.

        Raises:
            PlacedError: it cannot be evaluated.
        """
        condition = step.condition
        if not isinstance(condition, str):
            return condition is None or bool(condition)
        if current is None and _needs_channels(condition):
            return False
        try:
            names = frame.variables_at(current)
            self._work.spend(cost(condition, names))
            flag = names.found(lone_variable(condition) or "")
            return flag if isinstance(flag, bool) else evaluated(condition, names) != 0
        except SpecError as error:
            raise PlacedError((*step.path, "if"), error) from error


def _needs_channels(written: Any) -> bool:
    """Whether a value cannot be worked out where the layer before it could not be made."""
    return isinstance(written, str) and IN_CHANNELS in variables(written)


def _list(step: Step, name: str, written: Any, frame: Frame) -> list[Any]:
    """A list of `each`, which a variable may stand for."""
    if isinstance(written, list):
        return written
    found = frame.variables.found(lone_variable(written) or "")
    if isinstance(found, list):
        return found
    error = SpecError(f"each takes a list for {name}, {written} is {value_written(found)}")
    raise PlacedError((*step.path, "each", name), error)
