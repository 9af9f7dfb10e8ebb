"""The layers of networks, as CSV."""

from __future__ import annotations

from convcalc.facts.audit import LayerFacts
from convcalc.reference.results import RowVerification
from convcalc_cli.commands.audit.report import AuditReport
from convcalc_cli.formats.csv import layers_csv
from convcalc_cli.others.comparer import Compared
from convcalc_cli.others.csv import columns


def audit_csv(report: AuditReport) -> str:
    """The layers of every network, those that are wanted.

    Raises:
        SpecError: the rows have no place for what was asked.
    """
    rows: list[tuple[str, LayerFacts]] = []
    checked: list[RowVerification | None] = []
    compared: list[tuple[Compared | None, list[str]]] = []
    for network in report.networks:
        chosen = report.view.chosen(network.audit.layers)
        names = [row.name for row in chosen]
        rows += [(network.network.name, row) for row in chosen]
        checked += map(network.checked.get, names)
        compared.append((network.compared, names))
    return layers_csv(rows, checked if report.verifications else None, columns(compared))
