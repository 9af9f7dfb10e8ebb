"""What `convcalc audit` reports, before it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcalc.audit import Audit
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


class AuditReport(NamedTuple):
    """The networks of all good files, and what is wrong with the others."""

    networks: list[NetworkReport]
    errors: list[FileError]
    view: AuditView


def audit_report(files: Files, groups: Sequence[int], view: AuditView) -> AuditReport:
    """The facts of every network."""
    reports = []
    for file, network, document in files.good:
        facts = network.audit()
        parts = breakdown(network.rows, facts.layers)
        designs = redesigns(network, facts, groups)
        reports.append(NetworkReport(file, network, document, facts, parts, designs))
    return AuditReport(reports, files.errors, view)
