"""What the reference knows of an operation: how to run it, and its definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from convcalc.records import NamedTuple
from convcalc.reference.workspace import Array, Workspace
from convcalc.values import Shape

Position: TypeAlias = tuple[int, ...]
"""Where in an array: `(n, c, *spatial)`."""

LISTED = 2**18
"""Numbers that a definition lists at once."""

Weights: TypeAlias = Mapping[str, Array]


class Call(NamedTuple):
    """An operation, and the arrays it is run on: `(n, c, *spatial)` each, n inputs of a batch."""

    operation: Any
    inputs: Sequence[Array]
    weights: Weights
    workspace: Workspace
    out: Array | None = None
    """The input that the result is to overwrite; where there is none, the result is a new array."""
    batch: int = 1
    """Inputs of a batch, for what reads none."""

    @property
    def input(self) -> Array:
        """The one input of most operations."""
        return self.inputs[0]


Run: TypeAlias = Callable[[Call], Array]
Definition: TypeAlias = Callable[[Call, Sequence[Position]], list[float]]
"""The values at some output positions, as the textbook has them, in plain loops."""


def weightless(_operation: Any, _input_shape: Shape) -> dict[str, Shape]:
    """The learned arrays of an operation that has none."""
    return {}


class Kernel(NamedTuple):
    """How an operation is run and what its values are by definition."""

    run: Run
    definition: Definition | None
    """None where there is no rule: its output is random."""
    weights: Callable[[Any, Shape], dict[str, Shape]] = weightless
    """The arrays it needs to work on an input of `(C, *spatial)`."""
    in_place: bool = False
    """Whether it can overwrite an input."""
    exact: bool = False
    """Whether whole numbers give the definition's value to the last bit."""
    keeps: bool = False
    """Whether small whole numbers that go in come out as small whole numbers."""
    sums_agree: Callable[[Call, Array], bool] | None = None
    """Whether sums over the output channels are what the kernel makes of sums over its filters: it
    is linear in them, so that no value can be wrong unseen."""
    fan_in: Callable[[Any, Shape], int] | None = None
    """How many products are added up in one value, for a first input of `(C, *spatial)`."""
    is_double: bool = False
    """Whether it always runs in double precision: rounding would show in its exponentials."""


def at_each(value: Callable[[Call, Position], float]) -> Definition:
    """The definition of many positions, from that of one."""
    return lambda call, positions: [value(call, position) for position in positions]
