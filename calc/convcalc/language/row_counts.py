"""How many rows a layer makes at least, known before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.blocks import Block
from convcalc.language.entry_names import EntryNames
from convcalc.language.expressions import ROUND, variables
from convcalc.language.resolving import resolved
from convcalc.language.steps import ARGUMENT, Step
from convcalc.language.work import DEEPEST
from convcalc.operations.declarations import ParameterKind


class RowCounts:
    """Counts the rows of layers and blocks, each block once."""

    def __init__(
        self, blocks: Mapping[str, Block], variables: Mapping[str, Any], entries: EntryNames
    ) -> None:
        self._blocks = blocks
        self._variables = variables
        self._entries = entries
        self._rows: dict[object, int] = {}
        self._differ: dict[object, bool] = {}
        self._depth = 0

    @cached_property
    def _same_everywhere(self) -> set[str]:
        """The variables that stand for the same in all blocks."""
        blocks = self._blocks.values()
        arguments = {name for block in blocks for name in (*block.arguments, *block.required)}
        return self._variables.keys() - arguments - self._entries.everywhere

    def of_round(self, step: Step) -> int:
        """The least number of rows that one round of a layer makes."""
        if not step.block and step.operands is None:
            return 1  # `$act` has a block, which is none of the file's
        key = step.block or id(step.operands)
        if key not in self._rows:
            self._rows[key] = 0  # while it is being counted
            if self._depth < DEEPEST:
                self._depth += 1
                self._rows[key] = self._counted(step)
                self._depth -= 1
        return self._rows[key]

    def _counted(self, step: Step) -> int:
        rows = sum([self._of_all_rounds(each) for each in self._inside(step)])
        return rows if step.block else 1 + rows

    def _of_all_rounds(self, step: Step) -> int:
        if step.condition is not None:
            return 0
        rounds = 1 if step.repeat is None else self._rounds(step.repeat)
        for entries in (step.each or {}).values():
            rounds = len(entries) if isinstance(entries, list) else 0
        return rounds * self.of_round(step) if rounds > 0 else 0

    def _rounds(self, repeat: Any) -> int:
        """The number of rounds, if it is the same wherever the layer is used; else 0."""
        if isinstance(repeat, str) and variables(repeat) <= self._same_everywhere:
            try:
                repeat = resolved(repeat, ParameterKind.WHOLE, self._variables)
            except SpecError:
                return 0
        return repeat if type(repeat) is int else 0

    def may_differ(self, step: Step) -> bool:
        """Whether rounds of a layer may differ in their rows by `$round`, `each` or `if`."""
        if step.each or step.condition is not None or _uses_round(step):
            return True
        key = step.block or id(step.operands)
        if key not in self._differ:
            self._differ[key] = True  # if it is nested too deeply to be found out
            if self._depth < DEEPEST:
                self._depth += 1
                self._differ[key] = any(map(self._differs_by_round, self._inside(step)))
                self._depth -= 1
        return self._differ[key]

    def _differs_by_round(self, step: Step) -> bool:
        return step.declaration is ARGUMENT or self.may_differ(step)

    def _inside(self, step: Step) -> list[Step]:
        """The layers of a block, or in the operands of a merge."""
        if step.block:
            block = self._blocks.get(step.block)
            return block.steps if block else []
        lists = [operand for operand in step.operands or () if isinstance(operand, list)]
        return [each for inner in lists for each in inner]


def _uses_round(step: Step) -> bool:
    seen: set[int] = set()
    written = [step.repeat, *step.values.values(), *step.first.values()]
    return any(_names_round(value, seen) for value in written)


def _names_round(value: Any, seen: set[int]) -> bool:
    if isinstance(value, list) and id(value) not in seen:
        seen.add(id(value))
        return any(_names_round(item, seen) for item in value)
    return isinstance(value, str) and f"${ROUND}" in value
