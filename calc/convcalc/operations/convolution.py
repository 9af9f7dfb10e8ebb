"""Convolutions: the plain one and the transposed one, in 1, 2 and 3 dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar, Self

from convcalc.errors import SpecError
from convcalc.operations.base import Fields, Operation, View, known, limited
from convcalc.operations.receptive_field import ReceptiveField
from convcalc.operations.windowed import Windowed, first_empty
from convcalc.operations.windows import output_size, span, transposed_output_size, transposed_span
from convcalc.operations.words import Kind, Word
from convcalc.values import (
    PaddingArgument,
    Pads,
    PerDimension,
    Shape,
    compact,
    dims_of,
    flag,
    per_dimension,
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
            each, `"valid"`, or `"same"` (output `ceil(input / stride)`, the odd zero at the high
            side).
        dilation: steps between neighbouring taps.
        groups: into how many parts the channels fall; each output channel reads one part.
        bias: whether a number for each output channel is added.
        dims: spatial dimensions; a tuple says it too, without either there are 2.

    Raises:
        SpecError: no such layer can exist.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    >>> conv = Conv(16, 32, 3, padding=1, groups=4)
    >>> conv.output_shape((16, 64, 64)), conv.params, conv.macs((16, 64, 64))
    ((32, 64, 64), 1184, 4718592)
    """

    __slots__ = ()

    word = "conv"
    weight_formula = "(out, in/groups, *k)"
    size_formula = "floor((i + lo + hi - d*(k - 1) - 1) / s) + 1"
    macs_formula = "prod(weight) * prod(output spatial)"

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
            SpecError: the input has other channels or dimensions, or the kernel does not fit in.

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
        return limited((self.out_channels, *sizes), input_shape)

    def shape_and_macs(self, input_shapes: Sequence[Shape]) -> tuple[Shape, int]:
        """The output's shape, and `prod(weight) * prod(output spatial)`.

        >>> Conv(16, 32, 4, padding="same", bias=False).shape_and_macs([(16, 32, 32)])
        ((32, 32, 32), 8388608)
        """
        output_shape = self.output_shape(*input_shapes)
        return output_shape, prod(self.weight_shape) * prod(output_shape[1:])

    def receptive_field_after(self, fields: Fields, input_shape: Shape) -> Fields | None:
        """Each dimension's view through this layer's window."""
        return self.view(input_shape)(fields)

    def view(self, input_shape: Shape) -> View:
        """The view through the window, prepared."""
        return self._window_view(input_shape)


class DepthwiseConv(Conv):
    """A convolution with a group for each input channel, as network files write it.

    >>> DepthwiseConv(32, 64, 3, groups=32).weight_shape
    (64, 1, 3, 3)
    """

    __slots__ = ()

    word = "depthwise_conv"


class ConvTranspose(Convolution):
    """A transposed convolution: the gradient of a convolution, used to enlarge.

    Args:
        in_channels: channels of the input, divisible by `groups`.
        out_channels: channels of the output, divisible by `groups`.
        kernel_size: taps of the kernel, one number or one for each dimension.
        stride: how far neighbouring inputs lie apart in the output.
        padding: positions cropped from the output: a number, one for each dimension, or a
            `(low, high)` pair for each.
        output_padding: positions added at the high side, fewer than the stride or the dilation.
        dilation: steps between neighbouring taps.
        groups: into how many parts the channels fall.
        bias: whether a number for each output channel is added.
        dims: spatial dimensions; a tuple says it too, without either there are 2.

    Raises:
        SpecError: no such layer can exist.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html

    >>> up = ConvTranspose(16, 32, 4, stride=2, padding=1)
    >>> up.output_shape((16, 32, 32)), up.macs((16, 32, 32))
    ((32, 64, 64), 8388608)
    """

    __slots__ = ("output_padding",)

    output_padding: tuple[int, ...]
    padding: Pads

    word = "conv_transpose"
    weight_formula = "(in, out/groups, *k)"
    size_formula = "(i - 1)*s - lo - hi + d*(k - 1) + output_padding + 1"
    macs_formula = "prod(weight) * prod(input spatial)"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: PerDimension,
        *,
        stride: PerDimension = 1,
        padding: PaddingArgument = 0,
        output_padding: PerDimension = 0,
        dilation: PerDimension = 1,
        groups: int = 1,
        bias: bool = True,
        dims: int | None = None,
    ) -> None:
        dims = dims_of(
            dims,
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            output_padding=output_padding,
            dilation=dilation,
        )
        if isinstance(padding, str):
            windows = [
                per_dimension(name, value, dims)
                for name, value in (
                    ("kernel_size", kernel_size),
                    ("stride", stride),
                    ("dilation", dilation),
                )
            ]
            raise _no_padding_in_words(padding, *windows)
        self._fill(output_padding=per_dimension("output_padding", output_padding, dims, least=0))
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
        if any(map(_too_large, self.output_padding, self.stride, self.dilation)):
            raise SpecError(
                "{output_padding} is not below {stride} or {dilation}",
                output_padding=compact(self.output_padding),
                stride=compact(self.stride),
                dilation=compact(self.dilation),
            )

    @property
    def weight_shape(self) -> Shape:
        """`(in, out / groups, *kernel)`.

        >>> ConvTranspose(16, 32, 4, groups=4).weight_shape
        (16, 8, 4, 4)
        """
        return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)

    @property
    def receptive_field(self) -> tuple[int, ...]:
        """Input positions, from first to last, that one output position sees; per dimension.

        >>> ConvTranspose(1, 1, 4, stride=2).receptive_field
        (2, 2)
        """
        return tuple(map(transposed_span, self.kernel_size, self.stride, self.dilation))

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial)` of the output.

        Raises:
            SpecError: the input has other channels or dimensions, or the padding crops all of it.

        >>> ConvTranspose(8, 4, 3, stride=2, padding=1, output_padding=1).output_shape((8, 7, 7))
        (4, 14, 14)
        """
        sizes = tuple(
            map(
                transposed_output_size,
                self._spatial(input_shape),
                self.kernel_size,
                self.stride,
                self.padding,
                self.dilation,
                self.output_padding,
            )
        )
        if min(sizes) < 1:
            raise self._all_cropped(sizes, input_shape)
        return limited((self.out_channels, *sizes), input_shape)

    def shape_and_macs(self, input_shapes: Sequence[Shape]) -> tuple[Shape, int]:
        """The output's shape, and `prod(weight) * prod(input spatial)`.

        >>> ConvTranspose(16, 32, 4, stride=2, padding=1).shape_and_macs([(16, 32, 32)])
        ((32, 64, 64), 8388608)
        """
        (input_shape,) = input_shapes
        output_shape = self.output_shape(input_shape)
        return output_shape, prod(self.weight_shape) * prod(input_shape[1:])

    def receptive_field_after(self, fields: Fields, input_shape: Shape) -> Fields | None:
        """Each dimension's view through this layer's taps."""
        del input_shape
        lows = [low for low, _ in self.padding]
        taps = (fields, self.kernel_size, self.stride, self.dilation, lows)
        return known(map(ReceptiveField.after_transposed, *taps))

    def _all_cropped(self, sizes: Shape, input_shape: Shape) -> SpecError:
        axis = first_empty(sizes)
        cropped = sum(self.padding[axis])
        made = f"{sizes[axis] + cropped:,}"
        return SpecError(
            f"{{padding}} crops {counted(cropped, 'position')}, "
            f"but {{input_shape}} with {{kernel_size}} and {{stride}} makes only {made}",
            padding=compact(self.padding),
            input_shape=input_shape,
            kernel_size=compact(self.kernel_size),
            stride=compact(self.stride),
        )


def _no_padding_in_words(padding: str, kernel: Shape, stride: Shape, dilation: Shape) -> SpecError:
    """The error of `same` and `valid`, with the numbers that other libraries put in their place."""
    fact = "{padding} has no meaning for a transposed convolution: give numbers"
    if padding not in ("same", "valid"):
        return SpecError(fact, padding=padding)
    more = [span(k, d) - s for k, s, d in zip(kernel, stride, dilation, strict=True)]
    crops = [max(each, 0) if padding == "same" else 0 for each in more]
    instead: dict[str, object] = {
        "padding": compact(tuple([(cut // 2, cut - cut // 2) for cut in crops]))
    }
    fact = f"{fact}; {padding} of Keras and ONNX is {{padding.instead}}"
    if min(more) < 0:
        fact = f"{fact} with {{output_padding.instead}}"
        instead["output_padding"] = compact(tuple([max(-each, 0) for each in more]))
    return SpecError(fact, padding=padding).suggesting(**instead)


def _too_large(output_padding: int, stride: int, dilation: int) -> bool:
    return output_padding >= max(stride, dilation)


class SeparableConv(Operation):
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
    def parts(self) -> list[Operation]:
        """The operations in the order they run."""
        return [self.depthwise, *self.between, self.pointwise]

    @property
    def params(self) -> int:
        """Learned numbers of all the parts."""
        return sum([part.params for part in self.parts])

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape behind the last part."""
        for part in self.parts:
            input_shape = part.output_shape(input_shape)
        return input_shape


def _is_operation(part: object) -> bool:
    return isinstance(part, Operation)


def depthwise_conv(
    *,
    in_channels: int,
    kernel_size: PerDimension,
    out_channels: int | None = None,
    stride: PerDimension = 1,
    padding: PaddingArgument = 0,
    dilation: PerDimension = 1,
    bias: bool = True,
    dims: int | None = None,
) -> DepthwiseConv:
    """A convolution with a group for each input channel; as many outputs unless told otherwise.

    Raises:
        SpecError: `out_channels` is no multiple of `in_channels`, or no such layer can exist.

    >>> depthwise_conv(in_channels=32, kernel_size=3).weight_shape
    (32, 1, 3, 3)
    """
    outputs = in_channels if out_channels is None else whole("out_channels", out_channels)
    if outputs % in_channels:
        fact = "{out_channels} is no multiple of {in_channels}"
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
        dims=dims,
    )


def separable_conv(
    *,
    in_channels: int,
    out_channels: int,
    kernel_size: PerDimension,
    stride: PerDimension = 1,
    padding: PaddingArgument = 0,
    dilation: PerDimension = 1,
    bias: bool = True,
    between: Sequence[Operation] = (),
    dims: int | None = None,
) -> SeparableConv:
    """A depthwise convolution with the window, then a convolution with kernel 1.

    Raises:
        SpecError: no such layer can exist.

    >>> separable_conv(in_channels=16, out_channels=32, kernel_size=3).params
    704
    """
    depthwise = depthwise_conv(
        in_channels=in_channels,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        bias=bias,
        dims=dims,
    )
    pointwise = Conv(in_channels, out_channels, (1,) * depthwise.dims, bias=bias)
    return SeparableConv(depthwise, between, pointwise)


CONV_KINDS = {
    "out_channels": Kind.WHOLE,
    "kernel_size": Kind.SIZES,
    "stride": Kind.SIZES,
    "padding": Kind.PADDING,
    "dilation": Kind.SIZES,
    "bias": Kind.FLAG,
}
GROUPED_KINDS = {**CONV_KINDS, "groups": Kind.WHOLE}
NEEDS = ("in_channels", "dims")

WORDS = (
    Word("conv", Conv, "out_channels", GROUPED_KINDS, NEEDS),
    Word("depthwise_conv", depthwise_conv, "out_channels", CONV_KINDS, NEEDS),
    Word(
        "separable_conv",
        separable_conv,
        "out_channels",
        {**CONV_KINDS, "between": Kind.WORDS},
        NEEDS,
    ),
    Word(
        "conv_transpose",
        ConvTranspose,
        "out_channels",
        {**GROUPED_KINDS, "padding": Kind.WIDTHS, "output_padding": Kind.SIZES},
        NEEDS,
    ),
)
