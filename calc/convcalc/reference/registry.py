"""Every kernel, by the word of its operation."""

from convcalc.reference import (
    activations,
    convolution,
    linear,
    merging,
    norms,
    pooling,
    reshaping,
    resizing,
    shapes,
)
from convcalc.reference.kernel import Kernel

MODULES = (
    *(convolution, linear, pooling, norms),
    *(activations, reshaping, resizing, shapes, merging),
)

KERNELS: dict[str, Kernel] = {
    word: kernel for module in MODULES for word, kernel in module.KERNELS.items()
}
"""The kernel of each operation; a separable convolution is run as the layers it consists of."""
