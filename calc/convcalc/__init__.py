"""Exact shapes, parameters and MACs of convolutional layers, with the standard library alone.

>>> import convcalc
>>> conv = convcalc.Conv(16, 32, 3, padding=1, groups=4)
>>> conv.weight_shape, conv.params, conv.macs((16, 64, 64))
((32, 4, 3, 3), 1184, 4718592)
"""

from convcalc.audit import CONVENTION, Audit, LayerFacts, Totals
from convcalc.comparison import Comparison, DesignFacts, MissingDesign, compare
from convcalc.errors import SpecError
from convcalc.operations.convolution import Conv, ConvTranspose
from convcalc.version import __version__

__all__ = [
    "CONVENTION",
    "Audit",
    "Comparison",
    "Conv",
    "ConvTranspose",
    "DesignFacts",
    "LayerFacts",
    "MissingDesign",
    "SpecError",
    "Totals",
    "__version__",
    "compare",
]
