"""How much of the input one output position can see, followed from layer to layer."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple


class ReceptiveField(NamedTuple):
    """One dimension's view of the input, counted in `1 / parts` of an input position.

    Source: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks",
    Distill, 2019.

    >>> ReceptiveField().after_window(3, 2, 1).after_window(3, 1, 1).size
    7
    """

    extent: int = 1
    """From the first input position that one output position sees to the last."""
    step: int = 1
    """How far that view moves from one output position to the next."""
    parts: int = 1
    """Parts of an input position in which the two are counted; above 1 after upsampling."""

    @property
    def size(self) -> int:
        """The extent in whole input positions, rounded up."""
        return -(-self.extent // self.parts)

    def after_window(self, kernel: int, stride: int, dilation: int) -> ReceptiveField:
        """The view through a sliding window.

        >>> ReceptiveField().after_window(3, 1, 4).size
        9
        """
        grown = self.extent + dilation * (kernel - 1) * self.step
        return _reduced(grown, self.step * stride, self.parts)

    def after_transposed(self, kernel: int, stride: int, dilation: int) -> ReceptiveField:
        """The view through a transposed convolution: every `stride`-th tap meets an input.

        >>> ReceptiveField().after_transposed(4, 2, 1).size
        2
        """
        shared = gcd(stride, dilation)
        taps = -(-kernel * shared // stride)
        grown = self.extent + (taps - 1) * (dilation // shared) * self.step
        return _reduced(grown * stride, self.step, self.parts * stride)


def _reduced(extent: int, step: int, parts: int) -> ReceptiveField:
    if parts == 1:
        return ReceptiveField(extent, step, 1)
    shared = gcd(extent, step, parts)
    return ReceptiveField(extent // shared, step // shared, parts // shared)
