"""thop 0.1.1, with which most figures called GFLOPs of the last years were made."""

from __future__ import annotations

from convcalc.others import causes
from convcalc.others.rows import Row
from convcalc.others.rules import (
    by_operation,
    each_input,
    each_output,
    norm,
    softmax,
    unseen,
    upsample,
)
from convcalc.others.tool import THOUSANDS, Additions, Tool, scaled
from convcalc.styles import FUNCTIONAL, MEAN, METHOD, SUBCLASS


def transposed(row: Row) -> Additions:
    """The taps of an input position, at every output position."""
    taps = row.macs // row.input_positions
    return ((causes.TRANSPOSED, taps * row.output_positions - row.macs),)


def adaptive_avg_pool(row: Row) -> Additions:
    """Additions of a window, by quotients in floating point that are cut off at the end."""
    window = 1.0
    for size, wanted in zip(row.input_spatial, row.output_spatial, strict=True):
        window *= size / wanted
    return ((causes.ADAPTIVE_POOLS, int((window + 1) * row.outputs)),)


NORM = norm(4, 2)
RULES = {
    "conv_transpose": transposed,
    "batch_norm": NORM,
    "instance_norm": NORM,
    "layer_norm": NORM,
    "prelu": each_input(causes.ACTIVATIONS),
    "softmax": softmax,
    "avg_pool": each_output(causes.POOLS),
    "adaptive_avg_pool": adaptive_avg_pool,
    "upsample": upsample(nearest=1, linear=5, bilinear=11, bicubic=259),
}
STYLES = (FUNCTIONAL, METHOD, MEAN, SUBCLASS)
WITHOUT_RULE = ("group_norm", "layer_scale", "parameter")
UNSEEN_RULES = {
    "functional, method, mean, subclass": "nothing, and no parameters: layers are found by their "
    "exact class",
    "layers that do not run": "no parameters",
}

TOOL = Tool(
    name="thop",
    version="0.1.1",
    package="thop 0.1.1.post2209072238",
    source="https://pypi.org/project/thop/0.1.1.post2209072238/",
    word="MACs",
    unit="MACs",
    adds=by_operation(RULES, dict.fromkeys(STYLES, unseen)),
    rules={
        "convolutions, linear": "MACs",
        "transposed convolutions": "the MACs of one input position, at every output position",
        "batch, instance and layer norms": "4 for each value, 2 without weights",
        "group norms, layer scale, parameters": "nothing, and no parameters",
        "prelu": "1 for each value",
        "softmax": "3C - 1 for each position",
        "avg_pool": "1 for each output",
        "adaptive_avg_pool": "(product of in/out + 1) for each output, in floating point, cut off",
        "upsample": "for each output 1 nearest, 5 linear, 11 bilinear, 259 bicubic, 0 trilinear",
        **UNSEEN_RULES,
    },
    printed=lambda total: f"clever_format: {scaled(total, 3, THOUSANDS)}",
    counts_params=lambda row: row.word not in WITHOUT_RULE and row.style not in STYLES,
    counts_idle=False,
    note="functional layers and subclasses of nn layers are not seen by thop",
)
