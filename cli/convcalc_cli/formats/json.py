"""Reports as JSON, for other programs."""

from __future__ import annotations

import json
import re
from typing import Any

from convcalc import CONVENTION, __version__
from convcalc.audit import LayerFacts
from convcalc.comparison import DesignFacts, MissingDesign
from convcalc.designs import ConvLayer
from convcalc.explanation import explain
from convcalc_cli.layer_report import LayerReport
from convcalc_cli.pytorch import pytorch_text

FORMAT_VERSION = 1

NUMBERS = re.compile(r"\[\n\s+\d+(,\n\s+\d+)*\n\s+\]")
"""A list of numbers as `json` indents it; in a string the line breaks would be escaped."""


def layer_json(report: LayerReport) -> str:
    """One layer and its designs."""
    network, layer = report.comparison.network, report.comparison.layer
    return _written(
        {
            "file": None,
            "input_shape": network.input_shape,
            "batch": network.batch,
            "dtype": network.dtype,
            "defaults": report.defaults,
            "pytorch": pytorch_text(layer.operation, network.input_shape),
            "layer": _row(report.comparison.audit.layers[0]),
            "totals": report.comparison.audit.totals._asdict(),
            "designs": [_design(report, design) for design in report.comparison.designs],
        }
    )


def _written(content: dict[str, Any]) -> str:
    head = {"convcalc": __version__, "format_version": FORMAT_VERSION, "convention": CONVENTION}
    text = json.dumps({**head, **content}, indent=2)
    return NUMBERS.sub(_on_one_line, text) + "\n"


def _on_one_line(numbers: re.Match[str]) -> str:
    return re.sub(r"\s+", " ", numbers[0]).replace("[ ", "[").replace(" ]", "]")


def _row(row: LayerFacts) -> dict[str, Any]:
    place = {"line": None, "column": None}
    return {"name": row.name, "operation": row.operation, **place, **row._asdict()}


def _design(report: LayerReport, design: DesignFacts | MissingDesign) -> dict[str, Any]:
    head = {"design": design.name, "groups": design.groups}
    if isinstance(design, MissingDesign):
        reason = str(design.reason)
        nothing = dict.fromkeys(("params", "macs"))
        return {**head, "as_given": False, **nothing, "layers": [], "reason": reason}
    return {
        **head,
        "as_given": report.comparison.is_as_given(design),
        "params": design.audit.totals.params,
        "macs": design.audit.totals.macs,
        "layers": [
            {**_row(row), **_explanation(report, layer, row)}
            for layer, row in zip(design.layers, design.audit.layers, strict=True)
        ],
    }


def _explanation(report: LayerReport, layer: ConvLayer, row: LayerFacts) -> dict[str, Any]:
    if not report.explained:
        return {}
    lines = explain(layer.operation, row.input_shapes[0], report.comparison.network.batch)
    return {"explanation": [line._asdict() for line in lines]}
