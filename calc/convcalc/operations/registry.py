"""Every operation of the language, gathered from the modules that declare them."""

from convcalc.operations import (
    activations,
    convolution,
    linear,
    merging,
    norms,
    pooling,
    reshaping,
    resizing,
    separable,
    shapes,
    transposed,
)
from convcalc.operations.declarations import Declaration

MODULES = (
    *(convolution, separable, transposed, linear, pooling, norms),
    *(activations, reshaping, resizing, shapes, merging),
)

DECLARATIONS: dict[str, Declaration] = {
    each.word: each for module in MODULES for each in module.DECLARATIONS
}
"""The operations of the language by name, in the order of the documentation."""
