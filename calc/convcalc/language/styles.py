"""How layers are written in PyTorch, where that is not as a layer of `torch.nn`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.problems import value_written
from convcalc.operations.base import Operation
from convcalc.operations.convolution import Conv
from convcalc.operations.registry import DECLARATIONS
from convcalc.styles import FUNCTIONAL, LINEAR, MEAN, METHOD, OTHER, SUBCLASS
from convcalc.wording import did_you_mean

STYLE = "as"
"""The key that says it."""

MODULE = "module"
"""A layer of `torch.nn`, which is the default."""

CONVOLUTIONS = ("conv", "depthwise_conv", "separable_conv", "conv_transpose")
NORMS = ("batch_norm", "layer_norm", "instance_norm", "group_norm", "local_response_norm")
ACTIVATIONS = (
    *("relu", "relu6", "selu", "gelu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid"),
    *("tanh", "softmax", "leaky_relu", "elu", "softplus", "prelu"),
)
POOLS = ("max_pool", "avg_pool", "adaptive_max_pool", "adaptive_avg_pool")
NOT_LINEAR = "as: linear is for a conv with kernel_size 1, stride 1, no padding and no groups"
NOT_A_MEAN = "as: mean is for an adaptive_avg_pool to 1 position"
MOST_WORDS = 5
"""Operations that a message names."""
LAYERS = (*CONVOLUTIONS, "linear", *NORMS, *ACTIVATIONS, *POOLS, "upsample")
NO_FUNCTION = ("layer_scale", "parameter", "self_attention", "squeeze_excite", "opaque")
STYLES: Mapping[str, tuple[str, ...] | None] = {
    MODULE: None,
    FUNCTIONAL: tuple([word for word in DECLARATIONS if word not in NO_FUNCTION]),
    METHOD: (*ACTIVATIONS, *[word for word in POOLS if word != "adaptive_avg_pool"]),
    MEAN: ("adaptive_avg_pool",),
    SUBCLASS: LAYERS,
    LINEAR: ("conv",),
    OTHER: LAYERS,
}
"""The styles, and the operations that can be written so; None for all."""


def wrong_style(word: str, style: Any) -> str | None:
    """What is wrong with a style of an operation, if anything is.

    >>> wrong_style("relu", "functional")
    >>> wrong_style("relu", "mean")
    'relu cannot be as: mean, which is for adaptive_avg_pool'
    """
    if not isinstance(style, str) or style not in STYLES:
        hint = did_you_mean(style, STYLES) if isinstance(style, str) else ""
        choices = "" if hint else f"; choose from {', '.join(STYLES)}"
        return f"unknown style {value_written(style)}{hint}{choices}"
    words = STYLES[style]
    if words is None or word in words:
        return None
    if len(words) > MOST_WORDS:
        return f"{word} cannot be as: {style}"
    return f"{word} cannot be as: {style}, which is for {', '.join(words)}"


def style_of(operation: Operation, written: str, default: str) -> str:
    """The style of a layer: its own, else that of all layers of its operation; empty for a layer.

    Args:
        operation: what has been made of the layer.
        written: what the layer says.
        default: what is said of the operation; it does not count where it cannot be.

    Raises:
        SpecError: the layer cannot be written in that style.

    >>> from convcalc import Conv
    >>> style_of(Conv(3, 8, 1), "", "linear"), style_of(Conv(3, 8, 3), "", "linear")
    ('linear', '')
    """
    style = written or default
    wrong = _wrong_shape(operation, style)
    if wrong and written:
        raise SpecError(wrong)
    return "" if wrong or style == MODULE else style


def _wrong_shape(operation: Operation, style: str) -> str | None:
    """What sizes of an operation a style cannot have, if it cannot."""
    if style == LINEAR and not _is_linear(operation):
        return NOT_LINEAR
    if style == MEAN and {*operation.arguments()["output_size"]} != {1}:
        return NOT_A_MEAN
    return None


def _is_linear(operation: Operation) -> bool:
    """Whether it computes what a linear layer computes at every position."""
    if not isinstance(operation, Conv) or operation.groups > 1:
        return False
    is_whole = isinstance(operation.padding, str) or not any(map(any, operation.padding))
    return {*operation.kernel_size, *operation.stride} == {1} and is_whole


def default_styles(defaults: Any) -> dict[str, str]:
    """The styles of all layers of an operation, by its word; wrong ones are left out.

    >>> default_styles({"relu": {"as": "functional"}, "conv": {"bias": False}})
    {'relu': 'functional'}
    """
    if not isinstance(defaults, Mapping):
        return {}
    found = {
        word: values[STYLE]
        for word, values in defaults.items()
        if word in DECLARATIONS and isinstance(values, Mapping) and STYLE in values
    }
    return {word: style for word, style in found.items() if not wrong_style(word, style)}
