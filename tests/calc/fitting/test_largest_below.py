"""Values below the written one that fit, on a grid."""

from typing import Any

import pytest

import convcalc
from convcalc.facts.totals import Totals
from convcalc.fitting.variables import largest_below

TRIED = 31


def of_size(size: int) -> Totals:
    layers = [{"conv": 8, "kernel_size": 3, "padding": 1, "bias": False}]
    return convcalc.network({"input": [1, size], "layers": layers}).totals()


@pytest.mark.parametrize("written", [2, 17, 96, 224])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.99])
def test_a_size_is_found_to_the_unit(written: int, share: float) -> None:
    """24 MACs a position; up to 256 the second grid has every number."""
    most = int(share * written)
    found = largest_below(written, {"macs": 24 * most}, of_size)
    assert found == (most or None)


def test_only_so_many_are_tried() -> None:
    tried: list[Any] = []

    def make(value: Any) -> Totals:
        tried.append(value)
        return of_size(value)

    found = largest_below(10**6, {"macs": 24 * 300_000}, make)
    assert 281_250 <= found <= 300_000  # 10**6 / 16 apart, and that by 16
    assert len(tried) <= TRIED
    assert all(type(value) is int for value in tried)


def test_of_a_fraction() -> None:
    def make(width: float) -> Totals:
        return of_size(round(100 * width))

    assert largest_below(1.0, {"macs": 24 * 35}, make) == 0.35
    assert largest_below(0.25, {"macs": 24 * 7}, make) == 0.07


def test_a_total_that_does_not_move_has_no_way_out() -> None:
    assert largest_below(96, {"params": 23}, of_size) is None
