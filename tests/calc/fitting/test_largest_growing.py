"""The largest value that fits where totals grow, against trying every value."""

from typing import Any

import pytest

import convcalc
from convcalc.errors import SpecError
from convcalc.facts.totals import Totals
from convcalc.fitting.variables import largest, largest_growing


def of_size(size: int) -> Totals:
    """Two branches that fit together where a size is a multiple of 4."""
    layers: list[Any] = [
        {"conv": 8, "kernel_size": 3, "padding": 1, "stride": 4, "name": "down"},
        {"upsample": 4},
        {"add": [[], [{"conv": 8, "kernel_size": 1, "from": "input"}]]},
    ]
    return convcalc.network({"input": [3, size], "layers": layers}).totals()


@pytest.mark.parametrize("values", [range(1, 60), range(2, 60, 3), range(1, 4), [16], []])
@pytest.mark.parametrize("macs", [1, 500, 1_000, 1_300, 10**9])
def test_the_same_as_trying_every_value(values: list[int], macs: int) -> None:
    budgets = {"macs": macs, "peak_activation_bytes": 4_000}
    tried: list[int] = []

    def make(value: int) -> Totals:
        tried.append(value)
        return of_size(value)

    found, right = largest_growing(values, budgets, make), largest(values, budgets, of_size)
    assert found[:2] == right[:2]
    assert str(found.next) == str(right.next)
    assert len(tried) == len({*tried})


def test_few_values_are_tried() -> None:
    tried: list[int] = []

    def make(value: int) -> Totals:
        tried.append(value)
        return of_size(value)

    assert largest_growing(range(1, 4_097), {"macs": 42 * 2_048}, make).value == 2_048
    assert len(tried) < 12 * 4 + 4


def test_no_value_gives_a_network() -> None:
    def make(_: int) -> Totals:
        raise SpecError("never")

    found = largest_growing(range(9), {"macs": 1}, make)
    assert (found.value, found.next and found.next.value) == (None, 0)
