"""The multiple-choice knapsack: one option of each group, the most value within budgets.

States are partial choices, group by group. A state is left out where another has as much value for
no more resources, where the rest cannot fit, and where no bound allows it to beat the best answer
found: the Lagrangian bound of the whole question, and the linear bound of the remaining groups.

Source: Kellerer, Pferschy, Pisinger, "Knapsack Problems", 2004, chapter 11.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from convcalc.fitting.bounds import SCALE, Increments, multipliers
from convcalc.records import NamedTuple

MANY = 40
"""More states than these are held to the bound of the remaining groups too."""
WIDTHS = (32, 128, 512)
"""States kept in the searches for a first answer."""

Amounts: TypeAlias = tuple[int, ...]


class Option(NamedTuple):
    """What may be chosen of a group."""

    value: int
    amounts: Amounts
    """What it takes of each budget."""


class Group(NamedTuple):
    """Options, of which each of so many equal members takes one."""

    options: Sequence[Option]
    times: int = 1


class Solution(NamedTuple):
    """The best choice that was found, and what no choice can exceed."""

    picks: list[list[int]]
    """For each group, the option of each member."""
    value: int
    bound: int

    @property
    def proved(self) -> bool:
        """Whether no choice has more value."""
        return self.value >= self.bound


State: TypeAlias = tuple[Amounts, int, int, Any]
"""Amounts, value, the same less what the amounts cost, and the options that led here."""


def solve(
    groups: Sequence[Group],
    budgets: Amounts,
    most_states: int | None,
    known: Sequence[Sequence[int]] | None = None,
) -> Solution | None:
    """The most value within the budgets; None where nothing fits.

    Args:
        groups: the groups with their options.
        budgets: the most of each amount.
        most_states: how many states are kept; None for all of them, however long it takes.
        known: an answer that is to be bettered, the options of each group; left out if it does not
            fit.

    >>> groups = [Group([Option(10, (7,)), Option(4, (2,))], times=2)]
    >>> solve(groups, (9,), None)
    Solution(picks=[[1, 0]], value=14, bound=14)
    >>> solve(groups, (3,), None) is None
    True
    """
    for at, budget in enumerate(budgets):
        least = sum([each.times * min(o.amounts[at] for o in each.options) for each in groups])
        if least > budget:
            return None
    if not budgets:
        return _free(groups)
    search = _Search(groups, budgets)
    if known is not None:
        search.begin_with(known)
    search.run_first(most_states)
    if not search.proved:
        search.run(most_states)
    return search.solution()


def _free(groups: Sequence[Group]) -> Solution:
    """The best of each group where there are no budgets."""
    best = [max(range(len(each.options)), key=lambda at: each.options[at].value) for each in groups]
    pairs = list(zip(groups, best, strict=True))
    value = sum([each.times * each.options[at].value for each, at in pairs])
    return Solution([[at] * each.times for each, at in pairs], value, value)


Priced: TypeAlias = tuple[Amounts, int, int, int]
"""An option: its amounts, value, priced value and number."""


class _Step(NamedTuple):
    """The options of a member, the least costly first, and what is left behind it."""

    group: int
    options: list[Priced]
    least_rest: Amounts
    most_rest: int
    """The priced value of the rest, at most."""


class _Search:
    """A question with its prices, and the best answer found so far."""

    def __init__(self, groups: Sequence[Group], budgets: Amounts) -> None:
        self.groups, self.budgets = groups, budgets
        options = [each.options for each in groups]
        counts = [each.times for each in groups]
        self.prices = multipliers(options, counts, budgets)
        self.start = sum([p * b for p, b in zip(self.prices, budgets, strict=True)])
        self.steps = self._steps()
        self.value = -1
        self.picks: list[list[int]] = []
        first = self.steps[0]
        self.bound = (
            first.most_rest + max([each[2] for each in first.options]) + self.start
        ) // SCALE

    @property
    def proved(self) -> bool:
        """Whether no choice has more value than the best one found."""
        return self.value >= self.bound

    def solution(self) -> Solution | None:
        """The best choice found."""
        return Solution(self.picks, self.value, self.bound) if self.value >= 0 else None

    def begin_with(self, picks: Sequence[Sequence[int]]) -> None:
        """Takes an answer as the best so far, if it fits."""
        options = [
            group.options[at]
            for group, found in zip(self.groups, picks, strict=True)
            for at in found
        ]
        used = [sum([each.amounts[at] for each in options]) for at in range(len(self.budgets))]
        if all(map(int.__le__, used, self.budgets)):
            self.value = sum([each.value for each in options])
            self.picks = [list(found) for found in picks]

    def _picks(self, links: Any) -> list[list[int]]:
        picks: list[list[int]] = [[] for _ in self.groups]
        for step in reversed(self.steps):
            links, option = links
            picks[step.group].append(option)
        return [found[::-1] for found in picks]

    def run_first(self, most_states: int | None) -> None:
        """Searches that keep few states, for a good answer soon."""
        for width in WIDTHS:
            if most_states is not None and 2 * width > most_states:
                return
            self.run(width)
            if self.proved:
                return

    def run(self, width: int | None) -> None:
        """One search from the first member to the last."""
        rest = Increments(self.groups, self.prices)
        few = MANY if width is None else min(MANY, width)
        states: list[State] = [((0,) * len(self.budgets), 0, 0, None)]
        lost = -1
        for step in self.steps:
            rest.take(step.group)
            floor = (self.value + 1) * SCALE - self.start - step.most_rest
            states = nondominated(self._extended(states, step, floor))
            if len(states) > few:
                states, worst = self._promising(states, rest, step, width)
                lost = max(lost, worst)
        best = max(states, key=lambda state: state[1], default=None)
        if best is not None and best[1] > self.value:
            self.value, self.picks = best[1], self._picks(best[3])
        self.bound = min(self.bound, max(self.value, lost))

    def _extended(self, states: Sequence[State], step: _Step, floor: int) -> list[State]:
        """Every state with every option that may lead to a better answer."""
        if len(self.budgets) == 1:
            return self._extended_by_one(states, step, floor)
        room = [b - rest for b, rest in zip(self.budgets, step.least_rest, strict=True)]
        new: list[State] = []
        for amounts, value, priced, links in states:
            for more, gain, priced_gain, option in step.options:
                if priced + priced_gain < floor:
                    break
                total = tuple(map(int.__add__, amounts, more))
                if all(map(int.__le__, total, room)):
                    new.append((total, value + gain, priced + priced_gain, (links, option)))
        return new

    def _extended_by_one(self, states: Sequence[State], step: _Step, floor: int) -> list[State]:
        room = self.budgets[0] - step.least_rest[0]
        new: list[State] = []
        for (amount,), value, priced, links in states:
            for (more,), gain, priced_gain, option in step.options:
                if priced + priced_gain < floor:
                    break
                if amount + more <= room:
                    total = (amount + more,)
                    new.append((total, value + gain, priced + priced_gain, (links, option)))
        return new

    def _promising(
        self, states: list[State], rest: Increments, step: _Step, width: int | None
    ) -> tuple[list[State], int]:
        """The states whose bound is above the best answer, and the most that was left out."""
        most_of = rest.bounds(self.budgets).most
        lagrangian = self.start + step.most_rest
        best = self.value
        found: list[tuple[int, int, State]] = []
        for number, state in enumerate(states):
            amounts, value, priced, _ = state
            most = min(value + most_of(amounts), (priced + lagrangian) // SCALE)
            if most > best:
                found.append((most, -number, state))
        if width is None or len(found) <= width:
            return [state for *_, state in found], -1
        found.sort(reverse=True)  # no two have one number
        kept = sorted(found[:width], key=itemgetter(1), reverse=True)
        return [state for *_, state in kept], found[width][0]

    def _steps(self) -> list[_Step]:
        """The members in the order of the search: those with most at stake first."""
        priced = [[self._priced(option) for option in each.options] for each in self.groups]
        order = sorted(
            range(len(self.groups)), key=lambda at: (min(priced[at]) - max(priced[at]), at)
        )
        least = [0] * len(self.budgets)
        most_rest = 0
        steps: list[_Step] = []
        for at in reversed(order):
            group = self.groups[at]
            options = [
                (option.amounts, option.value, price, number)
                for number, (option, price) in enumerate(
                    zip(group.options, priced[at], strict=True)
                )
            ]
            options = _undominated(options)
            lows = [min(o.amounts[b] for o in group.options) for b in range(len(least))]
            for _ in range(group.times):
                steps.append(_Step(at, options, tuple(least), most_rest))
                least = list(map(int.__add__, least, lows))
                most_rest += options[0][2]
        return steps[::-1]

    def _priced(self, option: Option) -> int:
        cost = sum([p * a for p, a in zip(self.prices, option.amounts, strict=True)])
        return option.value * SCALE - cost


def _undominated(options: Sequence[Priced]) -> list[Priced]:
    """The options that have more value than all others with no more of each amount, costly last."""
    kept: list[Priced] = []
    for option in sorted(options, key=lambda each: (-each[1], each[0], each[3])):
        if not any(all(map(int.__le__, each[0], option[0])) for each in kept):
            kept.append(option)
    return sorted(kept, key=lambda each: (-each[2], each[3]))


def nondominated(states: Iterable[State]) -> list[State]:
    """The states that have more value than all with no more of each amount.

    With three budgets or more, only those are compared that are equal in the third and further on.

    >>> nondominated([((3,), 5, 0, "a"), ((4,), 5, 0, "b"), ((4,), 6, 0, "c")])
    [((3,), 5, 0, 'a'), ((4,), 6, 0, 'c')]
    >>> states = [((3, 1), 5, 0, "a"), ((3, 2), 5, 0, "b"), ((4, 0), 4, 0, "c")]
    >>> [state[3] for state in nondominated(states)]
    ['a', 'c']
    """
    ordered = sorted(states, key=itemgetter(1), reverse=True)
    ordered.sort(key=itemgetter(0))
    if not ordered or len(ordered[0][0]) == 1:
        return _increasing(ordered)
    if len(ordered[0][0]) == 2:
        return _on_the_staircase(ordered)
    alike: dict[Amounts, list[State]] = {}
    for state in ordered:
        alike.setdefault(state[0][2:], []).append(state)
    return [state for each in alike.values() for state in _on_the_staircase(each)]


def _increasing(ordered: Iterable[State]) -> list[State]:
    kept = []
    best = -1
    for state in ordered:
        if state[1] > best:
            best = state[1]
            kept.append(state)
    return kept


def _on_the_staircase(ordered: Iterable[State]) -> list[State]:
    """Of states in the order of the first amount, those no earlier one dominates in the second."""
    kept: list[State] = []
    seconds: list[int] = []
    values: list[int] = []
    for state in ordered:
        second, value = state[0][1], state[1]
        at = bisect_right(seconds, second)
        if at and values[at - 1] >= value:
            continue
        kept.append(state)
        end = at
        while end < len(values) and values[end] <= value:
            end += 1
        start = at - 1 if at and seconds[at - 1] == second else at
        seconds[start:end] = [second]
        values[start:end] = [value]
    return kept
