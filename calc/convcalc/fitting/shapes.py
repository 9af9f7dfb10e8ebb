"""The windows that make one size of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from convcalc.errors import SpecError
from convcalc.operations.windows import span
from convcalc.values import whole

LARGEST_KERNEL = 11
MOST_KERNELS = 1_000


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


def solve_shape(
    size: int,
    to: int,
    *,
    kernel_size: int | None = None,
    stride: int | None = None,
    dilation: int = 1,
    transposed: bool = False,
    max_kernel: int = LARGEST_KERNEL,
) -> list[Window]:
    """Every window that makes an output size of an input size, the cheapest first.

    The padding of a convolution follows from the sizes: `low + high` is one of the `stride` numbers
    from `(to - 1) * stride + dilation * (kernel_size - 1) + 1 - size` on. No window lies in the
    padding alone.

    Args:
        size: positions of the input in one dimension.
        to: positions of the output.
        kernel_size: taps; all numbers up to `max_kernel` if left out.
        stride: steps between windows; all numbers up to the largest kernel if left out.
        dilation: steps between taps.
        transposed: whether the convolution is transposed.
        max_kernel: the largest kernel that is tried.

    Raises:
        SpecError: a number is below 1, or the kernels are too many.

    >>> for window in solve_shape(224, 112, kernel_size=3, stride=2):
    ...     print(window.padding, window.sizes)
    1 (223, 224)
    >>> solve_shape(112, 224, kernel_size=3, stride=2, transposed=True)[0].output_padding
    1
    """
    most = max_kernel if kernel_size is None else kernel_size
    numbers = {"size": size, "to": to, "dilation": dilation, "max_kernel": max_kernel}
    for name, number in numbers.items():
        whole(name, number)
    kernels = range(1, most + 1) if kernel_size is None else [whole("kernel_size", kernel_size)]
    strides = range(1, max_kernel + 1) if stride is None else [whole("stride", stride)]
    if len(kernels) > MOST_KERNELS or len(strides) > MOST_KERNELS:
        raise SpecError(f"{{max_kernel}} is above {MOST_KERNELS:,}", max_kernel=max_kernel)
    windows = _transposed if transposed else _plain
    return [
        window
        for kernel in kernels
        for step in strides
        for window in windows(size, to, kernel, step, dilation)
    ]


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
