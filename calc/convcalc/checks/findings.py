"""What a check finds: a rule that is broken, both numbers, and where."""

from __future__ import annotations

from typing import Any

from convcalc.layers import Path
from convcalc.records import NamedTuple
from convcalc.wording import percent_text, times_text


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
    cause: str = ""
    """What it is so large for."""
    others: tuple[str, ...] = ()
    """More layers that it is about: rounds of the same one."""


def excess_text(more: int, than: int) -> str:
    """How much more something is, in percent.

    >>> excess_text(3, 200), excess_text(5, 0)
    ('1.5 %', 'infinitely much')
    """
    return percent_text(more, than) if than else "infinitely much"


def over_text(actual: int, limit: int) -> str:
    """How far something is over its limit: in percent, or how many times it is.

    >>> over_text(203, 200), over_text(1_105_920, 262_144), over_text(5, 0)
    ('1.5 % over', '4.22 x', 'over')
    """
    if not limit:
        return "over"
    times = times_text(actual, limit)
    return times if times.endswith("x") else f"{percent_text(actual - limit, limit)} over"
