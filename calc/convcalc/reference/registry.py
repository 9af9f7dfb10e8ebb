"""Every kernel, by the word of its operation."""

from convcalc.reference import (
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
    shapes,
)
from convcalc.reference.kernel import Kernel

MODULES = (
    *(convolution, linear, pooling, norms),
    *(activations, reshaping, resizing, shapes, reduction, merging, products),
    *(learned, opaque),
)

KERNELS: dict[str, Kernel] = {
    word: kernel for module in MODULES for word, kernel in module.KERNELS.items()
}
"""The kernel of each operation; one that has parts is run as the layers it consists of."""
