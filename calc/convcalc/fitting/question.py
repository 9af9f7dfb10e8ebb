"""A question about the best designs of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.errors import SpecError
from convcalc.facts.audit import Audit, Counts
from convcalc.fitting.budgets import INPUT, PEAK, Measure
from convcalc.fitting.choices import ChoiceSet, Place
from convcalc.fitting.solver import Answer, Budget, Solver
from convcalc.networks import Network
from convcalc.records import NamedTuple


class Question(NamedTuple):
    """Convolutions with their choices, and what is best."""

    network: Network
    facts: Audit
    found: ChoiceSet
    keep: str
    counts: Counts
    """The counts of equal layers, shared by all networks that answer it."""

    def rest(self, measure: Measure) -> int:
        """What all that is no choice adds to a total."""
        written = getattr(self.facts.totals, measure.key)
        return int(written - sum([measure.amount(place.choices[0]) for place in self.found.places]))

    def least(self, key: str) -> int:
        """The least that a total can be."""
        if key == INPUT:
            return self.facts.totals.input_bytes
        measure = Measure.of(key, self.network)
        lows = [
            min([measure.amount(each) for each in place.choices]) for place in self.found.places
        ]
        if key == PEAK:
            return max([*lows, *map(measure.amount, self.found.stuck)], default=0)
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
        measures = [Measure.of(key, self.network) for key in sums]
        room: list[Budget] = [
            (each.amount, budgets[each.key] - self.rest(each)) for each in measures
        ]
        return Solver(places, self.keep, room).answer(most_states)

    def _within_peak(self, most: int | None) -> list[Place]:
        """The convolutions without the choices that need more memory."""
        if most is None:
            return self.found.places
        measure = Measure.of(PEAK, self.network)
        return [
            place._replace(choices=tuple([c for c in place.choices if measure.amount(c) <= most]))
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
