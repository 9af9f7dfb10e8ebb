"""Unknown keys and operations, and what was probably meant by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from convcalc.errors import value_text
from convcalc.language import elsewhere
from convcalc.language.steps import BLOCK
from convcalc.operations.registry import DECLARATIONS
from convcalc.wording import did_you_mean

SLIPS = {
    "kernel": "kernel_size",
    "k": "kernel_size",
    "filters": "out_channels",
    "channels": "out_channels",
    "out": "out_channels",
    "strides": "stride",
    "s": "stride",
    "pad": "padding",
    "p": "padding",
    "group": "groups",
    "g": "groups",
    "use_bias": "bias",
    "units": "out_features",
    "size": "output_size",
    "pad_mode": "padding_mode",
    "dim": "axis",
    "perm": "axes",
    "dims": "axes",
    "input": "from",
    "inputs": "from",
    "id": "name",
    "times": "repeat",
    "count": "repeat",
    "args": "with",
}
"""Keys by what other tools call them."""

OPERATION_SLIPS = {
    "conv2d": "conv",
    "conv1d": "conv",
    "conv3d": "conv",
    "convolution": "conv",
    "dwconv": "depthwise_conv",
    "deconv": "conv_transpose",
    "conv_transpose2d": "conv_transpose",
    "bn": "batch_norm",
    "batchnorm": "batch_norm",
    "ln": "layer_norm",
    "lrn": "local_response_norm",
    "fc": "linear",
    "dense": "linear",
    "maxpool": "max_pool",
    "avgpool": "avg_pool",
    "global_avg_pool": "adaptive_avg_pool",
    "swish": "silu",
    "hard_swish": "hardswish",
    "reshape": "unflatten",
    "cat": "concat",
    "mul": "multiply",
    "sum": "add",
    "sub": "subtract",
    "selfattention": "self_attention",
    "mat_mul": "matmul",
    "squeezeexcite": "squeeze_excite",
    "shuffle": "channel_shuffle",
    "split": "channel_slice",
    "interpolate": "upsample",
    "resize": "upsample",
    "resizing": "upsample",
    "upsampling2d": "upsample",
    "cropping": "crop",
    "cropping1d": "crop",
    "cropping2d": "crop",
    "cropping3d": "crop",
    "zeropad2d": "pad",
    "zeropadding1d": "pad",
    "zeropadding2d": "pad",
    "zeropadding3d": "pad",
    "view": "reshape",
    "pad_channels": "channel_pad",
}
"""Operations by what other tools call them."""


OF_THE_CURRENT_VALUE = {"attention": "self_attention"}
"""Operations of several operands, and what has the current value for all of them."""


def alone(word: str, value: Any) -> str:
    """A hint for an operation of several operands that has a number in place of them.

    >>> alone("attention", 8)
    '; for the current value alone, write {self_attention: 8}'
    """
    if word not in OF_THE_CURRENT_VALUE or type(value) is not int:
        return ""
    return f"; for the current value alone, write {{{OF_THE_CURRENT_VALUE[word]}: {value}}}"


def unknown_key(item: Mapping[str, Any], key: Any, valid: Iterable[str]) -> str:
    """What is wrong with a key that is not valid where it stands.

    >>> unknown_key({"conv": 8, "kernel": 3}, "kernel", ["conv", "kernel_size"])
    'unknown key kernel; did you mean kernel_size?'
    """
    if not isinstance(key, str):
        return f"{value_text(key)} is not text"
    if item[key] is None and ":" in key:
        name, _, value = key.partition(":")
        return f"{key} needs a space behind the colon: {name}: {value}"
    if _ends_an_expression(key, item):
        return f"{key} is cut off: an expression with a comma needs quotes in {{...}}"
    if key == "padding_mode":
        return "padding_mode is for convolutions that are not transposed"
    others = [name for name in valid if name != key]
    return f"unknown key {key}{did_you_mean(key, others, SLIPS)}"


def cut_off(key: Any, item: Mapping[Any, Any]) -> bool:
    """Whether a key is the end of an expression with a comma, whose beginning is reported.

    >>> cut_off("8)", {"out": "divisible(24 * $width", "8)": None}), cut_off("8)", {"8)": None})
    (True, False)
    """
    return _ends_an_expression(key, item) and any(
        isinstance(value, str) and value.count("(") > value.count(")") for value in item.values()
    )


def unknown_operation(text: Any) -> str:
    """What is wrong with a text that does not name an operation.

    >>> unknown_operation("reluu")
    'unknown operation reluu; did you mean relu?'
    """
    if not isinstance(text, str):
        return f"unknown operation {value_text(text)}"
    if answer := elsewhere.answer(text):
        return f"unknown operation {text}: {answer}"
    hint = did_you_mean(text.lower(), [*DECLARATIONS, BLOCK], OPERATION_SLIPS)
    return f"unknown operation {text}{hint}"


def _ends_an_expression(key: Any, item: Mapping[Any, Any]) -> bool:
    return isinstance(key, str) and item[key] is None and key.endswith(")") and "(" not in key
