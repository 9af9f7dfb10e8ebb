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
    reshaping,
)
from convcalc.reference.kernel import Kernel

MODULES = (
    *(convolution, linear, pooling, norms, activations),
    *(reshaping, merging, learned, opaque),
)

KERNELS: dict[str, Kernel] = {
    word: kernel for module in MODULES for word, kernel in module.KERNELS.items()
}
"""The kernel of each operation; a separable convolution is run as the layers it consists of."""
