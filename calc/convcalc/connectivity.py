"""Which input channel feeds which output channel: the block-diagonal grid that groups are."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from convcalc.operations import Convolution

Block: TypeAlias = range
"""Neighbouring channels that share one row or one column of the grid."""


class Link(Enum):
    """How many of a cell's input and output channels are connected."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


class ChannelGrid(NamedTuple):
    """A convolution's connections, scaled down to a grid that can be drawn."""

    inputs: tuple[Block, ...]
    outputs: tuple[Block, ...]
    links: tuple[tuple[Link, ...], ...]
    """A row for each block of output channels, a cell in it for each block of input channels."""


def channel_grid(conv: Convolution, most: int = 16) -> ChannelGrid:
    """The connections of a convolution's channels, in a grid of at most `most` by `most` cells.

    >>> from convcalc import Conv
    >>> for row in channel_grid(Conv(4, 8, 3, groups=2), most=4).links:
    ...     print(*[link.value for link in row])
    all all none none
    all all none none
    none none all all
    none none all all
    """
    inputs = _blocks(conv.in_channels, conv.groups, most)
    outputs = _blocks(conv.out_channels, conv.groups, most)
    into, out_of = conv.in_channels // conv.groups, conv.out_channels // conv.groups
    links = [[_link(row, out_of, column, into) for column in inputs] for row in outputs]
    return ChannelGrid(inputs, outputs, tuple(map(tuple, links)))


def _blocks(channels: int, groups: int, most: int) -> tuple[Block, ...]:
    """The channels in at most `most` blocks, none of them across groups if there is room for it."""
    in_group = channels // groups
    number = groups * min(in_group, most // groups) if groups <= most else most
    edges = [channels * edge // number for edge in range(number + 1)]
    return tuple(map(range, edges, edges[1:]))


def _link(outputs: Block, out_of: int, inputs: Block, into: int) -> Link:
    """How two blocks are linked, `out_of` output and `into` input channels being in a group."""
    first_out, last_out = outputs[0] // out_of, outputs[-1] // out_of
    first_in, last_in = inputs[0] // into, inputs[-1] // into
    if last_out < first_in or last_in < first_out:
        return Link.NONE
    return Link.ALL if first_out == last_out == first_in == last_in else Link.SOME
