"""A network file with other values of its variables, size and batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convcalc.errors import SpecError
from convcalc.facts.totals import Totals
from convcalc.files.loading import ReadFile
from convcalc.language.cache import Cache
from convcalc.language.document import Overrides, read_network
from convcalc.networks import Network
from convcalc.sweeping import Variation
from convcalc_cli.flags.values import FlagError, sizes, whole_number
from convcalc_cli.flags.vary import require_one, setting, variable, variations
from convcalc_cli.reading.networks import NetworkFile
from convcalc_cli.reading.sources import Source

FIELDS = ("size", "batch")
"""What can vary of a network besides its variables."""


def varied_file(
    source: Source, fixed: Overrides, *, is_attempt: bool = False
) -> Callable[..., NetworkFile]:
    """From values of variables, size and batch to the file with these.

    What is made raises `SpecError` where the values give no network, of attempts without other
    inputs that would fit.
    """
    first = readable(source)
    cache = Cache()

    def make(**values: Any) -> NetworkFile:
        own = {name: value for name, value in values.items() if name not in FIELDS}
        rest = {name: value for name, value in values.items() if name in FIELDS}
        overrides = fixed._replace(variables={**fixed.variables, **own}, **rest)
        read = first.with_overrides(overrides)
        if read.document.problems:
            raise SpecError(_escaped(read.document.problems[0].message))
        shared = cache if read.document is first.document else None
        content = read.document.content
        reading = read_network(content, source.stem, read.overrides, shared, is_attempt=is_attempt)
        if reading.network is None:
            raise SpecError(_escaped(reading.problems[0].message))
        return NetworkFile(source.file, reading.network, read)

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


def varied_network(
    source: Source, fixed: Overrides, *, is_attempt: bool = False
) -> Callable[..., Network]:
    """From values of variables, size and batch to the network with these; see `varied_file`."""
    make = varied_file(source, fixed, is_attempt=is_attempt)
    return lambda **values: make(**values).network


def network_variations(source: Source, fixed: Overrides, vary: Sequence[str]) -> list[Variation]:
    """What `--vary` says of a network: variables, size or batch, and their values.

    Raises:
        FlagError: a name is not known, or set besides.
    """
    known = {"size": sizes, "batch": whole_number} | _variables(readable(source), vary)
    varied = variations(vary, known)
    set_names = [name for name in FIELDS if getattr(fixed, name) is not None]
    require_one([*set_names, *fixed.variables], {each.name for each in varied})
    return varied


def _variables(read: ReadFile, vary: Sequence[str]) -> dict[str, Callable[[str], Any]]:
    """What can vary besides size and batch: any name, if the reader takes any."""
    settings = read.reader.settings
    named = [text.partition("=")[0] for text in vary] if "*" in settings else []
    names = [*read.variables, *[name for name in named if name not in FIELDS]]
    return dict.fromkeys(names, setting if settings else variable)


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
