"""ptflops with the backend aten."""

from __future__ import annotations

from convcalc.others.rows import Row
from convcalc.others.tool import (
    NOTHING,
    Additions,
    Rule,
    Tool,
    conv_biases,
    linear_biases,
    scaled,
)

UNITS = ((10**9, " GMac"), (10**6, " MMac"), (10**3, " KMac"))
RULES: dict[str, Rule] = {
    **dict.fromkeys(("conv", "depthwise_conv", "conv_transpose"), conv_biases),
    "linear": linear_biases,
}


def _adds(row: Row) -> Additions:
    rule = RULES.get(row.word)
    return rule(row) if rule else NOTHING


TOOL = Tool(
    name="ptflops-aten",
    version="0.7.5",
    package="ptflops 0.7.5, backend aten",
    source="https://pypi.org/project/ptflops/0.7.5/",
    word="MACs",
    unit="MACs",
    scales=False,
    adds=_adds,
    rules={
        "convolutions, transposed ones, linear": "MACs, and 1 for each output with a bias",
        "everything else": "nothing",
        "functional, mean, subclass": "as the nn layer",
    },
    printed=lambda total: scaled(total, 2, UNITS),
    note="of one input, whatever the batch",
)
