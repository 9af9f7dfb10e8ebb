"""Depthwise separable convolutions, written as one step."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.errors import SpecError
from convcalc.operations.base import Composite, Operation
from convcalc.operations.convolution import CHOICES, CONV_KINDS, NEEDS, Conv, depthwise_conv
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.padding_modes import ZEROS
from convcalc.values import (
    PaddingArgument,
    PerDimension,
    compact,
    one_of,
)

POINTWISE = "pointwise"
"""The bias of the pointwise half alone."""


class SeparableConv(Composite):
    """A depthwise convolution and a pointwise one, and what stands between the two.

    Raises:
        SpecError: its parts are no such operations, or the second half has other channels.

    >>> pair = SeparableConv(Conv(16, 16, 3, groups=16), (), Conv(16, 32, 1))
    >>> pair.params, pair.output_shape((16, 64, 64))
    (704, (32, 62, 62))
    """

    __slots__ = ("depthwise", "between", "pointwise")

    depthwise: Conv
    between: tuple[Operation, ...]
    pointwise: Conv

    word = "separable_conv"

    def __init__(self, depthwise: Conv, between: Sequence[Operation], pointwise: Conv) -> None:
        for half in (depthwise, pointwise):
            if not isinstance(half, Conv):
                raise SpecError("{half} is not a convolution", half=half)
        if not isinstance(between, (list, tuple)) or not all(map(_is_operation, between)):
            raise SpecError("{between} is not a list of operations", between=between)
        if depthwise.groups != depthwise.in_channels:
            fact = "the depthwise half has {groups}, not a group for each of {in_channels}"
            raise SpecError(fact, groups=depthwise.groups, in_channels=depthwise.in_channels)
        if not pointwise.pointwise:
            kernel_size = compact(pointwise.kernel_size)
            raise SpecError("the pointwise half has {kernel_size}", kernel_size=kernel_size)
        self._fill(depthwise=depthwise, between=tuple(between), pointwise=pointwise)

    @property
    def parts(self) -> dict[str, Operation]:
        """The operations in the order they run, by short names.

        >>> from convcalc import BatchNorm
        >>> half = Conv(16, 16, 3, groups=16)
        >>> list(SeparableConv(half, (BatchNorm(16),), Conv(16, 32, 1)).parts)
        ['depthwise', 'batch_norm_1', 'pointwise']
        """
        between = zip(numbered([each.word for each in self.between]), self.between, strict=True)
        return {"depthwise": self.depthwise, **dict(between), "pointwise": self.pointwise}


def numbered(words: Sequence[str]) -> list[str]:
    """Words with a number each, counted by word.

    >>> numbered(["batch_norm", "relu", "relu"])
    ['batch_norm_1', 'relu_1', 'relu_2']
    """
    counts: dict[str, int] = {}
    names = []
    for word in words:
        counts[word] = counts.get(word, 0) + 1
        names.append(f"{word}_{counts[word]}")
    return names


def _is_operation(part: object) -> bool:
    return isinstance(part, Operation)


def separable_conv(
    *,
    in_channels: int,
    out_channels: int,
    kernel_size: PerDimension,
    stride: PerDimension = 1,
    padding: PaddingArgument = 0,
    dilation: PerDimension = 1,
    bias: bool | str = True,
    padding_mode: str = ZEROS,
    between: Sequence[Operation] = (),
    dims: int | None = None,
) -> SeparableConv:
    """A depthwise convolution with the window, then a convolution with kernel 1.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: taps of the depthwise half, as all of the window is.
        stride: as of a convolution.
        padding: as of a convolution.
        dilation: as of a convolution.
        bias: of both halves; or `pointwise`, of that half alone, as in Keras.
        padding_mode: as of a convolution.
        between: what stands between the halves.
        dims: spatial dimensions.

    Raises:
        SpecError: no such layer can exist.

    >>> separable_conv(in_channels=16, out_channels=32, kernel_size=3).params
    704
    >>> separable_conv(in_channels=3, out_channels=1, kernel_size=2, bias="pointwise").params
    16
    """
    one_of("bias", bias, (True, False, POINTWISE))
    depthwise = depthwise_conv(
        in_channels=in_channels,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        bias=bias is True,
        padding_mode=padding_mode,
        dims=dims,
    )
    pointwise = Conv(in_channels, out_channels, (1,) * depthwise.dims, bias=bias is not False)
    return SeparableConv(depthwise, between, pointwise)


DECLARATIONS = (
    Declaration(
        "separable_conv",
        separable_conv,
        "out_channels",
        {**CONV_KINDS, "bias": ParameterKind.CHOICE, "between": ParameterKind.WORDS},
        NEEDS,
        choices={**CHOICES, "bias": (True, False, POINTWISE)},
    ),
)
