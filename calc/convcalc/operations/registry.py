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
    products,
    reduction,
    reshaping,
    resizing,
    self_attention,
    separable,
    shapes,
    squeeze_excite,
    transposed,
)
from convcalc.operations.declarations import Declaration

MODULES = (
    *(convolution, separable, transposed, linear, pooling, norms),
    *(activations, reshaping, resizing, shapes, reduction, merging),
    *(products, self_attention, squeeze_excite),
    *(learned, opaque),
)

DECLARATIONS: dict[str, Declaration] = {
    each.word: each for module in MODULES for each in module.DECLARATIONS
}
"""The operations of the language by name, in the order of the documentation."""
