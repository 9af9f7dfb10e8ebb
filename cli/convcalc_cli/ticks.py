"""Round amounts along an axis, written in one unit."""

from __future__ import annotations

from enum import Enum
from math import floor, log10

from convcalc.records import NamedTuple
from convcalc.wording import BINARY_UNITS, DECIMAL_UNITS

MOST = 5
"""Ticks of an axis, the one at 0 left out."""
SMALL_UNITS = ("s", "ms", "µs", "ns")
TIMES_TEN = (1, 2, 5)


class Unit(Enum):
    """What an axis counts."""

    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"


class Tick(NamedTuple):
    """An amount, and how it is written."""

    value: float
    text: str


def ticks(most: float, unit: Unit = Unit.COUNT, number: int = MOST) -> list[Tick]:
    """Round amounts from 0 up to the most there is, all in the unit and the digits of the last.

    >>> [tick.text for tick in ticks(7_900_000)]
    ['0', '2 M', '4 M', '6 M']
    >>> [tick.text for tick in ticks(1_300_000)]
    ['0', '0.5 M', '1.0 M']
    >>> [tick.text for tick in ticks(7_000_000, Unit.BYTES)], ticks(0.0041, Unit.SECONDS)[-1].text
    (['0', '2 MiB', '4 MiB', '6 MiB'], '4 ms')
    """
    if most <= 0:
        return [Tick(0, "0")]
    if unit is Unit.BYTES:
        return _binary(int(most), number)
    if unit is Unit.SECONDS:
        return _seconds(most, number)
    step = _step(int(most), number)
    return _written(step, int(most) // step, 1000, DECIMAL_UNITS)


def decades(least: float, most: float) -> list[Tick]:
    """Round amounts from the least to the most on a logarithmic axis, each in its own unit.

    >>> [tick.text for tick in decades(800_000, 30_000_000)]
    ['1 M', '10 M']
    >>> [tick.text for tick in decades(3_000_000, 40_000_000)]
    ['5 M', '10 M', '20 M']
    """
    powers = range(floor(log10(least)), floor(log10(most)) + 1)
    steps: tuple[int, ...] = (1,) if most / least > 30 else TIMES_TEN
    values = [step * 10.0**power for power in powers for step in steps]
    return [Tick(each, _short(each)) for each in values if least <= each <= most]


def _short(value: float) -> str:
    power = min(max(floor(log10(value) / 3 + 1e-9), 0), len(DECIMAL_UNITS) - 1)
    return f"{value / 1000**power:g} {DECIMAL_UNITS[power]}".rstrip()


def _step(most: int, number: int) -> int:
    """The least of 1, 2, 5, 10, ... that needs no more than so many steps."""
    power: int = 10 ** max(len(str(most)) - 2, 0)
    while True:
        for factor in TIMES_TEN:
            if most // (factor * power) <= number:
                return factor * power
        power *= 10


def _binary(most: int, number: int) -> list[Tick]:
    """Steps of powers of 2."""
    step = 1
    while most // step > number:
        step *= 2
    return _written(step, most // step, 1024, BINARY_UNITS)


def _seconds(most: float, number: int) -> list[Tick]:
    """In seconds or a thousandth part of a thousandth part of them."""
    power = min(max(-floor(log10(most) / 3), 0), len(SMALL_UNITS) - 1)
    # Thousandths of the unit are whole, so that steps are exact.
    thousandths = int(most * 1000**power * 1000)
    step = _step(thousandths, number) if thousandths else 1
    digits = max(4 - len(str(step)), 0)
    return [Tick(0, "0")] + [
        Tick(
            at * step / 1000 ** (power + 1), f"{at * step / 1000:,.{digits}f} {SMALL_UNITS[power]}"
        )
        for at in range(1, thousandths // step + 1)
    ]


def _written(step: int, last: int, base: int, units: tuple[str, ...]) -> list[Tick]:
    """Multiples of a step, in the unit of the last one."""
    power = 0
    while step * last >= base ** (power + 1) and power < len(units) - 1:
        power += 1
    whole = base**power
    digits = 0
    while digits < 3 and step * 10**digits % whole:
        digits += 1
    values = [at * step for at in range(1, last + 1)]
    if step * last >= base * whole * 1000:
        return [Tick(0, "0"), *[Tick(each, f"{each:.0e}") for each in values]]
    texts = [f"{each / whole:,.{digits}f} {units[power]}".rstrip() for each in values]
    zero = Tick(0, "0")
    return [zero, *[Tick(each, text) for each, text in zip(values, texts, strict=True)]]
