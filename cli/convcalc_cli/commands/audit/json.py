"""Networks, layer by layer, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from convcalc.facts.tree import shown, tree
from convcalc.files.loading import FileProblem
from convcalc.redesign.of_network import Redesign
from convcalc_cli.commands.audit.report import AuditReport, NetworkReport
from convcalc_cli.formats.json import OnOneLine, document_pieces, row_json, totals_json
from convcalc_cli.reading.locations import placed_message


def audit_json(report: AuditReport) -> Iterator[str]:
    """Networks, and the files that gave none."""
    networks = [_network(network) for network in report.networks]
    errors = [OnOneLine(error._asdict()) for error in report.errors]
    return document_pieces({"networks": networks, "errors": errors})


def _network(report: NetworkReport) -> dict[str, Any]:
    network = report.network
    return {
        "name": network.name,
        "file": report.file,
        "source": OnOneLine(report.document.source),
        "input_shape": network.input_shape,
        "inputs": OnOneLine(network.inputs),
        "batch": network.batch,
        "dtype": network.dtype,
        "layers": _placed_rows(report),
        "blocks": [OnOneLine(block) for block in _blocks(report)],
        "totals": totals_json(report.audit.totals),
        "parts": [OnOneLine(part._asdict()) for part in report.parts],
        "designs": [_redesign(design) for design in report.designs],
        "warnings": [_warning(each) for each in report.warnings],
        **_compared(report),
        **_verification(report),
    }


def _blocks(report: NetworkReport) -> Iterator[Mapping[str, Any]]:
    """What the blocks add up to, each before those that are in it."""
    if not any("." in row.name for row in report.audit.layers):
        return
    for _, node in shown(tree(report.network.rows, report.audit.layers)):
        if node.children:
            yield {
                "name": node.name,
                "layers": len(node.rows),
                "params": node.params,
                "macs": node.macs,
                "peak_activation_bytes": node.alive_bytes,
                "output_shape": node.last.facts.output_shape,
                **({"unknown": sorted(node.unknown)} if node.unknown else {}),
            }


def _warning(each: FileProblem) -> OnOneLine:
    rule, place = each.rule, each.place
    return OnOneLine(
        code=rule and rule.code,
        rule=rule and rule.name,
        line=place and place.line,
        column=place and place.column,
        message=placed_message(each.text, place),
    )


def _redesign(design: Redesign) -> dict[str, Any]:
    kept = [OnOneLine(each._asdict()) for each in design.kept]
    return OnOneLine({**design._asdict(), "kept": kept})


def _placed_rows(report: NetworkReport) -> Iterable[Mapping[str, Any]]:
    names = report.document.source_names
    rows = zip(report.audit.layers, report.network.rows, report.row_places(), strict=True)
    for row, layer, place in rows:
        line, column = (place.line, place.column) if place else (None, None)
        facts = row_json(row, layer, line, column)
        source_name = names.get(layer.path or (), row.name)
        if source_name != row.name:
            facts["source_name"] = source_name
        yield facts


def _verification(report: NetworkReport) -> dict[str, Any]:
    """What running the network has shown, if that was asked for."""
    if report.verification is None:
        return {}
    from convcalc_cli.verification.json import verification_json

    return {"verification": verification_json(report.verification)}


def _compared(report: NetworkReport) -> dict[str, Any]:
    """What other tools would print, if that was asked for."""
    if report.compared is None:
        return {}
    from convcalc_cli.others.json import compared_json

    return compared_json(report.compared)
