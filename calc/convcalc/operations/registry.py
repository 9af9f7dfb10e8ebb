"""Every operation of the language, gathered from the modules that declare them."""

from typing import Any

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
from convcalc.operations.activations import Elementwise
from convcalc.operations.base import Operation
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


def parameters_of(operation: Operation) -> dict[str, Any]:
    """The parameters of an operation by their names in network files.

    >>> from convcalc.operations.activations import Elementwise
    >>> parameters_of(Elementwise("elu", 0.5)), parameters_of(Elementwise("relu"))
    ({'alpha': 0.5}, {})
    """
    if not isinstance(operation, Elementwise):
        return operation.arguments()
    main = DECLARATIONS[operation.word].main
    return {} if main is None else {main: operation.parameter}
