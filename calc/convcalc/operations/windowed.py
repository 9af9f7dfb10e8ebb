"""What everything with a kernel shares: convolutions, plain and transposed, and pooling."""

from __future__ import annotations

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Fields, Operation, spatial_of
from convcalc.operations.windows import same_padding, span
from convcalc.values import (
    Padding,
    PaddingArgument,
    Pads,
    PerDimension,
    Shape,
    compact,
    dims_of,
    padding_of,
    per_dimension,
)
from convcalc.wording import counted


class Windowed(Operation):
    """A kernel with a stride, a padding and a dilation, a value of each for every dimension."""

    __slots__ = ("kernel_size", "stride", "padding", "dilation")

    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Padding
    dilation: tuple[int, ...]

    def __init__(
        self,
        kernel_size: PerDimension,
        stride: PerDimension,
        padding: PaddingArgument,
        dilation: PerDimension,
        dims: int | None,
    ) -> None:
        if _all_single(kernel_size, stride, padding, dilation):
            dims = dims_of(dims)
        else:
            dims = dims_of(
                dims, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
            )
        self._fill(
            kernel_size=per_dimension("kernel_size", kernel_size, dims),
            stride=per_dimension("stride", stride, dims),
            dilation=per_dimension("dilation", dilation, dims),
        )
        pads = self._causal() if padding == "causal" else padding_of(padding, dims)
        self._fill(padding=pads)

    def _causal(self) -> Pads:
        """Padding with which an output sees no input behind its own position."""
        if self.dims > 1:
            fact = "{padding} has a meaning in one dimension only, not for {dims}"
            raise SpecError(fact, padding="causal", dims=self.dims)
        return ((span(self.kernel_size[0], self.dilation[0]) - 1, 0),)

    @property
    def dims(self) -> int:
        """Spatial dimensions: 1, 2 or 3.

        >>> from convcalc import Conv
        >>> Conv(1, 1, 3).dims, Conv(1, 1, (3, 3, 3)).dims
        (2, 3)
        """
        return len(self.kernel_size)

    def pads(self, input_shape: Shape) -> Pads:
        """Low and high padding in numbers, for an input of `(C, *spatial)`.

        >>> from convcalc import Conv
        >>> Conv(1, 1, (3, 4), padding="same").pads((1, 8, 8))
        ((1, 1), (1, 2))
        """
        return self._pads_for(self._spatial(input_shape))

    def _pads_for(self, spatial: Shape) -> Pads:
        if self.padding != "same":
            return self.padding
        return tuple(map(same_padding, spatial, self.kernel_size, self.stride, self.dilation))

    def _window_map(self, input_shape: Shape) -> FieldMap:
        """Each dimension's view through the window; dimensions that are alike share one."""
        lows = [low for low, _ in self._pads_for(input_shape[1:])]
        windows = [*zip(self.kernel_size, self.stride, self.dilation, lows, strict=True)]
        alike = windows.count(windows[0]) == len(windows)
        first = windows[0]

        def look(fields: Fields) -> Fields:
            if alike and fields[0] is fields[-1] is fields[len(fields) // 2]:
                return (fields[0].after_window(*first),) * len(fields)
            seen = zip(fields, windows, strict=True)
            return tuple([field.after_window(*window) for field, window in seen])

        return look

    def _spatial(self, input_shape: Shape) -> Shape:
        """The spatial sizes of an input that has as many dimensions as the kernel."""
        return spatial_of(input_shape, self.dims)

    def _no_room(self, sizes: Shape, input_shape: Shape, padding: Pads) -> SpecError:
        """The error of a kernel that does not fit, at the first dimension where it does not."""
        axis = first_empty(sizes)
        pads = padding[axis]
        room = counted(input_shape[axis + 1] + sum(pads), "position")
        needed = span(self.kernel_size[axis], self.dilation[axis])
        values: dict[str, object] = {
            "kernel_size": compact(self.kernel_size),
            "input_shape": input_shape,
        }
        spread = padded = ""
        if self.dilation[axis] > 1:
            spread, values["dilation"] = " with {dilation}", compact(self.dilation)
        if any(pads):
            padded, values["padding"] = " with {padding}", compact(self.padding)
        return SpecError(
            f"{{kernel_size}}{spread} spans {needed:,} positions, "
            f"but {{input_shape}}{padded} has only {room}",
            **values,
        )


def _all_single(*values: object) -> bool:
    """Whether each value serves every dimension, so that none says how many there are."""
    return all(isinstance(value, (int, str)) for value in values)


def first_empty(sizes: Shape) -> int:
    """The first dimension of which nothing is left."""
    return next(axis for axis, size in enumerate(sizes) if size < 1)
