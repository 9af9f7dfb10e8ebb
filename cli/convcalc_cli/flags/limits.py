"""Limits as they are typed at the prompt and written in TOML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from convcalc.checks.amounts import amount
from convcalc.checks.growth import Allowance, allowance
from convcalc.checks.limits import Limits
from convcalc.errors import SpecError
from convcalc.language.document import BYTE_TOTALS, COUNT_TOTALS, total_named
from convcalc.language.problems import did_you_mean
from convcalc.values import whole, whole_list

TOTALS = {
    **{name: name for name in COUNT_TOTALS},
    **{name: f"{name}_bytes" for name in BYTE_TOTALS},
}
"""The totals by the names they have in budgets."""


class LimitFlags(NamedTuple):
    """The limits as they are given: with hyphens each is a flag, and a key in TOML."""

    max_params: Any = None
    max_macs: Any = None
    max_flops: Any = None
    max_peak_activation: Any = None
    max_activation: Any = None
    max_weight: Any = None
    max_input: Any = None
    max_torchsummary: Any = None
    max_layer_share: Any = None
    kernel_sizes: Any = None
    groups_multiple_of: Any = None
    channels_multiple_of: Any = None


LIMITS = LimitFlags._fields
"""Every limit by its name."""

SIZE = re.compile(r"[0-9]{1,15}", re.ASCII)
PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?)\s*%", re.ASCII)


def limits_of(given: Mapping[str, Any]) -> Limits:
    """The limits that were given, by their names.

    Raises:
        SpecError: one of them is not what it should be.

    >>> limits_of({"max_params": "2M", "kernel_sizes": [1, 3]}).budget
    {'params': 2000000}
    """
    budget = {
        total: amount(f"max_{name}", given[f"max_{name}"], memory=name in BYTE_TOTALS)
        for name, total in TOTALS.items()
        if given.get(f"max_{name}") is not None
    }
    share, kernels = given.get("max_layer_share"), given.get("kernel_sizes")
    return Limits(
        budget,
        None if share is None else _share(share),
        None if kernels is None else _sizes(kernels),
        _multiple(given, "groups_multiple_of"),
        _multiple(given, "channels_multiple_of"),
    )


def _sizes(value: object) -> tuple[int, ...]:
    """A list of sizes, or one in a text: 1,3,5."""
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, list) and all(isinstance(each, str) for each in parts):
        if not all(SIZE.fullmatch(each) for each in parts):
            raise SpecError("{kernel_sizes} is not whole numbers as in 1,3,5", kernel_sizes=value)
        parts = [int(each) for each in parts]
    if not parts:
        raise SpecError("{kernel_sizes} allows none", kernel_sizes=value)
    return whole_list("kernel_sizes", parts)


def _multiple(given: Mapping[str, Any], name: str) -> int | None:
    return None if given.get(name) is None else whole(name, given[name])


def _share(value: object) -> Fraction:
    match = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or Fraction(match[1]) > 100:
        raise SpecError("{max_layer_share} is no share as in 40%", max_layer_share=value)
    return Fraction(match[1]) / 100


def allowances(texts: Sequence[str]) -> dict[str, Allowance]:
    """What each total may gain, as `params=+2%`.

    Raises:
        SpecError: it is written otherwise.

    >>> allowances(["params=+2%"])
    {'params': Allowance(share=Fraction(1, 50), amount=0)}
    """
    found = {}
    for text in texts:
        name, sign, gain = text.partition("=")
        if not (name and sign and gain):
            raise SpecError(f"{text!r} is not TOTAL=+GAIN, as in params=+2%")
        total = total_named(name.replace("-", "_"))
        if total is None:
            hint = did_you_mean(name, TOTALS)
            raise SpecError(f"{name} is no total of the report{hint}")
        found[total] = allowance(name, gain)
    return found
