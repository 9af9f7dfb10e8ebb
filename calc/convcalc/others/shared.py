"""Rules that several tools have."""

from __future__ import annotations

from convcalc.others.rows import Row
from convcalc.others.tool import ACTIVATIONS, NORMS, NOTHING, UNSEEN, UPSAMPLING, Additions, Rule


def unseen(row: Row) -> Additions:
    """Nothing is counted."""
    return ((UNSEEN, -row.macs),) if row.macs else NOTHING


def softmax(row: Row) -> Additions:
    """An exponential, a sum and a division, over the channels."""
    positions = row.inputs // row.channels
    return ((ACTIVATIONS, positions * (3 * row.channels - 1)),)


def local_response_norm(row: Row) -> Additions:
    """Three for each value, and the padded channels at every position."""
    padded = (row.channels + row.operation.size - 1) * row.input_positions
    return ((NORMS, 3 * row.inputs + padded),)


def upsample(**each_of_mode: int) -> Rule:
    """So much for each value of the output, by mode."""

    def adds(row: Row) -> Additions:
        each = each_of_mode.get(row.operation.mode, 0)
        return ((f"{UPSAMPLING}, counted at {each} a value", each * row.outputs),)

    return adds
