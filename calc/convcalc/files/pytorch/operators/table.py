"""The rules for all calls that rows can be made for."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.files.pytorch.operators import moves, norms, pointwise, products, shapes, windows
from convcalc.files.pytorch.operators.rule import Rule
from convcalc.files.pytorch.recording import IN_PLACE

RULES: Mapping[str, Rule] = {
    **moves.RULES,
    **norms.RULES,
    **pointwise.RULES,
    **products.RULES,
    **shapes.RULES,
    **windows.RULES,
}

SILENT = frozenset([*shapes.SAME.split(), *shapes.VIEWS.split(), *shapes.ORDERS, IN_PLACE])
"""Calls that only change in which order numbers stand: of a module that makes others, too, another
one is the main call."""

FILLED = """
    zeros_like ones_like full_like empty_like rand_like randn_like randint_like new_zeros new_ones
    new_full new_empty new_empty_strided fill zero
"""
CONSTANTS = frozenset(FILLED.split())
"""Calls that read a value for its sizes only."""


def rule_of(name: str) -> Rule | None:
    """The rule for a call, if there is one.

    >>> rule_of("convolution") is not None, rule_of("_trilinear") is None
    (True, True)
    """
    return RULES.get(name)
