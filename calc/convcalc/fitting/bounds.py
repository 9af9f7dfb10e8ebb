"""Upper bounds of a multiple-choice knapsack: prices of the budgets, and the linear relaxation."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple, Protocol, TypeAlias

SCALE = 1 << 60
"""Prices are whole numbers of these parts, so that all bounds are exact."""
BISECTIONS = 50
ROUNDS = 8
"""How often each price is made anew while the others stay."""

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

    With one or two budgets hardly any price gives a lower bound. With more each price is the best
    for the others as they are.
    """
    if len(budgets) == 2:
        return _two_prices(options, counts, budgets)
    prices = [0] * len(budgets)
    for _ in range(ROUNDS if len(budgets) > 1 else 1):
        before = list(prices)
        for at, budget in enumerate(budgets):
            others = [*prices[:at], 0, *prices[at + 1 :]]
            points = [
                [(each.amounts[at], SCALE * each.value - _cost(each, others)) for each in group]
                for group in options
            ]
            prices[at] = _price(points, counts, budget)
        if prices == before:
            break
    return tuple(prices)


def _two_prices(
    options: Sequence[Sequence[AnOption]], counts: Sequence[int], budgets: Amounts
) -> Amounts:
    """The price of the second budget by bisection, that of the first for each of these exactly.

    The bound is convex in the second price. It falls where the best choice at these prices takes
    too much of the second budget.
    """
    low, high = 0, 0
    price = _second_side(options, counts, budgets, 0)
    if price[1] <= 0:
        return price[0], 0
    high = SCALE * max([each.value for group in options for each in group]) + 1
    for _ in range(BISECTIONS):
        middle = (low + high) // 2
        if _second_side(options, counts, budgets, middle)[1] > 0:
            low = middle
        else:
            high = middle
    return _second_side(options, counts, budgets, high)[0], high


def _second_side(
    options: Sequence[Sequence[AnOption]], counts: Sequence[int], budgets: Amounts, second: int
) -> tuple[int, Fraction]:
    """The first price at a second one, and how much too much is taken of the second budget."""
    points = [
        [(o.amounts[0], SCALE * o.value - second * o.amounts[1], o.amounts[1]) for o in group]
        for group in options
    ]
    left, over = budgets[0], Fraction(-budgets[1])
    gains: list[tuple[Fraction, int, int]] = []
    for group, count in zip(points, counts, strict=True):
        corners = hull(group)
        left -= count * corners[0][0]
        over += count * corners[0][2]
        for (slope, more, _), one, other in zip(
            _slopes(corners), corners, corners[1:], strict=False
        ):
            gains.append((slope, count * more, count * (other[2] - one[2])))
    gains.sort(key=lambda gain: -gain[0])
    for slope, more, second_more in gains:
        if more > left:
            return int(slope), over + Fraction(second_more * left, more)
        left -= more
        over += second_more
    return 0, over


def _cost(option: AnOption, prices: Sequence[int]) -> int:
    return sum([price * amount for price, amount in zip(prices, option.amounts, strict=True)])


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
        left = self.budget - sum([p * a for p, a in zip(self.prices, used, strict=True)])
        at = bisect_right(self.amounts, left) - 1
        if at < 0:
            return -1
        value = self.values[at]
        if at + 1 < len(self.amounts):
            more = self.amounts[at + 1] - self.amounts[at]
            value += (self.values[at + 1] - value) * (left - self.amounts[at]) // more
        return value


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

    def take(self, group: int) -> None:
        """A member of a group is chosen, and no longer part of the rest."""
        self.counts[group] -= 1
        if not self.counts[group]:
            self.steps = [step for step in self.steps if step[2] != group]

    def bounds(self, budgets: Amounts) -> Bounds:
        """The bounds for the rest as it is now."""
        counts = self.counts
        amount = sum([count * first[0] for count, first in zip(counts, self.firsts, strict=True)])
        value = sum([count * first[1] for count, first in zip(counts, self.firsts, strict=True)])
        amounts = accumulate([counts[at] * more for more, _, at in self.steps], initial=amount)
        values = accumulate([counts[at] * gain for _, gain, at in self.steps], initial=value)
        budget = sum([p * b for p, b in zip(self.prices, budgets, strict=True)])
        return Bounds(self.prices, budget, list(amounts), list(values))
