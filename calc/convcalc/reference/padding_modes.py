"""What stands in the padding: an array around an array, and where one value of it comes from."""

from __future__ import annotations

import numpy as np

from convcalc.reference.workspace import Array
from convcalc.values import Pads

NUMPY_MODES = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


def padded_with(values: Array, pads: Pads, mode: str) -> Array:
    """`(..., *spatial)` with padding around the last dimensions."""
    widths = ((0, 0),) * (values.ndim - len(pads)) + pads
    return np.pad(values, widths, mode=NUMPY_MODES[mode])  # type: ignore[call-overload,no-any-return]


def source_of(place: int, size: int, mode: str) -> int | None:
    """The place on a dimension whose value stands `place` from its beginning; None for zero.

    Mirroring does not repeat the outermost value.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html

    >>> [source_of(place, 4, "reflect") for place in range(-2, 6)]
    [2, 1, 0, 1, 2, 3, 2, 1]
    """
    if 0 <= place < size:
        return place
    if mode == "reflect":
        return -place if place < 0 else 2 * (size - 1) - place
    if mode == "replicate":
        return 0 if place < 0 else size - 1
    return place % size if mode == "circular" else None
