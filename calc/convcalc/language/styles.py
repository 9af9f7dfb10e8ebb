"""How layers are written in PyTorch, where that is not as a layer of `torch.nn`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.language.problems import value_written
from convcalc.operations.registry import DECLARATIONS
from convcalc.wording import did_you_mean

STYLE = "as"
"""The key that says it."""

MODULE = "module"
"""A layer of `torch.nn`, which is the default."""

WITH_WEIGHTS = (
    *("conv", "depthwise_conv", "separable_conv", "conv_transpose"),
    *("batch_norm", "layer_norm", "instance_norm", "group_norm"),
)
NOT_FUNCTIONAL = (
    *WITH_WEIGHTS,
    *("linear", "prelu", "layer_scale", "parameter", "self_attention", "squeeze_excite"),
)
STYLES: Mapping[str, tuple[str, ...] | None] = {
    MODULE: None,
    "functional": tuple([word for word in DECLARATIONS if word not in NOT_FUNCTIONAL]),
    "mean": ("adaptive_avg_pool",),
    "subclass": WITH_WEIGHTS,
    "linear": ("conv",),
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
    others = "layers without weights" if style == "functional" else ", ".join(words)
    return f"{word} cannot be as: {style}, which is for {others}"


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
