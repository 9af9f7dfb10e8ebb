"""The network of `convcalc fit` as a network file: a row for each layer, blocks unrolled."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
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
from convcalc_cli.text import printable

PLAIN = re.compile(r"[A-Za-z_][\w.]*", re.ASCII)
WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


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
    yield from [f"{key}: {_flow(value)}" for key, value in _head(network).items()]
    yield "layers:"
    current = next(iter(network.inputs))
    for row in network.rows:
        yield f"  - {_flow(_row(row, current))}"
        if not row.training:
            current = row.name
    totals = network.totals()
    yield "expect:"
    for key in ("params", "macs"):
        if not totals.unknown_of(key):
            yield f"  {key}: {getattr(totals, key)}"
    yield f"  output_shape: {_flow(totals.output_shape)}"


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
    return {
        name: value
        for name, value in own.items()
        if name in kinds and (name == declared.main or value != defaults.get(name, ...))
    }


def _renamed(row: AnyLayer) -> dict[str, Any]:
    """The parameters of activations with one, which operations keep under another name."""
    parameter = getattr(row.operation, "parameter", None)
    main = DECLARATIONS[row.operation.word].main
    return {} if parameter is None or main is None else {main: parameter}


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    if isinstance(value, Mapping):
        return f"{{{', '.join([f'{_flow(key)}: {_value(item)}' for key, item in value.items()])}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and value.lower() not in WORDS
        return value if plain else json.dumps(value)
    return "null" if value is None else _number(value)


def _value(item: Any) -> str:
    return "" if item is None else _flow(item)


def _number(value: float) -> str:
    text = repr(value)
    digits, exponent, power = text.partition("e")
    return f"{digits}.0e{power}" if exponent and "." not in digits else text
