"""The facts of a network, as tables show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcalc.checks.findings import Finding
from convcalc.facts.audit import Audit
from convcalc.layers import INPUT
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc_cli.text import name_text, shape_text

if TYPE_CHECKING:  # only a run on real arrays has them
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


def network_title(network: Network) -> str:
    """What a network is called, and what goes into it."""
    batch = f", batch {network.batch:,}" if network.batch > 1 else ""
    return f"{name_text(network.name)}: {_inputs(network)}{batch}"


def _inputs(network: Network) -> str:
    """The shape of the input, or those of all inputs with their names."""
    if list(network.inputs) == [INPUT]:
        return shape_text(network.input_shape)
    named = [f"{name_text(name)} {shape_text(shape)}" for name, shape in network.inputs.items()]
    return ", ".join(named)
