"""Limits as they are typed at the prompt and written in TOML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.checks.amounts import amount
from convcalc.checks.growth import Allowance, allowance
from convcalc.checks.layer_rules import LAYER_RULES
from convcalc.checks.limits import Limits
from convcalc.errors import SpecError
from convcalc.facts.totals import TOTALS, total_named
from convcalc.wording import did_you_mean

LIMITS = (
    *[f"max_{each.name}" for each in TOTALS.values()],
    *[each.setting for each in LAYER_RULES],
)
"""Every limit: with hyphens it is a flag, and a key in convcalc.toml."""


def limits_of(given: Mapping[str, Any]) -> Limits:
    """The limits that flags or a table of convcalc.toml set, by their names.

    Raises:
        SpecError: one of them is not valid.

    >>> limits_of({"max_params": "2M", "kernel_sizes": [1, 3]}).budget
    {'params': 2000000}
    """
    budget = {
        key: amount(name, given[name], memory=total.is_bytes)
        for key, total in TOTALS.items()
        if given.get(name := f"max_{total.name}") is not None
    }
    layers = {
        each.setting: each.limit_of(each.setting, given[each.setting])
        for each in LAYER_RULES
        if given.get(each.setting) is not None
    }
    return Limits(budget, layers)


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
            hint = did_you_mean(name, [each.name for each in TOTALS.values()])
            raise SpecError(f"unknown total {name}{hint}")
        found[total.key] = allowance(name, gain)
    return found
