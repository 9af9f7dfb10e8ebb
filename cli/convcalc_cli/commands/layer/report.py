"""What `convcalc layer` reports, before it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from convcalc.records import NamedTuple
from convcalc.redesign.of_layer import Comparison

if TYPE_CHECKING:  # only a run that verifies or compares needs them
    from convcalc.reference.results import LayerVerification
    from convcalc_cli.others.comparer import Compared, Comparer


class LayerReport(NamedTuple):
    """A layer beside its designs, and how it was asked for."""

    comparison: Comparison
    defaults: Mapping[str, int]
    """The values that were left out and have no default in PyTorch."""
    explained: bool = False
    verification: LayerVerification | None = None
    compared: Compared | None = None
    """What other tools would print, if that was asked for."""
    tools: Comparer | None = None
