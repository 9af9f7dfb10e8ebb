"""Which tool prints a number that somebody has read somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from convcalc.errors import SpecError, value_text
from convcalc.facts.totals import Totals
from convcalc.others.figures import Other
from convcalc.records import NamedTuple

OURS = "convcalc"
UNITS = {"": 0, "k": 3, "m": 6, "g": 9, "b": 9, "t": 12}
NUMBER = re.compile(
    r"([0-9]{1,3}(?:[,_][0-9]{3})+|[0-9]{1,30})(?:\.([0-9]{0,20}))?(?:e\+?([0-9]{1,2}))?"
    r"\s*([kmgbt]?)\s*(?:flops?|macs?|mult-adds|params)?",
    re.ASCII | re.IGNORECASE,
)


class Asked(NamedTuple):
    """A number as it was read: so many digits in a unit of so many zeros."""

    text: str
    digits: int
    step: int
    """What the last digit stands for."""


class Match(NamedTuple):
    """A figure of a tool that reads like the number."""

    tool: str
    version: str | None
    word: str
    total: int
    rounding: str
    """`exact`, `rounded`, or `cut off` where rounding gives another last digit."""


def asked(text: str) -> Asked:
    """A number such as `4.11G`, `4,111,514,624` or `25.6M`.

    Raises:
        SpecError: it is none, or has digits below 1.

    >>> asked("4.11 GFLOPs")
    Asked(text='4.11 GFLOPs', digits=411, step=10000000)
    """
    found = NUMBER.fullmatch(text.strip())
    if not found:
        fact = f"{value_text(text)} is not a number such as 4.11G, 25.6M or 4,111,514,624"
        raise SpecError(fact)
    whole, rest, power, unit = found.groups()
    rest = rest or ""
    zeros = int(power or 0) + UNITS[unit.lower()] - len(rest)
    if zeros < 0:
        fact = f"{value_text(text)} is not a whole number of operations; give its unit, as in 4.11G"
        raise SpecError(fact)
    return Asked(text, int(re.sub("[,_]", "", whole) + rest), 10**zeros)


def which(number: Asked, totals: Totals, found: Sequence[Other]) -> list[Match]:
    """The figures that read like a number, of the network itself and of tools.

    >>> import convcalc
    >>> from convcalc.others.figures import others
    >>> layers = [{"conv": 4, "kernel_size": 3}, "batch_norm"]
    >>> net = convcalc.network({"input": [3, 8, 8], "layers": layers})
    >>> facts = net.audit()
    >>> which(asked("4.46K"), facts.totals, others(net, facts, ["thop", "torch"]))
    [Match(tool='thop', version='0.1.1', word='MACs', total=4464, rounding='rounded')]
    """
    matches = []
    for tool, version, word, total in _figures(totals, found):
        rounding = _rounding(number, total)
        if rounding:
            matches.append(Match(tool, version, word, total, rounding))
    return matches


def nearest(number: Asked, totals: Totals, found: Sequence[Other]) -> Match | None:
    """The figure that is nearest to a number which no figure reads like; None without figures."""
    wanted = number.digits * number.step
    figures = _figures(totals, found)
    closest = min(figures, key=lambda each: abs(each[3] - wanted), default=None)
    return None if closest is None else Match(*closest, "nearest")


def _figures(totals: Totals, found: Sequence[Other]) -> Iterator[tuple[str, str | None, str, int]]:
    ours = {"MACs": "macs", "FLOPs (2 x MACs)": "flops", "params": "params"}
    for word, key in ours.items():
        if not totals.unknown_of(key):
            yield OURS, None, word, getattr(totals, key)
    for each in found:
        about = each.tool, each.version
        if each.total is not None:
            yield *about, each.counted, each.total
            if each.unit == "MACs":
                yield *about, f"2 x {each.word}", 2 * each.total
        if each.macs is not None:
            yield *about, "MACs", each.macs
        if each.params is not None and each.params != totals.params:
            yield *about, "params", each.params


def _rounding(number: Asked, total: int) -> str | None:
    """How a total reads like a number, if it does; only 0 reads like 0."""
    digits, rest = divmod(total, number.step)
    if digits == number.digits and not rest:
        return "exact"
    if not number.digits:
        return None
    if digits + (2 * rest >= number.step) == number.digits:
        return "rounded"
    return "cut off" if digits == number.digits else None
