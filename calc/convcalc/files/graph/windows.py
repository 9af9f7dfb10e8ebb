"""Convolutions, poolings and what else slides over the positions of channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

from convcalc.files.graph.arranging import arranged
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.products import weighted_product
from convcalc.files.graph.rows import MOST_AXES, Rows
from convcalc.files.graph.shapes import Pads, padded
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted
from convcalc.operations.windows import pooled_size
from convcalc.values import compact


class Window(NamedTuple):
    """How a kernel slides: a number, or a pair, for each spatial dimension."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    pads: Pads | str
    """Low and high widths, or `same`."""
    dilation: tuple[int, ...]

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the language, as short as they can be written."""
        ones = (1,) * len(self.kernel)
        written: dict[str, Any] = {"kernel_size": _short(self.kernel)}
        if self.stride != ones:
            written["stride"] = _short(self.stride)
        if isinstance(self.pads, str) or any(map(any, self.pads)):
            written["padding"] = _short(self.pads)
        if self.dilation != ones:
            written["dilation"] = _short(self.dilation)
        return written

    def with_ones(self, more: int) -> Window:
        """The same behind `more` dimensions that nothing slides over."""
        ones, pads = (1,) * more, self.pads
        if not isinstance(pads, str):
            pads = [*[(0, 0)] * more, *pads]
        return Window(ones + self.kernel, ones + self.stride, pads, ones + self.dilation)


def _short(value: Any) -> Any:
    """One number for all dimensions where they are alike; lists, as a file has them."""
    if isinstance(value, str):
        return value
    short = compact(tuple([tuple(each) if isinstance(each, list) else each for each in value]))
    return _listed(short)


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def convolved(
    rows: Rows,
    tensor: Tensor,
    window: Window,
    weights: Sequence[Weight],
    *,
    out_channels: int,
    channel_axis: int = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """A convolution. Axes that are neither the batch nor what it slides over are positions too.

    Args:
        rows: where rows are made.
        tensor: the value.
        window: how the kernel slides.
        weights: the kernel, and the bias if there is one.
        out_channels: channels of the output.
        channel_axis: the axis of the file that holds the channels.
        groups: groups of channels.
        padding_mode: what stands around the value.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 8, 8, 3), channel_axis=3)
    >>> kernel = Weight("w", (16, 3, 3, 3), {"w": 432})
    >>> window = Window((3, 3), (1, 1), [(1, 1), (1, 1)], (1, 1))
    >>> convolved(rows, image, window, [kernel], out_channels=16, channel_axis=3).sizes
    (1, 8, 8, 16)
    """
    others: dict[str, Any] = {"groups": groups} if groups > 1 else {}
    if len(weights) < 2:
        others["bias"] = False
    if padding_mode != "zeros":
        others["padding_mode"] = padding_mode

    def written(own: Window) -> dict[str, Any]:
        return {"out_channels": out_channels, **own.parameters, **others}

    return _slid(rows, ("conv", "Conv"), tensor, window, weights, channel_axis, written)


def conv_transposed(
    rows: Rows,
    tensor: Tensor,
    window: Window,
    weights: Sequence[Weight],
    *,
    out_channels: int,
    channel_axis: int = 1,
    groups: int = 1,
    output_padding: Sequence[int] | None = None,
) -> Tensor:
    """A transposed convolution; see `convolved`."""
    others: dict[str, Any] = {"groups": groups} if groups > 1 else {}
    if len(weights) < 2:
        others["bias"] = False

    def written(own: Window) -> dict[str, Any]:
        parameters = {"out_channels": out_channels, **own.parameters, **others}
        if output_padding and any(output_padding):
            more = (0,) * (len(own.kernel) - len(output_padding))
            parameters["output_padding"] = _short(more + tuple(output_padding))
        return parameters

    names = ("conv_transpose", "ConvTranspose")
    return _slid(rows, names, tensor, window, weights, channel_axis, written)


def _slid(
    rows: Rows,
    names: tuple[str, str],
    tensor: Tensor,
    window: Window,
    weights: Sequence[Weight],
    channel_axis: int,
    written: Callable[[Window], dict[str, Any]],
) -> Tensor:
    """A convolution by its word and its title, with its parameters for a window."""
    word, title = names
    if _has_too_many(tensor, window, channel_axis):
        return _apart(rows, names, tensor, window, weights, channel_axis, written)
    own, window = _for_window(rows, tensor, window, channel_axis)
    return weighted(rows, word, own, written(window), weights, title=title)


def _axes(tensor: Tensor, count: int, channel_axis: int) -> tuple[list[int], list[int]]:
    """The long axes that nothing slides over, but the batch, and the axes that are slid over."""
    others = [axis for axis in range(tensor.rank) if axis != channel_axis % tensor.rank]
    extra = [a for a in others[:-count] if a != tensor.batch_axis and tensor.sizes[a] > 1]
    return extra, others[-count:]


def _has_too_many(tensor: Tensor, window: Window, channel_axis: int) -> bool:
    """Whether a value has more axes than a row can have, but an operation of its own could be."""
    extra, spatial = _axes(tensor, len(window.kernel), channel_axis)
    return len(spatial) + 1 <= MOST_AXES < len(extra) + len(spatial) + 1


def _apart(
    rows: Rows,
    names: tuple[str, str],
    tensor: Tensor,
    window: Window,
    weights: Sequence[Weight],
    channel_axis: int,
    written: Callable[[Window], dict[str, Any]],
) -> Tensor:
    """A convolution of a value that has more axes than a row can have, with its figures."""
    word, title = names
    extra, spatial = _axes(tensor, len(window.kernel), channel_axis)
    own = [channel_axis % tensor.rank, *spatial]
    shape = tuple([tensor.sizes[axis] for axis in own])
    operation = rows.operation(word, [shape], written(window))
    sizes = [*tensor.sizes]
    for axis, size in zip(own, operation.output_shape(shape), strict=True):
        sizes[axis] = size
    macs = (operation.macs(shape) or 0) * prod([tensor.sizes[axis] for axis in extra])
    return weighted_product(rows, [tensor], tuple(sizes), weights, macs=macs, title=title)


def _for_window(
    rows: Rows, tensor: Tensor, window: Window, channel_axis: int
) -> tuple[Tensor, Window]:
    """The channels first, then the axes that nothing slides over, then the others."""
    count = len(window.kernel)
    extra, spatial = _axes(tensor, count, channel_axis)
    if len(spatial) < count:
        raise rows.fail(f"a kernel of {count} dimensions cannot slide over {tensor.sizes}")
    wanted = [channel_axis % tensor.rank, *extra, *spatial]
    if len(wanted) > MOST_AXES:
        raise rows.fail(
            f"a window over {count} of the axes {tensor.sizes}: {len(wanted)} axes are longer "
            f"than 1 or slid over; at most {MOST_AXES} are possible"
        )
    return arranged(rows, tensor, wanted), window.with_ones(len(extra))


def pooled(
    rows: Rows,
    word: str,
    tensor: Tensor,
    window: Window,
    *,
    channel_axis: int = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """`max_pool` or `avg_pool`; padding beyond half the kernel becomes a row of its own.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> window = Window((2, 2), (2, 2), [(0, 0), (0, 0)], (1, 1))
    >>> pooled(rows, "max_pool", image, window).sizes
    (1, 4, 4, 4)
    """
    is_dilated = word == "avg_pool" and any(step > 1 for step in window.dilation)
    if is_dilated or _has_too_many(tensor, window, channel_axis):
        return _unsaid(rows, word, tensor, window, channel_axis, ceil_mode)
    tensor, window = _for_window(rows, tensor, window, channel_axis)
    pads = window.pads
    if not isinstance(pads, str) and any(
        max(pad) > size // 2 for pad, size in zip(pads, window.kernel, strict=True)
    ):
        own = dict(zip(range(1, len(tensor.shape)), pads, strict=True))
        widths = [own.get(axis, (0, 0)) for axis in tensor.axes]
        tensor = padded(rows, tensor, widths, helper="pad")
        window = window._replace(pads=[(0, 0)] * len(window.kernel))
    parameters = window.parameters
    parameters["stride"] = _short(window.stride)
    if window.stride == window.kernel:
        del parameters["stride"]
    if ceil_mode:
        parameters["ceil_mode"] = True
    row = rows.add(word, [tensor], parameters)
    return tensor.held_by(row.name, row.shape)


def _unsaid(
    rows: Rows, word: str, tensor: Tensor, window: Window, channel_axis: int, ceil_mode: bool
) -> Tensor:
    """A pooling that the language has no words for."""
    others = [axis for axis in range(tensor.rank) if axis != channel_axis % tensor.rank]
    sizes = [*tensor.sizes]
    for at, axis in enumerate(others[-len(window.kernel) :]):
        if isinstance(window.pads, str):
            sizes[axis] = -(-sizes[axis] // window.stride[at])
            continue
        sizes[axis] = pooled_size(
            sizes[axis],
            window.kernel[at],
            window.stride[at],
            window.pads[at],
            window.dilation[at],
            ceil_mode,
        )
    return moved(rows, word, [tensor], sizes)


def pooled_to(
    rows: Rows, word: str, tensor: Tensor, sizes: Sequence[int], *, channel_axis: int = 1
) -> Tensor:
    """`adaptive_avg_pool` or `adaptive_max_pool` to some spatial sizes.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> pooled_to(rows, "adaptive_avg_pool", image, (1, 1)).sizes
    (1, 4, 1, 1)
    """
    window = Window((1,) * len(sizes), (1,) * len(sizes), "same", (1,) * len(sizes))
    tensor, window = _for_window(rows, tensor, window, channel_axis)
    extra = tensor.shape[1 : 1 + len(window.kernel) - len(sizes)]
    row = rows.add(word, [tensor], {"output_size": _short((*extra, *sizes))})
    return tensor.held_by(row.name, row.shape)
