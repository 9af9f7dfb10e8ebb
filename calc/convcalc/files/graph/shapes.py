"""Operations that move values: cutting, padding, joining, resizing, reducing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from convcalc.files.graph.arranging import arranged, reshaped
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.rows import MOST_AXES, Rows, set_style
from convcalc.files.graph.tensors import UNIT, Tensor
from convcalc.operations.reduction import REDUCTIONS
from convcalc.styles import MEAN, METHOD

RESIZES: Mapping[str, Mapping[int, str]] = {
    "bilinear": {1: "linear", 3: "trilinear"},
    "linear": {2: "bilinear", 3: "trilinear"},
}
"""Modes by the number of dimensions, where another one is asked for."""
BICUBIC = 2
"""Dimensions of that mode."""

Pads: TypeAlias = "Sequence[tuple[int, int]]"


def sliced(rows: Rows, tensor: Tensor, axis: int, start: int, stop: int, step: int = 1) -> Tensor:
    """The positions of an axis of the file from `start` up to, but without, `stop`.

    Raises:
        GraphError: there are no such positions.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> sliced(rows, image, 1, 0, 2).sizes, rows.layers[0]["channel_slice"]
    ((1, 2, 8, 8), [0, 2])
    """
    size = tensor.sizes[axis]
    if (start, stop, step) == (0, size, 1):
        return tensor
    left = len(range(start, stop, step))
    if not 0 <= start < stop <= size or step < 1:
        raise rows.fail(f"[{start}, {stop}] in steps of {step} is no part of {size:,} positions")
    if tensor.axes[axis] < 0:
        sizes = [left if at == axis else each for at, each in enumerate(tensor.sizes)]
        return moved(rows, "Slice", [tensor], sizes)
    at = tensor.axes[axis]
    if at == 0 and step == 1:
        row = rows.add("channel_slice", [tensor], {"channels": [start, stop]})
    else:
        steps = {} if step == 1 else {"step": step}
        row = rows.add("slice", [tensor], {"ends": [start, stop], "axis": at, **steps})
    return tensor.held_by(row.name, row.shape)


def split(rows: Rows, tensor: Tensor, axis: int, lengths: Sequence[int]) -> list[Tensor]:
    """Parts of an axis one after the other, a row each.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> [part.sizes for part in split(rows, image, 1, [1, 3])]
    [(1, 1, 8, 8), (1, 3, 8, 8)]
    """
    parts, start = [], 0
    for length in lengths:
        parts.append(sliced(rows, tensor, axis, start, start + length))
        start += length
    return parts


POOLS = {"mean": ("adaptive_avg_pool", MEAN), "max": ("adaptive_max_pool", METHOD)}
"""The pools that some reductions are, and how those are written then."""


def padded(
    rows: Rows, tensor: Tensor, pads: Pads, mode: str = "zeros", helper: str | None = None
) -> Tensor:
    """Values around the others: a low and a high width for each axis of the file.

    Negative widths cut values off.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> padded(rows, image, [(0, 0), (0, 2), (1, 1), (0, -1)]).sizes
    (1, 6, 10, 7)
    """
    tensor = _cut(rows, tensor, pads)
    widths = [(max(low, 0), max(high, 0)) for low, high in pads]
    if not any(map(any, widths)):
        return tensor
    if tensor.is_loose or any(any(w) and a < 0 for w, a in zip(widths, tensor.axes, strict=True)):
        wanted = tensor.without_batch
        if len(wanted) > MOST_AXES or (tensor.batch_axis == 0 and any(widths[0])):
            sizes = [size + sum(w) for size, w in zip(tensor.sizes, widths, strict=True)]
            return moved(rows, "Pad", [tensor], sizes)
        tensor = arranged(rows, tensor, wanted)
    return _padded_row(rows, tensor, widths, mode, helper)


def _cut(rows: Rows, tensor: Tensor, pads: Pads) -> Tensor:
    """Without the positions that negative widths cut off."""
    for axis, (low, high) in enumerate(pads):
        if low < 0 or high < 0:
            stop = tensor.sizes[axis] - max(-high, 0)
            tensor = sliced(rows, tensor, axis, max(-low, 0), stop)
    return tensor


def _padded_row(rows: Rows, tensor: Tensor, widths: Pads, mode: str, helper: str | None) -> Tensor:
    own = [(0, 0)] * len(tensor.shape)
    for axis, each in zip(tensor.axes, widths, strict=True):
        if axis >= 0:
            own[axis] = each
    if any(own[0]):
        row = rows.add("channel_pad", [tensor], {"widths": [*own[0]]}, helper=helper)
        tensor = tensor.held_by(row.name, row.shape)
    if any(map(any, own[1:])):
        modes = {} if mode == "zeros" else {"mode": mode}
        parameters = {"widths": [[*each] for each in own[1:]], **modes}
        row = rows.add("pad", [tensor], parameters, helper=helper)
        tensor = tensor.held_by(row.name, row.shape)
    return tensor


def resized(
    rows: Rows,
    tensor: Tensor,
    sizes: Sequence[int],
    mode: str = "nearest",
    *,
    to_size: bool = False,
) -> Tensor:
    """The value with other sizes in the file, by repeating or blending values.

    Args:
        rows: where rows are made.
        tensor: the value.
        sizes: the sizes that it should have.
        mode: how values are blended.
        to_size: whether the file gives the sizes, not factors.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> resized(rows, image, (1, 4, 16, 16)).row, rows.layers[0]["upsample"]
    ('layer', 2)
    """
    sizes = tuple(sizes)
    changed = [axis for axis in tensor.without_batch if sizes[axis] != tensor.sizes[axis]]
    spatial = [
        axis
        for axis in tensor.without_batch
        if axis != _channel_axis(tensor) and (axis in changed or tensor.axes[axis] != UNIT)
    ]
    mode = RESIZES.get(mode, {}).get(len(spatial), mode)
    if mode == "bicubic" and len(spatial) != BICUBIC:
        return moved(rows, "Resize", [tensor], sizes)
    if not set(changed) <= set(spatial) or not 0 < len(spatial) < MOST_AXES:
        return moved(rows, "Resize", [tensor], sizes)
    tensor = arranged(rows, tensor, [_channel_axis(tensor), *spatial])
    wanted = [sizes[axis] for axis in spatial]
    factors = [size / before for size, before in zip(wanted, tensor.shape[1:], strict=True)]
    modes = {} if mode == "nearest" else {"mode": mode}
    if not to_size and all(factor.is_integer() for factor in factors):
        whole = [int(factor) for factor in factors]
        factor = whole[0] if len(set(whole)) == 1 else whole
        parameters: dict[str, Any] = {"scale_factor": factor, **modes}
    else:
        parameters = {"size": wanted, **modes}
    row = rows.add("upsample", [tensor], parameters)
    return tensor.held_by(row.name, row.shape)


def _channel_axis(tensor: Tensor) -> int:
    """The axis of the file that is the first of the row, or would be."""
    return tensor.axes.index(0) if 0 in tensor.axes else tensor.without_batch[0]


def reduced(
    rows: Rows,
    tensor: Tensor,
    kind: str,
    axes: Sequence[int],
    *,
    keep: bool = True,
    is_pool: bool = False,
) -> Tensor:
    """The mean, the largest or the sum along some axes of the file.

    Args:
        rows: where rows are made.
        tensor: the value.
        kind: `mean`, `max` or `sum`, or what another reduction is called in the file.
        axes: the axes of the file.
        keep: whether they stay, with a size of 1.
        is_pool: whether the file calls it a pool.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> reduced(rows, image, "mean", [2, 3]).sizes, rows.layers[0]["adaptive_avg_pool"]
    ((1, 4, 1, 1), 1)
    """
    kept = [1 if axis in axes else size for axis, size in enumerate(tensor.sizes)]
    if any(axis != tensor.batch_axis and tensor.sizes[axis] > 1 for axis in axes):
        tensor = _reduced_row(rows, tensor, kind, axes, kept, is_pool)
    if keep:
        return tensor
    return reshaped(rows, tensor, [s for axis, s in enumerate(kept) if axis not in axes])


def _reduced_row(
    rows: Rows,
    tensor: Tensor,
    kind: str,
    axes: Sequence[int],
    kept: Sequence[int],
    is_pool: bool,
) -> Tensor:
    if kind not in REDUCTIONS or tensor.is_loose:
        return moved(rows, kind if kind not in REDUCTIONS else f"Reduce{kind}", [tensor], kept)
    own = sorted(tensor.axes[axis] for axis in axes if tensor.axes[axis] >= 0)
    spatial = [axis for axis, size in enumerate(tensor.shape) if axis and size > 1]
    pool, style = POOLS.get(kind, (None, ""))
    if pool and [axis for axis in own if tensor.shape[axis] > 1] == spatial and own[0] > 0:
        row = rows.add(pool, [tensor], {"output_size": 1})
        set_style(rows.layers[-1], "" if is_pool else style)
    else:
        row = rows.add("reduce", [tensor], {"reduction": kind, "axes": own, "keep": True})
    return tensor.held_by(row.name, row.shape)


def folded(rows: Rows, word: str, tensor: Tensor, channel_axis: int, factor: int) -> Tensor:
    """Channels that become positions (`pixel_shuffle`), or the other way round.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> folded(rows, "pixel_shuffle", image, 1, 2).sizes
    (1, 1, 16, 16)
    """
    spatial = [axis for axis in tensor.without_batch if axis != channel_axis]
    tensor = arranged(rows, tensor, [channel_axis, *spatial])
    row = rows.add(word, [tensor], {"factor": factor})
    return tensor.held_by(row.name, row.shape)


def expanded(rows: Rows, tensor: Tensor, sizes: Sequence[int], title: str = "Expand") -> Tensor:
    """Values repeated along axes of size 1; moves data and costs nothing.

    >>> rows = Rows()
    >>> gate = rows.input("x", (1, 4), channel_axis=1)
    >>> expanded(rows, reshaped(rows, gate, (1, 4, 1)), (1, 4, 9)).sizes
    (1, 4, 9)
    """
    if tuple(sizes) == tensor.sizes:
        return tensor
    return moved(rows, title, [tensor], sizes)
