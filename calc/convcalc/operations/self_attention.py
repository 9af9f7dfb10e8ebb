"""Multi-head self-attention, written as one step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from convcalc.operations.base import OWN_INPUT, Composite, Operation
from convcalc.operations.convolution import Conv
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.products import Attention
from convcalc.values import dims_of, flag, whole

PROJECTIONS = ("query", "key", "value")


class SelfAttention(Composite):
    """Attention of a value to itself, between four convolutions with kernel 1.

    Args:
        in_channels: channels in, out, and of queries, keys and values.
        heads: parts of the channels that attend on their own.
        bias: whether the four convolutions add a bias.
        dims: spatial dimensions.

    Raises:
        SpecError: `heads` does not divide the channels.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html

    >>> SelfAttention(64, 8).params, SelfAttention(64, 8).output_shape((64, 14, 14))
    (16640, (64, 14, 14))
    """

    __slots__ = ("in_channels", "heads", "bias", "dims")
    in_channels: int
    heads: int
    bias: bool
    dims: int
    word = "self_attention"

    def __init__(
        self, in_channels: int, heads: int, *, bias: bool = True, dims: int | None = None
    ) -> None:
        self._fill(
            in_channels=whole("in_channels", in_channels),
            heads=whole("heads", heads),
            bias=flag("bias", bias),
            dims=dims_of(dims),
        )
        values = (self.in_channels, 1)
        Attention(heads).output_shape(values, values, values)

    @property
    def parts(self) -> Mapping[str, Operation]:
        """The operations in the order they run, by short names.

        >>> list(SelfAttention(64, 8).parts)
        ['query', 'key', 'value', 'attention', 'projection']
        """
        return _parts(self.in_channels, self.heads, self.bias, self.dims)

    @property
    def part_inputs(self) -> Mapping[str, tuple[str, ...]]:
        """Three of the convolutions read the input, the attention reads all three."""
        return {**dict.fromkeys(PROJECTIONS, (OWN_INPUT,)), "attention": PROJECTIONS}


@lru_cache(1024)  # equal layers of a network share their parts
def _parts(in_channels: int, heads: int, bias: bool, dims: int) -> Mapping[str, Operation]:
    linear = Conv(in_channels, in_channels, (1,) * dims, bias=bias)
    return {
        **dict.fromkeys(PROJECTIONS, linear),
        "attention": Attention(heads),
        "projection": linear,
    }


DECLARATIONS = (
    Declaration(
        "self_attention",
        SelfAttention,
        "heads",
        {"heads": ParameterKind.WHOLE, "bias": ParameterKind.FLAG},
        ("in_channels", "dims"),
    ),
)
