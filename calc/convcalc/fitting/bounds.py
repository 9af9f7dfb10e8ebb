"""Upper bounds of a multiple-choice knapsack: prices of the budgets, and the linear relaxation."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from operator import mul
from typing import Protocol, TypeAlias

from convcalc.fitting.columns import Items, prices_of
from convcalc.records import NamedTuple

SCALE = 1 << 60
"""Prices are whole numbers of these parts, so that all bounds are exact."""

Amounts: TypeAlias = tuple[int, ...]
Point: TypeAlias = tuple[int, ...]
"""What an option takes, its value, and what else goes with it."""


class AnOption(Protocol):
    """What may be chosen."""

    @property
    def value(self) -> int:
        """What it is worth."""

    @property
    def amounts(self) -> Amounts:
        """What it takes of each budget."""


class AGroup(Protocol):
    """Options, and how many members take one each."""

    @property
    def options(self) -> Sequence[AnOption]:
        """What may be chosen."""

    @property
    def times(self) -> int:
        """How many equal members there are."""


def hull(points: Iterable[Point]) -> list[Point]:
    """The points that a line of falling slope connects from the least amount to the most value.

    >>> hull([(0, 0), (2, 3), (4, 4), (3, 2), (1, 1)])
    [(0, 0), (2, 3), (4, 4)]
    """
    kept: list[Point] = []
    for point in sorted(points, key=lambda point: (point[0], -point[1])):
        if kept and point[1] <= kept[-1][1]:
            continue
        while len(kept) > 1 and _is_below(kept[-1], kept[-2], point):
            kept.pop()
        kept.append(point)
    return kept


def _is_below(middle: Point, left: Point, right: Point) -> bool:
    rise = (middle[1] - left[1]) * (right[0] - left[0])
    return rise <= (right[1] - left[1]) * (middle[0] - left[0])


def multipliers(
    options: Sequence[Sequence[AnOption]], counts: Sequence[int], budgets: Amounts
) -> Amounts:
    """Prices for the budgets, in parts of `SCALE`, for which the Lagrangian bound is low.

    With one budget no price gives a lower bound; with more hardly any.

    >>> class Option(NamedTuple):
    ...     value: int
    ...     amounts: Amounts
    >>> group = [Option(0, (0, 0)), Option(4, (8, 1)), Option(2, (1, 4))]
    >>> [round(price / SCALE, 3) for price in multipliers([group], [3], (9, 6))]
    [0.452, 0.387]
    """
    if len(budgets) == 1:
        points = [[(each.amounts[0], SCALE * each.value) for each in group] for group in options]
        return (_price(points, counts, budgets[0]),)
    groups = [
        Items(
            [float(each.value) for each in group],
            [[a / max(b, 1) for a, b in zip(each.amounts, budgets, strict=True)] for each in group],
            count,
        )
        for group, count in zip(options, counts, strict=True)
    ]
    prices = zip(prices_of(groups, len(budgets)), budgets, strict=True)
    return tuple([int(price / max(budget, 1) * SCALE) for price, budget in prices])


def _cost(option: AnOption, prices: Sequence[int]) -> int:
    return sum(map(mul, prices, option.amounts))


def _price(points: Sequence[Sequence[Point]], counts: Sequence[int], budget: int) -> int:
    """The value of the last of the budget, where the most valuable is taken first."""
    gains: list[tuple[Fraction, int]] = []
    for group, count in zip(points, counts, strict=True):
        corners = hull(group)
        budget -= count * corners[0][0]
        gains += [(slope, count * more) for slope, more, _ in _slopes(corners)]
    gains.sort(key=lambda gain: -gain[0])
    for slope, more in gains:
        if more > budget:
            return int(slope)
        budget -= more
    return 0


def _slopes(corners: Sequence[Point]) -> Iterator[tuple[Fraction, int, int]]:
    for (amount, value, *_), (next_amount, next_value, *_) in pairwise(corners):
        more, gain = next_amount - amount, next_value - value
        yield Fraction(gain, more), more, gain


class Bounds(NamedTuple):
    """The most value of the remaining members, for what is left of the priced budgets."""

    prices: Amounts
    budget: int
    amounts: Sequence[int]
    values: Sequence[int]

    def most(self, used: Amounts) -> int:
        """No choice of the rest has more value; -1 where nothing fits."""
        spent: int = used[0] if len(used) == 1 else sum(map(mul, self.prices, used))
        left = self.budget - spent
        amounts, values = self.amounts, self.values
        at = bisect_right(amounts, left)
        if at == 0:
            return -1
        if at == len(amounts):
            return values[-1]
        low, value = amounts[at - 1], values[at - 1]
        return value + (values[at] - value) * (left - low) // (amounts[at] - low)


class Increments:
    """The linear relaxation of the members that are still to be chosen, in one priced budget."""

    def __init__(self, groups: Sequence[AGroup], prices: Amounts) -> None:
        self.prices = prices if len(prices) > 1 else (1,)
        self.counts = [each.times for each in groups]
        self.firsts: list[Point] = []
        steps: list[tuple[Fraction, int, int, int]] = []
        for at, group in enumerate(groups):
            points = [(_cost(each, self.prices), each.value) for each in group.options]
            corners = hull(points)
            self.firsts.append(corners[0])
            steps += [(slope, more, gain, at) for slope, more, gain in _slopes(corners)]
        steps.sort(key=lambda step: -step[0])
        self.steps = [step[1:] for step in steps]
        self.chosen = 0
        """The groups without members since the sums were last laid out."""
        self._lay_out()

    def take(self, group: int) -> None:
        """A member of a group is chosen, and no longer part of the rest."""
        self.counts[group] -= 1
        self.amount -= self.firsts[group][0]
        self.value -= self.firsts[group][1]
        for at, more, gain in self.places[group]:
            self.more[at] -= more
            self.gains[at] -= gain
        self.chosen += not self.counts[group]
        if 2 * self.chosen > len(self.places):
            self._lay_out()

    def _lay_out(self) -> None:
        """Sums of all members of each group: steps without any take time, and are left out."""
        counts, self.chosen = self.counts, 0
        self.steps = [step for step in self.steps if counts[step[2]]]
        self.more = [counts[at] * more for more, _, at in self.steps]
        self.gains = [counts[at] * gain for _, gain, at in self.steps]
        self.amount = sum([n * first[0] for n, first in zip(counts, self.firsts, strict=True)])
        self.value = sum([n * first[1] for n, first in zip(counts, self.firsts, strict=True)])
        self.places: dict[int, list[Point]] = {at: [] for at, n in enumerate(counts) if n}
        for number, (more, gain, at) in enumerate(self.steps):
            self.places[at].append((number, more, gain))

    def bounds(self, budgets: Amounts) -> Bounds:
        """The bounds for the rest as it is now."""
        amounts = list(accumulate(self.more, initial=self.amount))
        values = list(accumulate(self.gains, initial=self.value))
        return Bounds(self.prices, sum(map(mul, self.prices, budgets)), amounts, values)
