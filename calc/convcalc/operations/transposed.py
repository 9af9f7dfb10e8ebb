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
from convcalc.operations.windows import span, transposed_output_size, transposed_span
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


DECLARATIONS = (
    Declaration(
        "conv_transpose",
        ConvTranspose,
        "out_channels",
        {**GROUPED_KINDS, "padding": ParameterKind.WIDTHS, "output_padding": ParameterKind.SIZES},
        NEEDS,
    ),
)
