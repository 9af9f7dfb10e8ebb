"""Means, maxima and sums over whole axes."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Operation, every_position, unchanged
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, flag, one_of, shape_of, whole_list

REDUCTIONS = ("mean", "max", "sum")


class Reduce(Operation):
    """The mean, the largest or the sum of all values along some axes.

    Args:
        reduction: `mean`, `max` or `sum`.
        axes: the axes, which count from the channels, 0.
        keep: whether the axes stay, with a size of 1; else the others move up: without the
            channels, the first spatial size takes their place.

    Raises:
        SpecError: an axis is there twice.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.mean.html

    >>> Reduce("mean", [0], keep=True).output_shape((64, 28, 28))
    (1, 28, 28)
    >>> Reduce("max", [1, 2]).output_shape((64, 28, 28))
    (64,)
    """

    __slots__ = ("reduction", "axes", "keep")
    reduction: str
    axes: tuple[int, ...]
    keep: bool
    word = "reduce"

    def __init__(self, reduction: str, axes: Sequence[int], *, keep: bool = False) -> None:
        known = whole_list("axes", axes, least=0)
        if not known or len(set(known)) < len(known):
            fault = "has an axis twice" if known else "is an empty list"
            raise SpecError(f"{{axes}} {fault}", axes=axes)
        self._fill(
            reduction=one_of("reduction", reduction, REDUCTIONS),
            axes=known,
            keep=flag("keep", keep),
        )

    def output_shape(self, input_shape: Shape) -> Shape:
        """The sizes of the other axes.

        Raises:
            SpecError: there is no such axis, or no other is left.
        """
        shape = shape_of("input_shape", input_shape)
        if max(self.axes) >= len(shape):
            fact = f"{{axes}} reaches beyond axis {len(shape) - 1}, the last of {{input_shape}}"
            raise SpecError(fact, axes=self.axes, input_shape=shape)
        if self.keep:
            return tuple([1 if at in self.axes else size for at, size in enumerate(shape)])
        left = tuple([size for at, size in enumerate(shape) if at not in self.axes])
        if not left:
            fact = "{axes} leaves no axis of {input_shape}: keep: true leaves sizes of 1"
            raise SpecError(fact, axes=self.axes, input_shape=shape)
        return left

    def field_map(self, input_shape: Shape) -> FieldMap:
        """What it was where the positions stay; else every position."""
        stays = self.axes == (0,) and (self.keep or len(input_shape) == 1)
        return unchanged if stays else every_position


DECLARATIONS = (
    Declaration(
        "reduce",
        Reduce,
        "reduction",
        {
            "reduction": ParameterKind.CHOICE,
            "axes": ParameterKind.NUMBERS,
            "keep": ParameterKind.FLAG,
        },
        choices={"reduction": REDUCTIONS},
    ),
)
