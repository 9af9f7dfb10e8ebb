"""Ticks: round amounts within the axis, written in one unit, and what they say they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc_cli.ticks import MOST, Unit, decades, ticks

FACTORS: dict[Unit, dict[str, float]] = {
    Unit.COUNT: {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15},
    Unit.BYTES: {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50},
    Unit.SECONDS: {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9},
}


def read(text: str, unit: Unit) -> float:
    """The amount that a text says."""
    number, _, name = text.partition(" ")
    return float(number.replace(",", "")) * FACTORS[unit][name]


@given(st.integers(1, 10**16), st.sampled_from([Unit.COUNT, Unit.BYTES]))
def test_ticks_of_amounts(most: int, unit: Unit) -> None:
    zero, *found = ticks(most, unit)
    assert (zero.value, zero.text) == (0, "0")
    assert 1 <= len(found) <= MOST
    steps = {round(b.value - a.value, 9) for a, b in zip([zero, *found], found, strict=False)}
    assert len(steps) == 1
    assert found[-1].value <= most < found[-1].value + steps.pop()
    assert len({tick.text.partition(" ")[2] for tick in found}) == 1
    assert len({len(re.sub(r"^[\d,]*", "", tick.text)) for tick in found}) == 1
    for tick in found:
        assert read(tick.text, unit) == pytest.approx(tick.value, rel=0.03)


@given(st.floats(1e-8, 1e4))
def test_ticks_of_times(most: float) -> None:
    _, *found = ticks(most, Unit.SECONDS)
    assert 1 <= len(found) <= MOST + 1
    assert found[-1].value <= most * (1 + 1e-9)
    assert len({tick.text.partition(" ")[2] for tick in found}) == 1
    for tick in found:
        assert read(tick.text, Unit.SECONDS) == pytest.approx(tick.value, rel=1e-6)


@given(st.floats(1, 1e12), st.floats(10, 1e6))
def test_ticks_of_logarithmic_axes(least: float, times: float) -> None:
    most = least * times
    found = decades(least, most)
    assert found
    assert all(least <= tick.value <= most for tick in found)
    for tick in found:
        assert read(tick.text, Unit.COUNT) == pytest.approx(tick.value)


@pytest.mark.parametrize("most", [0, -1])
def test_nothing_to_count(most: int) -> None:
    assert [tick.text for tick in ticks(most)] == ["0"]
