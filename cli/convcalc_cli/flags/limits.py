"""What totals may gain, as it is typed at the prompt and written in TOML."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.checks.growth import Allowance, allowance
from convcalc.errors import SpecError
from convcalc.facts.totals import TOTALS, total_named
from convcalc.wording import did_you_mean


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
