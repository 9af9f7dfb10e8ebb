"""What the three versions of thop share: hooks on modules, and the rules of resampling."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.others.rows import FUNCTIONAL, MEAN, SUBCLASS, Row
from convcalc.others.tool import (
    ACTIVATIONS,
    NOTHING,
    UNKNOWN_CLASS,
    UPSAMPLING,
    Additions,
    Rule,
)


def by_module(row: Row, rules: Mapping[str, Rule], *, exact_class: bool) -> Additions:
    """What a hook on the module of a row counts; what is no module is not seen.

    Args:
        row: the row.
        rules: the rule of each operation.
        exact_class: whether the hook of a class is not that of the classes derived from it.
    """
    if row.style in (FUNCTIONAL, MEAN):
        return NOTHING
    if exact_class and row.style == SUBCLASS:
        return ((UNKNOWN_CLASS, -row.macs),)
    rule = rules.get(row.word)
    return rule(row) if rule else NOTHING


def softmax(row: Row) -> Additions:
    """An exponential, a sum and a division, over the channels."""
    positions = row.inputs // row.channels
    return ((ACTIVATIONS, positions * (3 * row.channels - 1)),)


def upsample(nearest: int, linear: int, bilinear: int, trilinear: int) -> Rule:
    """So much for each value of the output, by mode."""
    times = {
        "nearest": nearest,
        "linear": linear,
        "bilinear": bilinear,
        "trilinear": trilinear,
    }

    def adds(row: Row) -> Additions:
        each = times[row.operation.mode]
        return ((f"{UPSAMPLING}, counted at {each} a value", each * row.outputs),)

    return adds
