"""Tuples in their order as whole numbers: sums of the ones are in the order of the others' sums."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.records import NamedTuple

Levels = tuple[int, ...]


class Ranking(NamedTuple):
    """Numbers for tuples whose levels have so many values in all sums that no level overflows.

    The widths come from the question itself, so that the order is exact for any number of layers.

    >>> ranking = Ranking.of([[(0, 7), (-1, 3)], [(0, 5), (-1, 0)]])
    >>> one, other = ranking.number((-1, 8)), ranking.number((-1, 7))
    >>> one > other, ranking.levels(one)
    (True, (-1, 8))
    """

    least: Levels
    """The least sum of each level."""
    widths: Levels
    """How many values the sum of each level may have."""

    @classmethod
    def of(cls, options: Sequence[Sequence[Levels]]) -> Ranking:
        """The ranking of sums with one tuple from each of the lists."""
        each = [list(zip(*tuples, strict=True)) for tuples in options]
        number = len(options[0][0]) if options else 0
        least = [sum([min(levels[at]) for levels in each]) for at in range(number)]
        most = [sum([max(levels[at]) for levels in each]) for at in range(number)]
        widths = [high - low + 1 for low, high in zip(least, most, strict=True)]
        return cls(tuple(least), tuple(widths))

    def weights(self) -> Levels:
        """What one of each level is worth in the number.

        >>> Ranking((0, 0), (3, 10)).weights()
        (10, 1)
        """
        return tuple([prod(self.widths[at + 1 :]) for at in range(len(self.widths))])

    def number(self, levels: Levels) -> int:
        """The number of a sum of tuples."""
        steps = zip(levels, self.least, self.weights(), strict=True)
        return sum([(level - least) * weight for level, least, weight in steps])

    def levels(self, number: int) -> Levels:
        """The tuple of a number; of one that is too large, the most that is possible."""
        number = min(number, prod(self.widths) - 1)
        found = []
        for least, weight in zip(self.least, self.weights(), strict=True):
            level, number = divmod(number, weight)
            found.append(least + level)
        return tuple(found)
