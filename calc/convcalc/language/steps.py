"""Layers as they are written: what a list of layers becomes before it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from convcalc.language.expressions import ROUND
from convcalc.language.resolving import Variables
from convcalc.layers import Path
from convcalc.operations.declarations import Declaration
from convcalc.records import NamedTuple

BLOCK = "block"
BLOCK_CALL = Declaration(BLOCK, dict)
ARGUMENT = Declaration("$", dict)
"""The operation of `$act`, which stands for the layers of an argument."""
BROKEN = Declaration("", dict)
"""The operation of an invalid layer; what depends on it is not checked."""
COMMON = ("name", "from", "repeat", "each", "first", "if", "weights", "training", "as")
"""The keys that every layer can have."""
IN_CHANNELS = "in_channels"
"""The variable that holds the channels of the current value."""


class Rounds(NamedTuple):
    """An operand that stands for the outputs of all rounds of a layer."""

    name: str
    """The layer, or a layer inside the block that it repeats."""


Operand: TypeAlias = "str | Rounds | list[Step]"
"""An operand of a merge: the name of a layer, or of an argument with its `$`, or layers."""


class Step(NamedTuple):
    """A layer as it is written; its parameters are resolved when it runs."""

    path: Path
    declaration: Declaration
    values: dict[str, Any]
    """The parameters as written, or the arguments of a block."""
    name: str | None = None
    source: str | None = None
    """The layer that it reads, or the argument with its `$` that names it."""
    repeat: Any = None
    first: dict[str, Any] = {}  # noqa: RUF012 - read only
    operands: list[Operand] | None = None
    block: str = ""
    """The block that it calls, or the argument, with its `$`, whose layers it runs."""
    key: Any = None
    """Equal for steps that say the same; None where that depends on variables."""
    each: dict[str, Any] | None = None
    """Lists with an entry for each round, or variables that hold such lists."""
    condition: Any = None
    """What comes to 0 where the layer is left out; None if it never is."""
    layers: Mapping[int, list[Step]] = {}
    """The layers in its arguments, by the identity of what is written."""
    weights: str | None = None
    """The layer whose weights it uses."""
    training: bool = False
    """Whether it only runs in training: what follows does not read it."""
    style: str = ""
    """How it is written in PyTorch, where that is not said for all layers of its operation."""

    @property
    def is_repeated(self) -> bool:
        """Whether it runs in rounds."""
        return self.repeat is not None or self.each is not None

    @property
    def label(self) -> str:
        """What it is numbered by if it has no name."""
        return self.block or self.declaration.word


class Scope(NamedTuple):
    """The names that can be used where layers are written."""

    variables: Variables
    blocks: Mapping[str, Any]
    defaults: Mapping[str, Mapping[str, Any]]
    """Parameters for all layers of an operation."""
    steps: dict[Any, Step] | None = None
    """Steps of equal layers in other specifications, where they mean the same as here."""

    def in_rounds(self, names: Iterable[str]) -> Scope:
        """The scope inside a layer that is repeated, with the names of its entries."""
        names = dict.fromkeys((ROUND, *names))
        return self._replace(variables=Variables(names, self.variables))


def every_step(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps of a scope, with those in operand lists."""
    for step in steps:
        for operand in step.operands or ():
            if isinstance(operand, list):
                yield from every_step(operand)
        yield step


def with_arguments(steps: Sequence[Step]) -> Iterator[Step]:
    """The same, with the layers in the arguments of blocks."""
    for step in every_step(steps):
        for layers in step.layers.values():
            yield from with_arguments(layers)
        yield step
