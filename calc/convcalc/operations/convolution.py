"""Convolutions: the plain one and the transposed one, in 1, 2 and 3 dimensions."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar, Self

from convcalc.errors import SpecError
from convcalc.operations.base import Fields, Operation
from convcalc.receptive_field import ReceptiveField
from convcalc.values import (
    LARGEST,
    Padding,
    PaddingArgument,
    Pads,
    PerDimension,
    Shape,
    compact,
    counted,
    dims_of,
    flag,
    padding_of,
    per_dimension,
    shape_of,
    whole,
)
from convcalc.windows import output_size, same_padding, span, transposed_output_size


class Convolution(Operation):
    """What the plain and the transposed convolution share: channels in groups, a kernel, a bias."""

    __slots__ = (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
        "bias",
    )

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Padding
    dilation: tuple[int, ...]
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
        dims = dims_of(
            dims, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
        )
        self._fill(
            in_channels=whole("in_channels", in_channels),
            out_channels=whole("out_channels", out_channels),
            kernel_size=per_dimension("kernel_size", kernel_size, dims),
            stride=per_dimension("stride", stride, dims),
            padding=padding_of(padding, dims),
            dilation=per_dimension("dilation", dilation, dims),
            groups=whole("groups", groups),
            bias=flag("bias", bias),
        )
        for channels in ("in_channels", "out_channels"):
            self._check_divisible(channels)

    @property
    def dims(self) -> int:
        """Spatial dimensions: 1, 2 or 3.

        >>> Conv(1, 1, (3, 3, 3)).dims
        3
        """
        return len(self.kernel_size)

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
        """Input positions, from first to last, that one output position sees; per dimension.

        >>> Conv(1, 1, 3, dilation=(4, 2)).receptive_field
        (9, 5)
        >>> ConvTranspose(1, 1, 4, stride=2).receptive_field
        (2, 2)
        """
        start = (ReceptiveField(),) * self.dims
        return tuple([field.size for field in self.receptive_field_after(start)])

    def receptive_field_after(self, fields: Fields) -> Fields:
        """The receptive field behind this layer, which never mixes every position."""
        raise NotImplementedError

    def pads(self, input_shape: Shape) -> Pads:
        """Low and high padding in numbers, for an input of `(C, *spatial)`.

        >>> Conv(16, 32, 4, padding="same").pads((16, 32, 32))
        ((1, 2), (1, 2))
        """
        if self.padding != "same":
            return self.padding
        spatial = self._spatial(input_shape)
        return tuple(map(same_padding, spatial, self.kernel_size, self.stride, self.dilation))

    def macs(self, input_shape: Shape) -> int:
        """Multiply-accumulates for one input of `(C, *spatial)`."""
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
        return type(self)(**{**self._arguments(), **changes})

    def _check_divisible(self, channels: str) -> None:
        number = getattr(self, channels)
        if number % self.groups:
            fact = f"{{groups}} does not divide {{{channels}}}"
            raise SpecError(fact, groups=self.groups, **{channels: number})

    def _spatial(self, input_shape: Shape) -> Shape:
        """The spatial sizes of an input that this layer can take."""
        shape = shape_of("input_shape", input_shape)
        if len(shape) != self.dims + 1:
            expected = counted(self.dims, "spatial size")
            raise SpecError(f"{{input_shape}} does not have {expected}", input_shape=shape)
        if shape[0] != self.in_channels:
            raise SpecError(
                f"{{input_shape}} has {counted(shape[0], 'channel')}, not {{in_channels}}",
                input_shape=shape,
                in_channels=self.in_channels,
            )
        return shape[1:]

    def _output(self, sizes: Shape, input_shape: Shape) -> Shape:
        if max(sizes) > LARGEST:
            fact = "{input_shape} would come out with a size above 10^15"
            raise SpecError(fact, input_shape=input_shape)
        return (self.out_channels, *sizes)

    def __repr__(self) -> str:
        plain = type(self)(self.in_channels, self.out_channels, self.kernel_size)
        others = [
            f", {name}={compact(value)!r}"
            for name, value in self._arguments().items()
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

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial)` of the output.

        Raises:
            SpecError: the input has other channels or dimensions, or the kernel does not fit in.

        >>> Conv(3, 2, (5, 2)).output_shape((3, 7, 9))
        (2, 3, 8)
        """
        spatial, pads = self._spatial(input_shape), self.pads(input_shape)
        sizes = tuple(map(output_size, spatial, self.kernel_size, self.stride, pads, self.dilation))
        if min(sizes) < 1:
            raise self._no_room(sizes, pads, input_shape)
        return self._output(sizes, input_shape)

    def macs(self, input_shape: Shape) -> int:
        """`prod(weight) * prod(output spatial)`: every tap at every output position.

        >>> Conv(16, 32, 4, padding="same", bias=False).macs((16, 32, 32))
        8388608
        """
        return prod(self.weight_shape) * prod(self.output_shape(input_shape)[1:])

    def receptive_field_after(self, fields: Fields) -> Fields:
        """Each dimension's view through this layer's window."""
        return tuple(
            map(ReceptiveField.after_window, fields, self.kernel_size, self.stride, self.dilation)
        )

    def _no_room(self, sizes: Shape, pads: Pads, input_shape: Shape) -> SpecError:
        axis = _first_empty(sizes)
        room = counted(input_shape[axis + 1] + sum(pads[axis]), "position")
        needed = span(self.kernel_size[axis], self.dilation[axis])
        values: dict[str, object] = {
            "kernel_size": compact(self.kernel_size),
            "input_shape": input_shape,
        }
        spread = padded = ""
        if self.dilation[axis] > 1:
            spread, values["dilation"] = " with {dilation}", compact(self.dilation)
        if any(pads[axis]):
            padded, values["padding"] = " with {padding}", compact(self.padding)
        return SpecError(
            f"{{kernel_size}}{spread} spans {needed:,} positions, "
            f"but {{input_shape}}{padded} has only {room}",
            **values,
        )


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
        if isinstance(padding, str):
            fact = "{padding} has no meaning for a transposed convolution: give numbers"
            raise SpecError(fact, padding=padding)
        dims = dims_of(
            dims,
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            output_padding=output_padding,
            dilation=dilation,
        )
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
        return self._output(sizes, input_shape)

    def macs(self, input_shape: Shape) -> int:
        """`prod(weight) * prod(input spatial)`: every tap at every input position.

        >>> ConvTranspose(16, 32, 4, stride=2, padding=1).macs((16, 32, 32))
        8388608
        """
        self.output_shape(input_shape)
        return prod(self.weight_shape) * prod(input_shape[1:])

    def receptive_field_after(self, fields: Fields) -> Fields:
        """Each dimension's view through this layer's taps."""
        return tuple(
            map(
                ReceptiveField.after_transposed,
                fields,
                self.kernel_size,
                self.stride,
                self.dilation,
            )
        )

    def _all_cropped(self, sizes: Shape, input_shape: Shape) -> SpecError:
        axis = _first_empty(sizes)
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


def _first_empty(sizes: Shape) -> int:
    return next(axis for axis, size in enumerate(sizes) if size < 1)


def _too_large(output_padding: int, stride: int, dilation: int) -> bool:
    return output_padding >= max(stride, dilation)
