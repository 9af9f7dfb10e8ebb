"""The windows that make one size of another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import TypeAlias, overload

from convcalc.errors import SpecError
from convcalc.operations.windows import span
from convcalc.records import NamedTuple
from convcalc.values import whole

LARGEST_KERNEL = 11
MOST_KERNELS = 1_000
MOST_WINDOWS = 100_000
MOST_DIMS = 3

PerDimension: TypeAlias = int | tuple[int, ...]
"""A number for all dimensions, or one for each."""


class Window(NamedTuple):
    """A window in one dimension, as PyTorch writes it, and the input sizes for which it holds."""

    kernel_size: int
    stride: int
    padding: int | tuple[int, int]
    """A `(low, high)` pair where no equal padding gives the size."""
    dilation: int
    output_padding: int
    sizes: tuple[int, int]
    """The first and the last input size that give the same output size."""


@overload
def solve_shape(
    size: int,
    to: int,
    *,
    kernel_size: PerDimension | None = None,
    stride: PerDimension | None = None,
    dilation: PerDimension = 1,
    transposed: bool = False,
    max_kernel: int = LARGEST_KERNEL,
) -> list[Window]: ...


@overload
def solve_shape(
    size: tuple[int, ...],
    to: PerDimension,
    *,
    kernel_size: PerDimension | None = None,
    stride: PerDimension | None = None,
    dilation: PerDimension = 1,
    transposed: bool = False,
    max_kernel: int = LARGEST_KERNEL,
) -> list[tuple[Window, ...]]: ...


def solve_shape(
    size: PerDimension,
    to: PerDimension,
    *,
    kernel_size: PerDimension | None = None,
    stride: PerDimension | None = None,
    dilation: PerDimension = 1,
    transposed: bool = False,
    max_kernel: int = LARGEST_KERNEL,
) -> list[Window] | list[tuple[Window, ...]]:
    """Every window that makes an output size of an input size, the cheapest first.

    The padding of a convolution follows from the sizes: `low + high` is one of the `stride` numbers
    from `(to - 1) * stride + dilation * (kernel_size - 1) + 1 - size` on. No window lies in the
    padding alone. With a size for each dimension there is a window for each; kernels and strides
    that are tried are the same in all.

    Args:
        size: positions of the input: in one dimension, or in each.
        to: positions of the output.
        kernel_size: taps; all numbers up to `max_kernel` if left out.
        stride: steps between windows; all numbers up to `max_kernel` if left out.
        dilation: steps between taps.
        transposed: whether the convolution is transposed.
        max_kernel: the largest kernel that is tried.

    Raises:
        SpecError: a number is below 1, the kernels are too many, or the dimensions are not as many
            as those of `size`.

    >>> for window in solve_shape(224, 112, kernel_size=3, stride=2):
    ...     print(window.padding, window.sizes)
    1 (223, 224)
    >>> solve_shape(112, 224, kernel_size=3, stride=2, transposed=True)[0].output_padding
    1
    >>> [[each.padding for each in found] for found in solve_shape((9, 7), 7, kernel_size=3)]
    [[0, 1]]
    """
    dims = len(size) if isinstance(size, tuple) else 1
    if dims > MOST_DIMS:
        raise SpecError(f"{{size}} has more than {MOST_DIMS} dimensions", size=size)
    sizes, outputs = _spread("size", size, dims), _spread("to", to, dims)
    dilations = _spread("dilation", dilation, dims)
    most = whole("max_kernel", max_kernel)
    if most > MOST_KERNELS:
        raise SpecError(f"{{max_kernel}} is above {MOST_KERNELS:,}", max_kernel=max_kernel)
    windows = _transposed if transposed else _plain
    every = (
        each
        for kernels in _tried("kernel_size", kernel_size, dims, most)
        for strides in _tried("stride", stride, dims, most)
        for each in product(*map(windows, sizes, outputs, kernels, strides, dilations))
    )
    found = list(islice(every, MOST_WINDOWS + 1))
    if len(found) > MOST_WINDOWS:
        what = "windows: give the size of the kernel, the stride or a smaller range"
        raise SpecError(f"there are more than {MOST_WINDOWS:,} {what}")
    return found if isinstance(size, tuple) else [window for (window,) in found]


def _spread(name: str, value: PerDimension, dims: int) -> tuple[int, ...]:
    """A number for each dimension."""
    values = value if isinstance(value, tuple) else (value,) * dims
    if len(values) != dims or not values:
        raise SpecError(f"{{{name}}} is not one number, or one for each of {dims}", **{name: value})
    return tuple([whole(name, each) for each in values])


def _tried(
    name: str, value: PerDimension | None, dims: int, most: int
) -> Iterator[tuple[int, ...]]:
    if value is None:
        yield from [(number,) * dims for number in range(1, most + 1)]
    else:
        yield _spread(name, value, dims)


def _plain(size: int, to: int, kernel: int, stride: int, dilation: int) -> Iterator[Window]:
    reach = span(kernel, dilation)
    first = (to - 1) * stride + reach - size
    totals = range(max(first, 0), min(first + stride - 1, 2 * (reach - 1)) + 1)
    even = [total for total in totals if total % 2 == 0]
    for total in even or list(totals)[:1]:
        pads = total // 2 if total % 2 == 0 else (total // 2, total - total // 2)
        low = (to - 1) * stride + reach - total
        yield Window(kernel, stride, pads, dilation, 0, (max(low, 1), low + stride - 1))


def _transposed(size: int, to: int, kernel: int, stride: int, dilation: int) -> Iterator[Window]:
    reach = span(kernel, dilation)
    missing = to - (size - 1) * stride - reach
    for padding in range(reach):
        added = missing + 2 * padding
        if 0 <= added < max(stride, dilation):
            yield Window(kernel, stride, padding, dilation, added, (size, size))
