"""Transposed convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, complete, limited
from convcalc.operations.convolution import GROUPED_KINDS, NEEDS, Convolution
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.receptive_field import ReceptiveField
from convcalc.operations.windowed import first_empty
from convcalc.operations.windows import (
    transposed_output_size,
    transposed_same,
    transposed_span,
)
from convcalc.values import (
    PaddingArgument,
    Pads,
    PerDimension,
    Shape,
    compact,
    dims_of,
    per_dimension,
)
from convcalc.wording import counted


class ConvTranspose(Convolution):
    """A transposed convolution: the gradient of a convolution, used to enlarge.

    Args:
        in_channels: channels of the input, divisible by `groups`.
        out_channels: channels of the output, divisible by `groups`.
        kernel_size: taps of the kernel, one number or one for each dimension.
        stride: how far neighbouring inputs lie apart in the output.
        padding: positions cropped from the output: a number, one for each dimension, a
            `(low, high)` pair for each, or `"same"`: what gives `input * stride`, the odd position
            cropped at the high side, with output padding where the kernel is too short.
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
        added = per_dimension("output_padding", output_padding, dims, least=0)
        if isinstance(padding, str):
            window = [
                per_dimension("kernel_size", kernel_size, dims),
                per_dimension("stride", stride, dims),
                per_dimension("dilation", dilation, dims),
            ]
            padding, added = _in_numbers(padding, added, *window)
        self._fill(output_padding=added)
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

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Each dimension through the taps."""
        lows = [low for low, _ in self.padding]
        taps = (self.kernel_size, self.stride, self.dilation, lows)
        return lambda fields: complete(map(ReceptiveField.after_transposed, fields, *taps))

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


def _in_numbers(
    padding: str, output_padding: Shape, kernel: Shape, stride: Shape, dilation: Shape
) -> tuple[Pads, Shape]:
    """The padding and output padding that `same` stands for; it does not depend on the input."""
    if padding != "same":
        raise SpecError(_fact_of(padding), padding=padding)
    if any(output_padding):
        raise SpecError(
            "{padding} and {output_padding} do not go together",
            padding=padding,
            output_padding=compact(output_padding),
        )
    pads, more = zip(*map(transposed_same, kernel, stride, dilation), strict=True)
    return pads, more


def _fact_of(padding: str) -> str:
    fact = "{padding} has no meaning for a transposed convolution: give numbers or same"
    if padding == "valid":
        return f"{fact}; without padding nothing is cropped"
    if padding == "causal":
        return f"{fact}; [[0, dilation * (kernel_size - 1) + 1 - stride]] crops the high side"
    return fact


def _too_large(output_padding: int, stride: int, dilation: int) -> bool:
    return output_padding >= max(stride, dilation)


DECLARATIONS = (
    Declaration(
        "conv_transpose",
        ConvTranspose,
        "out_channels",
        {**GROUPED_KINDS, "padding": ParameterKind.PADDING, "output_padding": ParameterKind.SIZES},
        NEEDS,
    ),
)
