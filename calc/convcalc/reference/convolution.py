"""Convolutions: as products of matrices, and as the textbook has them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from operator import mul

import numpy as np

from convcalc.operations.convolution import Conv, Convolution, ConvTranspose
from convcalc.reference.kernel import Call, Kernel, Position, at_each
from convcalc.reference.sliding import (
    Sliding,
    blocks,
    first_of,
    overlaps,
    padded,
    size_of,
    sliding,
    taps,
)
from convcalc.reference.workspace import Array, Workspace, index
from convcalc.values import Shape

FEW = 64
"""Up to so many outputs in a group, laying out columns takes as long as multiplying them does."""

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
    kernel = _Columns(call.weights["weight"], conv.groups, window.in_three(), call.workspace)
    for values, into in zip(call.input, result, strict=True):
        kernel.convolve(_in_three(values), _in_three(into))
    return _biased(result, call)


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
        self.rows = height if outputs <= FEW and window.stride[1] == 1 else 1
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
        seen = padded(values, self.window, block, self.workspace)
        depth, height, width = size_of(block)
        between = self.window.dilation[1]
        more = (self.rows - 1) * between
        view = taps(seen, self.taps, (depth, height + more, width))
        columns = self.workspace.scratch("columns", view.shape, view.dtype)
        np.copyto(columns, view)
        columns = columns.reshape(-1, self.weight.shape[3], depth, height + more, width)
        rows = [columns[:, :, :, at * between : at * between + height] for at in range(self.rows)]
        return [row.reshape(*row.shape[:2], depth * height * width) for row in rows]

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
    weight = call.weights["weight"].reshape(conv.groups, channels // conv.groups, -1)
    across = weight.transpose(0, 2, 1)
    most = max(1, PORTION // (conv.groups * across.shape[1]))
    for values, into in zip(call.input, result, strict=True):
        flat = values.reshape(conv.groups, channels // conv.groups, -1)
        for block in blocks(sizes, most):
            at = first_of(block, sizes)
            shape = (conv.groups, across.shape[1], prod(size_of(block)))
            products = call.workspace.scratch("columns", shape, result.dtype)
            call.workspace.product(across, flat[:, :, at : at + shape[2]], out=products)
            _spread(products.reshape(-1, *window.kernel, *size_of(block)), window, block, into)
    return _biased(result, call)


def _spread(products: Array, window: Sliding, block: tuple[slice, ...], into: Array) -> None:
    """Adds `(out, *kernel, *block)` to where each product falls in `(out, *outputs)`."""
    sizes = [part.stop for part in block]
    for tap, overlap in zip(
        product(*map(range, window.kernel)), overlaps(window, into.shape[1:], sizes), strict=True
    ):
        fresh = [
            slice(max(mine.start, part.start), mine.stop)
            for mine, part in zip(overlap.outputs, block, strict=True)
        ]
        if any(part.start >= part.stop for part in fresh):
            continue
        places = tuple(
            slice(there.start + (now.start - mine.start) * there.step, there.stop, there.step)
            for mine, now, there in zip(overlap.outputs, fresh, overlap.inputs, strict=True)
        )
        mine_here = tuple(
            slice(now.start - part.start, now.stop - part.start)
            for now, part in zip(fresh, block, strict=True)
        )
        into[index(slice(None), *places)] += products[index(slice(None), *tap, *mine_here)]


def _in_three(values: Array) -> Array:
    """`(c, *spatial)` with three spatial dimensions, the first ones of size 1."""
    channels, *sizes = values.shape
    return values.reshape(channels, *(1,) * (3 - len(sizes)), *sizes)


def _biased(result: Array, call: Call) -> Array:
    if call.operation.bias:
        result += call.weights["bias"].reshape(-1, *(1,) * (result.ndim - 2))
    return result


def convolution_value(call: Call, position: Position) -> float:
    """The sum over taps and channels of weight times input, zero outside of the input, plus bias.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    """
    conv: Conv = call.operation
    n, out, *at = position
    values, weight = call.input[n], call.weights["weight"][out]
    window = sliding(conv, values.shape[1:])
    inputs = len(values) // conv.groups
    first = out // (conv.out_channels // conv.groups) * inputs
    total = _bias(call, out)
    for tap in product(*map(range, window.kernel)):
        where = [
            o * s - low + t * d
            for o, s, (low, _), t, d in zip(
                at, window.stride, window.pads, tap, window.dilation, strict=True
            )
        ]
        if all(0 <= i < size for i, size in zip(where, values.shape[1:], strict=True)):
            here = values[index(slice(first, first + inputs), *where)].tolist()
            total += sum(map(mul, here, weight[index(slice(None), *tap)].tolist()))
    return total


def transposed_value(call: Call, position: Position) -> float:
    """The sum of weight times input over all inputs one of whose taps falls on the position.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
    """
    conv: ConvTranspose = call.operation
    n, out, *at = position
    values = call.input[n]
    inputs = len(values) // conv.groups
    group, own = divmod(out, conv.out_channels // conv.groups)
    mine = slice(group * inputs, (group + 1) * inputs)
    weight = call.weights["weight"][mine, own]
    total = _bias(call, out)
    for tap in product(*map(range, conv.kernel_size)):
        steps = [
            divmod(o + low - t * d, s)
            for o, (low, _), t, d, s in zip(
                at, conv.padding, tap, conv.dilation, conv.stride, strict=True
            )
        ]
        where = [i for i, _ in steps]
        meets = all(rest == 0 for _, rest in steps)
        if meets and all(0 <= i < size for i, size in zip(where, values.shape[1:], strict=True)):
            here = values[index(mine, *where)].tolist()
            total += sum(map(mul, here, weight[index(slice(None), *tap)].tolist()))
    return total


def _bias(call: Call, out: int) -> float:
    return float(call.weights["bias"][out]) if call.operation.bias else 0.0


def _conv_weights(conv: Conv, channels: int) -> dict[str, Shape]:
    """An array for each output channel: a kernel for each input channel of its group."""
    return _with_bias(conv, (conv.out_channels, channels // conv.groups, *conv.kernel_size))


def _transposed_weights(conv: ConvTranspose, channels: int) -> dict[str, Shape]:
    """An array for each input channel: a kernel for each output channel of its group."""
    return _with_bias(conv, (channels, conv.out_channels // conv.groups, *conv.kernel_size))


def _with_bias(conv: Convolution, weight: Shape) -> dict[str, Shape]:
    shapes = {"weight": weight}
    if conv.bias:
        shapes["bias"] = (conv.out_channels,)
    return shapes


def _fan_in(conv: Convolution, channels: int) -> int:
    return channels // conv.groups * prod(conv.kernel_size)


CONVOLUTION = Kernel(
    convolution, at_each(convolution_value), _conv_weights, exact=True, fan_in=_fan_in
)
KERNELS = {
    "conv": CONVOLUTION,
    "depthwise_conv": CONVOLUTION,
    "conv_transpose": Kernel(
        transposed, at_each(transposed_value), _transposed_weights, exact=True, fan_in=_fan_in
    ),
}
