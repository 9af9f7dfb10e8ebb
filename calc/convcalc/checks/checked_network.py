"""A network and its facts, as the checks need them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from convcalc.facts.audit import Audit, Counts, LayerFacts
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.operations.convolution import Convolution


class CheckedNetwork:
    """A network that is checked, with its facts, which are computed when they are needed.

    Args:
        network: the network.
        counts: the counts of equal layers, shared between networks.
        facts: the network's facts, if they were computed before.
    """

    def __init__(
        self, network: Network, counts: Counts | None = None, facts: Audit | None = None
    ) -> None:
        self.network = network
        self.totals = network.totals(counts) if facts is None else facts.totals
        self._facts = facts

    @cached_property
    def facts(self) -> Audit:
        """Every fact of the network.

        >>> from convcalc import Conv, compare
        >>> len(CheckedNetwork(compare(Conv(3, 8, 3), (3, 9, 9)).network).facts.layers)
        1
        """
        return self._facts or self.network.audit()

    @property
    def convolutions(self) -> Iterator[tuple[AnyLayer, LayerFacts, Convolution]]:
        """The rows with a kernel and weights.

        >>> from convcalc import Conv, compare
        >>> layer = compare(Conv(3, 8, 3), (3, 9, 9))
        >>> [facts.name for _, facts, _ in CheckedNetwork(layer.network).convolutions]
        ['conv_1']
        """
        for row, facts in zip(self.network.rows, self.facts.layers, strict=True):
            if isinstance(row.operation, Convolution):
                yield row, facts, row.operation
