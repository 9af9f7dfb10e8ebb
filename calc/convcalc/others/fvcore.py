"""fvcore, whose `flop` is one fused multiply-add."""

from __future__ import annotations

from convcalc.others import causes
from convcalc.others.rows import Row
from convcalc.others.rules import by_operation, each_input, norm, unseen, upsample
from convcalc.others.tool import NOTHING, THOUSANDS, Additions, Rule, Tool, scaled
from convcalc.styles import MEAN
from convcalc.values import Valid

NAMED_PADDING = "not counted, padding is the word same or valid"


def convolution(row: Row) -> Additions:
    """Nothing is known of a convolution whose padding is a word."""
    if row.pads_itself or isinstance(row.operation.padding, Valid):
        return ((NAMED_PADDING, -row.macs),)
    return NOTHING


def _in_2d(rule: Rule) -> Rule:
    return lambda row: rule(row) if row.dims == 2 else NOTHING


NORM = norm(5, 4)
RULES: dict[str, Rule] = {
    "conv": convolution,
    "depthwise_conv": convolution,
    "batch_norm": norm(2, 1),
    **dict.fromkeys(("instance_norm", "layer_norm", "group_norm"), NORM),
    "adaptive_avg_pool": _in_2d(each_input(causes.ADAPTIVE_POOLS)),
    "upsample": _in_2d(upsample(nearest=1, bilinear=4)),
}


TOOL = Tool(
    name="fvcore",
    version="0.1.5",
    package="fvcore 0.1.5.post20221221",
    source="https://pypi.org/project/fvcore/0.1.5.post20221221/",
    word="flops",
    unit="MACs",
    adds=by_operation(RULES, {MEAN: unseen}),
    rules={
        "convolutions": "MACs; nothing where padding is the word `same` or `valid`",
        "transposed convolutions, linear": "MACs",
        "batch norms": "2 for each value, 1 without weights",
        "other norms": "5 for each value, 4 without weights",
        "adaptive_avg_pool": "in 2-D, 1 for each input",
        "upsample": "in 2-D, for each output 1 nearest, 4 bilinear",
        "mean": "nothing",
        "functional, method, subclass": "as the nn layer",
    },
    printed=lambda total: scaled(total, 3, THOUSANDS),
)
