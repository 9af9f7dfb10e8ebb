"""ptflops with its default backend, which counts some functions twice."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.others import causes
from convcalc.others.rows import ADAPTIVE_POOLS, POOLS
from convcalc.others.rules import (
    by_operation,
    conv_biases,
    each_input,
    each_output,
    linear_biases,
    local_response_norm,
    norm,
    unseen,
)
from convcalc.others.tool import Rule, Tool, scaled
from convcalc.styles import FUNCTIONAL, MEAN, METHOD, SUBCLASS

TWICE = ", counted twice"
UNITS = ((10**9, " GMac"), (10**6, " MMac"), (10**3, " KMac"))


NORM = norm(2, 1)
PATCHED: dict[str, Rule] = {
    **dict.fromkeys(
        ("relu", "elu", "gelu", "prelu", "silu", "softmax"), each_input(causes.ACTIVATIONS)
    ),
    **dict.fromkeys(POOLS, each_input(causes.POOLS)),
    **dict.fromkeys(ADAPTIVE_POOLS, each_input(causes.ADAPTIVE_POOLS)),
    "upsample": each_output(causes.UPSAMPLING),
    "local_response_norm": local_response_norm,
}
"""What a function counts that ptflops has replaced by one of its own, and a layer calls."""
FUNCTIONS: dict[str, Rule] = {
    "relu6": each_input(causes.ACTIVATIONS),
    **dict.fromkeys(("add", "multiply"), each_output(causes.MERGES)),
}
"""The same of functions that the layer of `torch.nn` or an operator does not call."""
RULES: dict[str, Rule] = {
    **dict.fromkeys(("conv", "depthwise_conv", "conv_transpose"), conv_biases),
    "linear": linear_biases,
    **dict.fromkeys(("batch_norm", "instance_norm", "group_norm"), NORM),
    "layer_norm": norm(1, 1),
    "local_response_norm": local_response_norm,
    **dict.fromkeys(("relu", "elu", "gelu", "prelu"), each_input(causes.ACTIVATIONS + TWICE, 2)),
    **dict.fromkeys(("relu6", "leaky_relu", "silu", "softmax"), each_input(causes.ACTIVATIONS)),
    **dict.fromkeys(POOLS, each_input(causes.POOLS + TWICE, 2)),
    **dict.fromkeys(ADAPTIVE_POOLS, each_input(causes.ADAPTIVE_POOLS + TWICE, 2)),
    "upsample": each_output(causes.UPSAMPLING + TWICE, 2),
}
"""What a module counts, by its hook and by the function that it calls."""


def of_functions(rules: Mapping[str, Rule]) -> Rule:
    """What no hook sees is counted by functions, or not at all."""
    return lambda row: rules.get(row.word, unseen)(row)


STYLES = {
    FUNCTIONAL: of_functions(PATCHED | FUNCTIONS),
    SUBCLASS: of_functions(PATCHED),
    METHOD: unseen,
    MEAN: unseen,
}

TOOL = Tool(
    name="ptflops",
    version="0.7.5",
    package="ptflops 0.7.5, backend pytorch",
    source="https://pypi.org/project/ptflops/0.7.5/",
    word="MACs",
    unit="MACs",
    scales=False,
    adds=by_operation(RULES, STYLES),
    rules={
        "convolutions, transposed ones, linear": "MACs, and 1 for each output with a bias",
        "batch, instance and group norms": "2 for each value, 1 without weights",
        "layer norms": "1 for each value",
        "local_response_norm": "3 for each value, and C + n - 1 for each position",
        "relu, elu, gelu, prelu": "2 for each value: its hook and the function it replaced",
        "relu6, leaky_relu, silu, softmax": "1 for each value",
        "pools, adaptive ones": "2 for each input",
        "upsample": "2 for each output",
        "functional": "half of what is counted twice; convolutions, linear layers, other norms and "
        "leaky_relu nothing; 1 for each output of `torch.add` and `torch.mul`",
        "subclass": "as functional; relu6 nothing",
        "method, mean": "nothing",
    },
    printed=lambda total: scaled(total, 2, UNITS),
    note="of one input, whatever the batch",
)
