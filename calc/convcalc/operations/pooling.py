"""Pooling: a sliding window without weights, or windows cut to a wanted output size."""

from __future__ import annotations

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Operation, every_position, limited, spatial_of
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.windowed import Windowed
from convcalc.operations.windows import pooled_size
from convcalc.values import (
    PaddingArgument,
    PerDimension,
    Shape,
    compact,
    dims_of,
    flag,
    per_dimension,
)


class Pool(Windowed):
    """What the sliding poolings share.

    Args:
        kernel_size: taps of the window, one number or one for each dimension.
        stride: steps between windows; the kernel size if left out.
        padding: as of a convolution, at most half the kernel.
        ceil_mode: whether the last window may hang over the high side.
        dims: spatial dimensions; a tuple says it too, without either there are 2.

    Raises:
        SpecError: no such layer can exist.
    """

    __slots__ = ("ceil_mode",)

    ceil_mode: bool

    def __init__(
        self,
        kernel_size: PerDimension,
        *,
        stride: PerDimension | None = None,
        padding: PaddingArgument = 0,
        dilation: PerDimension = 1,
        ceil_mode: bool = False,
        dims: int | None = None,
    ) -> None:
        self._fill(ceil_mode=flag("ceil_mode", ceil_mode))
        steps = kernel_size if stride is None else stride
        super().__init__(kernel_size, steps, padding, dilation, dims)
        if self.padding == "same":
            if ceil_mode:
                fact = "{padding} and {ceil_mode} do not go together"
                raise SpecError(fact, padding="same", ceil_mode=True)
        elif any(
            max(pads) > k // 2 for pads, k in zip(self.padding, self.kernel_size, strict=True)
        ):
            raise SpecError(
                "{padding} is more than half of {kernel_size}",
                padding=compact(self.padding),
                kernel_size=compact(self.kernel_size),
            )

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial)` of the output.

        Raises:
            SpecError: the input has other dimensions, or the window does not fit in.

        >>> MaxPool(3, stride=2, ceil_mode=True).output_shape((64, 54, 54))
        (64, 27, 27)
        """
        spatial = self._spatial(input_shape)
        pads = self._pads_for(spatial)
        windows = (spatial, self.kernel_size, self.stride, pads, self.dilation)
        sizes = tuple(map(pooled_size, *windows, (self.ceil_mode,) * self.dims))
        if min(sizes) < 1:
            raise self._no_room(sizes, input_shape, pads)
        return limited((input_shape[0], *sizes), input_shape)

    def field_map(self, input_shape: Shape) -> FieldMap:
        """Each dimension through the window."""
        return self._window_map(input_shape)


class MaxPool(Pool):
    """The largest value in each window.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html

    >>> MaxPool(3, stride=2, padding=1).output_shape((64, 112, 112))
    (64, 56, 56)
    """

    __slots__ = ()
    word = "max_pool"


class AvgPool(Pool):
    """The mean of each window.

    In three dimensions PyTorch takes no input that is smaller than the kernel, padded or not.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html

    >>> AvgPool(2).output_shape((64, 56, 56))
    (64, 28, 28)
    """

    __slots__ = ()
    word = "avg_pool"

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *spatial)` of the output.

        Raises:
            SpecError: the input has other dimensions, or the window does not fit in.

        >>> AvgPool(3, padding=1).output_shape((64, 2, 2))
        (64, 1, 1)
        """
        spatial = self._spatial(input_shape)
        if self.dims == 3 and self.padding != "same":
            axis = next((at for at, k in enumerate(self.kernel_size) if spatial[at] < k), None)
            if axis is not None:
                raise SpecError(
                    "{kernel_size} is larger than {input_shape}: an average over 3 dimensions "
                    "takes no smaller input, padded or not, in PyTorch",
                    kernel_size=compact(self.kernel_size),
                    input_shape=input_shape,
                )
        return super().output_shape(input_shape)


class AdaptivePool(Operation):
    """What the adaptive poolings share: as many windows as outputs are wanted.

    Args:
        output_size: one number or one for each dimension.
        dims: spatial dimensions; a tuple says it too, without either there are 2.
    """

    __slots__ = ("output_size",)

    output_size: tuple[int, ...]

    def __init__(self, output_size: PerDimension, *, dims: int | None = None) -> None:
        dims = dims_of(dims, output_size=output_size)
        self._fill(output_size=per_dimension("output_size", output_size, dims))

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(C, *output_size)`.

        >>> AdaptiveAvgPool(1).output_shape((2048, 7, 7))
        (2048, 1, 1)
        """
        spatial_of(input_shape, len(self.output_size))
        return (input_shape[0], *self.output_size)

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Every position."""
        return every_position


class AdaptiveAvgPool(AdaptivePool):
    """The means of windows that together cover the input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html

    >>> AdaptiveAvgPool((6, 5)).output_shape((256, 13, 13))
    (256, 6, 5)
    """

    __slots__ = ()
    word = "adaptive_avg_pool"


class AdaptiveMaxPool(AdaptivePool):
    """The largest values of windows that together cover the input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html

    >>> AdaptiveMaxPool(2).output_shape((8, 9, 9))
    (8, 2, 2)
    """

    __slots__ = ()
    word = "adaptive_max_pool"


def avg_pool(
    kernel_size: PerDimension,
    *,
    stride: PerDimension | None = None,
    padding: PaddingArgument = 0,
    ceil_mode: bool = False,
    dims: int | None = None,
) -> AvgPool:
    """An average pooling, which knows no dilation.

    >>> avg_pool(2).stride
    (2, 2)
    """
    return AvgPool(kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode, dims=dims)


POOL_KINDS = {
    "kernel_size": ParameterKind.SIZES,
    "stride": ParameterKind.SIZES,
    "padding": ParameterKind.PADDING,
    "ceil_mode": ParameterKind.FLAG,
}
SIZE_KINDS = {"output_size": ParameterKind.SIZES}
DIMS = ("dims",)

DECLARATIONS = (
    Declaration(
        "max_pool", MaxPool, "kernel_size", {**POOL_KINDS, "dilation": ParameterKind.SIZES}, DIMS
    ),
    Declaration("avg_pool", avg_pool, "kernel_size", POOL_KINDS, DIMS),
    Declaration("adaptive_avg_pool", AdaptiveAvgPool, "output_size", SIZE_KINDS, DIMS),
    Declaration("adaptive_max_pool", AdaptiveMaxPool, "output_size", SIZE_KINDS, DIMS),
)
