"""The text of a network file: where the network comes from, the network, and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from convcalc import __version__
from convcalc.files.loading import ReadFile
from convcalc.files.readers import LARGEST_FILE
from convcalc.language.document import KEYS
from convcalc.networks import Network
from convcalc_cli.commands.convert.groups import grouped_layers
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.short_rows import short_rows
from convcalc_cli.formats.yaml_text import flow, yaml_lines
from convcalc_cli.reading.networks import NetworkFile
from convcalc_cli.reading.sources import STANDARD_INPUT
from convcalc_cli.text import name_text, printable

SPREAD = ("layers", "blocks", "expect")


def network_text(file: NetworkFile) -> str:
    """The text of a network file with the same rows and totals.

    Raises:
        FlagError: it would be larger than a network file may be.
    """
    lines = []
    length = 0
    for line in (*_header(file), *_lines(file)):
        lines.append(f"{line}\n")
        length += len(lines[-1])
        if length > LARGEST_FILE:
            raise FlagError(f"{file.file}: the network file would be larger than 64 MiB")
    return "".join(lines)


def _lines(file: NetworkFile) -> Iterator[str]:
    for key, value in _content(file).items():
        if key == "layers" and file.document.source_rows:
            yield from grouped_layers(value, file.document.source_rows)
        else:
            yield from yaml_lines({key: value}, SPREAD)


def _header(file: NetworkFile) -> Iterator[str]:
    """Comments that say where the network comes from."""
    read = file.read
    name = _file_name(read)
    facts = dict(read.document.source)
    words = [str(facts.pop("format", read.reader.format))]
    words += [
        f"{key.replace('_', ' ')} {_told(value)}" for key, value in facts.items() if key != "heads"
    ]
    yield printable(f"# {name} ({', '.join(words)}), converted by convcalc {__version__}.")
    if read.settings:
        settings = [_setting(key, value) for key, value in read.settings.items()]
        yield printable(f"# Read with {', '.join(settings)}.")


def _setting(key: str, value: Any) -> str:
    """A setting as it is said: shapes of inputs as flags have them."""
    if key != "inputs":
        return f"{key} {flow(value)}"
    shapes = [(f"{name}=" if name else "") + "x".join(map(str, shape)) for name, shape in value]
    return f"input {', '.join(shapes)}"


def _file_name(read: ReadFile) -> str:
    if read.file.name == STANDARD_INPUT:
        return "standard input"
    name = name_text(read.file.name)
    return name if read.file.is_target else Path(name).name


def _told(value: Any) -> str:
    return value if isinstance(value, str) else flow(value)


def _content(file: NetworkFile) -> dict[str, Any]:
    """The network in the network language, with what was set on the command line."""
    network, overrides = file.network, file.read.overrides
    content = {**file.document.content, "name": network.name}
    if overrides.variables:
        content["vars"] = {**content["vars"], **overrides.variables}
    if overrides.size is not None or overrides.inputs:
        content["input"] = _inputs(content["input"], network)
    if overrides.batch is not None:
        content["batch"] = overrides.batch
    content["layers"] = short_rows(content["layers"])
    if content.get("blocks"):
        content["blocks"] = {name: _block(block) for name, block in content["blocks"].items()}
    own = content.get("expect") if file.as_written else None
    content["expect"] = {**(own or {}), **_expected(network, own or {})}
    others = [key for key in content if key not in KEYS]
    return {key: content[key] for key in (*KEYS[:-1], *others, "expect") if key in content}


def _inputs(written: Any, network: Network) -> Any:
    shapes = {name: [*shape] for name, shape in network.inputs.items()}
    return shapes if isinstance(written, dict) else next(iter(shapes.values()))


def _block(block: Any) -> Any:
    if isinstance(block, dict) and "layers" in block:
        return {**block, "layers": short_rows(block["layers"])}
    return short_rows(block)


def _expected(network: Network, own: Mapping[str, Any]) -> dict[str, Any]:
    """The totals that are known, of those that the file itself does not expect."""
    totals = network.totals()
    found = {"params": totals.params, "macs": totals.macs, "output_shape": [*totals.output_shape]}
    return {
        key: value for key, value in found.items() if key not in own and not totals.unknown_of(key)
    }
