"""`--verify`: the engine's reference, with a progress bar while it takes its time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from convcalc.facts.audit import Audit
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.redesign.of_layer import Comparison
from convcalc.reference.results import LayerVerification, Verification
from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.extras import NUMPY, loaded
from convcalc_cli.shell.progress import Progress

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""One thread is enough: NumPy takes 60 ms longer to load with two, most networks less to run."""


class Verifier(NamedTuple):
    """Runs what is reported on, with one seed."""

    seed: int
    verify: Callable[..., Verification]
    verify_layer: Callable[..., LayerVerification]

    def network(self, network: Network, facts: Audit) -> Verification:
        """The network's rows, one after the other.

        Raises:
            NoRoomError: there is not enough memory.
        """
        with Progress(network.name) as progress:
            return self.verify(network, facts, seed=self.seed, on_progress=progress.report)

    def layer(self, comparison: Comparison) -> LayerVerification:
        """The layer's designs.

        Raises:
            NoRoomError: there is not enough memory.
        """
        with Progress("designs") as progress:
            return self.verify_layer(comparison, seed=self.seed, on_progress=progress.report)


def verifier(wanted: bool, seed: int | None) -> Verifier | None:
    """What runs the report's layers, if that is wanted.

    Raises:
        FlagError: NumPy is not there, or there is a seed for nothing.
    """
    if not wanted:
        if seed is not None:
            raise FlagError(f"--seed {seed} needs --verify")
        return None
    if seed is not None and seed < 0:
        raise FlagError(f"--seed {seed} is negative")
    module = _reference("verify", "--verify")
    return Verifier(seed or 0, module.verify, module.verify_layer)


def measurer() -> Callable[..., float]:
    """What times a layer.

    Raises:
        FlagError: NumPy is not there.
    """
    measure: Callable[..., float] = _reference("timing", "--measure").measure
    return measure


def _reference(module: str, flag: str) -> Any:
    """A module of the engine's reference, which needs NumPy."""
    if "numpy" not in sys.modules:
        for name in THREADS:
            os.environ.setdefault(name, "1")
    return loaded(f"convcalc.reference.{module}", NUMPY, flag)
