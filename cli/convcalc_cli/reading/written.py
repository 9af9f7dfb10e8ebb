"""Networks in the network language, as text of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from convcalc.files.readers import LARGEST_FILE
from convcalc.language.document import KEYS
from convcalc.networks import Network
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.short_rows import short_rows
from convcalc_cli.formats.yaml_text import yaml_lines
from convcalc_cli.reading.networks import NetworkFile

SPREAD = ("layers", "blocks", "expect")


def network_content(file: NetworkFile) -> dict[str, Any]:
    """The network in the network language, with what was set on the command line."""
    network, overrides = file.network, file.read.overrides
    content = {**file.document.content, "name": network.name}
    if overrides.variables:
        content["vars"] = {**content["vars"], **overrides.variables}
    if overrides.size is not None or overrides.inputs:
        content["input"] = _inputs(content["input"], network)
    if overrides.batch is not None:
        content["batch"] = overrides.batch
    return content


def _inputs(written: Any, network: Network) -> Any:
    shapes = {name: [*shape] for name, shape in network.inputs.items()}
    return shapes if isinstance(written, dict) else next(iter(shapes.values()))


def expected(network: Network, own: Mapping[str, Any]) -> dict[str, Any]:
    """What the file expects itself, and the totals that are known besides."""
    totals = network.totals()
    found = {"params": totals.params, "macs": totals.macs, "output_shape": [*totals.output_shape]}
    known = {
        key: value for key, value in found.items() if key not in own and not totals.unknown_of(key)
    }
    return {**own, **known}


def part_lines(key: str, value: Any) -> Iterator[str]:
    """The lines of a part of the content."""
    return yaml_lines({key: value}, SPREAD)


def document_text(
    header: Iterable[str],
    content: Mapping[str, Any],
    expect: Mapping[str, Any],
    name: str,
    lines_of: Callable[[str, Any], Iterator[str]] = part_lines,
) -> str:
    """The text of a network file: comments, and the content in the shortest way to write it.

    Args:
        header: the comments.
        content: the network in the network language.
        expect: the figures that it is to have.
        name: the file that it comes from.
        lines_of: gives the lines of a part of the content.

    Raises:
        FlagError: it would be larger than a network file may be.
    """
    short = {**content, "layers": short_rows(content["layers"]), "expect": expect}
    if content.get("blocks"):
        short["blocks"] = {name: _block(block) for name, block in content["blocks"].items()}
    others = [key for key in short if key not in KEYS]
    keys = [key for key in (*KEYS[:-1], *others, "expect") if key in short]
    lines = []
    length = 0
    for line in chain(header, *[lines_of(key, short[key]) for key in keys]):
        lines.append(f"{line}\n")
        length += len(lines[-1])
        if length > LARGEST_FILE:
            raise FlagError(f"{name}: the network file would be larger than 64 MiB")
    return "".join(lines)


def _block(block: Any) -> Any:
    if isinstance(block, dict) and "layers" in block:
        return {**block, "layers": short_rows(block["layers"])}
    return short_rows(block)
