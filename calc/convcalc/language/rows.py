"""The rows that layers have become: their names, and which of them only training runs."""

from __future__ import annotations

from collections.abc import Collection

from convcalc.errors import SpecError
from convcalc.language.problems import PlacedError
from convcalc.language.steps import Step
from convcalc.language.work import Work
from convcalc.layers import INPUT, AnyLayer, Path, expanded

LONGEST_PART = 30
"""Characters that the name of a part of a layer adds, about."""


class Rows:
    """Gathers layers, and refuses those whose name is taken."""

    def __init__(self, inputs: Collection[str], work: Work) -> None:
        self.layers: list[AnyLayer] = []
        self.names: set[str] = {INPUT, *inputs}
        self.training: set[str] = set()
        """The rows that only run in training."""
        self.named: list[tuple[str, Path, str]] = []
        """The rows of layers that were given a name, the layer's path, and the name."""
        self._work = work
        self._last_part: dict[str, str] = {}

    def last_row_of(self, name: str) -> str:
        """The row that a layer's value comes from: of a separable convolution its last part."""
        return self._last_part.get(name, name)

    def add(self, step: Step, layer: AnyLayer) -> None:
        """Counts a layer's rows, and takes their names.

        Raises:
            PlacedError: a name is taken, or it reads what only training runs.
        """
        name = layer.name
        if name in self.names:
            raise self._taken(step, name)
        self.names.add(name)
        if layer.operation.parts:
            self._add_parts(step, layer)
        else:
            self._work.add_rows(1, len(name))
        if layer.training:
            self.training.add(name)
        elif self.training and not self.training.isdisjoint(layer.inputs):
            raise self._only_training(step, layer)
        self.layers.append(layer)

    def _add_parts(self, step: Step, layer: AnyLayer) -> None:
        """Counts the rows that a layer runs as, and takes their names."""
        self._work.add_rows(len(layer.operation.parts), len(layer.name) + LONGEST_PART)
        parts = [part.name for part in expanded([layer])]
        if not self.names.isdisjoint(parts):
            raise self._taken(step, next(part for part in parts if part in self.names))
        self.names.update(parts)
        self._last_part[layer.name] = parts[-1]

    def _only_training(self, step: Step, layer: AnyLayer) -> SpecError:
        source = next(source for source in layer.inputs if source in self.training)
        message = f"{source} only runs in training: only layers with training: true read it"
        key = "from" if step.source else step.declaration.word
        return PlacedError((*step.path, key), SpecError(message))

    def _taken(self, step: Step, name: str) -> SpecError:
        message = f"the name {name} is already used"
        if step.name and any(path == step.path for _, path, _ in self.named):
            message = (
                f"{message} by the first round: omit it here, or repeat a block, "
                "where each round has names of its own"
            )
        path = (*step.path, "name") if step.name else step.path
        return PlacedError(path, SpecError(message))
