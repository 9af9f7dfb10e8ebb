"""What `convcalc audit` reports, before it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from convcalc.audit import Audit, LayerFacts
from convcalc.breakdown import Part, breakdown
from convcalc.network_file import Document
from convcalc.networks import Network
from convcalc.redesign import Redesign, redesigns
from convcalc_cli.network_files import FileError, Files


class NetworkReport(NamedTuple):
    """Everything about one network."""

    file: str
    network: Network
    document: Document
    audit: Audit
    parts: list[Part]
    designs: list[Redesign]


class AuditView(NamedTuple):
    """Which rows of the layer table are wanted, and in which order."""

    sort: str | None = None
    top: int | None = None
    unfolded: bool = False

    def chosen(self, rows: Sequence[LayerFacts]) -> Sequence[LayerFacts]:
        """The rows that are wanted, in the order that is wanted."""
        if self.sort is not None:
            rows = sorted(rows, key=lambda row: _amount(row, self.sort), reverse=True)
        return rows[: self.top]


class AuditReport(NamedTuple):
    """The networks of all good files, and what is wrong with the others."""

    networks: list[NetworkReport]
    errors: list[FileError]
    view: AuditView


def _amount(row: LayerFacts, of: str | None) -> int:
    """What a row is sorted by."""
    match of:
        case "params":
            return row.params
        case "macs":
            return row.macs or 0
        case _:
            return prod(row.output_shape)


def audit_report(files: Files, groups: Sequence[int], view: AuditView) -> AuditReport:
    """The facts of every network."""
    reports = []
    for file, network, document in files.good:
        facts = network.audit()
        parts = breakdown(network.rows, facts.layers)
        designs = redesigns(network, facts, groups)
        reports.append(NetworkReport(file, network, document, facts, parts, designs))
    return AuditReport(reports, files.errors, view)
