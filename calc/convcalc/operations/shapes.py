"""Operations on the axes of a value: other shapes and orders, slices, more channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Fields, Operation, limited
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import LARGEST, Shape, shape_of, whole, whole_list
from convcalc.wording import counted

REST = -1
"""In a shape: the size that the other sizes leave."""


class Reshape(Operation):
    """The values in another shape, in the order they have; a view, never a copy.

    Args:
        shape: `(C, *spatial)`; one size may be -1, for as many as the others leave.

    Raises:
        SpecError: the shape is none, or does not hold as many values as the input.

    >>> Reshape((64, -1)).output_shape((64, 7, 7)), Reshape((2, 32, 49)).output_shape((64, 7, 7))
    ((64, 49), (2, 32, 49))
    """

    __slots__ = ("shape",)
    shape: Shape
    word = "reshape"
    is_view = True

    def __init__(self, shape: Sequence[int]) -> None:
        self._fill(shape=shape_with_rest("shape", shape))

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape that was asked for."""
        there = prod(shape_of("input_shape", input_shape))
        known = prod([size for size in self.shape if size != REST])
        if there % known or (REST not in self.shape and there != known):
            holds = "holds a multiple of" if REST in self.shape else "holds"
            fact = f"{{shape}} {holds} {counted(known, 'value')}, {{input_shape}} has {there:,}"
            raise SpecError(fact, shape=self.shape, input_shape=input_shape)
        sizes = [there // known if size == REST else size for size in self.shape]
        return limited(tuple(sizes), input_shape)

    def field_map(self, input_shape: Shape) -> FieldMap:
        """Every position, if there are positions before or now."""
        return _mixing(len(input_shape) > 1 or len(self.shape) > 1)


class Permute(Operation):
    """The axes in another order; unlike a view of them, the values are moved.

    Args:
        axes: the input's axes in the order of the output; 0 are the channels.

    Raises:
        SpecError: an axis is named twice, or the input has others.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.permute.html

    >>> Permute((1, 0, 2)).output_shape((64, 7, 9))
    (7, 64, 9)
    """

    __slots__ = ("axes",)
    axes: tuple[int, ...]
    word = "permute"

    def __init__(self, axes: Sequence[int]) -> None:
        order = whole_list("axes", axes, least=0)
        if sorted(order) != [*range(len(order))] or not 1 <= len(order) <= 4:
            fact = "{axes} does not name each axis once, from 0 for the channels"
            raise SpecError(fact, axes=order)
        self._fill(axes=order)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The sizes in the new order."""
        shape = shape_of("input_shape", input_shape)
        if len(shape) != len(self.axes):
            fact = f"{{axes}} orders {len(self.axes)} axes, {{input_shape}} has {len(shape)}"
            raise SpecError(fact, axes=self.axes, input_shape=shape)
        return tuple([shape[axis] for axis in self.axes])

    def field_map(self, input_shape: Shape) -> FieldMap:
        """Every position, if there are positions."""
        return _mixing(len(input_shape) > 1)


class Slice(Operation):
    """Of one axis the places from `start` up to, but without, `stop`.

    Args:
        ends: `(start, stop)`; negative numbers count from the end, None is the end itself.
        axis: 0 for the channels, 1 for the first spatial dimension, and so on.
        step: take every so many.

    Raises:
        SpecError: there is no such axis, or there are no such places.

    >>> Slice((-1, None), axis=1).output_shape((64, 100))
    (64, 1)
    >>> Slice((None, None), axis=2, step=2).output_shape((64, 7, 7))
    (64, 7, 4)
    """

    __slots__ = ("ends", "axis", "step")
    ends: tuple[int | None, int | None]
    axis: int
    step: int
    word = "slice"

    def __init__(self, ends: Sequence[int | None], *, axis: int = 0, step: int = 1) -> None:
        self._fill(
            ends=ends_of("ends", ends),
            axis=whole("axis", axis, least=0),
            step=whole("step", step),
        )

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape, with as many places on the axis as there are from start to stop."""
        shape = shape_of("input_shape", input_shape)
        if self.axis >= len(shape):
            fact = "{axis} is no axis of {input_shape}: the channels are 0, the last is "
            fact = f"{fact}{len(shape) - 1}"
            raise SpecError(fact, axis=self.axis, input_shape=shape)
        places = self.places(shape[self.axis])
        if places is None:
            where = f"the {shape[self.axis]:,} of axis {self.axis} of {{input_shape}}"
            fact = f"{{ends}} is not start below stop within {where}"
            raise SpecError(fact, ends=self.ends, input_shape=shape)
        return (*shape[: self.axis], len(places), *shape[self.axis + 1 :])

    def places(self, size: int) -> range | None:
        """The places on an axis of this size; None if there are no such places.

        >>> Slice((-3, None)).places(8), Slice((2, 9)).places(8)
        (range(5, 8), None)
        """
        start, stop = (end if end is None or end >= 0 else end + size for end in self.ends)
        first, last = start or 0, size if stop is None else stop
        return range(first, last, self.step) if 0 <= first < last <= size else None

    def field_map(self, input_shape: Shape) -> FieldMap:
        """The same field, of positions further on and apart."""
        places = self.places(input_shape[self.axis])
        if self.axis == 0 or places is None:
            return lambda fields: fields
        at, start = self.axis - 1, places.start

        def sliced(fields: Fields) -> Fields:
            seen = fields[at].after_window(1, self.step, 1, -start)
            return (*fields[:at], seen, *fields[at + 1 :])

        return sliced


class ChannelPad(Operation):
    """Channels of zeros before the first and behind the last.

    Raises:
        SpecError: it is not `(low, high)`.

    Source: He et al., "Deep Residual Learning for Image Recognition", 2016, section 3.3, option A.

    >>> ChannelPad((8, 8)).output_shape((16, 32, 32))
    (32, 32, 32)
    """

    __slots__ = ("widths",)
    widths: tuple[int, ...]
    word = "channel_pad"

    def __init__(self, widths: Sequence[int]) -> None:
        pair = whole_list("widths", widths, least=0)
        if len(pair) != 2:
            fact = f"{{widths}} has {counted(len(pair), 'value')} for low and high"
            raise SpecError(fact, widths=pair)
        self._fill(widths=pair)

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C + low + high, *spatial)`."""
        channels, *spatial = shape_of("input_shape", input_shape)
        return limited((channels + sum(self.widths), *spatial), input_shape)


def shape_with_rest(name: str, value: object) -> Shape:
    """A shape in which one size may be -1.

    >>> shape_with_rest("shape", [64, -1])
    (64, -1)
    """
    sizes = whole_list(name, value, least=REST)
    if sizes.count(REST) > 1:
        raise SpecError(f"{{{name}}} has -1 more than once", **{name: sizes})
    shape_of(name, [1 if size == REST else size for size in sizes])
    return sizes


def ends_of(name: str, value: object) -> tuple[int | None, int | None]:
    """Where a slice starts and stops; None for an end that is left out.

    >>> ends_of("ends", [None, -1])
    (None, -1)
    """
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(map(_is_end, value)):
        return (value[0], value[1])
    fact = f"{{{name}}} is not [start, stop], whole numbers or null for an open end"
    raise SpecError(fact, **{name: value})


def _is_end(value: object) -> bool:
    return value is None or (type(value) is int and abs(value) <= LARGEST)


def _mixing(mixes: bool) -> FieldMap:
    """Values that were at different positions share one: every position, unless there are none."""
    return lambda fields: None if mixes else fields


DECLARATIONS = (
    Declaration("reshape", Reshape, "shape", {"shape": ParameterKind.SHAPE}),
    Declaration("permute", Permute, "axes", {"axes": ParameterKind.NUMBERS}),
    Declaration(
        "slice",
        Slice,
        "ends",
        {"ends": ParameterKind.ENDS, "axis": ParameterKind.WHOLE, "step": ParameterKind.WHOLE},
    ),
    Declaration("channel_pad", ChannelPad, "widths", {"widths": ParameterKind.NUMBERS}),
)
