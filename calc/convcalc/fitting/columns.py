"""Prices of several budgets: the linear relaxation, by column generation.

A column is what all groups take and are worth together. The master problem mixes columns within the
budgets; its prices ask for the best column at these prices, until none is better.

Source: Dantzig, Wolfe, "Decomposition Principle for Linear Programs", 1960.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

from convcalc.records import NamedTuple

MOST_COLUMNS = 400
NEAR = 1e-12
"""Numbers that differ by less than this share are taken for equal."""

Vector = list[float]


class Column(NamedTuple):
    """A value, and what is taken for it: of each budget its share, and 1 of the mixture."""

    value: float
    takes: Vector


class Items(NamedTuple):
    """The options of a group in two lists, and how often one of them is taken."""

    values: Vector
    takes: list[Vector]
    times: int


def prices_of(groups: Sequence[Items], budgets: int) -> Vector:
    """What each whole budget is worth, where the groups take shares of it.

    >>> group = Items([0, 4, 2], [[0, 0], [8 / 9, 1 / 6], [1 / 9, 4 / 6]], 3)
    >>> [round(price, 2) for price in prices_of([group], 2)]
    [4.06, 2.32]
    """
    penalty = 10 * (1 + sum([each.times * max(map(abs, each.values)) for each in groups]))
    size = budgets + 1
    units = [[float(at == other) for other in range(size)] for at in range(size)]
    slacks = [Column(0.0, unit) for unit in units[:-1]]
    basis = [*slacks, Column(-penalty, units[-1])]
    best, least = [0.0] * budgets, float("inf")
    for _ in range(MOST_COLUMNS):
        rows = [list(row) for row in zip(*[column.takes for column in basis], strict=True)]
        duals = solved([column.takes for column in basis], [column.value for column in basis])
        *prices, mixture = duals
        slack = min(range(budgets), key=prices.__getitem__)
        if prices[slack] < -NEAR * penalty:
            entering = slacks[slack]
        else:
            prices = [max(price, 0.0) for price in prices]
            entering = best_column(groups, prices)
            bound = entering.value - sum(map(mul, prices, entering.takes)) + sum(prices)
            if bound < least:
                best, least = prices, bound
            if bound - sum(prices) - mixture <= NEAR * penalty:
                break
        shares, change = solved(rows, [1.0] * size), solved(rows, entering.takes)
        leaving = [
            (x / d, at) for at, (x, d) in enumerate(zip(shares, change, strict=True)) if d > NEAR
        ]
        basis[min(leaving)[1]] = entering
    return best


def best_column(groups: Sequence[Items], prices: Vector) -> Column:
    """The option with the most value less its price, of each group."""
    value, takes = 0.0, [0.0] * len(prices)
    for values, amounts, times in groups:
        gains = [v - sum(map(mul, prices, take)) for v, take in zip(values, amounts, strict=True)]
        at = gains.index(max(gains))
        value += times * values[at]
        takes = [total + times * more for total, more in zip(takes, amounts[at], strict=True)]
    return Column(value, [*takes, 1.0])


def solved(rows: Sequence[Vector], right: Vector) -> Vector:
    """The solution of a few linear equations, by Gaussian elimination.

    >>> solved([[0.0, 2.0], [1.0, 1.0]], [4.0, 5.0])
    [3.0, 2.0]
    """
    work = [[*row, value] for row, value in zip(rows, right, strict=True)]
    size = len(work)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(work[row][at]))
        work[at], work[pivot] = work[pivot], work[at]
        first = work[at]
        for row in range(size):
            if row != at and work[row][at]:
                factor = work[row][at] / first[at]
                work[row] = [x - factor * y for x, y in zip(work[row], first, strict=True)]
    return [row[-1] / row[at] for at, row in enumerate(work)]
