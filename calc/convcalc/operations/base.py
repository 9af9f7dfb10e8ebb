"""What every operation of a network can say about itself."""

from __future__ import annotations

from math import prod
from typing import ClassVar, TypeAlias

from convcalc.frozen import Frozen
from convcalc.receptive_field import ReceptiveField
from convcalc.values import Shape

Fields: TypeAlias = tuple[ReceptiveField, ...]
"""The receptive field, one for each spatial dimension."""


class Operation(Frozen):
    """A step of a network, complete and checked from the moment it exists.

    A new operation is one class: its constructor checks, its methods know shapes and counts.
    """

    __slots__ = ()

    word: ClassVar[str]
    """Its name in network files and reports."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial)` of what comes out for `(C, *spatial)` that goes in."""
        raise NotImplementedError

    @property
    def weights(self) -> dict[str, Shape]:
        """The shape of each learned array, by PyTorch's name for it."""
        return {}

    @property
    def params(self) -> int:
        """Learned numbers; running statistics are none."""
        return sum([prod(shape) for shape in self.weights.values()])

    def macs(self, input_shape: Shape) -> int | None:
        """Multiply-accumulates for one input; None where the convention counts none."""
        del input_shape
        return None

    def receptive_field_after(self, fields: Fields) -> Fields | None:
        """The receptive field behind this operation; None once it mixes every position."""
        return fields
