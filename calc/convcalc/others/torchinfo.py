"""torchinfo's total mult-adds: parameters, times positions for convolutions."""

from __future__ import annotations

from convcalc.others import causes
from convcalc.others.rows import Row
from convcalc.others.rules import by_operation, conv_biases, linear_biases
from convcalc.others.tool import NOTHING, Additions, Rule, Tool, scaled
from convcalc.styles import FUNCTIONAL, LINEAR, METHOD

POSITIONS = "linear on channels last, counted at one position"


def convolution(row: Row) -> Additions:
    """Parameters at every output position; of a linear layer, at one."""
    if row.style != LINEAR:
        return conv_biases(row)
    biases = row.biases // row.output_positions * row.batch
    at_one = row.params * row.batch
    return ((POSITIONS, at_one - biases - row.macs), (causes.LINEAR_BIASES, biases))


def transposed(row: Row) -> Additions:
    """Parameters at every output position."""
    weights = row.params * row.output_positions - row.biases
    return ((causes.TRANSPOSED, weights - row.macs), *conv_biases(row))


def once(cause: str) -> Rule:
    """The parameters once."""
    return lambda row: ((cause, row.params * row.batch),)


NORM = once("norms, counted by their parameters")
RULES: dict[str, Rule] = {
    "conv": convolution,
    "depthwise_conv": convolution,
    "conv_transpose": transposed,
    "linear": linear_biases,
    **dict.fromkeys(("batch_norm", "instance_norm", "layer_norm", "group_norm"), NORM),
    "prelu": once(causes.ACTIVATIONS),
}


def functional(row: Row) -> Additions | None:
    """Depends on the class that has the weights."""
    return None if row.params else NOTHING


def _printed(total: int) -> str:
    units = ((10**12, " T"), (10**9, " G"))
    return scaled(total, 2, units) if total >= 10**9 else f"{total / 10**6:.2f} M"


TOOL = Tool(
    name="torchinfo",
    version="1.8.0",
    package="torchinfo 1.8.0",
    source="https://pypi.org/project/torchinfo/1.8.0/",
    word="mult-adds",
    unit="MACs",
    adds=by_operation(RULES, dict.fromkeys((FUNCTIONAL, METHOD), functional)),
    rules={
        "convolutions": "parameters at every output position: MACs, and 1 for each output with a "
        "bias",
        "transposed convolutions": "parameters at every output position",
        "linear": "parameters, whatever the positions",
        "norms, prelu": "parameters",
        "functional, method, mean": "nothing; not known where there are weights",
        "subclass": "as the nn layer; of a convolution, if the class has `Conv` in its name",
    },
    printed=_printed,
)
