"""Convolutions: as products of matrices, and as the textbook has them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import mul

import numpy as np

from convcalc.operations.convolution import Conv, Convolution
from convcalc.operations.padding_modes import ZEROS
from convcalc.operations.transposed import ConvTranspose
from convcalc.reference.kernel import LISTED, Call, Kernel, Position, at_each
from convcalc.reference.padding_modes import padded_with, source_of
from convcalc.reference.sliding import (
    Sliding,
    blocks,
    first_of,
    overlaps,
    padded,
    shifted,
    size_of,
    sliding,
    spanned,
    taps,
)
from convcalc.reference.whole_numbers import signs
from convcalc.reference.workspace import Array, Workspace, index
from convcalc.values import Shape

FEW = 64
"""Up to so many outputs in a group, laying out columns takes as long as multiplying them does."""

LEAST_POSITIONS = 256
"""Positions that are multiplied at once before the outputs of a transposed layer are split."""

PORTION, SMALL_PORTION = 2**20, 2**18
"""Numbers that a block of columns holds, for many and for few outputs in a group; as measured."""


def convolution(call: Call) -> Array:
    """`(n, out, *outputs)` of `(n, in, *sizes)` and a weight of `(out, in / groups, *kernel)`.

    What the windows see is laid out as columns, block by block, and each block is a product of
    matrices for every group: im2col, as in Chellapilla, Puri, Simard, "High Performance
    Convolutional Neural Networks for Document Processing", 2006.
    """
    conv: Conv = call.operation
    number, _, *sizes = call.input.shape
    window = sliding(conv, sizes)
    outputs = window.starts(sizes)
    result = np.empty((number, conv.out_channels, *outputs), call.input.dtype)
    slides = window if conv.padding_mode == ZEROS else window.unpadded()
    kernel = _Columns(call.weights["weight"], conv.groups, slides.in_three(), call.workspace)
    for values, into in zip(call.input, result, strict=True):
        kernel.convolve(_in_three(_with_padding(values, conv, window)), _in_three(into))
    return _biased(result, call)


def _with_padding(values: Array, conv: Conv, window: Sliding) -> Array:
    """What the windows slide over where that is not the input with zeros around it."""
    if conv.padding_mode == ZEROS:
        return values
    return padded_with(values, window.pads, conv.padding_mode)


class _Columns:
    """One layer's weight, ready to be multiplied with columns.

    Where windows follow each other row by row, the taps of all rows of the kernel see the same
    columns, only further down: the columns are laid out for one row of the kernel, and multiplied
    once for each.
    """

    def __init__(self, weight: Array, groups: int, window: Sliding, workspace: Workspace) -> None:
        self.groups, self.window, self.workspace = groups, window, workspace
        outputs, inputs = len(weight) // groups, weight.shape[1]
        depth, height, width = window.kernel
        follow = window.stride[1] == window.dilation[1] == 1
        self.rows = height if outputs <= FEW and follow else 1
        self.portion = SMALL_PORTION if outputs == 1 else PORTION
        self.taps = window._replace(kernel=(depth, height // self.rows, width))
        by_row = weight.reshape(
            groups, outputs, inputs, depth, self.rows, height // self.rows, width
        )
        # (row, group, output, everything that is added up)
        self.weight = np.moveaxis(by_row, 4, 0).reshape(self.rows, groups, outputs, -1)
        self.inputs = inputs

    def convolve(self, values: Array, result: Array) -> None:
        """The convolution of one input of three dimensions, written into the result."""
        outputs = result.shape[1:]
        added_up = self.weight.shape[3]
        if self._sees_each_once() and outputs == values.shape[1:]:
            columns = values.reshape(self.groups, self.inputs, -1)
            self._multiply([columns], result.reshape(self.groups, -1, prod(outputs)), slice(None))
            return
        together = max(1, min(self.groups, self.portion // (added_up * prod(outputs))))
        most = max(1, self.portion // (added_up * together))
        for first in range(0, self.groups, together):
            part = slice(first, min(first + together, self.groups))
            seen = values[part.start * self.inputs : part.stop * self.inputs]
            into = result.reshape(self.groups, -1, prod(outputs))[part]
            for block in self._blocks(outputs, most):
                at = first_of(block, outputs)
                columns_by_row = self._columns(seen, block)
                self._multiply(columns_by_row, into[:, :, at : at + prod(size_of(block))], part)

    def _sees_each_once(self) -> bool:
        return prod(self.window.kernel) == 1 and not any(map(any, self.window.pads))

    def _blocks(self, outputs: Shape, most: int) -> list[tuple[slice, ...]]:
        """The output in portions; rows that share columns are of one plane."""
        if self.rows == 1:
            return list(blocks(outputs, most))
        plane = [*blocks(outputs[1:], most)]
        return [(slice(at, at + 1), *block) for at in range(outputs[0]) for block in plane]

    def _columns(self, values: Array, block: tuple[slice, ...]) -> list[Array]:
        """What a block's windows see: for each row of the kernel `(group, added up, window)`."""
        depth, height, width = size_of(block)
        more = self.rows - 1
        shape = (len(values), *self.taps.kernel, depth, height + more, width)
        columns = self.workspace.scratch("columns", shape, values.dtype)
        if prod(map(len, spanned(self.window, block))) * len(values) <= self.portion:
            seen = padded(values, self.window, block, self.workspace)
            np.copyto(columns, taps(seen, self.taps, shape[4:]))
        else:
            self._gather(values, block, columns)
        columns = columns.reshape(-1, self.weight.shape[3], depth, height + more, width)
        rows = [columns[:, :, :, at : at + height] for at in range(self.rows)]
        return [row.reshape(*row.shape[:2], depth * height * width) for row in rows]

    def _gather(self, values: Array, block: tuple[slice, ...], columns: Array) -> None:
        """The columns tap by tap: where taps lie far apart, most of what lies between is unseen."""
        columns.fill(0)
        window = shifted(self.taps, block)
        for tap, mine, there in overlaps(window, values.shape[1:], columns.shape[4:]):
            columns[index(slice(None), *tap, *mine)] = values[index(slice(None), *there)]

    def _multiply(self, columns_by_row: Sequence[Array], into: Array, groups: slice) -> None:
        first, *others = columns_by_row
        self.workspace.product(self.weight[0, groups], first, out=into)
        for weight, columns in zip(self.weight[1:], others, strict=True):
            more = self.workspace.scratch("more", into.shape, into.dtype)
            self.workspace.product(weight[groups], columns, out=more)
            into += more


def transposed(call: Call) -> Array:
    """`(n, out, *outputs)` of `(n, in, *sizes)` and a weight of `(in, out / groups, *kernel)`.

    Every input is multiplied with every tap, and the products are added where they fall; those that
    fall on what is cropped are done as well.
    """
    conv: ConvTranspose = call.operation
    number, channels, *sizes = call.input.shape
    window = sliding(conv, sizes)
    outputs = tuple(
        [
            (size - 1) * stride + window.reach(axis) + 1 - sum(pads) + more
            for axis, (size, stride, pads, more) in enumerate(
                zip(sizes, window.stride, window.pads, conv.output_padding, strict=True)
            )
        ]
    )
    result = np.zeros((number, conv.out_channels, *outputs), call.input.dtype)
    groups, inputs = conv.groups, channels // conv.groups
    weight = call.weights["weight"].reshape(groups, inputs, -1, *window.kernel)
    taps_at_all = groups * prod(window.kernel)
    together = max(1, PORTION // (taps_at_all * min(prod(sizes), LEAST_POSITIONS)))
    for values, into in zip(call.input, result.reshape(number, groups, -1, *outputs), strict=True):
        flat = values.reshape(groups, inputs, -1)
        for first in range(0, weight.shape[2], together):
            part = weight[:, :, first : first + together]
            across = part.reshape(groups, inputs, -1).swapaxes(1, 2)
            spread_over = into[:, first : first + together]
            _transpose(flat, across, window, sizes, spread_over, call.workspace)
    return _biased(result, call)


def _transpose(
    flat: Array,
    across: Array,
    window: Sliding,
    sizes: Sequence[int],
    into: Array,
    workspace: Workspace,
) -> None:
    """The products of `(group, in, positions)` and `(group, taps, in)`, added where they fall."""
    for block in blocks(sizes, max(1, PORTION // prod(across.shape[:2]))):
        at, inner = first_of(block, sizes), size_of(block)
        shape = (*across.shape[:2], prod(inner))
        products = workspace.scratch("columns", shape, into.dtype)
        workspace.product(across, flat[:, :, at : at + shape[2]], out=products)
        by_tap = products.reshape(*into.shape[:2], *window.kernel, *inner)
        for tap, mine, there in overlaps(shifted(window, block), into.shape[2:], inner):
            every = (slice(None), slice(None))
            into[index(*every, *there)] += by_tap[index(*every, *tap, *mine)]


def _in_three(values: Array) -> Array:
    """`(c, *spatial)` with three spatial dimensions, the first ones of size 1."""
    channels, *sizes = values.shape
    return values.reshape(channels, *(1,) * (3 - len(sizes)), *sizes)


def _biased(result: Array, call: Call) -> Array:
    if call.operation.bias:
        result += call.weights["bias"].reshape(-1, *(1,) * (result.ndim - 2))
    return result


def convolution_sums_agree(call: Call, result: Array) -> bool:
    """Whether sums of outputs are the outputs of summed filters."""
    conv: Conv = call.operation
    summing = _summing(call)
    weight = call.weights["weight"]
    summed = summing @ weight.reshape(conv.groups, -1, weight[0].size)
    return _agree(call, result, summing, summed.reshape(-1, *weight.shape[1:]))


def transposed_sums_agree(call: Call, result: Array) -> bool:
    """Whether sums of outputs are the outputs of summed filters."""
    conv: ConvTranspose = call.operation
    summing = _summing(call)
    weight = call.weights["weight"]
    inputs, outputs, *kernel = weight.shape
    by_group = weight.reshape(conv.groups, inputs // conv.groups, outputs, -1)
    summed = summing[:, None] @ by_group
    return _agree(call, result, summing, summed.reshape(inputs, -1, *kernel))


def _summing(call: Call) -> Array:
    conv: Convolution = call.operation
    fan_in = _fan_in(conv, (conv.in_channels,))
    return signs(conv.groups, conv.out_channels // conv.groups, fan_in, call.input.dtype)


def _agree(call: Call, result: Array, summing: Array, weight: Array) -> bool:
    conv: Convolution = call.operation
    groups, sums, outputs = summing.shape
    weights = {"weight": weight}
    if conv.bias:
        bias = call.weights["bias"].reshape(groups, outputs, 1)
        weights["bias"] = (summing @ bias).reshape(-1)
    few = call._replace(
        operation=conv.replace(out_channels=groups * sums), weights=weights, out=None
    )
    kernel = transposed if isinstance(conv, ConvTranspose) else convolution
    found = summing @ result.reshape(len(result), groups, outputs, -1)
    return np.array_equal(kernel(few).reshape(found.shape), found)


def convolution_value(call: Call, position: Position) -> float:
    """The sum over taps and channels of weight times input or padding, plus bias.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    """
    conv: Conv = call.operation
    n, out, *at = position
    values = call.input[n]
    inputs = len(values) // conv.groups
    first = out // (conv.out_channels // conv.groups) * inputs
    paired = []
    for axis, (low, _) in enumerate(conv.pads(values.shape)):
        start = at[axis] * conv.stride[axis] - low
        places = [start + tap * conv.dilation[axis] for tap in range(conv.kernel_size[axis])]
        sources = [source_of(each, values.shape[axis + 1], conv.padding_mode) for each in places]
        paired.append([(tap, place) for tap, place in enumerate(sources) if place is not None])
    channels = [(channel, first + channel) for channel in range(inputs)]
    total = _sum_of_products(call.weights["weight"][out], values, [channels, *paired])
    return total + _bias(call, out)


def transposed_value(call: Call, position: Position) -> float:
    """The sum of weight times input over all inputs one of whose taps falls on the position.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
    """
    conv: ConvTranspose = call.operation
    n, out, *at = position
    values = call.input[n]
    inputs = len(values) // conv.groups
    group, own = divmod(out, conv.out_channels // conv.groups)
    paired = []
    for axis, (low, _) in enumerate(conv.padding):
        taps = range(conv.kernel_size[axis])
        steps = [
            divmod(at[axis] + low - tap * conv.dilation[axis], conv.stride[axis]) for tap in taps
        ]
        size = values.shape[axis + 1]
        paired.append(
            [(tap, i) for tap, (i, rest) in enumerate(steps) if not rest and 0 <= i < size]
        )
    channels = [(channel, channel) for channel in range(group * inputs, (group + 1) * inputs)]
    total = _sum_of_products(call.weights["weight"][:, own], values, [channels, *paired])
    return total + _bias(call, out)


def _sum_of_products(
    weight: Array, values: Array, paired: Sequence[Sequence[tuple[int, int]]]
) -> float:
    """The sum over all that meet in every dimension: index of the weight, index of the value."""
    channels, *positions = paired
    if not all(positions):
        return 0.0
    across = prod(map(len, positions))
    total = 0.0
    for start in range(0, len(channels), max(1, LISTED // across)):
        pairs = [channels[start : start + max(1, LISTED // across)], *positions]
        ours, theirs = (
            np.ix_(*[[pair[side] for pair in each] for each in pairs]) for side in (0, 1)
        )
        total += sum(map(mul, weight[ours].ravel().tolist(), values[theirs].ravel().tolist()))
    return total


def _bias(call: Call, out: int) -> float:
    return float(call.weights["bias"][out]) if call.operation.bias else 0.0


def _conv_weights(conv: Conv, input_shape: Shape) -> dict[str, Shape]:
    """An array for each output channel: a kernel for each input channel of its group."""
    return _with_bias(conv, (conv.out_channels, input_shape[0] // conv.groups, *conv.kernel_size))


def _transposed_weights(conv: ConvTranspose, input_shape: Shape) -> dict[str, Shape]:
    """An array for each input channel: a kernel for each output channel of its group."""
    return _with_bias(conv, (input_shape[0], conv.out_channels // conv.groups, *conv.kernel_size))


def _with_bias(conv: Convolution, weight: Shape) -> dict[str, Shape]:
    shapes = {"weight": weight}
    if conv.bias:
        shapes["bias"] = (conv.out_channels,)
    return shapes


def _fan_in(conv: Convolution, input_shape: Shape) -> int:
    return input_shape[0] // conv.groups * prod(conv.kernel_size)


CONVOLUTION = Kernel(
    convolution,
    at_each(convolution_value),
    _conv_weights,
    exact=True,
    fan_in=_fan_in,
    sums_agree=convolution_sums_agree,
)
KERNELS = {
    "conv": CONVOLUTION,
    "depthwise_conv": CONVOLUTION,
    "conv_transpose": Kernel(
        transposed,
        at_each(transposed_value),
        _transposed_weights,
        exact=True,
        fan_in=_fan_in,
        sums_agree=transposed_sums_agree,
    ),
}
