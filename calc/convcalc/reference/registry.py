"""Every kernel, by the word of its operation."""

from convcalc.reference import (
    activations,
    convolution,
    linear,
    merging,
    norms,
    pooling,
    reshaping,
)
from convcalc.reference.kernel import Kernel

KERNELS: dict[str, Kernel] = {
    word: kernel
    for module in (convolution, linear, pooling, norms, activations, reshaping, merging)
    for word, kernel in module.KERNELS.items()
}
"""The kernel of each operation; a separable convolution is run as the layers it consists of."""
