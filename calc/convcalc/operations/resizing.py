"""Operations that make values larger or smaller in space: upsample, crop."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Fields, Operation, complete, limited, spatial_of
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import (
    Factor,
    PaddingArgument,
    Pads,
    PerDimension,
    Shape,
    compact,
    dims_of,
    factors,
    one_of,
    padding_of,
    per_dimension,
)
from convcalc.wording import counted

UPSAMPLING = {
    "nearest": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "trilinear": (3,),
    "bicubic": (2,),
}
"""The modes of upsampling, and the spatial dimensions each is for."""

TWO_AROUND, FOUR_AROUND = range(2), range(-1, 3)
"""The positions that are blended, counted from the one at or before the source."""


class Upsample(Operation):
    """Every position repeated, or blended with its neighbours, to another size.

    Args:
        scale_factor: how many times as large, a number or one for each dimension; it need not be
            whole, and below 1 it shrinks. A decimal is taken for what is written: 0.7 is 7/10.
        size: the spatial sizes of the output, in place of a factor.
        mode: `nearest`, `linear`, `bilinear`, `trilinear` or `bicubic`.
        dims: spatial dimensions; a list says it too, without either there are 2.

    Raises:
        SpecError: the mode is not there, or is for other dimensions; or it is not exactly one of
            factor and size that is given.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html

    >>> Upsample(2).output_shape((64, 28, 28)), Upsample(1.5).output_shape((64, 5, 5))
    ((64, 56, 56), (64, 7, 7))
    >>> Upsample(size=(129, 129), mode="bilinear").output_shape((256, 33, 33))
    (256, 129, 129)
    """

    __slots__ = ("scale_factor", "size", "mode")
    scale_factor: tuple[Factor, ...] | None
    size: tuple[int, ...] | None
    mode: str
    word = "upsample"
    unset = MappingProxyType({"size": None})

    def __init__(
        self,
        scale_factor: float | Fraction | list[float] | tuple[float, ...] | None = None,
        *,
        size: PerDimension | None = None,
        mode: str = "nearest",
        dims: int | None = None,
    ) -> None:
        _require_one("upsample", scale_factor=scale_factor, size=size)
        dims = dims_of(dims, scale_factor=scale_factor, size=size)
        one_of("mode", mode, tuple(UPSAMPLING))
        if dims not in UPSAMPLING[mode]:
            raise SpecError(f"{{mode}} is not for {counted(dims, 'dimension')}", mode=mode)
        self._fill(
            scale_factor=_if_given(factors, "scale_factor", scale_factor, dims),
            size=_if_given(per_dimension, "size", size, dims),
            mode=mode,
        )

    @property
    def dims(self) -> int:
        """Spatial dimensions: 1, 2 or 3.

        >>> Upsample(2).dims, Upsample(size=[9]).dims
        (2, 1)
        """
        return len(self.scale_factor or self.size or ())

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *floor(spatial * scale_factor))`, or `(C, *size)`.

        Raises:
            SpecError: the input has other dimensions, or nothing would be left of it.
        """
        spatial = spatial_of(input_shape, self.dims)
        if self.scale_factor is None:
            return (input_shape[0], *(self.size or ()))
        sizes = [int(size * f) for size, f in zip(spatial, self.scale_factor, strict=True)]
        if min(sizes) < 1:
            scale_factor = compact(self.scale_factor)
            fact = "{scale_factor} leaves no position of {input_shape}"
            raise SpecError(fact, scale_factor=scale_factor, input_shape=input_shape)
        return limited((input_shape[0], *sizes), input_shape)

    def factors_of(self, spatial: Shape) -> tuple[Factor, ...]:
        """Output positions for each input position: the factor as given, else by the sizes.

        >>> Upsample(1.5).factors_of((5, 5)), Upsample(size=(9, 5)).factors_of((3, 10))
        ((Fraction(3, 2), Fraction(3, 2)), (Fraction(3, 1), Fraction(1, 2)))
        """
        if self.scale_factor is not None:
            return self.scale_factor
        return tuple(map(Fraction, self.size or (), spatial))

    def field_map(self, input_shape: Shape) -> FieldMap:
        """Neighbouring positions see the same, or what lies around them when blended."""
        taps = {"nearest": None, "bicubic": FOUR_AROUND}.get(self.mode, TWO_AROUND)
        by_dimension = self.factors_of(input_shape[1:])

        def resampled(fields: Fields) -> Fields | None:
            pairs = zip(fields, by_dimension, strict=True)
            return complete([field.after_resampling(factor, taps) for field, factor in pairs])

        return resampled


class Crop(Operation):
    """Positions cut off at the low and the high side, or down to a size from the middle.

    Args:
        widths: a number, one for each dimension, or a `(low, high)` pair for each, the first
            dimension first.
        size: the spatial sizes that are left; of an odd difference the smaller half is cut at the
            low side, as Keras's CenterCrop does.
        dims: spatial dimensions; a list says it too, without either there are 2.

    Raises:
        SpecError: it is not exactly one of widths and size that is given.

    >>> Crop(((0, 1), (2, 3))).output_shape((3, 10, 10)), Crop(size=7).output_shape((3, 10, 10))
    ((3, 9, 5), (3, 7, 7))
    """

    __slots__ = ("widths", "size")
    widths: Pads | None
    size: tuple[int, ...] | None
    word = "crop"

    def __init__(
        self,
        widths: PaddingArgument | None = None,
        *,
        size: PerDimension | None = None,
        dims: int | None = None,
    ) -> None:
        _require_one("crop", widths=widths, size=size)
        if isinstance(widths, str):
            raise SpecError("{widths} has no meaning here: give numbers", widths=widths)
        dims = dims_of(dims, widths=widths, size=size)
        self._fill(
            widths=_if_given(_widths, "widths", widths, dims),
            size=_if_given(per_dimension, "size", size, dims),
        )

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial - low - high)`, or `(C, *size)`.

        Raises:
            SpecError: the input has other dimensions, or is smaller than that.
        """
        spatial = spatial_of(input_shape, len(self.widths or self.size or ()))
        if self.widths is None:
            return (input_shape[0], *self._size_within(spatial, input_shape))
        sizes = [size - sum(cut) for size, cut in zip(spatial, self.widths, strict=True)]
        if min(sizes) < 1:
            axis = next(axis for axis, size in enumerate(sizes) if size < 1)
            cut = counted(sum(self.widths[axis]), "position")
            fact = f"{{widths}} cuts {cut} of {spatial[axis]:,} in {{input_shape}}"
            raise SpecError(fact, widths=compact(self.widths), input_shape=input_shape)
        return (input_shape[0], *sizes)

    def _size_within(self, spatial: Shape, input_shape: Shape) -> Shape:
        size = self.size or ()
        if any(wanted > there for wanted, there in zip(size, spatial, strict=True)):
            fact = "{size} is larger than {input_shape}"
            raise SpecError(fact, size=compact(size), input_shape=input_shape)
        return size

    def cuts(self, spatial: Shape) -> Pads:
        """What is cut off at the low and the high side.

        >>> Crop(size=(7, 10)).cuts((10, 10)), Crop(4).cuts((10, 10))
        (((1, 2), (0, 0)), ((4, 4), (4, 4)))
        """
        if self.widths is not None:
            return self.widths
        more = map(int.__sub__, spatial, self.size or ())
        return tuple([(each // 2, each - each // 2) for each in more])

    def field_map(self, input_shape: Shape) -> FieldMap:
        """The same field, of positions further on."""
        lows = [low for low, _ in self.cuts(input_shape[1:])]
        return lambda fields: tuple(
            [field.after_window(1, 1, 1, -low) for field, low in zip(fields, lows, strict=True)]
        )


def _require_one(word: str, **given: object) -> None:
    """Refuses two ways of giving the size of the output, and none."""
    both = {name: value for name, value in given.items() if value is not None}
    if len(both) > 1:
        (one, other) = both
        raise SpecError(f"{{{one}}} and {{{other}}} do not go together", **both)
    if not both:
        raise SpecError(f"{word} needs {' or '.join(given)}")


def _if_given(read: Callable[[str, Any, int], Any], name: str, value: object, dims: int) -> Any:
    """The value, checked, unless it is left out."""
    return None if value is None else read(name, value, dims)


def _widths(name: str, value: object, dims: int) -> object:
    return padding_of(value, dims, name)


DECLARATIONS = (
    Declaration(
        "upsample",
        Upsample,
        "scale_factor",
        {
            "scale_factor": ParameterKind.FACTORS,
            "size": ParameterKind.SIZES,
            "mode": ParameterKind.CHOICE,
        },
        ("dims",),
        choices={"mode": tuple(UPSAMPLING)},
        sizes_of={"scale_factor": "size"},
    ),
    Declaration(
        "crop",
        Crop,
        "widths",
        {"widths": ParameterKind.CUTS, "size": ParameterKind.SIZES},
        ("dims",),
        sizes_of={"widths": "size"},
    ),
)
