"""Every word of the language, gathered from the modules that declare them."""

from convcalc.operations import (
    activations,
    convolution,
    linear,
    merging,
    norms,
    pooling,
    reshaping,
)
from convcalc.operations.words import Word

WORDS: dict[str, Word] = {
    word.word: word
    for module in (convolution, linear, pooling, norms, activations, reshaping, merging)
    for word in module.WORDS
}
"""The operations of the language, in the order of the documentation."""
