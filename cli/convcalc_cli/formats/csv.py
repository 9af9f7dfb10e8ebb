"""Reports as CSV: the layer rows, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from convcalc.audit import LayerFacts
from convcalc.errors import SpecError
from convcalc.values import Shape
from convcalc_cli.layer_report import LayerReport, design_title
from convcalc_cli.text import printable

if TYPE_CHECKING:  # a run reports one or the other
    from convcalc_cli.audit_report import AuditReport

HEADER = (
    "network",
    "name",
    "operation",
    "input_shape",
    "output_shape",
    "weight",
    "bias",
    "params",
    "macs",
    "receptive_field",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def layer_csv(report: LayerReport) -> str:
    """The layers of every design; the design is their network.

    Raises:
        SpecError: the rows have no place for what was asked.
    """
    if report.explained:
        raise SpecError("{explain} has no place in {format}", explain=True, format="csv")
    return _written(
        (design_title(design), row)
        for design in report.comparison.possible
        for row in design.audit.layers
    )


def audit_csv(report: AuditReport) -> str:
    """The layers of every network, those that are wanted."""
    return _written(
        (network.network.name, row)
        for network in report.networks
        for row in report.view.chosen(network.audit.layers)
    )


def _written(rows: Iterable[tuple[str, LayerFacts]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for network, row in rows:
        writer.writerow(map(_cell, _cells(network, row)))
    return text.getvalue()


def _cells(network: str, row: LayerFacts) -> list[str | int | None]:
    return [
        network,
        row.name,
        row.operation,
        " ".join([_sizes(shape) for shape in row.input_shapes]),
        _sizes(row.output_shape),
        _sizes(row.weights.get("weight", ())),
        _sizes(row.weights.get("bias", ())),
        row.params,
        row.macs,
        _sizes(row.receptive_field or ()),
    ]


def _sizes(shape: Shape) -> str:
    return "x".join(map(str, shape))


def _cell(value: str | int | None) -> str | int | None:
    """Text that a spreadsheet would take for a formula becomes text to it."""
    if not isinstance(value, str):
        return value
    return f"'{printable(value)}" if value.startswith(FORMULA_STARTS) else printable(value)
