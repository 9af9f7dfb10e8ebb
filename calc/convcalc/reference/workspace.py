"""What kernels work with: counted products, and scratch memory that is used again."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from convcalc.values import Shape

Array: TypeAlias = npt.NDArray[Any]


ROW = 10**6
"""What a row takes besides its products, as multiply-accumulates that take as long."""


def ignore_progress(_done: float) -> None:
    """A progress callback that does nothing."""


class Workspace:
    """Does the products of a network, and counts them by their operands.

    Args:
        on_progress: called with the work done so far, whenever some more is done:
            multiply-accumulates, and a million for each row.

    >>> workspace = Workspace()
    >>> workspace.product(np.ones((2, 3)), np.ones((3, 5))).shape, workspace.macs
    ((2, 5), 30)
    """

    def __init__(self, on_progress: Callable[[int], None] = ignore_progress) -> None:
        self.macs = 0
        self.rows = 0
        self._on_progress = on_progress
        self._scratch: dict[str, Array] = {}

    def product(self, left: Array, right: Array, out: Array | None = None) -> Array:
        """The matrix product of `(..., m, k)` and `(..., k, n)`: m * k * n multiply-accumulates."""
        result: Array = np.matmul(left, right, out=out)
        self.macs += result.size * left.shape[-1]
        self._report()
        return result

    def row_done(self) -> None:
        """One row more has been run."""
        self.rows += 1
        self._report()

    def _report(self) -> None:
        self._on_progress(self.macs + self.rows * ROW)

    def scratch(self, use: str, shape: Shape, dtype: npt.DTypeLike) -> Array:
        """Memory for intermediate values, overwritten by the next call for the same use."""
        size = prod(shape)
        array = self._scratch.get(use)
        if array is None or array.size < size or array.dtype != dtype:
            array = self._scratch[use] = np.empty(size, dtype)
        return array[:size].reshape(shape)


def index(*parts: object) -> Any:
    """An index of several parts, which NumPy's types do not take when it is put together."""
    return parts
