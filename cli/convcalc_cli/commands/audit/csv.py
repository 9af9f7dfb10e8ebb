"""The layers of networks, as CSV."""

from __future__ import annotations

from convcalc.facts.audit import LayerFacts
from convcalc.reference.results import RowVerification
from convcalc_cli.commands.audit.report import AuditReport
from convcalc_cli.formats.csv import layers_csv


def audit_csv(report: AuditReport) -> str:
    """The layers of every network, those that are wanted."""
    rows: list[tuple[str, LayerFacts]] = []
    checked: list[RowVerification | None] = []
    for network in report.networks:
        chosen = report.view.chosen(network.audit.layers)
        rows += [(network.network.name, row) for row in chosen]
        checked += map(network.checked.get, [row.name for row in chosen])
    return layers_csv(rows, checked if report.verifications else None)
