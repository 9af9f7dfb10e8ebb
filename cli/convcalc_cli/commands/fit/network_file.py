"""The network file of `convcalc fit`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convcalc import __version__
from convcalc.errors import SpecError
from convcalc.files.loading import load_document, read_file
from convcalc.files.readers import SourceFile
from convcalc.networks import Network
from convcalc.operations.base import Operation
from convcalc.operations.convolution import Conv, DepthwiseConv
from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.commands.fit.rows import rows_of
from convcalc_cli.commands.fit.structure import Structure
from convcalc_cli.flags.values import FlagError
from convcalc_cli.reading.written import document_text, expected, network_content
from convcalc_cli.sections.fit_wording import verdict
from convcalc_cli.text import printable


def fitted_yaml(report: FitReport) -> str:
    """The text of the network file: read again it has the rows of the answer.

    Where the blocks of the file cannot have the designs, it has a row for each layer.

    Raises:
        FlagError: an operation of the network cannot be written as a row of its own.
    """
    network = report.fitted.network
    for content in _contents(report):
        if _rows(content) == _wanted(network):
            return document_text(_header(report), content, expected(network, {}), report.file)
    raise FlagError(f"{report.file}: its layers cannot be written one by one")


def _header(report: FitReport) -> Iterator[str]:
    name = printable(report.file)
    yield f"# {name} by convcalc fit {__version__}: {printable(verdict(report.fitted))}"


def _contents(report: FitReport) -> Iterator[dict[str, Any]]:
    written = network_content(report.source)
    written = {**written, "batch": report.network.batch, "dtype": report.network.dtype}
    written = {key: value for key, value in written.items() if value != DEFAULTS.get(key)}
    yield Structure(written, report.fitted).written()
    yield _flat(report.fitted.network, written)


DEFAULTS = {"batch": 1, "dtype": "float32"}


def _flat(network: Network, written: Mapping[str, Any]) -> dict[str, Any]:
    """A row for each layer."""
    inputs = {name: list(shape) for name, shape in network.inputs.items()}
    kept = {key: value for key, value in written.items() if key not in ("vars", "defaults")}
    del kept["layers"]
    kept.pop("blocks", None)
    first = next(iter(inputs))
    if network.outputs:
        kept["outputs"] = list(network.outputs.values())
    kept["input"] = inputs if isinstance(written["input"], dict) else inputs[first]
    return {**kept, "layers": list(rows_of(network.rows, first))}


def _rows(content: Mapping[str, Any]) -> list[Any] | None:
    """The rows of a network in the network language; None if there is none."""
    text = "".join(document_text((), content, {}, ""))
    try:
        read = read_file(SourceFile.of(text.encode(), "fitted.yaml"))
        network = load_document(read.document, "fitted").network
    except SpecError:
        return None
    return None if network is None else _wanted(network)


def _wanted(network: Network) -> list[Any]:
    """What rows are compared by: their operations, and what they read by position."""
    numbers = {name: -1 - at for at, name in enumerate(network.inputs)}
    numbers |= {row.name: at for at, row in enumerate(network.rows)}
    numbers.setdefault("input", -1)
    compared: list[Any] = [
        (
            _same(row.operation),
            [numbers[name] for name in row.inputs],
            numbers.get(row.weights_of or ""),
            row.training,
        )
        for row in network.rows
    ]
    outputs = [numbers[name] for name in network.output_rows.values()]
    return [compared, outputs, network.batch, network.dtype, list(network.inputs.values())]


def _same(operation: Operation) -> object:
    """An operation, where a depthwise convolution is one with as many groups as channels."""
    if isinstance(operation, DepthwiseConv):
        return Conv(**operation.arguments())
    return operation
