"""Exact shapes, parameters and MACs of convolutional networks, with the standard library alone.

>>> import convcalc
>>> conv = convcalc.Conv(16, 32, 3, padding=1, groups=4)
>>> conv.weight_shape, conv.params, conv.macs((16, 64, 64))
((32, 4, 3, 3), 1184, 4718592)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from convcalc.errors import SpecError
from convcalc.facts.audit import CONVENTION, Audit, LayerFacts
from convcalc.facts.totals import Totals
from convcalc.layers import Layer
from convcalc.networks import Network
from convcalc.operations.convolution import Conv
from convcalc.operations.transposed import ConvTranspose
from convcalc.redesign.of_layer import Comparison, DesignFacts, MissingDesign, compare
from convcalc.version import __version__

if TYPE_CHECKING:
    from convcalc.checks.findings import Finding
    from convcalc.checks.limits import check
    from convcalc.difference.changes import Difference, diff
    from convcalc.files.loading import load
    from convcalc.fitting.fit import Fitted, fit
    from convcalc.fitting.shapes import solve_shape
    from convcalc.language.document import network
    from convcalc.operations.linear import Linear
    from convcalc.operations.norms import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
    from convcalc.operations.pooling import (
        AdaptiveAvgPool,
        AdaptiveMaxPool,
        AvgPool,
        MaxPool,
    )
    from convcalc.operations.products import Attention, MatMul
    from convcalc.operations.reduction import Reduce
    from convcalc.operations.self_attention import SelfAttention
    from convcalc.operations.squeeze_excite import SqueezeExcite
    from convcalc.redesign.of_network import Redesign, designs
    from convcalc.reference.entry import verify
    from convcalc.reference.results import Verification
    from convcalc.sweeping import Point, sweep

__all__ = [
    "CONVENTION",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "Attention",
    "Audit",
    "AvgPool",
    "BatchNorm",
    "Comparison",
    "Conv",
    "ConvTranspose",
    "DesignFacts",
    "Difference",
    "Finding",
    "Fitted",
    "GroupNorm",
    "InstanceNorm",
    "Layer",
    "LayerFacts",
    "LayerNorm",
    "Linear",
    "MatMul",
    "MaxPool",
    "MissingDesign",
    "Network",
    "Point",
    "Redesign",
    "Reduce",
    "SelfAttention",
    "SpecError",
    "SqueezeExcite",
    "Totals",
    "Verification",
    "__version__",
    "check",
    "compare",
    "designs",
    "diff",
    "fit",
    "load",
    "network",
    "solve_shape",
    "sweep",
    "verify",
]

_LATER = {
    "check": "checks.limits",
    "Finding": "checks.findings",
    **dict.fromkeys(["diff", "Difference"], "difference.changes"),
    **dict.fromkeys(["designs", "Redesign"], "redesign.of_network"),
    **dict.fromkeys(["sweep", "Point"], "sweeping"),
    "fit": "fitting.fit",
    "Fitted": "fitting.fit",
    "solve_shape": "fitting.shapes",
    "load": "files.loading",
    "network": "language.document",
    "verify": "reference.entry",
    "Verification": "reference.results",
    "Linear": "operations.linear",
    **dict.fromkeys(["Attention", "MatMul"], "operations.products"),
    "Reduce": "operations.reduction",
    "SelfAttention": "operations.self_attention",
    "SqueezeExcite": "operations.squeeze_excite",
    **dict.fromkeys(["BatchNorm", "GroupNorm", "InstanceNorm", "LayerNorm"], "operations.norms"),
    **dict.fromkeys(
        ["AdaptiveAvgPool", "AdaptiveMaxPool", "AvgPool", "MaxPool"], "operations.pooling"
    ),
}
"""What is loaded when it is asked for, and from where: one layer needs none of it."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'convcalc' has no attribute {name!r}")
    return getattr(import_module(f"convcalc.{_LATER[name]}"), name)


def __dir__() -> list[str]:
    """What there is for users, loaded or not."""
    return sorted({*__all__, *[name for name in globals() if name.startswith("__")]})
