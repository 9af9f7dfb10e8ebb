"""Every operation of the language, gathered from the modules that declare them."""

from convcalc.operations import (
    activations,
    convolution,
    learned,
    linear,
    merging,
    norms,
    opaque,
    pooling,
    reshaping,
    separable,
    transposed,
)
from convcalc.operations.declarations import Declaration

MODULES = (
    *(convolution, separable, transposed, linear, pooling, norms),
    *(activations, reshaping, merging, learned, opaque),
)

DECLARATIONS: dict[str, Declaration] = {
    each.word: each for module in MODULES for each in module.DECLARATIONS
}
"""The operations of the language by name, in the order of the documentation."""
