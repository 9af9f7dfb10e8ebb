"""ptflops with the backend aten."""

from __future__ import annotations

from convcalc.others import ptflops
from convcalc.others.rules import by_operation, conv_biases, linear_biases
from convcalc.others.tool import Rule

RULES: dict[str, Rule] = {
    **dict.fromkeys(("conv", "depthwise_conv", "conv_transpose"), conv_biases),
    "linear": linear_biases,
}

TOOL = ptflops.TOOL._replace(
    name="ptflops-aten",
    package="ptflops 0.7.5, backend aten",
    adds=by_operation(RULES),
    rules={
        "convolutions, transposed ones, linear": "MACs, and 1 for each output with a bias",
        "everything else": "nothing",
        "functional, method, mean, subclass": "as the nn layer",
    },
)
