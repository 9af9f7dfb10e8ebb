"""What would bring a network within its budgets: a smaller input, or a smaller variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convcalc.files.loading import ReadFile
from convcalc.fitting.variables import STEPS, largest_below
from convcalc.networks import Network
from convcalc_cli.reading.sources import Source
from convcalc_cli.reading.varied import totals_with, varied_network

MOST_ROWS = 20_000
"""Rows that are worked out in a run to find what would fit: about a second. Files behind that go
without."""
MOST_VARIABLES = 4
"""Variables of a file that are tried."""


class WaysOut:
    """Finds what would fit, for as many files as there is time for."""

    def __init__(self) -> None:
        self._left = MOST_ROWS

    def of(self, source: Source, network: Network, budgets: Mapping[str, int]) -> str:
        """What to type for the network to be within all its budgets; empty if nothing is found.

        Only network files are tried, for they are quick to read, and values below those written.
        """
        if source.read is None or source.read.reader.format != "yaml":
            return ""
        make = varied_network(source, source.read.overrides)
        found = []
        for name, written in _candidates(source.read, network):
            cost = 2 * STEPS * len(network.rows)
            if cost > self._left:
                break
            self._left -= cost
            value = largest_below(written, budgets, totals_with(name, network, make))
            if value is not None:
                found.append(f"--size {value}" if name == "size" else f"--set {name}={value}")
        return f"{' or '.join(found)} would fit" if found else ""


def _candidates(read: ReadFile, network: Network) -> Iterator[tuple[str, float]]:
    """The size, if it is one number, and the variables that are numbers."""
    sizes = {size for shape in network.inputs.values() for size in shape[1:]}
    if len(sizes) == 1 and max(sizes) > 1:
        yield "size", max(sizes)
    content = read.document.content
    variables = content.get("vars") if isinstance(content, dict) else None
    known = {**(variables or {}), **read.overrides.variables}
    for name, value in list(known.items())[:MOST_VARIABLES]:
        if type(value) in (int, float) and value > 0:
            yield name, value
