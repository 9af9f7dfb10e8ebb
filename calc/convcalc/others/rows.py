"""A row as the rules of other tools see it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convcalc.layers import AnyLayer
from convcalc.operations.norms import LayerNorm
from convcalc.operations.pooling import Pool
from convcalc.operations.resizing import Upsample
from convcalc.operations.transposed import ConvTranspose
from convcalc.values import Shape

CONVOLUTIONS = ("conv", "depthwise_conv")
NORMS = ("batch_norm", "layer_norm", "instance_norm", "group_norm")
ACTIVATIONS = (
    *("relu", "relu6", "selu", "gelu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid"),
    *("tanh", "softmax", "leaky_relu", "elu", "softplus", "prelu"),
)
POOLS = ("max_pool", "avg_pool")
ADAPTIVE_POOLS = ("adaptive_avg_pool", "adaptive_max_pool")
OPERATORS = (
    *("add", "subtract", "multiply", "maximum", "concat", "channel_slice", "slice"),
    *("reshape", "permute", "reduce", "parameter", "channel_pad"),
)
"""What nobody writes as a layer of `torch.nn`."""
MOVES = (
    *("flatten", "unflatten", "pad"),
    *("pixel_shuffle", "pixel_unshuffle", "channel_shuffle"),
)
KNOWN = frozenset(
    (
        *CONVOLUTIONS,
        *("conv_transpose", "linear", "local_response_norm", "layer_scale", "upsample"),
        *NORMS,
        *ACTIVATIONS,
        *POOLS,
        *ADAPTIVE_POOLS,
        *OPERATORS,
        *MOVES,
        *("dropout", "identity"),
    )
)
"""The operations of which it is known what each tool counts for them."""


class Row:
    """A layer with the numbers that rules are made of, for the whole batch.

    Args:
        layer: the layer.
        input_shapes: what it reads.
        output_shape: what it gives.
        macs: the MACs by the convention, for one input.
        batch: inputs that are processed together.
    """

    __slots__ = (
        *("word", "operation", "style", "batch", "macs", "params", "weights", "channels"),
        *("inputs", "outputs", "input_spatial", "output_spatial"),
    )

    def __init__(
        self,
        layer: AnyLayer,
        input_shapes: Sequence[Shape],
        output_shape: Shape,
        macs: int,
        batch: int,
    ) -> None:
        operation = layer.operation
        first = input_shapes[0] if input_shapes else (0,)
        self.operation: Any = operation
        self.word = operation.word
        self.style = layer.style
        self.batch = batch
        self.macs = macs * batch
        self.weights = operation.weights
        self.params = operation.params
        self.channels = first[0]
        self.inputs = prod(first) * batch
        """Elements of the first input."""
        self.outputs = prod(output_shape) * batch
        """Elements of the output."""
        self.input_spatial = first[1:]
        self.output_spatial = output_shape[1:]

    @property
    def input_positions(self) -> int:
        """Positions of the first input, of all of the batch."""
        return prod(self.input_spatial) * self.batch

    @property
    def output_positions(self) -> int:
        """Positions of the output, of all of the batch."""
        return prod(self.output_spatial) * self.batch

    @property
    def dims(self) -> int:
        """Spatial dimensions."""
        return len(self.input_spatial)

    @property
    def biases(self) -> int:
        """Additions of a bias: one for each element of the output, if there is a bias."""
        return self.outputs if "bias" in self.weights else 0

    @property
    def pads_itself(self) -> bool:
        """Whether it is a convolution that is given the word `same`."""
        conv = self.operation
        is_same = conv.padding == "same" and all(each == 1 for each in conv.stride)
        return is_same and conv.padding_mode == "zeros"

    @property
    def convolves(self) -> bool:
        """Whether it is a convolution, not a transposed one."""
        return self.word in CONVOLUTIONS


def unruled(row: Row) -> str | None:
    """Why no rule is known for a row; None if there is one.

    Rules are known for what has been measured with the tools themselves.
    """
    operation = row.operation
    if row.word not in KNOWN:
        return row.word
    if isinstance(operation, (ConvTranspose, Pool)) and not _even(operation.padding):
        return f"{row.word} with padding that nn layers do not have"
    if row.word in NORMS and len(row.weights) == 1:
        return f"{row.word} with one of weight and bias"
    if isinstance(operation, LayerNorm) and operation.over == "all":
        return f"{row.word} over all values"
    if isinstance(operation, Upsample) and any(
        type(factor) is not int for factor in operation.scale_factor or ()
    ):
        return "upsample by a factor that is not whole"
    return None


def no_rule(name: str, reason: str) -> str:
    """Why a tool has no figure.

    >>> no_rule("attention_1", "attention")
    'no rule is known for attention_1 (attention)'
    """
    return f"no rule is known for {name} ({reason})"


def _even(padding: object) -> bool:
    """Whether padding is numbers, equal at both sides."""
    return not isinstance(padding, str) and all(low == high for low, high in padding)  # type: ignore[attr-defined]
