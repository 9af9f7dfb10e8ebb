"""A network file with other values of its variables, size and batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.errors import SpecError
from convcalc.facts.totals import Totals
from convcalc.files.loading import ReadFile
from convcalc.language.cache import Cache
from convcalc.language.document import Overrides, read_network
from convcalc.networks import Network
from convcalc_cli.flags.values import FlagError
from convcalc_cli.reading.sources import Source

FIELDS = ("size", "batch")
"""What can vary of a network besides its variables."""


def varied_network(source: Source, fixed: Overrides) -> Callable[..., Network]:
    """From values of variables, size and batch to the network with these."""
    first = readable(source)
    cache = Cache()

    def make(**values: Any) -> Network:
        own = {name: value for name, value in values.items() if name not in FIELDS}
        rest = {name: value for name, value in values.items() if name in FIELDS}
        overrides = fixed._replace(variables={**fixed.variables, **own}, **rest)
        read = first.with_overrides(overrides)
        if read.document.problems:
            raise SpecError(_escaped(read.document.problems[0].message))
        shared = cache if read.document is first.document else None
        reading = read_network(read.document.content, source.stem, read.overrides, shared)
        if reading.network is None:
            raise SpecError(_escaped(reading.problems[0].message))
        return reading.network

    return make


def totals_with(
    name: str, network: Network, make: Callable[..., Network]
) -> Callable[[Any], Totals]:
    """From a value of a variable, of size or of batch to the totals; a size is of every dimension.

    Args:
        name: what varies.
        network: the network as it is.
        make: what makes it with other values.
    """
    dims = len(network.input_shape) - 1

    def totals(value: Any) -> Totals:
        given = (value,) * dims if name == "size" else value
        return make(**{name: given}).totals()

    return totals


def readable(source: Source) -> ReadFile:
    """The file that was read.

    Errors are left to the points where the reader takes settings, for they may come from those.

    Raises:
        FlagError: the file cannot be read.
    """
    if source.read is None:
        raise FlagError(f"{source.file}: {source.error}")
    problems = source.read.document.problems
    if problems and not source.read.reader.settings:
        raise FlagError(f"{source.file}: {problems[0].message}")
    return source.read


def _escaped(text: str) -> str:
    """Text in which nothing stands for a value."""
    return text.replace("{", "(").replace("}", ")")
