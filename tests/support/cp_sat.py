"""The best designs by OR-tools' CP-SAT solver: equal convolutions are one class with a count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.fitting.choices import Place

ORDERS = {
    "layers": ("-changed", "+kept", "-macs", "-params"),
    "params": ("+params", "-changed", "-macs"),
    "share": ("+kept", "-changed", "-macs", "-params"),
}
"""What is compared, the first first: the most or the least of it."""


class Figures(NamedTuple):
    """A choice in the figures that are compared."""

    changed: int
    kept: int
    macs: int
    params: int


def figures_of(place: Place) -> tuple[Figures, ...]:
    """The choices of a convolution, counted from the layers they consist of."""
    written = [parts[0].operation.params for parts in place.choices[0].layers]
    return tuple(
        [
            Figures(
                0 if number == 0 else len(place.names),
                sum(
                    [
                        1000 * sum([part.operation.params for part in parts]) // before
                        for parts, before in zip(choice.layers, written, strict=True)
                    ]
                ),
                choice.macs,
                choice.params,
            )
            for number, choice in enumerate(place.choices)
        ]
    )


def optimum(
    places: Sequence[Place],
    keep: str,
    room: Mapping[str, int],
    seconds: float,
) -> tuple[int, ...] | None:
    """The compared figures of the best designs whose sums are within the room; None if none is.

    Raises:
        TimeoutError: it is not found within the time.
    """
    from ortools.sat.python import cp_model

    model: Any = cp_model.CpModel()
    sums: dict[str, list[Any]] = {name: [] for name in Figures._fields}
    for choices, count in Counter(map(figures_of, places)).items():
        taken = [model.new_int_var(0, count, "") for _ in choices]
        model.add(sum(taken) == count)
        for name, terms in sums.items():
            terms += [getattr(each, name) * var for each, var in zip(choices, taken, strict=True)]
    for name, most in room.items():
        model.add(sum(sums[name]) <= most)
    solver: Any = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    best: list[int] = []
    for sign, name in [(level[0], level[1:]) for level in ORDERS[keep]]:
        total = sum(sums[name])
        (model.maximize if sign == "+" else model.minimize)(total)
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return None
        if status != cp_model.OPTIMAL:
            raise TimeoutError(name)
        best.append(round(solver.objective_value))
        model.add(total == best[-1])
    return tuple(best)
