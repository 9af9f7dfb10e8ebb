"""calflops, which prints FLOPs and MACs."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from convcalc.operations.convolution import Conv
from convcalc.operations.resizing import Upsample
from convcalc.operations.transposed import ConvTranspose
from convcalc.others import causes
from convcalc.others.rows import ADAPTIVE_POOLS, POOLS, Row
from convcalc.others.rules import (
    by_operation,
    conv_biases,
    each_input,
    each_output,
    local_response_norm,
    norm,
    unseen,
)
from convcalc.others.tool import NOTHING, THOUSANDS, Additions, Rule, Tool, scaled
from convcalc.styles import FUNCTIONAL, LINEAR, MEAN, METHOD

SAME = "padding same, short where an even kernel is padded"
TRANSPOSED = "transposed convolutions, divided by the groups twice"


def convolution(row: Row) -> Additions:
    """Twice the MACs and a bias, at the positions that it works out."""
    if row.style == LINEAR:
        return _short(row, 2)
    positions = _positions(row)
    if positions == row.output_positions:
        return conv_biases(row)
    return (*_short(row, 2), (causes.CONV_BIASES, row.biases // row.output_positions * positions))


def _short(row: Row, factor: int) -> Additions:
    """What is missing where it works out fewer positions than there are."""
    positions = row.output_positions
    missing = _positions(row) - positions
    return ((SAME, factor * row.macs // positions * missing),) if missing else NOTHING


def _positions(row: Row) -> int:
    """The output positions that it works out; those of `same` as if both sides had the same."""
    conv: Conv = row.operation
    if not row.pads_itself:
        return row.output_positions
    sizes = zip(row.input_spatial, conv.kernel_size, conv.dilation, strict=True)
    return row.batch * prod([i + 2 * (d * (k - 1) // 2) - d * (k - 1) for i, k, d in sizes])


def _transposed_macs(row: Row) -> int:
    conv: ConvTranspose = row.operation
    each = conv.out_channels // conv.groups // conv.groups
    return prod(conv.kernel_size) * conv.in_channels * each * row.input_positions


def transposed(row: Row) -> Additions:
    """A bias at the positions of a convolution, which are fewer."""
    conv = row.operation
    biases = 0
    if conv.bias:
        window = (row.input_spatial, conv.kernel_size, conv.stride, conv.padding, conv.dilation)
        sizes = zip(*window, strict=True)
        places = [(i + sum(p) - d * (k - 1) - 1) // s + 1 for i, k, s, p, d in sizes]
        biases = conv.out_channels // conv.groups * prod(places) * row.batch
    missing = 2 * (_transposed_macs(row) - row.macs)
    return ((TRANSPOSED, missing), (causes.CONV_BIASES, biases))


def upsample(row: Row) -> Additions:
    """One for each input; to a size that is given, for each position of it."""
    if row.operation.scale_factor is None:
        return ((causes.UPSAMPLING, prod(row.output_spatial)),)
    return ((causes.UPSAMPLING, row.inputs),)


NORM = norm(5, 4)
PASSED = ("relu", "prelu", "elu", "leaky_relu", "silu", "gelu", "softmax")
RULES: dict[str, Rule] = {
    **dict.fromkeys(("conv", "depthwise_conv"), convolution),
    "conv_transpose": transposed,
    "batch_norm": norm(2, 1),
    **dict.fromkeys(("instance_norm", "layer_norm", "group_norm"), NORM),
    "local_response_norm": local_response_norm,
    **dict.fromkeys(PASSED, each_input(causes.ACTIVATIONS)),
    **dict.fromkeys(POOLS, each_input(causes.POOLS)),
    **dict.fromkeys(ADAPTIVE_POOLS, each_input(causes.ADAPTIVE_POOLS)),
    "upsample": upsample,
}


FUNCTIONS: dict[str, Rule] = {
    "relu6": each_input(causes.ACTIVATIONS),
    **dict.fromkeys(("add", "multiply"), each_output(causes.MERGES)),
}
"""Functions that the layer of `torch.nn` or an operator does not call."""
STYLES = {FUNCTIONAL: by_operation(RULES | FUNCTIONS), METHOD: unseen, MEAN: unseen}


def _macs_adds(row: Row) -> Additions:
    """What differs in its MACs."""
    if row.convolves:
        return _short(row, 1)
    if row.word == "conv_transpose":
        return ((TRANSPOSED, _transposed_macs(row) - row.macs),)
    return NOTHING


def _fails(rows: Iterable[tuple[str, Row]]) -> str | None:
    """It looks for a first parameter, and takes a factor to a power."""
    params = 0
    for name, row in rows:
        params += row.params
        operation = row.operation
        factors = operation.scale_factor or () if isinstance(operation, Upsample) else ()
        if len({*factors}) > 1 and len(factors) != row.batch:
            return f"it stops with a TypeError at {name} (upsample with a factor by dimension)"
    return None if params else "it stops with a StopIteration, because there are no parameters"


TOOL = Tool(
    name="calflops",
    version="0.3.2",
    package="calflops 0.3.2",
    source="https://pypi.org/project/calflops/0.3.2/",
    word="FLOPs",
    unit="FLOPs",
    factor=2,
    adds=by_operation(RULES, STYLES),
    macs_adds=_macs_adds,
    fails=_fails,
    rules={
        "convolutions": "2 for each MAC, and 1 for each output with a bias; with the word `same` "
        "at `i + 2*(d*(k - 1)//2) - d*(k - 1)` positions, 1 less than there are where `d*(k - 1)` "
        "is odd",
        "transposed convolutions": "2 for each MAC, divided by the groups once more; a bias at the "
        "positions of a convolution",
        "linear": "2 for each MAC",
        "batch norms": "2 for each value, 1 without weights",
        "other norms": "5 for each value, 4 without weights",
        "local_response_norm": "3 for each value, and C + n - 1 for each position",
        "relu, prelu, elu, leaky_relu, silu, gelu, softmax": "1 for each value",
        "pools, adaptive ones": "1 for each input",
        "upsample": "1 for each input, or to a size 1 for each of its positions; no figure where "
        "the factor differs by dimension",
        "method, mean": "nothing",
        "functional": "as the nn layer; relu6, `torch.add` and `torch.mul` 1 for each output",
        "subclass": "as the nn layer",
        "no parameters": "no figure",
    },
    printed=lambda total: f"{scaled(total, 2, [(n, f' {unit}') for n, unit in THOUSANDS])}FLOPS",
)
