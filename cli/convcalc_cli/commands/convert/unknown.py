"""What is not known of a network that must be known whole."""

from __future__ import annotations

from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.limits import unknown_findings
from convcalc.files.loading import FileProblem, finding_places
from convcalc_cli.reading.networks import NetworkFile, problem_text


def unknown_messages(file: NetworkFile) -> list[str]:
    """A message for each row with a figure that is not known."""
    found = unknown_findings(CheckedNetwork(file.network))
    places = finding_places(file.document, {finding.path for finding in found})
    return [
        problem_text(
            file.file, file.document, "error", FileProblem(each.message, places.get(each.path))
        )
        for each in found
    ]
