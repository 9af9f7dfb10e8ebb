"""A question about the best designs, and its answer as choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from convcalc.errors import SpecError
from convcalc.facts.audit import Audit
from convcalc.fitting.budgets import INPUT, PEAK, Measure
from convcalc.fitting.choices import Choice, ChoiceSet, Place
from convcalc.fitting.knapsack import Group, Option, Solution, solve
from convcalc.fitting.ranking import Levels, Ranking
from convcalc.networks import Network

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
MOST_WORK = 40_000
"""States times layers: with many layers fewer states are kept."""


class Answer(NamedTuple):
    """A choice for every convolution, and what is proved of it."""

    choices: list[Choice]
    changed: int
    kept: int
    bound: Mapping[str, int]
    """What no design that fits is better than, by what is compared."""
    proved: bool

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


class Question(NamedTuple):
    """Convolutions with their choices, and what is best."""

    network: Network
    facts: Audit
    found: ChoiceSet
    keep: str = "layers"

    def rest(self, measure: Measure) -> int:
        """What all that is no choice adds to a total."""
        written = getattr(self.facts.totals, measure.key)
        return int(written - sum([measure(place.choices[0]) for place in self.found.places]))

    def least(self, key: str) -> int:
        """The least that a total can be."""
        if key == INPUT:
            return self.facts.totals.input_bytes
        measure = Measure.of(key, self.network)
        lows = [min([measure(each) for each in place.choices]) for place in self.found.places]
        if key == PEAK:
            return max([*lows, *[measure(row) for row in self.found.stuck]], default=0)
        return self.rest(measure) + sum(lows)

    def answer(self, budgets: Mapping[str, int], most_states: int | None = -1) -> Answer | None:
        """The best choices within the budgets; None if nothing fits.

        Args:
            budgets: the most of each total.
            most_states: how many states the search keeps; None for all.
        """
        if any(most < self.least(key) for key, most in budgets.items()):
            return None
        places = self._within_peak(budgets.get(PEAK))
        sums = [key for key in budgets if key not in (PEAK, INPUT)]
        self._refuse_params(sums, budgets)
        return _Solver(self, places, budgets, sums).answer(most_states)

    def _within_peak(self, most: int | None) -> list[Place]:
        """The convolutions without the choices that need more memory."""
        if most is None:
            return self.found.places
        measure = Measure.of(PEAK, self.network)
        return [
            place._replace(choices=tuple([c for c in place.choices if measure(c) <= most]))
            for place in self.found.places
        ]

    def _refuse_params(self, sums: Sequence[str], budgets: Mapping[str, int]) -> None:
        """The most params within a budget on params would be the budget itself, met by chance."""
        for key in ("params", "weight_bytes"):
            written = getattr(self.facts.totals, key)
            if self.keep == "params" and key in sums and budgets[key] < written:
                name = key.removesuffix("_bytes")
                raise SpecError(
                    f"the most params within a budget on {name} says nothing about a design: "
                    "keep layers or share"
                )


class _Solver:
    """The question as a knapsack, equal convolutions together."""

    def __init__(
        self,
        question: Question,
        places: Sequence[Place],
        budgets: Mapping[str, int],
        sums: Sequence[str],
    ) -> None:
        self.levels = LEVELS[question.keep]
        self.least = LEAST - {self.levels[0]} if question.keep == "params" else LEAST
        self.members: dict[object, list[int]] = {}
        for at, place in enumerate(places):
            figures = tuple([choice._replace(layers=(), peak=0) for choice in place.choices])
            self.members.setdefault(figures, []).append(at)
        self.places = places
        self.kinds = [places[at].choices for at, *_ in self.members.values()]
        self.counts = [len(at) for at in self.members.values()]
        self.values, self.ranking = self._ranked(self.levels)
        self.measures: list[Measure] = []
        self.room: list[int] = []
        for key in sums:
            measure = Measure.of(key, question.network)
            room = budgets[key] - question.rest(measure)
            if self._most(measure) > room:
                self.measures.append(measure)
                self.room.append(room)

    def _most(self, measure: Measure) -> int:
        most = [max([measure(each) for each in kind]) for kind in self.kinds]
        return sum([count * each for count, each in zip(self.counts, most, strict=True)])

    def _value(self, choice: Choice, names: Sequence[str]) -> Levels:
        figures = [(FIGURES[name](choice), name in self.least) for name in names]
        return tuple([-figure if less else figure for figure, less in figures])

    def answer(self, most_states: int | None) -> Answer | None:
        """The best choices that were found."""
        if not self.places:
            bound = dict.fromkeys(self.levels, 0)
            return Answer([], 0, 0, bound, proved=True) if not self.measures else None
        if most_states == -1:
            most_states = max(50, min(MOST_STATES, MOST_WORK // len(self.places)))
        if most_states is not None and self._has_fewest():
            return self._with_fewest_changed(most_states)
        solution = self._solution(most_states)
        return None if solution is None else self._answer(solution, self.ranking)

    def _has_fewest(self) -> bool:
        """Whether the fewest changed are those that save most: one budget, no shared weights."""
        alone = all(len(place.positions) == 1 for place in self.places)
        return alone and self.levels[0] == "changed" and len(self.measures) == 1

    def _with_fewest_changed(self, most_states: int) -> Answer | None:
        """The best within one budget, where the number of changed layers is found first.

        A bound that trades parts of a changed layer for what else is kept says little of the
        latter: where it does not prove the best, the number becomes a budget of its own.
        """
        solution = solve(self._groups([0]), tuple(self.room), min(QUICK, most_states))
        if solution is not None and solution.proved:
            return self._answer(solution, self.ranking)
        fewest = self._fewest_changed()
        levels = self.levels[1:]
        values, ranking = self._ranked(levels)
        measure = self.measures[0]
        groups = [
            Group(
                [
                    Option(value, (measure(choice), FIGURES["changed"](choice)))
                    for choice, value in zip(kind, options, strict=True)
                ],
                count,
            )
            for kind, options, count in zip(self.kinds, values, self.counts, strict=True)
        ]
        room = self.room[0], fewest
        known = None if solution is None else solution.picks
        narrow = solve(groups, room, most_states, known)
        if narrow is not None:
            return self._answer(narrow, ranking, fewest)
        return None if solution is None else self._answer(solution, self.ranking)

    def _ranked(self, levels: Sequence[str]) -> tuple[list[list[int]], Ranking]:
        """The choices of each kind as numbers, by what is compared."""
        values = [[self._value(choice, levels) for choice in kind] for kind in self.kinds]
        every = [v for v, n in zip(values, self.counts, strict=True) for _ in range(n)]
        ranking = Ranking.of(every)
        return [_numbers(options, ranking.weights()) for options in values], ranking

    def _solution(self, most_states: int | None) -> Solution | None:
        """The best within one budget if that is within all, else the best within all at once."""
        every = list(range(len(self.measures)))
        for at in every if len(every) > 1 else ():
            alone = solve(self._groups([at]), (self.room[at],), most_states)
            if alone is None or (alone.proved and self._fits(alone)):
                return alone
        groups, room = self._groups(every), tuple(self.room)
        return solve(groups, room, most_states) or solve(groups, room, None)

    def _groups(self, wanted: Sequence[int]) -> list[Group]:
        measures = [self.measures[at] for at in wanted]
        return [
            Group(
                [
                    Option(value, tuple([measure(choice) for measure in measures]))
                    for choice, value in zip(kind, values, strict=True)
                ],
                count,
            )
            for kind, values, count in zip(self.kinds, self.values, self.counts, strict=True)
        ]

    def _fits(self, solution: Solution) -> bool:
        picked = [
            kind[at]
            for kind, options in zip(self.kinds, solution.picks, strict=True)
            for at in options
        ]
        return all(
            sum([measure(each) for each in picked]) <= room
            for measure, room in zip(self.measures, self.room, strict=True)
        )

    def _answer(self, solution: Solution, ranking: Ranking, fewest: int | None = None) -> Answer:
        chosen: list[Choice | None] = [None] * len(self.places)
        for at, options in zip(self.members.values(), solution.picks, strict=True):
            for place, option in zip(at, sorted(options), strict=True):
                chosen[place] = self.places[place].choices[option]
        choices = [choice for choice in chosen if choice is not None]
        changed = sum([FIGURES["changed"](choice) for choice in choices])
        kept = sum([choice.kept for choice in choices])
        bound = {} if fewest is None else {"changed": fewest}
        names = self.levels[len(bound) :]
        for name, level in zip(names, ranking.levels(solution.bound), strict=True):
            bound[name] = -level if name in self.least else level
        return Answer(choices, changed, kept, bound, solution.proved)

    def _fewest_changed(self) -> int:
        """How many layers must change for the one budget: those that save most, first."""
        (measure,), (room,) = self.measures, self.room
        forced, total = 0, 0
        savings: list[int] = []
        for place in self.places:
            low = min([measure(each) for each in place.choices])
            if place.choices[0].is_written:
                total += measure(place.choices[0])
                savings.append(measure(place.choices[0]) - low)
            else:
                forced += 1
                total += low
        for number, saving in enumerate(sorted(savings, reverse=True)):
            if total <= room:
                return forced + number
            total -= saving
        return forced + len(savings)


def _numbers(options: Sequence[Levels], weights: Levels) -> list[int]:
    """The options of one convolution as numbers from 0 on: its least of each level is 0."""
    least = [min(levels) for levels in zip(*options, strict=True)]
    return [
        sum([(v - low) * w for v, low, w in zip(levels, least, weights, strict=True)])
        for levels in options
    ]
