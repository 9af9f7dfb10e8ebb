"""Values and weights of another program, with their axes in the order of that program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcalc.records import NamedTuple
from convcalc.values import Shape

BATCH = -1
UNIT = -2
"""An axis of size 1 that the value of the network language does not have."""
LOOSE = -3
"""An axis after a reshape that joins or splits axes which do not stand beside each other in the
value of the network language: it is there in sizes only."""


class Tensor(NamedTuple):
    """A value of the file, and the value of the network language that holds it.

    The language has no batch axis and counts axes from the channels; a file has its own order.

    >>> image = Tensor("input", (3, 8, 9), (1, 8, 9, 3), (BATCH, 1, 2, 0))
    >>> image.transposed([0, 3, 1, 2]).sizes
    (1, 3, 8, 9)
    """

    row: str
    """The name of the row or input that holds it."""
    shape: Shape
    """`(C, *spatial)` of that row."""
    sizes: Shape
    """The sizes of its axes in the file."""
    axes: tuple[int, ...]
    """For each axis of the file the one of `shape`, `BATCH`, `UNIT` or `LOOSE`."""

    @property
    def rank(self) -> int:
        """How many axes it has in the file."""
        return len(self.sizes)

    @property
    def batch_axis(self) -> int | None:
        """The axis of the batch, if it still has one."""
        return self.axes.index(BATCH) if BATCH in self.axes else None

    @property
    def is_loose(self) -> bool:
        """Whether the order of its values is not the order of its row's."""
        return LOOSE in self.axes

    @property
    def without_batch(self) -> list[int]:
        """The axes of the file that are not the batch's.

        >>> Tensor("x", (3, 8), (1, 8, 3), (BATCH, 1, 0)).without_batch
        [1, 2]
        """
        return [axis for axis in range(self.rank) if axis != self.batch_axis]

    def axis(self, axis: int) -> int:
        """The axis with a number that may count from the end."""
        return axis % self.rank if self.rank else 0

    def transposed(self, order: Sequence[int]) -> Tensor:
        """The same values with the axes of the file in another order; no row is needed."""
        return self._replace(
            sizes=tuple([self.sizes[axis] for axis in order]),
            axes=tuple([self.axes[axis] for axis in order]),
        )

    def held_by(self, row: str, shape: Shape) -> Tensor:
        """The value of a row that reads this one and keeps the order of its axes.

        >>> Tensor("x", (3, 8), (1, 8, 3), (BATCH, 1, 0)).held_by("conv", (16, 4)).sizes
        (1, 4, 16)
        """
        sizes = [
            shape[axis] if axis >= 0 else size
            for axis, size in zip(self.axes, self.sizes, strict=True)
        ]
        return Tensor(row, shape, tuple(sizes), self.axes)


class Weight(NamedTuple):
    """Numbers that are not computed from the input.

    >>> Weight("conv.weight", (64, 3, 7, 7), {"conv.weight": 9408}).params
    9408
    """

    name: str
    sizes: Shape
    learned: Mapping[object, int] = {}
    """The learned arrays that they are made of, by something that identifies each, and their
    numbers of values; none of a constant."""

    @property
    def params(self) -> int:
        """Learned numbers in all."""
        return sum(self.learned.values())

    @property
    def size(self) -> int:
        """How many numbers they are.

        >>> Weight("conv.weight", (64, 3, 7, 7)).size
        9408
        """
        return prod(self.sizes)

    @property
    def is_plain(self) -> bool:
        """Whether they are learned as they are, not computed from other numbers."""
        return self.params == self.size

    def transposed(self, order: Sequence[int]) -> Weight:
        """The same numbers with their axes in another order."""
        return self._replace(sizes=tuple([self.sizes[axis] for axis in order]))

    def reshaped(self, sizes: Sequence[int]) -> Weight:
        """The same numbers with other axes."""
        return self._replace(sizes=tuple(sizes))
