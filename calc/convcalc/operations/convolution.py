"""Convolutions in 1, 2 and 3 dimensions: what all of them share, and the plain ones."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import MappingProxyType
from typing import Any, ClassVar, Self

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, limited
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.padding_modes import (
    PADDING_MODES,
    ZEROS,
    padding_mode_of,
    require_values,
)
from convcalc.operations.windowed import Windowed
from convcalc.operations.windows import output_size, span
from convcalc.values import (
    PaddingArgument,
    PerDimension,
    Shape,
    compact,
    flag,
    whole,
)
from convcalc.wording import counted


class Convolution(Windowed):
    """What the plain and the transposed convolution share: channels in groups, a kernel, a bias."""

    __slots__ = ("in_channels", "out_channels", "groups", "bias")

    in_channels: int
    out_channels: int
    groups: int
    bias: bool

    weight_formula: ClassVar[str]
    size_formula: ClassVar[str]
    macs_formula: ClassVar[str]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerDimension,
        *,
        stride: PerDimension = 1,
        padding: PaddingArgument = 0,
        dilation: PerDimension = 1,
        groups: int = 1,
        bias: bool = True,
        dims: int | None = None,
    ) -> None:
        self._fill(
            in_channels=whole("in_channels", in_channels),
            out_channels=whole("out_channels", out_channels),
            groups=whole("groups", groups),
            bias=flag("bias", bias),
        )
        super().__init__(kernel_size, stride, padding, dilation, dims)
        if in_channels % groups:
            fact = "{groups} does not divide {in_channels}"
            raise SpecError(fact, groups=groups, in_channels=in_channels)
        if out_channels % groups:
            fact = "{groups} does not divide {out_channels}"
            raise SpecError(fact, groups=groups, out_channels=out_channels)

    @property
    def weight_shape(self) -> Shape:
        """The shape of the weight array, as PyTorch stores it."""
        raise NotImplementedError

    @property
    def bias_shape(self) -> Shape | None:
        """`(out,)`, or None without a bias.

        >>> Conv(16, 32, 3).bias_shape
        (32,)
        """
        return (self.out_channels,) if self.bias else None

    @property
    def weights(self) -> dict[str, Shape]:
        """The shapes of weight and bias.

        >>> Conv(16, 32, 3, groups=4).weights
        {'weight': (32, 4, 3, 3), 'bias': (32,)}
        """
        shapes = {"weight": self.weight_shape}
        if self.bias:
            shapes["bias"] = (self.out_channels,)
        return shapes

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Input positions, from first to last, that one output position sees; per dimension."""
        raise NotImplementedError

    def macs(self, input_shape: Shape) -> int:
        """Multiply-accumulates for one input of `(C, *spatial)`."""
        return self.shape_and_macs((input_shape,))[1]

    def shape_and_macs(self, input_shapes: Sequence[Shape]) -> tuple[Shape, int]:
        """The output's shape, and every tap at every output or input position."""
        raise NotImplementedError

    @property
    def pointwise(self) -> bool:
        """Whether the kernel is a single tap.

        >>> Conv(8, 8, 1).pointwise, Conv(8, 8, (1, 3)).pointwise
        (True, False)
        """
        return all(size == 1 for size in self.kernel_size)

    def replace(self, **changes: Any) -> Self:
        """The same layer with other values in some places, checked as any other.

        >>> Conv(16, 32, 3).replace(groups=4)
        Conv(16, 32, kernel_size=(3, 3), groups=4)
        """
        return type(self)(**{**self.arguments(), **changes})

    def _spatial(self, input_shape: Shape) -> Shape:
        spatial = super()._spatial(input_shape)
        if input_shape[0] != self.in_channels:
            raise SpecError(
                f"{{input_shape}} has {counted(input_shape[0], 'channel')}, not {{in_channels}}",
                input_shape=input_shape,
                in_channels=self.in_channels,
            )
        return spatial

    def __repr__(self) -> str:
        plain = type(self)(self.in_channels, self.out_channels, self.kernel_size)
        others = [
            f", {name}={compact(value)!r}"
            for name, value in self.arguments().items()
            if value != getattr(plain, name)
        ]
        channels = f"{self.in_channels}, {self.out_channels}"
        kernel = f"kernel_size={self.kernel_size}"
        return f"{type(self).__name__}({channels}, {kernel}{''.join(others)})"


class Conv(Convolution):
    """A convolution in 1, 2 or 3 dimensions, with PyTorch's parameters and defaults.

    Args:
        in_channels: channels of the input, divisible by `groups`.
        out_channels: channels of the output, divisible by `groups`.
        kernel_size: taps of the kernel, one number or one for each dimension.
        stride: steps between neighbouring windows.
        padding: zeros around the input: a number, one for each dimension, a `(low, high)` pair for
            each, `"valid"`, `"same"` (output `ceil(input / stride)`, the odd zero at the high
            side), or in one dimension `"causal"` (`((dilation * (kernel_size - 1), 0),)`).
        dilation: steps between neighbouring taps.
        groups: into how many parts the channels fall; each output channel reads one part.
        bias: whether a number for each output channel is added.
        padding_mode: `"zeros"`, or what stands there instead: `"reflect"`, `"replicate"` or
            `"circular"`.
        dims: spatial dimensions; a tuple says it too, without either there are 2.

    Raises:
        SpecError: no such layer can exist.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    >>> conv = Conv(16, 32, 3, padding=1, groups=4)
    >>> conv.output_shape((16, 64, 64)), conv.params, conv.macs((16, 64, 64))
    ((32, 64, 64), 1184, 4718592)
    """

    __slots__ = ("padding_mode",)

    padding_mode: str

    word = "conv"
    unset = MappingProxyType({"padding_mode": ZEROS})
    weight_formula = "(out, in/groups, *k)"
    size_formula = "floor((i + lo + hi - d*(k - 1) - 1) / s) + 1"
    macs_formula = "prod(weight) * prod(output spatial)"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerDimension,
        *,
        stride: PerDimension = 1,
        padding: PaddingArgument = 0,
        dilation: PerDimension = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = ZEROS,
        dims: int | None = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            bias=bias,
            dims=dims,
        )
        self._fill(padding_mode=padding_mode_of("padding_mode", padding_mode))

    @property
    def weight_shape(self) -> Shape:
        """`(out, in / groups, *kernel)`.

        >>> Conv(6, 6, 1, groups=3).weight_shape
        (6, 2, 1, 1)
        """
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Input positions, from first to last, that one output position sees; per dimension.

        >>> Conv(1, 1, 3, dilation=(4, 2)).receptive_field
        (9, 5)
        """
        return tuple(map(span, self.kernel_size, self.dilation))

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial)` of the output.

        Raises:
            SpecError: the input has other channels or dimensions, the kernel does not fit in, or
                there are too few values for the padding mode.

        >>> Conv(3, 2, (5, 2)).output_shape((3, 7, 9))
        (2, 3, 8)
        """
        self._spatial(input_shape)
        return self.inferred((input_shape,))

    def inferred(self, input_shapes: Sequence[Shape]) -> Shape:
        """The output's shape, the input taken as it is."""
        input_shape = input_shapes[0]
        spatial = input_shape[1:]
        pads = self._pads_for(spatial)
        sizes = tuple(map(output_size, spatial, self.kernel_size, self.stride, pads, self.dilation))
        if min(sizes) < 1:
            raise self._no_room(sizes, input_shape, pads)
        if self.padding_mode != ZEROS:
            require_values(("padding_mode", self.padding_mode), ("padding", pads), input_shape)
        return limited((self.out_channels, *sizes), input_shape)

    def shape_and_macs(self, input_shapes: Sequence[Shape]) -> tuple[Shape, int]:
        """The output's shape, and `prod(weight) * prod(output spatial)`.

        >>> Conv(16, 32, 4, padding="same", bias=False).shape_and_macs([(16, 32, 32)])
        ((32, 32, 32), 8388608)
        """
        output_shape = self.output_shape(*input_shapes)
        return output_shape, prod(self.weight_shape) * prod(output_shape[1:])

    def field_map(self, input_shape: Shape) -> FieldMap:
        """Each dimension through the window."""
        return self._window_map(input_shape)


class DepthwiseConv(Conv):
    """A convolution with a group for each input channel, as network files write it.

    >>> DepthwiseConv(32, 64, 3, groups=32).weight_shape
    (64, 1, 3, 3)
    """

    __slots__ = ()

    word = "depthwise_conv"


def depthwise_conv(
    *,
    in_channels: int,
    kernel_size: PerDimension,
    out_channels: int | None = None,
    stride: PerDimension = 1,
    padding: PaddingArgument = 0,
    dilation: PerDimension = 1,
    bias: bool = True,
    padding_mode: str = ZEROS,
    dims: int | None = None,
) -> DepthwiseConv:
    """A convolution with a group for each input channel, and as many outputs by default.

    Raises:
        SpecError: `out_channels` is not a multiple of `in_channels`, or no such layer can exist.

    >>> depthwise_conv(in_channels=32, kernel_size=3).weight_shape
    (32, 1, 3, 3)
    """
    outputs = in_channels if out_channels is None else whole("out_channels", out_channels)
    if outputs % in_channels:
        fact = "{out_channels} is not a multiple of {in_channels}"
        raise SpecError(fact, out_channels=outputs, in_channels=in_channels)
    return DepthwiseConv(
        in_channels,
        outputs,
        kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=in_channels,
        bias=bias,
        padding_mode=padding_mode,
        dims=dims,
    )


WINDOW_KINDS = {
    "out_channels": ParameterKind.WHOLE,
    "kernel_size": ParameterKind.SIZES,
    "stride": ParameterKind.SIZES,
    "padding": ParameterKind.PADDING,
    "dilation": ParameterKind.SIZES,
    "bias": ParameterKind.FLAG,
}
GROUPED_KINDS = {**WINDOW_KINDS, "groups": ParameterKind.WHOLE}
MODE_KIND = {"padding_mode": ParameterKind.CHOICE}
CONV_KINDS = {**WINDOW_KINDS, **MODE_KIND}
CHOICES = {"padding_mode": PADDING_MODES}
NEEDS = ("in_channels", "dims")

DECLARATIONS = (
    Declaration(
        "conv", Conv, "out_channels", {**GROUPED_KINDS, **MODE_KIND}, NEEDS, choices=CHOICES
    ),
    Declaration(
        "depthwise_conv", depthwise_conv, "out_channels", CONV_KINDS, NEEDS, choices=CHOICES
    ),
)
