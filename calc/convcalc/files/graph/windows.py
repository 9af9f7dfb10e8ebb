"""Convolutions, poolings and what else slides over the positions of channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from convcalc.files.graph.arranging import arranged
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.rows import MOST_AXES, Rows
from convcalc.files.graph.shapes import Pads, padded
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted, weighted_opaque
from convcalc.operations.windows import pooled_size
from convcalc.records import NamedTuple
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
    options = {} if padding_mode == "zeros" else {"padding_mode": padding_mode}
    made = _Convolution("conv", "Conv", window, weights, out_channels, groups, options)
    return _slid(rows, tensor, made, channel_axis)


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
    words = "conv_transpose", "ConvTranspose"
    made = _Convolution(*words, window, weights, out_channels, groups, {}, output_padding or ())
    return _slid(rows, tensor, made, channel_axis)


class _Convolution(NamedTuple):
    """A convolution, whatever it reads."""

    word: str
    title: str
    window: Window
    weights: Sequence[Weight]
    out_channels: int
    groups: int
    options: Mapping[str, str]
    """Other parameters of the language."""
    output_padding: Sequence[int] = ()

    def parameters(self, more: int = 0) -> dict[str, Any]:
        """Those of the language, behind `more` dimensions that nothing slides over."""
        window = self.window.with_ones(more)
        written: dict[str, Any] = {"out_channels": self.out_channels, **window.parameters}
        if self.groups > 1:
            written["groups"] = self.groups
        if len(self.weights) < 2:
            written["bias"] = False
        if any(self.output_padding):
            written["output_padding"] = _short((0,) * more + tuple(self.output_padding))
        written |= self.options
        return written


def _slid(rows: Rows, tensor: Tensor, made: _Convolution, channel_axis: int) -> Tensor:
    if _has_too_many(tensor, made.window, channel_axis):
        return _apart(rows, tensor, made, channel_axis)
    own, more = _for_window(rows, tensor, made.window, channel_axis)
    return weighted(rows, made.word, own, made.parameters(more), made.weights, title=made.title)


def _axes(tensor: Tensor, count: int, channel_axis: int) -> tuple[list[int], list[int]]:
    """The long axes that nothing slides over, but the batch, and the axes that are slid over."""
    others = [axis for axis in range(tensor.rank) if axis != channel_axis % tensor.rank]
    extra = [a for a in others[:-count] if a != tensor.batch_axis and tensor.sizes[a] > 1]
    return extra, others[-count:]


def _has_too_many(tensor: Tensor, window: Window, channel_axis: int) -> bool:
    """Whether a value has more axes than a row can have, but an operation of its own could be."""
    extra, spatial = _axes(tensor, len(window.kernel), channel_axis)
    return len(spatial) + 1 <= MOST_AXES < len(extra) + len(spatial) + 1


def _apart(rows: Rows, tensor: Tensor, made: _Convolution, channel_axis: int) -> Tensor:
    """A convolution of a value that has more axes than a row can have, with its figures."""
    extra, spatial = _axes(tensor, len(made.window.kernel), channel_axis)
    own = [channel_axis % tensor.rank, *spatial]
    shape = tuple([tensor.sizes[axis] for axis in own])
    operation = rows.operation(made.word, [shape], made.parameters())
    sizes = [*tensor.sizes]
    for axis, size in zip(own, operation.output_shape(shape), strict=True):
        sizes[axis] = size
    macs = (operation.macs(shape) or 0) * prod([tensor.sizes[axis] for axis in extra])
    return weighted_opaque(rows, made.title, [tensor], sizes, made.weights, macs=macs)


def _for_window(
    rows: Rows, tensor: Tensor, window: Window, channel_axis: int
) -> tuple[Tensor, int]:
    """The channels first, then the axes that nothing slides over, of how many, then the others."""
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
    return arranged(rows, tensor, wanted), len(extra)


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
        return _inexpressible(rows, word, tensor, window, channel_axis, ceil_mode)
    tensor, more = _for_window(rows, tensor, window, channel_axis)
    window = window.with_ones(more)
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


def pooled_to_fit(
    rows: Rows,
    word: str,
    tensor: Tensor,
    window: Window,
    sizes: Sequence[int],
    pads: Sequence[int],
) -> Tensor:
    """`max_pool` or `avg_pool` with an output of some spatial sizes.

    If they are those of neither rounding, the high padding is what the last window needs. A size
    of 0 is that of a kernel that does not fit, which the engine refuses.

    Args:
        rows: where rows are made.
        word: the operation.
        tensor: the value.
        window: how the kernel slides.
        sizes: the spatial sizes of the output.
        pads: the padding of both sides of each dimension.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> window = Window((3, 3), (2, 2), [(0, 0), (0, 0)], (1, 1))
    >>> _ = pooled_to_fit(rows, "max_pool", image, window, (4, 4), (0, 0))
    >>> rows.layers[0]["ceil_mode"]
    True
    """
    each = [*zip(tensor.sizes[2:], window.kernel, window.stride, pads, strict=True)]
    for ceil_mode in (False, True):
        rounded = [pooled_size(s, k, t, (p, p), 1, ceil_mode) for s, k, t, p in each]
        if rounded == [*sizes] and (not ceil_mode or all(2 * p <= k for _, k, _, p in each)):
            return pooled(rows, word, tensor, window, ceil_mode=ceil_mode)
    if min(sizes) < 1:
        return pooled(rows, word, tensor, window)
    exact = [
        (pad, max((out - 1) * stride + kernel - size - pad, 0))
        for out, (size, kernel, stride, pad) in zip(sizes, each, strict=True)
    ]
    return pooled(rows, word, tensor, window._replace(pads=exact))


def _inexpressible(
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
    tensor, more = _for_window(rows, tensor, window, channel_axis)
    extra = tensor.shape[1 : 1 + more]
    row = rows.add(word, [tensor], {"output_size": _short((*extra, *sizes))})
    return tensor.held_by(row.name, row.shape)
