"""The verdict of `convcalc fit` in words."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.facts.totals import TOTALS
from convcalc.fitting.fit import Fitted
from convcalc.fitting.solver import Answer
from convcalc_cli.flags.values import value_typed
from convcalc_cli.text import amount_text, count_text

PROVED = {
    "layers": "Proved: no design of these changes fewer layers, and none that changes as many "
    "keeps more.",
    "params": "Proved: no design of these has more parameters.",
    "share": "Proved: no design of these keeps more.",
}
TIES = {"layers": ("macs", "params"), "params": ("macs",), "share": ("macs", "params")}
"""What only designs that are equal otherwise are compared by."""
FEWEST = "Proved: no design of these changes fewer layers."
NOTE = (
    "These designs have the shapes and the costs shown. Nothing here says how accurate they are: "
    "train them."
)


def verdict(fitted: Fitted) -> str:
    """Whether and how the network fits."""
    budgets = ", ".join([_budget(fitted, key) for key in fitted.budgets])
    if fitted.answer is None:
        return f"Nothing fits: {budgets}."
    number = fitted.question.found.convolutions
    changed = f"{count_text(fitted.answer.changed)} of {count_text(number)} convolutions changed"
    return f"{changed}: {budgets}. {proof(fitted.question.keep, fitted.answer)}"


def proof(keep: str, answer: Answer) -> str:
    """What is proved of an answer, and how much is open."""
    if answer.proved or answer.open_level is None:
        return PROVED[keep]
    level = answer.open_level
    if level in TIES[keep]:
        return f"{PROVED[keep]} Of designs as good as this one another may have fewer {level}."
    best = count_text(answer.bound[level])
    near = f"{share_text(answer.gap)} of the best possible ({level} {best}, proved)"
    if keep == "layers" and level != "changed":
        return f"{FEWEST} Among equal ones it is within {near}."
    return f"Within {near}."


def setting_text(names: Sequence[str], values: Sequence[object]) -> str:
    """What varies, as it is set.

    >>> setting_text(["width", "size"], [0.5, (64, 48)])
    'width=0.5 size=64x48'
    """
    pairs = zip(names, values, strict=True)
    return " ".join([f"{name}={value_typed(value)}" for name, value in pairs])


def gap_text(keep: str, answer: Answer) -> str:
    """How far an answer is from the best possible, in what is first compared and not proved."""
    if answer.proved or answer.open_level is None:
        return "proved"
    if answer.open_level in TIES[keep]:
        return "proved, but for ties"
    return f"{share_text(answer.gap)} in {answer.open_level}"


def share_text(share: float) -> str:
    """A share in percent, in two digits.

    >>> share_text(0.0000226)
    '0.0023 %'
    """
    return f"{100 * share:.2g} %"


def _budget(fitted: Fitted, key: str) -> str:
    total, most = TOTALS[key], fitted.budgets[key]
    if fitted.answer is None:
        least = amount_text(total, fitted.question.least(key))
        return f"at least {least} {total.title}, budget {amount_text(total, most)}"
    found = amount_text(total, getattr(fitted.totals, key))
    return f"{found} {total.title} of at most {amount_text(total, most)}"
