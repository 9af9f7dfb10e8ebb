"""Operations that move values and learn nothing: flatten, upsample, pad, shuffles, slices."""

from __future__ import annotations

from math import prod

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Fields, Operation, complete, limited, spatial_of
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import (
    PaddingArgument,
    Pads,
    PerDimension,
    Shape,
    dims_of,
    one_of,
    padding_of,
    per_dimension,
    shape_of,
    whole,
    whole_list,
)
from convcalc.wording import counted

UPSAMPLING = {"nearest": (1, 2, 3), "linear": (1,), "bilinear": (2,), "trilinear": (3,)}
"""The modes of upsampling, and the spatial dimensions each is for."""


class Flatten(Operation):
    """All values in one line; a view, never a copy.

    >>> Flatten().output_shape((512, 7, 7))
    (25088,)
    """

    __slots__ = ()
    word = "flatten"
    is_view = True

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C * prod(spatial),)`."""
        return limited((prod(shape_of("input_shape", input_shape)),), input_shape)

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Every position, unless there was only a line before."""
        return lambda fields: None if fields else fields


class Unflatten(Operation):
    """The values of a line in another shape; a view, never a copy.

    Raises:
        SpecError: the shape holds another number of values than the input.

    >>> Unflatten((512, 7, 7)).output_shape((25088,))
    (512, 7, 7)
    """

    __slots__ = ("shape",)
    shape: Shape
    word = "unflatten"
    is_view = True

    def __init__(self, shape: Shape) -> None:
        self._fill(shape=shape_of("shape", shape))

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape that was asked for."""
        if prod(shape_of("input_shape", input_shape)) != prod(self.shape):
            fact = "{shape} holds {wanted} values, {input_shape} has {there}"
            fact = fact.replace("{wanted}", f"{prod(self.shape):,}")
            fact = fact.replace("{there}", f"{prod(input_shape):,}")
            raise SpecError(fact, shape=self.shape, input_shape=input_shape)
        return self.shape

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Every position, if there are positions now."""
        return lambda _: () if len(self.shape) == 1 else None


class Upsample(Operation):
    """Every position repeated, or blended with its neighbours, `scale_factor` times.

    Raises:
        SpecError: the mode is not there, or is for other dimensions.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html

    >>> Upsample(2).output_shape((64, 28, 28))
    (64, 56, 56)
    """

    __slots__ = ("scale_factor", "mode")
    scale_factor: tuple[int, ...]
    mode: str
    word = "upsample"

    def __init__(
        self, scale_factor: PerDimension, *, mode: str = "nearest", dims: int | None = None
    ) -> None:
        dims = dims_of(dims, scale_factor=scale_factor)
        one_of("mode", mode, tuple(UPSAMPLING))
        if dims not in UPSAMPLING[mode]:
            raise SpecError(f"{{mode}} is not for {counted(dims, 'dimension')}", mode=mode)
        self._fill(scale_factor=per_dimension("scale_factor", scale_factor, dims), mode=mode)

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial * scale_factor)`."""
        spatial = spatial_of(input_shape, len(self.scale_factor))
        sizes = tuple(map(int.__mul__, spatial, self.scale_factor))
        return limited((input_shape[0], *sizes), input_shape)

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Neighbouring positions see the same, or one input position more when blended."""
        blended = self.mode != "nearest"

        def repeated(fields: Fields) -> Fields | None:
            return complete(
                [
                    field.after_repeating(factor, neighbours=blended and factor > 1)
                    for field, factor in zip(fields, self.scale_factor, strict=True)
                ]
            )

        return repeated


class Pad(Operation):
    """Zeros around the input.

    Args:
        widths: a number, one for each dimension, or a `(low, high)` pair for each, the first
            dimension first.
        dims: spatial dimensions; a list says it too, without either there are 2.

    >>> Pad(((0, 1), (2, 3))).output_shape((3, 10, 10))
    (3, 11, 15)
    """

    __slots__ = ("widths",)
    widths: Pads
    word = "pad"

    def __init__(self, widths: PaddingArgument, *, dims: int | None = None) -> None:
        if isinstance(widths, str):
            raise SpecError("{widths} has no meaning here: give numbers", widths=widths)
        dims = dims_of(dims, widths=widths)
        self._fill(widths=padding_of(widths, dims, "widths"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial + low + high)`."""
        spatial = spatial_of(input_shape, len(self.widths))
        sizes = [size + sum(pads) for size, pads in zip(spatial, self.widths, strict=True)]
        return limited((input_shape[0], *sizes), input_shape)

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """The same field, of positions further on."""
        lows = [low for low, _ in self.widths]
        return lambda fields: tuple(
            [field.after_window(1, 1, 1, low) for field, low in zip(fields, lows, strict=True)]
        )


class PixelShuffle(Operation):
    """Channels become positions: `factor` times as many in every dimension.

    Raises:
        SpecError: the channels are not a multiple of `factor` to the power of the dimensions.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html

    >>> PixelShuffle(2).output_shape((64, 28, 28))
    (16, 56, 56)
    """

    __slots__ = ("factor",)
    factor: int
    word = "pixel_shuffle"

    def __init__(self, factor: int) -> None:
        self._fill(factor=whole("factor", factor))

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C / factor^n, *spatial * factor)`."""
        channels, *spatial = _with_positions(input_shape)
        block = self.factor ** len(spatial)
        if channels % block:
            fact = f"{{factor}} needs channels in multiples of {block:,}, not {{input_shape}}"
            raise SpecError(fact, factor=self.factor, input_shape=input_shape)
        return limited((channels // block, *[i * self.factor for i in spatial]), input_shape)

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Neighbouring positions see the same."""
        return lambda fields: complete([field.after_repeating(self.factor) for field in fields])


class PixelUnshuffle(Operation):
    """Positions become channels: `factor` times fewer in every dimension.

    Raises:
        SpecError: a size is not a multiple of `factor`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html

    >>> PixelUnshuffle(2).output_shape((16, 56, 56))
    (64, 28, 28)
    """

    __slots__ = ("factor",)
    factor: int
    word = "pixel_unshuffle"

    def __init__(self, factor: int) -> None:
        self._fill(factor=whole("factor", factor))

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C * factor^n, *spatial / factor)`."""
        channels, *spatial = _with_positions(input_shape)
        if any(size % self.factor for size in spatial):
            fact = "{factor} does not divide the sizes of {input_shape}"
            raise SpecError(fact, factor=self.factor, input_shape=input_shape)
        sizes = [size // self.factor for size in spatial]
        return limited((channels * self.factor ** len(spatial), *sizes), input_shape)

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Each dimension through windows side by side."""
        size = self.factor
        return lambda fields: tuple([field.after_window(size, size, 1) for field in fields])


class ChannelShuffle(Operation):
    """The channels of the groups dealt out in turn.

    Raises:
        SpecError: `groups` does not divide the channels.

    Source: Zhang et al., "ShuffleNet", 2017, section 3.1.

    >>> ChannelShuffle(2).output_shape((116, 28, 28))
    (116, 28, 28)
    """

    __slots__ = ("groups",)
    groups: int
    word = "channel_shuffle"

    def __init__(self, groups: int) -> None:
        self._fill(groups=whole("groups", groups))

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input."""
        shape = shape_of("input_shape", input_shape)
        if shape[0] % self.groups:
            fact = "{groups} does not divide the channels of {input_shape}"
            raise SpecError(fact, groups=self.groups, input_shape=shape)
        return shape


class ChannelSlice(Operation):
    """The channels from `start` up to, but without, `stop`.

    Raises:
        SpecError: there are no such channels.

    >>> ChannelSlice([58, 116]).output_shape((116, 28, 28))
    (58, 28, 28)
    """

    __slots__ = ("channels",)
    channels: tuple[int, int]
    word = "channel_slice"

    def __init__(self, channels: list[int] | tuple[int, int]) -> None:
        ends = whole_list("channels", channels, least=0)
        if len(ends) != 2 or ends[0] >= ends[1]:
            raise SpecError("{channels} is not [start, stop], start below stop", channels=ends)
        self._fill(channels=ends)

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(stop - start, *spatial)`."""
        start, stop = self.channels
        if stop > shape_of("input_shape", input_shape)[0]:
            fact = "{channels} reaches beyond the channels of {input_shape}"
            raise SpecError(fact, channels=self.channels, input_shape=input_shape)
        return (stop - start, *input_shape[1:])


def _with_positions(input_shape: Shape) -> Shape:
    shape = shape_of("input_shape", input_shape)
    if len(shape) == 1:
        raise SpecError("{input_shape} has no spatial sizes", input_shape=shape)
    return shape


DIMS = ("dims",)

DECLARATIONS = (
    Declaration("flatten", Flatten),
    Declaration("unflatten", Unflatten, "shape", {"shape": ParameterKind.NUMBERS}),
    Declaration(
        "upsample",
        Upsample,
        "scale_factor",
        {"scale_factor": ParameterKind.SIZES, "mode": ParameterKind.CHOICE},
        DIMS,
        {"mode": tuple(UPSAMPLING)},
    ),
    Declaration("pad", Pad, "widths", {"widths": ParameterKind.WIDTHS}, DIMS),
    Declaration("pixel_shuffle", PixelShuffle, "factor", {"factor": ParameterKind.WHOLE}),
    Declaration("pixel_unshuffle", PixelUnshuffle, "factor", {"factor": ParameterKind.WHOLE}),
    Declaration("channel_shuffle", ChannelShuffle, "groups", {"groups": ParameterKind.WHOLE}),
    Declaration("channel_slice", ChannelSlice, "channels", {"channels": ParameterKind.NUMBERS}),
)
