"""Layers as they are written: what a list of layers becomes before it runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from convcalc.layers import Path
from convcalc.operations.declarations import Declaration

BLOCK = "block"
BLOCK_CALL = Declaration(BLOCK, dict)
BROKEN = Declaration("", dict)
"""The operation of an invalid layer; what depends on it is not checked."""
COMMON = ("name", "from", "repeat", "first", "weights", "training")
"""The keys that every layer can have."""
IN_CHANNELS = "in_channels"
"""The variable that holds the channels of the current value."""

Operand: TypeAlias = "str | list[Step]"
"""An operand of a merge: the name of a layer, or a list of layers."""


class Step(NamedTuple):
    """A layer as it is written; its parameters are resolved when it runs."""

    path: Path
    declaration: Declaration
    values: dict[str, Any]
    """The parameters as written, or the arguments of a block."""
    name: str | None = None
    source: str | None = None
    repeat: Any = None
    first: dict[str, Any] = {}  # noqa: RUF012 - read only
    operands: list[Operand] | None = None
    block: str = ""
    key: Any = None
    """Equal for steps that say the same; None where that depends on variables."""
    weights: str | None = None
    """The layer whose weights it uses."""
    training: bool = False
    """Whether it only runs in training: what follows does not read it."""

    @property
    def label(self) -> str:
        """What it is numbered by if it has no name."""
        return self.block or self.declaration.word


class Scope(NamedTuple):
    """The names that can be used where layers are written."""

    variables: Collection[str]
    blocks: Mapping[str, Any]
    defaults: Mapping[str, Mapping[str, Any]]
    """Parameters for all layers of an operation."""
    steps: dict[Any, Step] | None = None
    """Steps of equal layers in other specifications, where they mean the same as here."""


def every_step(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps of a scope, with those in operand lists."""
    for step in steps:
        for operand in step.operands or ():
            if isinstance(operand, list):
                yield from every_step(operand)
        yield step
