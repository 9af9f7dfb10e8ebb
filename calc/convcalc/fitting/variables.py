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
        tried = _tried(value, budgets, make)
        if not isinstance(tried, Broken):
            return Largest(value, tried, broken)
        broken = tried
    return Largest(None, None, broken)


def largest_growing(
    values: Sequence[Any], budgets: Mapping[str, int], make: Callable[[Any], Totals]
) -> Largest:
    """The same where no total falls as the value grows, as with sizes: found by halves.

    Values that give no network may lie between others; no value is tried twice.

    >>> import convcalc
    >>> def totals(size):
    ...     layers = [{"conv": 8, "kernel_size": 3}]
    ...     return convcalc.network({"input": [3, size, size], "layers": layers}).totals()
    >>> found = largest_growing(range(1, 500), {"macs": 86_400}, totals)
    >>> found.value, found.next.totals
    (22, {'macs': 95256})
    """
    results: dict[int, Totals | Broken] = {}

    def tried(at: int) -> Totals | Broken:
        if at not in results:
            results[at] = _tried(values[at], budgets, make)
        return results[at]

    best, low, high = -1, -1, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        found = next((at for at in range(middle, low, -1) if _is_network(tried(at))), low)
        if found > low and isinstance(tried(found), Broken):
            high = found
        else:
            best, low = (found if found > low else best), middle
    after = tried(best + 1) if best + 1 < len(values) else None
    broken = after if isinstance(after, Broken) else None
    totals = None if best < 0 else tried(best)
    if best < 0 or isinstance(totals, Broken):
        return Largest(None, None, broken)
    return Largest(values[best], totals, broken)


def _tried(
    value: Any, budgets: Mapping[str, int], make: Callable[[Any], Totals]
) -> Totals | Broken:
    """The totals of a value, or what keeps it from fitting."""
    try:
        totals = make(value)
    except SpecError as reason:
        return Broken(value, {}, reason)
    above = {key: getattr(totals, key) for key in budgets}
    above = {key: amount for key, amount in above.items() if amount > budgets[key]}
    if above or any(map(totals.unknown_of, budgets)):
        return Broken(value, above)
    return totals


def _is_network(tried: Totals | Broken) -> bool:
    return not isinstance(tried, Broken) or tried.reason is None


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
