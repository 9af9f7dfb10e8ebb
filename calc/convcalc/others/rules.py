"""What rules are made of: one for each operation and style, and those of several tools."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.others import causes
from convcalc.others.rows import Row
from convcalc.others.tool import NOTHING, Additions, Rule
from convcalc.styles import OTHER


def by_operation(rules: Mapping[str, Rule], styles: Mapping[str, Rule] | None = None) -> Rule:
    """The rules of a tool together.

    Args:
        rules: the rule of each operation; of others nothing is counted.
        styles: the rule of all operations that are written in a style, instead of their own; None
            for a tool that does not look at how layers are written.
    """
    by_style: Mapping[str, Rule] = {} if styles is None else {OTHER: not_known, **styles}

    def adds(row: Row) -> Additions | None:
        rule = by_style.get(row.style) or rules.get(row.word)
        return rule(row) if rule else NOTHING

    return adds


def not_known(_row: Row) -> None:
    """The rule of layers of which nothing is known."""


def norm(affine: int, plain: int) -> Rule:
    """The rule of a tool that counts so much for each value of a norm."""

    named = {each: f"{causes.NORMS}, counted at {each} a value" for each in (affine, plain)}

    def adds(row: Row) -> Additions:
        each = affine if row.params else plain
        return ((named[each], each * row.inputs),)

    return adds


def each_input(cause: str, times: int = 1) -> Rule:
    """The rule of a tool that counts so much for each value that is read."""
    return lambda row: ((cause, times * row.inputs),)


def each_output(cause: str, times: int = 1) -> Rule:
    """The rule of a tool that counts so much for each value that is made."""
    return lambda row: ((cause, times * row.outputs),)


def conv_biases(row: Row) -> Additions:
    """A bias counts once for each value of the output."""
    biases = row.biases
    return ((causes.CONV_BIASES, biases),) if biases else NOTHING


def linear_biases(row: Row) -> Additions:
    """The same of a linear layer."""
    biases = row.biases
    return ((causes.LINEAR_BIASES, biases),) if biases else NOTHING


def unseen(row: Row) -> Additions:
    """Nothing is counted."""
    return ((causes.UNSEEN, -row.macs),) if row.macs else NOTHING


def softmax(row: Row) -> Additions:
    """An exponential, a sum and a division, over the channels."""
    positions = row.inputs // row.channels
    return ((causes.ACTIVATIONS, positions * (3 * row.channels - 1)),)


def local_response_norm(row: Row) -> Additions:
    """Three for each value, and the padded channels at every position."""
    padded = (row.channels + row.operation.size - 1) * row.input_positions
    return ((causes.NORMS, 3 * row.inputs + padded),)


def upsample(**each_of_mode: int) -> Rule:
    """So much for each value of the output, by mode."""

    def adds(row: Row) -> Additions:
        each = each_of_mode.get(row.operation.mode, 0)
        return ((f"{causes.UPSAMPLING}, counted at {each} a value", each * row.outputs),)

    return adds
