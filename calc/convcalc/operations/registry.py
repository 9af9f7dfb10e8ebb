"""Every word of the language, gathered from the modules that declare them."""

from convcalc.operations import (
    activations,
    convolution,
    linear,
    merging,
    norms,
    pooling,
    reshaping,
    separable,
    transposed,
)
from convcalc.operations.words import Word

MODULES = (
    *(convolution, separable, transposed, linear, pooling, norms),
    *(activations, reshaping, merging),
)

WORDS: dict[str, Word] = {word.word: word for module in MODULES for word in module.WORDS}
"""The operations of the language, in the order of the documentation."""
