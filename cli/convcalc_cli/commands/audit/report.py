"""What `convcalc audit` reports, before it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.findings import Finding
from convcalc.checks.limits import own_findings
from convcalc.facts.audit import Audit
from convcalc.facts.breakdown import Part, breakdown
from convcalc.files.documents import Document
from convcalc.files.loading import FileProblem
from convcalc.files.places import AnyPlace
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.redesign.of_network import Redesign, redesigns
from convcalc_cli.reading.networks import FileError, Files, NetworkFile
from convcalc_cli.sections.audit.audited import Audited
from convcalc_cli.sections.audit.view import AuditView
from convcalc_cli.shell.outcome import BAD_INPUT, FAILED, FINE

if TYPE_CHECKING:  # only a run that verifies or compares needs them
    from convcalc.reference.results import Verification
    from convcalc_cli.others.comparer import Compared, Comparer
    from convcalc_cli.verification.verifier import Verifier


class NetworkReport(NamedTuple):
    """Everything about one network."""

    file: str
    network: Network
    audit: Audit
    parts: list[Part]
    designs: list[Redesign]
    row_places: Callable[[], Sequence[AnyPlace | None]]
    """The place of each row in the file, looked up when it is needed."""
    document: Document
    verification: Verification | None = None
    compared: Compared | None = None
    """What other tools would print, if that was asked for."""
    unmet: Sequence[Finding] = ()
    """What it breaks of the budget and the expectations in its own file."""
    as_written: bool = True
    """Whether it is as its file has it, so that the expectations are of it."""
    warnings: Sequence[FileProblem] = ()
    """What is probably a mistake in the file, each with its rule."""

    @property
    def audited(self) -> Audited:
        """What the tables of rows and totals show."""
        return Audited(self.audit, self.network, self.verification, self.unmet, self.as_written)


class AuditReport(NamedTuple):
    """The networks of all good files, and what is wrong with the others."""

    networks: list[NetworkReport]
    errors: list[FileError]
    view: AuditView
    strict: bool = False
    """Whether a figure that is not known is a failure."""

    @property
    def verifications(self) -> list[Verification]:
        """What running the networks has shown, of all that were run."""
        return [each.verification for each in self.networks if each.verification]

    @property
    def code(self) -> int:
        """The exit code that the files and the runs have earned."""
        if self.errors:
            return BAD_INPUT
        unknown = self.strict and any(each.audit.totals.unknown for each in self.networks)
        passed = all(each.passed for each in self.verifications)
        return FINE if passed and not unknown else FAILED


def audit_report(
    files: Files,
    groups: Sequence[int],
    view: AuditView,
    verifier: Verifier | None = None,
    comparer: Comparer | None = None,
    *,
    every_design: bool = False,
    strict: bool = False,
) -> AuditReport:
    """The facts of every network, run on real arrays if there is a verifier.

    Of a network that is not as its file has it, nothing is expected; its budget holds.
    """
    reports = []
    for each in files.good:
        file, network = each.file, each.network
        facts = network.audit()
        parts = breakdown(network.rows, facts.layers)
        designs = redesigns(network, facts, groups, every=every_design)
        run = verifier and _run(verifier, each, facts, files)
        unmet = own_findings(CheckedNetwork(network, facts=facts))
        kept = [finding for finding in unmet if each.as_written or finding.path[:1] == ("budget",)]
        reports.append(
            NetworkReport(
                *(file, network, facts, parts, designs, each.row_places, each.document, run),
                comparer and comparer.network(network, facts),
                kept,
                each.as_written,
                each.warnings,
            )
        )
    return AuditReport(reports, files.errors, view, strict)


def _run(verifier: Verifier, read: NetworkFile, facts: Audit, files: Files) -> Verification | None:
    """What running a network shows; for lack of memory nothing, which is noted."""
    from convcalc.reference.results import NoRoomError

    try:
        return verifier.network(read.network, facts)
    except NoRoomError as error:
        files.note(FileError(read.file, None, None, str(error)))
        return None
