"""A question about the best designs as knapsacks, equal convolutions together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from convcalc.fitting.bounds import multipliers
from convcalc.fitting.choices import Choice, Place
from convcalc.fitting.knapsack import Amounts, Group, Option, Solution, solve
from convcalc.fitting.ranking import Levels, Ranking
from convcalc.records import NamedTuple

KEEP = ("layers", "params", "share")
"""What is kept most of."""

LEVELS: Mapping[str, tuple[str, ...]] = {
    "layers": ("changed", "kept", "macs", "params"),
    "params": ("params", "changed", "macs"),
    "share": ("kept", "changed", "macs", "params"),
}
"""What is compared of two designs, the first first."""
LEAST = {"changed", "macs", "params"}
"""Where less is better."""

FIGURES: Mapping[str, Callable[[Choice], int]] = {
    "changed": lambda choice: choice.changed,
    "kept": lambda choice: choice.kept,
    "macs": lambda choice: choice.macs,
    "params": lambda choice: choice.params,
}

MOST_STATES = 2_000
QUICK = 512
QUICK_OF_SEVERAL = 128
"""States of a first search, with one budget and with several."""
MOST_WORK = 40_000
MOST_WORK_OF_SEVERAL = 20_000
"""States times layers, with one budget and with several: of many layers fewer states are kept."""


Budget: TypeAlias = tuple[Callable[[Choice], int], int]
"""What a choice takes, and how much of it there is for all convolutions."""


class Answer(NamedTuple):
    """A choice for every convolution, and what is proved of it."""

    choices: list[Choice]
    bound: Mapping[str, int]
    """What no design that fits is better than, by what is compared."""
    proved: bool

    @property
    def changed(self) -> int:
        """How many layers are not as written."""
        return self.total("changed")

    @property
    def kept(self) -> int:
        """What is kept, 1,000 for each layer as written."""
        return self.total("kept")

    @property
    def open_level(self) -> str | None:
        """What is compared and not proved, the first of it."""
        if self.proved:
            return None
        return next((name for name, best in self.bound.items() if self.total(name) != best), None)

    @property
    def gap(self) -> float:
        """How far the first figure that is not proved is from what is possible, as a share."""
        level = self.open_level
        if level is None:
            return 0.0
        found, best = self.total(level), self.bound[level]
        return abs(best - found) / max(found, best, 1)

    def total(self, figure: str) -> int:
        """The sum of a figure over all convolutions."""
        return sum(map(FIGURES[figure], self.choices))


class Solver:
    """Convolutions as groups of options, and the budgets that can be missed."""

    def __init__(self, places: Sequence[Place], keep: str, budgets: Sequence[Budget]) -> None:
        self.levels = LEVELS[keep]
        self.least = LEAST - {self.levels[0]} if keep == "params" else LEAST
        self.members: dict[object, list[int]] = {}
        for at, place in enumerate(places):
            figures = tuple([choice._replace(layers=(), peak=0) for choice in place.choices])
            self.members.setdefault(figures, []).append(at)
        self.places = places
        self.kinds = [places[at].choices for at, *_ in self.members.values()]
        self.counts = [len(at) for at in self.members.values()]
        self.budgets = [each for each in budgets if self._most(each[0]) > each[1]]

    def _most(self, take: Callable[[Choice], int]) -> int:
        most = [max(map(take, kind)) for kind in self.kinds]
        return sum([count * each for count, each in zip(self.counts, most, strict=True)])

    def answer(self, most_states: int | None) -> Answer | None:
        """The best choices that were found."""
        if not self.places:
            return None if self.budgets else Answer([], dict.fromkeys(self.levels, 0), proved=True)
        if most_states == -1:
            work = MOST_WORK if len(self.budgets) < 2 else MOST_WORK_OF_SEVERAL
            most_states = max(50, min(MOST_STATES, work // len(self.places)))
        if self.levels[0] != "changed":
            return self._best(self.levels, self.budgets, most_states)
        quick = QUICK if len(self.budgets) < 2 else QUICK_OF_SEVERAL
        quick = quick if most_states is None else min(quick, most_states)
        found = self._best(self.levels, self.budgets, quick)
        if found is None or found.proved:
            return found
        return self._with_fewest_changed(found, most_states)

    def _with_fewest_changed(self, found: Answer, most_states: int | None) -> Answer:
        """The best, where the number of changed layers is found first.

        A bound that trades parts of a changed layer for what else is kept says little of the
        latter: the number becomes a budget of its own.
        """
        first = self._best(self.levels[:1], self.budgets, most_states, found) or found
        known = found if found.changed == first.changed else first
        budgets = [*self.budgets, (FIGURES["changed"], first.changed)]
        rest = self._best(self.levels[1:], budgets, most_states, known) or known
        proved = first.proved and rest.proved
        return rest._replace(bound={**first.bound, **rest.bound}, proved=proved)

    def _best(
        self,
        levels: Sequence[str],
        budgets: Sequence[Budget],
        most_states: int | None,
        known: Answer | None = None,
    ) -> Answer | None:
        """The best by some of what is compared; where few states find nothing, by all states.

        Budgets without a price at the optimum of the linear relaxation are left aside at first: the
        best within the others may be within these too, and none is better.
        """
        values, ranking = self._ranked(levels)
        picks = None if known is None else self._picks(known)
        answer: Answer | None = None
        bound: int | None = None
        for wanted in self._scarce(values, budgets), budgets:
            groups, room = self._groups(values, wanted), _room(wanted)
            found = solve(groups, room, most_states, picks) or solve(groups, room, None)
            if found is None:
                return None
            bound = found.bound if bound is None else min(bound, found.bound)
            answer = self._answer(found._replace(bound=bound), levels, ranking)
            if _is_within(answer, budgets):
                break
        return answer

    def _scarce(
        self, values: Sequence[Sequence[int]], budgets: Sequence[Budget]
    ) -> Sequence[Budget]:
        """The budgets that have a price."""
        if len(budgets) < 2:
            return budgets
        options = [group.options for group in self._groups(values, budgets)]
        prices = multipliers(options, self.counts, _room(budgets))
        return [budget for budget, price in zip(budgets, prices, strict=True) if price]

    def _picks(self, answer: Answer) -> list[list[int]]:
        """The options of an answer's choices."""
        return [
            [self.places[at].choices.index(answer.choices[at]) for at in members]
            for members in self.members.values()
        ]

    def _ranked(self, levels: Sequence[str]) -> tuple[list[list[int]], Ranking]:
        """The choices of each kind as numbers, by what is compared."""
        values = [[self._value(choice, levels) for choice in kind] for kind in self.kinds]
        every = [v for v, n in zip(values, self.counts, strict=True) for _ in range(n)]
        ranking = Ranking.of(every)
        return [_numbers(options, ranking.weights()) for options in values], ranking

    def _value(self, choice: Choice, names: Sequence[str]) -> Levels:
        figures = [(FIGURES[name](choice), name in self.least) for name in names]
        return tuple([-figure if less else figure for figure, less in figures])

    def _groups(self, values: Sequence[Sequence[int]], budgets: Sequence[Budget]) -> list[Group]:
        return [
            Group(
                [
                    Option(value, tuple([take(choice) for take, _ in budgets]))
                    for choice, value in zip(kind, options, strict=True)
                ],
                count,
            )
            for kind, options, count in zip(self.kinds, values, self.counts, strict=True)
        ]

    def _answer(self, solution: Solution, levels: Sequence[str], ranking: Ranking) -> Answer:
        chosen: list[Choice | None] = [None] * len(self.places)
        for at, options in zip(self.members.values(), solution.picks, strict=True):
            for place, option in zip(at, sorted(options), strict=True):
                chosen[place] = self.places[place].choices[option]
        bound = {
            name: -level if name in self.least else level
            for name, level in zip(levels, ranking.levels(solution.bound), strict=True)
        }
        choices = [choice for choice in chosen if choice is not None]
        return Answer(choices, bound, solution.proved)


def _is_within(answer: Answer, budgets: Sequence[Budget]) -> bool:
    return all(sum(map(take, answer.choices)) <= room for take, room in budgets)


def _room(budgets: Sequence[Budget]) -> Amounts:
    return tuple([room for _, room in budgets])


def _numbers(options: Sequence[Levels], weights: Levels) -> list[int]:
    """The options of one convolution as numbers from 0 on: its least of each level is 0."""
    least = [min(levels) for levels in zip(*options, strict=True)]
    return [
        sum([(v - low) * w for v, low, w in zip(levels, least, weights, strict=True)])
        for levels in options
    ]
