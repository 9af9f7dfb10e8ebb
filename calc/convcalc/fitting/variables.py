"""The largest value of a variable for which a network fits its budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from convcalc.errors import SpecError
from convcalc.facts.totals import Totals


class Broken(NamedTuple):
    """A value that does not fit: the totals above their budgets, or why there is no network."""

    value: Any
    totals: Mapping[str, int]
    reason: SpecError | None = None


class Largest(NamedTuple):
    """The largest value that fits, with its totals, and what the next one breaks."""

    value: Any
    """None where none fits."""
    totals: Totals | None
    next: Broken | None
    """None where the last value that was tried fits."""


def largest(
    values: Sequence[Any], budgets: Mapping[str, int], make: Callable[[Any], Totals]
) -> Largest:
    """The last of the values whose totals are within the budgets.

    Every value from the last on is tried: totals do not always grow with a variable, for channels
    may be rounded.

    >>> import convcalc
    >>> def totals(width):
    ...     layers = [{"conv": width, "kernel_size": 3}]
    ...     return convcalc.network({"input": [3, 8, 8], "layers": layers}).totals()
    >>> found = largest(range(1, 50), {"params": 300}, totals)
    >>> found.value, found.next.value, found.next.totals
    (10, 11, {'params': 308})
    """
    broken: Broken | None = None
    for value in reversed(values):
        try:
            totals = make(value)
        except SpecError as reason:
            broken = Broken(value, {}, reason)
            continue
        above = {key: getattr(totals, key) for key, most in budgets.items()}
        above = {key: amount for key, amount in above.items() if amount > budgets[key]}
        if not above and not any(map(totals.unknown_of, budgets)):
            return Largest(value, totals, broken)
        broken = Broken(value, above)
    return Largest(None, None, broken)
