"""Operations that move values and learn nothing: flatten, pad, shuffles, slices of channels."""

from __future__ import annotations

from math import prod
from types import MappingProxyType

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Operation, complete, limited, spatial_of
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.padding_modes import (
    PADDING_MODES,
    ZEROS,
    padding_mode_of,
    require_values,
)
from convcalc.values import (
    PaddingArgument,
    Pads,
    Shape,
    dims_of,
    one_of,
    padding_of,
    shape_of,
    whole,
    whole_list,
)

ALL, POSITIONS = "all", "positions"


class Flatten(Operation):
    """All values in one line, or the positions of each channel; a view, never a copy.

    Args:
        over: `all`, or `positions`, which keeps the channels.

    Raises:
        SpecError: it is neither.

    >>> Flatten().output_shape((512, 7, 7)), Flatten("positions").output_shape((512, 7, 7))
    ((25088,), (512, 49))
    """

    __slots__ = ("over",)
    over: str
    word = "flatten"
    is_view = True
    unset = MappingProxyType({"over": ALL})

    def __init__(self, over: str = ALL) -> None:
        self._fill(over=one_of("over", over, (ALL, POSITIONS)))

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C * prod(spatial),)`, or `(C, prod(spatial))`."""
        if self.over == POSITIONS:
            channels, *spatial = _with_positions(input_shape)
            return limited((channels, prod(spatial)), input_shape)
        return limited((prod(shape_of("input_shape", input_shape)),), input_shape)

    def field_map(self, input_shape: Shape) -> FieldMap:
        """Every position, unless there was only a line before."""
        lines = 2 if self.over == POSITIONS else 1
        return lambda fields: None if len(input_shape) > lines else fields


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


class Pad(Operation):
    """Zeros, or values of the input, around the input.

    Args:
        widths: a number, one for each dimension, or a `(low, high)` pair for each, the first
            dimension first.
        mode: `zeros`; `reflect` mirrors at the outermost value, `replicate` repeats it, `circular`
            goes on at the other end.
        dims: spatial dimensions; a list says it too, without either there are 2.

    Raises:
        SpecError: there is no such padding.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html

    >>> Pad(((0, 1), (2, 3))).output_shape((3, 10, 10))
    (3, 11, 15)
    """

    __slots__ = ("widths", "mode")
    widths: Pads
    mode: str
    word = "pad"
    unset = MappingProxyType({"mode": ZEROS})

    def __init__(
        self, widths: PaddingArgument, *, mode: str = ZEROS, dims: int | None = None
    ) -> None:
        if isinstance(widths, str):
            raise SpecError("{widths} has no meaning here: give numbers", widths=widths)
        dims = dims_of(dims, widths=widths)
        mode = padding_mode_of("mode", mode)
        self._fill(widths=padding_of(widths, dims, "widths"), mode=mode)

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial + low + high)`.

        Raises:
            SpecError: the input has other dimensions, or too few values for the mode.
        """
        spatial = spatial_of(input_shape, len(self.widths))
        require_values(("mode", self.mode), ("widths", self.widths), input_shape)
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
        return lambda fields: complete([field.after_resampling(self.factor) for field in fields])


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
    Declaration(
        "flatten",
        Flatten,
        "over",
        {"over": ParameterKind.CHOICE},
        choices={"over": (ALL, POSITIONS)},
    ),
    Declaration("unflatten", Unflatten, "shape", {"shape": ParameterKind.NUMBERS}),
    Declaration(
        "pad",
        Pad,
        "widths",
        {"widths": ParameterKind.WIDTHS, "mode": ParameterKind.CHOICE},
        DIMS,
        choices={"mode": PADDING_MODES},
    ),
    Declaration("pixel_shuffle", PixelShuffle, "factor", {"factor": ParameterKind.WHOLE}),
    Declaration("pixel_unshuffle", PixelUnshuffle, "factor", {"factor": ParameterKind.WHOLE}),
    Declaration("channel_shuffle", ChannelShuffle, "groups", {"groups": ParameterKind.WHOLE}),
    Declaration("channel_slice", ChannelSlice, "channels", {"channels": ParameterKind.NUMBERS}),
)
