"""The variables inside a block, for each of its uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.blocks import Block
from convcalc.language.frames import Frame, Round, Value
from convcalc.language.problems import PlacedError
from convcalc.language.resolving import Given, Variables, given
from convcalc.language.steps import IN_CHANNELS, Step
from convcalc.language.work import Work
from convcalc.layers import Path


class BlockArguments:
    """Evaluates the arguments of blocks; those without variables are evaluated once."""

    def __init__(self, variables: Mapping[str, Any], work: Work) -> None:
        self._variables = variables
        self._work = work
        self._given: dict[int, tuple[Given, object]] = {}

    def of(
        self, step: Step, block: Block, current: Value, frame: Frame, round_: Round
    ) -> Variables:
        """The defaults of a block, the arguments of a call, and the variables of the file.

        The entries of a round are variables in the block; its arguments win.

        Raises:
            PlacedError: an argument cannot be evaluated.
        """
        arguments = Variables({}, self._variables)
        if block.arguments:
            at_start = Variables({IN_CHANNELS: current.shape[0]}, self._variables)
            path = ("blocks", step.block, "args")
            self._evaluate(path, block.arguments, at_start, arguments, block.layers)
        if round_.entries:
            arguments.update(round_.entries)
        for part, written in (("with", step.values), ("first", round_.first)):
            if written:
                variables = frame.variables_at(current)
                self._evaluate((*step.path, part), written, variables, arguments, step.layers)
        return arguments

    def _evaluate(
        self,
        path: Path,
        written: Mapping[str, Any],
        variables: Variables,
        arguments: Variables,
        layers: Mapping[int, object],
    ) -> None:
        """Adds arguments: constant ones as they were evaluated before, the others anew."""
        if id(written) not in self._given:
            self._given[id(written)] = given(written, layers), written
        parts = self._given[id(written)][0]
        self._work.spend(2 + len(parts.constant) // 10)
        arguments.update(parts.constant)
        done: dict[int, Any] = {}
        for name, value in parts.varying.items():
            try:
                self._work.spend(value.cost(variables))
                arguments[name] = value.worked_out(variables, done)
            except SpecError as error:
                raise PlacedError((*path, name), error) from error
