"""What can be read where layers run: values, names and variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcalc.language.resolving import Variables
from convcalc.language.steps import IN_CHANNELS, Step, every_step
from convcalc.layers import INPUT
from convcalc.values import Shape


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


class Frame:
    """The scope in which names are looked up: the top of the file, or one round of a block."""

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
        """The variables where a value is the current one; valid until the next call."""
        return self.variables_with(current.shape[0] if current else None)

    def variables_with(self, channels: int | None) -> Variables:
        """The variables where the current value has so many channels; valid until the next call."""
        if channels is None:
            self.variables.pop(IN_CHANNELS, None)
        else:
            self.variables[IN_CHANNELS] = channels
        return self.variables
