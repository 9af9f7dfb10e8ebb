"""What `convcalc layer` reports, before it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from convcalc.redesign.of_layer import Comparison, DesignFacts, MissingDesign
from convcalc.reference.results import LayerVerification


class LayerReport(NamedTuple):
    """A layer beside its designs, and how it was asked for."""

    comparison: Comparison
    defaults: Mapping[str, int]
    """The values that were left out and have no default in PyTorch."""
    explained: bool = False
    verification: LayerVerification | None = None


def design_title(design: DesignFacts | MissingDesign) -> str:
    """A design's name, with its groups where it has some."""
    return design.name if design.groups is None else f"{design.name}, groups={design.groups}"
