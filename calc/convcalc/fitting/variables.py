"""The largest value of a variable for which a network fits its budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from convcalc.errors import SpecError
from convcalc.facts.totals import Totals
from convcalc.records import NamedTuple

STEPS = 16
"""Parts into which the values below the written one are divided, and then one of those."""
DIGITS = 2
"""Decimals of values that are tried, where they are not whole."""


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


def largest_below(written: float, budgets: Mapping[str, int], make: Callable[[Any], Totals]) -> Any:
    """A value below the written one that fits: the largest on a grid, refined once; or None.

    At most 31 values are tried. A larger one may fit between those.

    >>> import convcalc
    >>> def totals(width):
    ...     layers = [{"conv": width, "kernel_size": 3}]
    ...     return convcalc.network({"input": [3, 8, 8], "layers": layers}).totals()
    >>> largest_below(96, {"params": 1300}, totals)  # 28 a channel
    46
    """
    coarse = _between(Fraction(0), Fraction(str(written)), written)
    low = largest(coarse, budgets, make).value
    above = [value for value in coarse if low is None or value > low]
    high = Fraction(str(above[0] if above else written))
    fine = _between(Fraction(str(low or 0)), high, written)
    better = largest(fine, budgets, make).value
    return low if better is None else better


def _between(low: Fraction, high: Fraction, like: float) -> list[int | float]:
    """Values above one and below another, evenly apart, whole if the written one is."""
    found: dict[int | float, None] = {}
    for at in range(1, STEPS):
        exact = low + (high - low) * at / STEPS
        value = int(exact) if isinstance(like, int) else round(float(exact), DIGITS)
        if low < Fraction(str(value)) < high:
            found[value] = None
    return list(found)
