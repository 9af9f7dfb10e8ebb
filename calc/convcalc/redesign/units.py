"""The units that designs rewrite: single convolutions and depthwise separable pairs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from operator import mul
from typing import cast

from convcalc.layers import AnyLayer, Layer
from convcalc.networks import Network
from convcalc.operations.activations import Identity
from convcalc.operations.base import Operation
from convcalc.operations.convolution import Conv, Convolution
from convcalc.operations.transposed import ConvTranspose
from convcalc.records import NamedTuple
from convcalc.redesign.designs import ConvLayer
from convcalc.redesign.sharing import owners, without_broken
from convcalc.values import Shape


class ConvolutionUnit(NamedTuple):
    """One convolution, or one depthwise separable pair, which a design rewrites as a whole.

    >>> pair = [Layer("a", Conv(8, 8, 3, groups=8)), Layer("b", Conv(8, 16, 1, bias=False), ("a",))]
    >>> ConvolutionUnit(tuple(pair), (8, 9, 9)).dense.operation
    Conv(8, 16, kernel_size=(3, 3), bias=False)
    """

    rows: tuple[AnyLayer, ...]
    """The convolution; or the depthwise half, what stands between, and the pointwise half."""
    input_shape: Shape

    @property
    def is_pair(self) -> bool:
        """Whether it is a depthwise and a pointwise half.

        >>> ConvolutionUnit((Layer("a", Conv(8, 16, 3)),), (8, 9, 9)).is_pair
        False
        """
        return len(self.rows) > 1

    @property
    def dense(self) -> ConvLayer:
        """The one convolution without groups that it is, or that its pair factorizes.

        A pair is linear in each half, so its dense convolution has the depthwise half's window, the
        pointwise half's outputs and bias, and both strides.

        Source: Chollet, "Xception", 2017, section 1.2.
        """
        layer, last = self.rows[0], cast("Convolution", self.rows[-1].operation)
        first = cast("Convolution", layer.operation)
        if not self.is_pair and first.groups == 1:
            return cast("ConvLayer", layer)
        arguments = {**first.arguments(), "groups": 1}
        if self.is_pair:
            arguments["out_channels"] = last.out_channels
            arguments["bias"] = last.bias
            arguments["stride"] = tuple(map(mul, first.stride, last.stride))
        kind = ConvTranspose if isinstance(first, ConvTranspose) else Conv
        return Layer(layer.name, kind(**arguments), layer.inputs, layer.path)


def units_of(network: Network) -> Iterator[Sequence[int]]:
    """The positions of the rows of every convolution, in order; the halves of a pair are together.

    A depthwise convolution and a 1x1 convolution are a pair if the one's output reaches the other
    through norms and activations alone, and nothing else. How the file spells them does not matter.

    >>> import convcalc
    >>> depthwise = {"depthwise_conv": None, "kernel_size": 3}
    >>> layers = ["relu", depthwise, "relu", {"conv": 16, "kernel_size": 1}]
    >>> list(units_of(convcalc.network({"input": [8, 9, 9], "layers": layers})))
    [[1, 2, 3]]
    """
    rows = network.rows
    pairs = without_broken(_pairs(rows, network.output_rows.values()), owners(rows))
    later_rows = {at for pair in pairs.values() for at in pair[1:]}
    for at, row in enumerate(rows):
        if isinstance(row.operation, Convolution) and at not in later_rows and not row.training:
            yield pairs.get(at, (at,))


def _pairs(rows: Sequence[AnyLayer], outputs: Collection[str]) -> dict[int, list[int]]:
    """The positions of each pair's rows, by the position of its depthwise half."""
    depthwise = [at for at, row in enumerate(rows) if is_depthwise(row.operation)]
    if not depthwise:
        return {}
    only_reader = _only_readers(rows, outputs)
    pairs: dict[int, list[int]] = {}
    pointwise: set[int] = set()
    for at in depthwise:
        if at not in pointwise and (pair := _pair(at, rows, only_reader)):
            pairs[at] = pair
            pointwise.add(pair[-1])
    return pairs


def _pair(
    at: int, rows: Sequence[AnyLayer], only_reader: dict[str, int | None]
) -> list[int] | None:
    """The rows from a depthwise convolution to its pointwise half; None where it is alone."""
    pair = [at]
    while (reader := only_reader.get(rows[pair[-1]].name)) is not None:
        pair.append(reader)
        if rows[reader].training != rows[at].training:
            return None
        if _is_pointwise_half(rows[reader].operation, of=rows[at].operation):
            return pair
        if not _is_norm_or_activation(rows[reader]):
            return None
    return None


def _only_readers(rows: Sequence[AnyLayer], outputs: Collection[str]) -> dict[str, int | None]:
    """The position of the row that reads each value; None where several do.

    The outputs of the network are read by whoever runs the network.
    """
    readers: dict[str, int | None] = {}
    for at, row in enumerate(rows):
        for name in row.inputs:
            readers[name] = None if name in readers else at
    readers.update(dict.fromkeys(outputs))
    return readers


def is_depthwise(operation: Operation) -> bool:
    """Whether each input channel is filtered separately: as many groups as input channels.

    With one input channel, that also requires one output channel.

    >>> is_depthwise(Conv(8, 16, 3, groups=8)), is_depthwise(Conv(1, 8, 3))
    (True, False)
    """
    return (
        isinstance(operation, Convolution)
        and operation.groups == operation.in_channels
        and (operation.in_channels > 1 or operation.out_channels == 1)
    )


def _is_pointwise_half(operation: Operation, of: Operation) -> bool:
    """Whether it mixes the channels of a depthwise convolution, position by position."""
    if not isinstance(operation, Conv) or not operation.pointwise:
        return False
    mixes = operation.groups == 1 or operation.groups < operation.in_channels
    pads = operation.padding != "same" and any(map(any, operation.padding))
    strides = any(step > 1 for step in operation.stride)
    return mixes and not pads and not (strides and isinstance(of, ConvTranspose))


def _is_norm_or_activation(row: AnyLayer) -> bool:
    """Whether it changes values one by one or normalizes them, and mixes in no other value."""
    works_on_values = row.operation.in_place or isinstance(row.operation, Identity)
    return works_on_values and len(row.inputs) == 1
