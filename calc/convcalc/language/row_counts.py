"""How many rows a layer makes at least, known before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.blocks import Block
from convcalc.language.expressions import variables
from convcalc.language.resolving import resolved
from convcalc.language.steps import Step
from convcalc.language.work import DEEPEST
from convcalc.operations.declarations import ParameterKind


class RowCounts:
    """Counts the rows of layers and blocks, each block once."""

    def __init__(self, blocks: Mapping[str, Block], variables: Mapping[str, Any]) -> None:
        self._blocks = blocks
        self._variables = variables
        arguments = {
            name for block in blocks.values() for name in (*block.arguments, *block.required)
        }
        self._same_everywhere = variables.keys() - arguments
        self._rows: dict[object, int] = {}
        self._depth = 0

    def of_round(self, step: Step) -> int:
        """The least number of rows that one round of a layer makes."""
        if not step.block and step.operands is None:
            return 1
        key = step.block or id(step.operands)
        if key not in self._rows:
            self._rows[key] = 0  # while it is being counted
            if self._depth < DEEPEST:
                self._depth += 1
                self._rows[key] = self._counted(step)
                self._depth -= 1
        return self._rows[key]

    def _counted(self, step: Step) -> int:
        if step.block:
            block = self._blocks.get(step.block)
            return sum([self._of_all_rounds(each) for each in block.steps]) if block else 0
        lists = [operand for operand in step.operands or () if isinstance(operand, list)]
        return 1 + sum([self._of_all_rounds(each) for inner in lists for each in inner])

    def _of_all_rounds(self, step: Step) -> int:
        rounds = 1 if step.repeat is None else self._rounds(step.repeat)
        return rounds * self.of_round(step) if rounds > 0 else 0

    def _rounds(self, repeat: Any) -> int:
        """The number of rounds, if it is the same wherever the layer is used; else 0."""
        if isinstance(repeat, str) and variables(repeat) <= self._same_everywhere:
            try:
                repeat = resolved(repeat, ParameterKind.WHOLE, self._variables)
            except SpecError:
                return 0
        return repeat if type(repeat) is int else 0
