"""The text of a network file: where the network comes from, the network, and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from convcalc import __version__
from convcalc.files.loading import ReadFile
from convcalc_cli.commands.convert.groups import grouped_layers
from convcalc_cli.formats.yaml_text import flow
from convcalc_cli.reading.networks import NetworkFile
from convcalc_cli.reading.sources import STANDARD_INPUT
from convcalc_cli.reading.written import document_text, expected, network_content, part_lines
from convcalc_cli.text import name_text, printable


def network_text(file: NetworkFile) -> str:
    """The text of a network file with the same rows and totals.

    Raises:
        FlagError: it would be larger than a network file may be.
    """
    content = network_content(file)
    own = content.get("expect") if file.as_written else None
    expect = expected(file.network, own or {})
    return document_text(_header(file), content, expect, file.file, partial(_lines, file))


def _lines(file: NetworkFile, key: str, value: Any) -> Iterator[str]:
    """The lines of a part of the content: layers in groups, where the file has them so."""
    if key == "layers" and file.document.source_rows:
        yield from grouped_layers(value, file.document.source_rows)
    else:
        yield from part_lines(key, value)


OTHER_FACTS = ("heads", "scales")
"""Facts about a file that the network does not depend on."""


def _header(file: NetworkFile) -> Iterator[str]:
    """Comments that say where the network comes from."""
    read = file.read
    name = _file_name(read)
    facts = dict(read.document.source)
    words = [str(facts.pop("format", read.reader.format))]
    words += [
        f"{key.replace('_', ' ')} {_told(value)}"
        for key, value in facts.items()
        if key not in OTHER_FACTS
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
