"""thop 0.0.31 of 2020, the rule behind many figures in papers and posts."""

from __future__ import annotations

from math import prod

from convcalc.others import causes, thop
from convcalc.others.rows import Row
from convcalc.others.rules import (
    by_operation,
    conv_biases,
    each_input,
    each_output,
    norm,
    unseen,
    upsample,
)
from convcalc.others.tool import NOTHING, Additions
from convcalc.styles import LINEAR


def convolution(row: Row) -> Additions:
    """A bias counts, but not that of a linear layer."""
    return NOTHING if row.style == LINEAR else conv_biases(row)


def transposed(row: Row) -> Additions:
    """The input channels of a group and the kernel, at every output value."""
    inputs, *_ = row.weights["weight"]
    kernel = prod(row.weights["weight"][2:])
    groups = row.operation.groups
    each = inputs // groups * kernel
    return ((causes.TRANSPOSED, row.outputs * each - row.macs), *conv_biases(row))


def adaptive_avg_pool(row: Row) -> Additions:
    """Additions of a window whose size is rounded down."""
    window = prod(map(int.__floordiv__, row.input_spatial, row.output_spatial))
    return ((causes.ADAPTIVE_POOLS, (window + 1) * row.outputs),)


RULES = {
    "conv": convolution,
    "depthwise_conv": convolution,
    "conv_transpose": transposed,
    "batch_norm": norm(2, 2),
    "leaky_relu": each_input(causes.ACTIVATIONS),
    "avg_pool": each_output(causes.POOLS),
    "adaptive_avg_pool": adaptive_avg_pool,
    "upsample": upsample(linear=5, bilinear=11, bicubic=259),
}
WITH_PARAMS = ("conv", "depthwise_conv", "conv_transpose", "linear", "batch_norm")

TOOL = thop.TOOL._replace(
    name="thop@0.0.31",
    version="0.0.31",
    package="thop 0.0.31.post2005241907",
    source="https://pypi.org/project/thop/0.0.31.post2005241907/",
    word="flops",
    adds=by_operation(RULES, dict.fromkeys(thop.STYLES, unseen)),
    rules={
        "convolutions": "MACs, and 1 for each output with a bias",
        "linear": "MACs",
        "transposed convolutions": "(in/groups x kernel, and 1 with a bias) for each output",
        "batch norms": "2 for each value",
        "other norms, prelu, layer scale, parameters": "nothing, and no parameters",
        "leaky_relu": "1 for each value",
        "avg_pool": "1 for each output",
        "adaptive_avg_pool": "(product of in // out + 1) for each output",
        "upsample": "for each output 0 nearest, 5 linear, 11 bilinear, 259 bicubic, 0 trilinear",
        **thop.UNSEEN_RULES,
    },
    counts_params=lambda row: row.word in WITH_PARAMS and row.style not in thop.STYLES,
)
