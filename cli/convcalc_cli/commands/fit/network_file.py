"""The network of `convcalc fit` as a network file: a row for each layer, blocks unrolled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcalc.errors import SpecError
from convcalc.files.loading import load_document, read_file
from convcalc.files.readers import SourceFile
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.operations.declarations import Declaration
from convcalc.operations.registry import DECLARATIONS
from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.commands.fit.wording import verdict
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.short_rows import short_rows, short_value
from convcalc_cli.formats.yaml_text import yaml_lines
from convcalc_cli.text import printable

SPREAD = ("layers", "expect")


def fitted_yaml(report: FitReport) -> str:
    """The text of the network file, read again and found to have the same figures.

    Raises:
        FlagError: an operation of the network cannot be written as a row of its own.
    """
    network = report.fitted.network
    text = "".join([f"{line}\n" for line in _lines(report, network)])
    read = read_file(SourceFile.of(text.encode(), "fitted.yaml"))
    try:
        loaded = load_document(read.document, "fitted").network
    except SpecError:
        loaded = None
    if loaded is None or loaded.totals() != network.totals():
        raise FlagError(f"{report.file}: its layers cannot be written one by one")
    return text


def _lines(report: FitReport, network: Network) -> Iterator[str]:
    yield f"# {printable(report.file)} by convcalc fit: {printable(verdict(report.fitted))}"
    content = {**_head(network), "layers": _rows(network), "expect": _expected(network)}
    yield from yaml_lines(content, SPREAD)


def _rows(network: Network) -> Any:
    rows = []
    current = next(iter(network.inputs))
    for row in network.rows:
        rows.append(_row(row, current))
        if not row.training:
            current = row.name
    return short_rows(rows)


def _expected(network: Network) -> dict[str, Any]:
    """The totals that are known."""
    totals = network.totals()
    found = {"params": totals.params, "macs": totals.macs, "output_shape": totals.output_shape}
    return {key: value for key, value in found.items() if not totals.unknown_of(key)}


def _head(network: Network) -> dict[str, Any]:
    """What stands above the layers, where it is no default."""
    inputs = network.inputs
    content: dict[str, Any] = {
        "name": network.name,
        "input": inputs["input"] if tuple(inputs) == ("input",) else inputs,
        "outputs": list(network.outputs.values()),
        "budget": network.budget,
    }
    if network.batch != 1:
        content["batch"] = network.batch
    if network.dtype != "float32":
        content["dtype"] = network.dtype
    return {key: value for key, value in content.items() if value}


def _row(row: AnyLayer, current: str) -> dict[str, Any]:
    """A layer as a row of the language, with what is not a default."""
    word = row.operation.word
    declared = DECLARATIONS[word]
    arguments = _arguments(row, declared)
    main = arguments.pop(declared.main, None) if declared.main else None
    content: dict[str, Any] = {word: main}
    if declared.takes_operands:
        content[word] = list(row.inputs)
    elif declared.reads and row.inputs != (current,):
        content["from"] = row.inputs[0] if len(row.inputs) == 1 else list(row.inputs)
    content |= arguments
    if row.weights_of is not None:
        content["weights"] = row.weights_of
    if row.training:
        content["training"] = True
    return {**content, "name": row.name}


def _arguments(row: AnyLayer, declared: Declaration) -> dict[str, Any]:
    defaults = declared.defaults
    kinds = declared.kinds
    own = {**row.operation.arguments(), **_renamed(row)}
    short = {key: short_value(value, kinds[key]) for key, value in own.items() if key in kinds}
    return {
        key: value
        for key, value in short.items()
        if key == declared.main or value != defaults.get(key, ...)
    }


def _renamed(row: AnyLayer) -> dict[str, Any]:
    """The parameters of activations with one, which operations keep under another name."""
    parameter = getattr(row.operation, "parameter", None)
    main = DECLARATIONS[row.operation.word].main
    return {} if parameter is None or main is None else {main: parameter}
