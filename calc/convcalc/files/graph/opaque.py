"""Rows for what the network language has no operation for."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

from convcalc.files.graph.rows import MOST_AXES, Rows
from convcalc.files.graph.tensors import BATCH, LOOSE, Tensor
from convcalc.values import Shape


def opaque(
    rows: Rows,
    title: str,
    reads: Sequence[Tensor],
    sizes: Sequence[int],
    *,
    params: int | Literal["unknown"] = "unknown",
    macs: int | Literal["unknown", "none"] = "unknown",
    helper: str | None = None,
    like: Tensor | None = None,
) -> Tensor:
    """A row with the sizes in the file, and with figures as far as they are known.

    Args:
        rows: where rows are made.
        title: what it is called in the file.
        reads: what it reads; the network's input if it reads nothing.
        sizes: the sizes of its output in the file, with the batch.
        params: learned numbers.
        macs: multiply-accumulates of one input, `none` for what moves or reduces data.
        helper: what the row is called if it only prepares the main row of its source.
        like: a value that has its axes where the output has them; the first that is read.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 3, 8, 8), channel_axis=1)
    >>> _ = opaque(rows, "SimAM", [image], (1, 3, 8, 8), params=0)
    >>> rows.layers
    [{'opaque': 'SimAM', 'shape': 'same', 'params': 0, 'macs': 'unknown', 'name': 'layer'}]
    """
    like = like or (reads[0] if reads else None)
    sizes = tuple(sizes)
    read = list(reads) or [rows.any_input()]
    known = {"params": params, "macs": macs}
    if like is not None and reads and like is reads[0] and like.sizes == sizes:
        row = rows.add("opaque", read, {"title": title, "shape": "same", **known}, helper=helper)
        return like.held_by(row.name, row.shape)
    shape, axes = _laid_out(sizes, like)
    row = rows.add("opaque", read, {"title": title, "shape": [*shape], **known}, helper=helper)
    return Tensor(row.name, shape, sizes, axes)


def moved(rows: Rows, title: str, reads: Sequence[Tensor], sizes: Sequence[int]) -> Tensor:
    """A row for what moves, reduces or combines values: it learns and multiplies nothing.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 3, 8, 8), channel_axis=1)
    >>> moved(rows, "TopK", [image], (1, 3, 8, 2)).shape
    (3, 8, 2)
    """
    return opaque(rows, title, reads, sizes, params=0, macs="none")


def _laid_out(sizes: Shape, like: Tensor | None) -> tuple[Shape, tuple[int, ...]]:
    """A shape for sizes of the file: with the axes of a similar value, else in their order."""
    if like is not None and like.rank == len(sizes) and not like.is_loose:
        fits = all(
            size == (like.sizes[at] if axis == BATCH else 1)
            for at, (axis, size) in enumerate(zip(like.axes, sizes, strict=True))
            if axis < 0
        )
        if fits:
            shape = [1] * len(like.shape)
            for axis, size in zip(like.axes, sizes, strict=True):
                if axis >= 0:
                    shape[axis] = size
            return tuple(shape), like.axes
    return in_file_order(sizes, has_batch=_has_batch(sizes, like))


def _has_batch(sizes: Shape, like: Tensor | None) -> bool:
    if like is None or like.batch_axis is None:
        return bool(sizes) and sizes[0] == 1
    return bool(sizes) and sizes[0] == like.sizes[like.batch_axis]


def in_file_order(sizes: Shape, *, has_batch: bool) -> tuple[Shape, tuple[int, ...]]:
    """A shape with the axes in the order of the file.

    >>> in_file_order((1, 197, 768), has_batch=True)
    ((197, 768), (-1, 0, 1))
    """
    first = int(has_batch)
    head = (BATCH,) * first
    own = sizes[first:]
    if len(own) <= MOST_AXES:
        return own or (1,), (*head, *range(len(own)))
    return (prod(own),), (*head, *[LOOSE] * len(own))
