"""The facts of a network, as tables show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcalc.checks.findings import Finding
from convcalc.facts.audit import Audit
from convcalc.networks import Network
from convcalc.reference.results import RowVerification, Verification


class Audited(NamedTuple):
    """The facts of a network, and what else is known of it."""

    facts: Audit
    network: Network | None = None
    """The network, where it is at hand: its budget, what it is expected to be, its dtype."""
    verification: Verification | None = None
    unmet: Sequence[Finding] = ()
    """What it breaks of its budget and its expectations."""
    as_written: bool = True
    """Whether it is as its file has it, so that the expectations are of it."""

    @property
    def checked(self) -> dict[str, RowVerification]:
        """What running the rows has shown, by their names."""
        return {row.name: row for row in self.verification.rows} if self.verification else {}
