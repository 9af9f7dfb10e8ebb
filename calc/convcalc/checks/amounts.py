"""Amounts with units: 2M, 600k, 512KiB."""

from __future__ import annotations

import re
from fractions import Fraction

from convcalc.errors import SpecError

AMOUNT = re.compile(r"([0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?)\s*([A-Za-z]*)", re.ASCII)
COUNTS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
BYTES = {
    "": 1,
    "B": 1,
    **{f"{unit}B": size for unit, size in COUNTS.items() if unit},
    **{f"{unit}iB": 1024**power for power, unit in enumerate("KMG", start=1)},
    **{unit: size for unit, size in COUNTS.items() if unit},
}
PERCENT = r"(?a)([0-9]+(?:\.[0-9]+)?)\s*%"
MOST_CHARACTERS = 40


def amount(name: str, value: object, *, memory: bool = False) -> int:
    """A whole number, or a text with a unit: thousands, and for memory bytes too.

    Raises:
        SpecError: it is neither, or does not evaluate to a whole number.

    >>> amount("params", "2.5M"), amount("peak_activation", "512KiB", memory=True)
    (2500000, 524288)
    """
    if type(value) is int and value >= 0:
        return value
    units = BYTES if memory else COUNTS
    match = AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2] not in units or len(match[0]) > MOST_CHARACTERS:
        valid = ", ".join([unit for unit in units if unit])
        raise SpecError(f"{{{name}}} is not a whole number, or one with {valid}", **{name: value})
    exact = Fraction(match[1].replace("_", "")) * units[match[2]]
    if exact.denominator != 1:
        raise SpecError(f"{{{name}}} does not evaluate to a whole number", **{name: value})
    return exact.numerator


def percentage(value: object) -> Fraction | None:
    """The share that a text such as 2.5% stands for; None if it is anything else.

    >>> percentage("2.5%"), percentage("2.5")
    (Fraction(1, 40), None)
    """
    text = value.strip() if isinstance(value, str) and len(value) <= MOST_CHARACTERS else ""
    match = re.fullmatch(PERCENT, text)
    return Fraction(match[1]) / 100 if match else None
