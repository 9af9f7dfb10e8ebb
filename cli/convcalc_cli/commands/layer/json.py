"""One layer and its designs, as JSON."""

from __future__ import annotations

from typing import Any

from convcalc.facts.audit import LayerFacts
from convcalc.redesign.designs import ConvLayer
from convcalc.redesign.of_layer import DesignFacts, MissingDesign
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.formats.json import OnOneLine, document, row_json, totals_json
from convcalc_cli.sections.pytorch import pytorch_text


def layer_json(report: LayerReport) -> str:
    """One layer and its designs."""
    network, layer = report.comparison.network, report.comparison.layer
    return document(
        {
            "file": None,
            "input_shape": network.input_shape,
            "batch": network.batch,
            "dtype": network.dtype,
            "defaults": report.defaults,
            "pytorch": pytorch_text(layer.operation, network.input_shape),
            "layer": row_json(report.comparison.audit.layers[0], layer),
            "totals": totals_json(report.comparison.audit.totals),
            "designs": [_design(report, design) for design in report.comparison.designs],
            **_compared(report),
            **_layer_verification(report),
        }
    )


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
            {**row_json(row, layer), **_explanation(report, layer, row)}
            if report.explained
            else row_json(row, layer)
            for layer, row in zip(design.layers, design.audit.layers, strict=True)
        ],
    }


def _explanation(report: LayerReport, layer: ConvLayer, row: LayerFacts) -> dict[str, Any]:
    from convcalc.facts.explanation import explain  # most runs have none

    lines = explain(layer.operation, row.input_shapes[0], report.comparison.network.batch)
    return {"explanation": [OnOneLine(line._asdict()) for line in lines]}


def _layer_verification(report: LayerReport) -> dict[str, Any]:
    """The runs of the designs, and the dense convolutions that the designs are equal to."""
    run = report.verification
    if run is None:
        return {}
    from convcalc_cli.verification.json import finite, verification_json

    designs = [
        {"design": design.name, "groups": design.groups, **verification_json(verification)}
        for design, verification in zip(report.comparison.possible, run.designs, strict=True)
    ]
    equal = [
        OnOneLine(
            design=each.design,
            groups=each.groups,
            compared=each.compared,
            deviation=finite(each.deviation),
            passed=each.passed,
        )
        for each in run.equivalences
    ]
    return {"verification": {"passed": run.passed, "designs": designs, "equivalences": equal}}


def _compared(report: LayerReport) -> dict[str, Any]:
    """What other tools would print, if that was asked for."""
    if report.compared is None:
        return {}
    from convcalc_cli.others.json import compared_json

    return compared_json(report.compared)
