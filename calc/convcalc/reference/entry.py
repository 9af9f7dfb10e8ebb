"""The verification as the package offers it: listed without NumPy, which it needs to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.facts.audit import Audit
    from convcalc.networks import Network
    from convcalc.reference.results import Verification


def verify(
    network: Network,
    facts: Audit | None = None,
    *,
    seed: int = 0,
    on_progress: Callable[[float], None] | None = None,
) -> Verification:
    """Runs a network on random whole numbers, and compares what happens with what was predicted.

    Args:
        network: the network to run.
        facts: what was predicted; the network's audit if left out.
        seed: of the random numbers.
        on_progress: called with the share of the work that is done, from 0 to 1.

    Raises:
        ModuleNotFoundError: NumPy is not installed.
        NoRoomError: there is not enough memory to run it.
        SpecError: a layer cannot take the input it gets.

    >>> import convcalc
    >>> small = convcalc.network({"input": [3, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> found = convcalc.verify(small)
    >>> found.passed, found.macs
    (True, 10584)
    """
    from convcalc.reference.verify import verify as verified

    return verified(network, facts, seed=seed, on_progress=on_progress)
