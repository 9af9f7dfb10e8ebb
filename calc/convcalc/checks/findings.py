"""What a check finds: a rule that is broken, both numbers, and where."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcalc.layers import Path
from convcalc.values import Shape


class Rule(NamedTuple):
    """Something that a network can be held to.

    >>> Rule("CC999", "too-red", "the network is red", "Red is no colour for networks.").code
    'CC999'
    """

    code: str
    """Stable: what it stands for never changes."""
    name: str
    summary: str
    explanation: str


class Finding(NamedTuple):
    """A rule that a network breaks.

    >>> rule = Rule("CC999", "too-red", "the network is red", "Red is no colour for networks.")
    >>> Finding(rule, "red is 12, at most 10 (20.0 % over)", limit=10, actual=12).path
    ()
    """

    rule: Rule
    message: str
    path: Path = ()
    """Where in the specification: the budget, or the layer; empty for the whole of it."""
    subject: str = ""
    """The total or the layer that it is about."""
    limit: Any = None
    actual: Any = None
    setting: str = ""
    """The name of the limit that is broken, where it is one that others set."""


def number_text(name: str, value: int | Shape) -> str:
    """A total in words: counts as they are, bytes named.

    >>> number_text("macs", 4089184256), number_text("weight_bytes", 512)
    ('4,089,184,256', '512 bytes')
    """
    if not isinstance(value, int):
        return str(value)
    return f"{value:,} bytes" if name.endswith("_bytes") else f"{value:,}"


def percent_text(part: int, whole: int) -> str:
    """A part in percent of a whole, to a tenth; as a multiple where there is no whole.

    >>> percent_text(3, 200), percent_text(1, 10**6), percent_text(5, 0)
    ('1.5 %', '<0.1 %', 'infinitely much')
    """
    if not whole:
        return "infinitely much"
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10:,}.{tenths % 10} %" if tenths else "<0.1 %"


def total_title(total: str) -> str:
    """A total as it is called in budgets and flags.

    >>> total_title("peak_activation_bytes"), total_title("macs")
    ('peak_activation', 'macs')
    """
    return total.removesuffix("_bytes")
