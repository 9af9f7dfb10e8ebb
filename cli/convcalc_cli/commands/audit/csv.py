"""The layers of networks, as CSV."""

from __future__ import annotations

from convcalc.facts.audit import LayerFacts
from convcalc.reference.results import RowVerification
from convcalc_cli.commands.audit.report import AuditReport
from convcalc_cli.formats.csv import layers_csv


def audit_csv(report: AuditReport) -> str:
    """The layers of every network, those that are wanted.

    Raises:
        SpecError: the rows have no place for what was asked.
    """
    rows: list[tuple[str, LayerFacts]] = []
    checked: list[RowVerification | None] = []
    for network in report.networks:
        chosen = report.view.chosen(network.audit.layers)
        names = [row.name for row in chosen]
        rows += [(network.network.name, row) for row in chosen]
        checked += map(network.audited.checked.get, names)
    return layers_csv(rows, checked if report.verifications else None, _others(report))


def _others(report: AuditReport) -> dict[str, list[int | None]] | None:
    """What other tools count for the same rows, if that was asked for."""
    rows = [
        (each.compared, [row.name for row in report.view.chosen(each.audit.layers)])
        for each in report.networks
        if each.compared is not None
    ]
    if not rows:
        return None
    from convcalc_cli.others.csv import columns

    return columns(rows)
