"""Which input channel feeds which output channel: the block-diagonal grid that groups are."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from convcalc.operations.convolution import Convolution
from convcalc.records import NamedTuple

Block: TypeAlias = range | None
"""Neighbouring channels of one group that share a row or a column of the grid; None for the groups
that are left out."""


class Link(Enum):
    """Whether a cell's output channels read its input channels."""

    NONE = "no"
    ALL = "yes"
    LEFT_OUT = "left out"


class ChannelGrid(NamedTuple):
    """A convolution's connections, scaled down to a grid that can be drawn."""

    inputs: tuple[Block, ...]
    outputs: tuple[Block, ...]
    links: tuple[tuple[Link, ...], ...]
    """A row for each block of output channels, a cell in it for each block of input channels."""


def channel_grid(conv: Convolution, most: int = 16) -> ChannelGrid:
    """The connections of a convolution's channels, in a grid of at most `most` by `most` cells.

    No cell reaches over the edge of a group. Where there are more groups than cells, the last group
    follows on the first ones, and what lies between is left out.

    >>> from convcalc import Conv
    >>> for row in channel_grid(Conv(4, 8, 3, groups=2), most=4).links:
    ...     print(*[link.value for link in row])
    yes yes no no
    yes yes no no
    no no yes yes
    no no yes yes
    """
    inputs = _blocks(conv.in_channels, conv.groups, most)
    outputs = _blocks(conv.out_channels, conv.groups, most)
    into, out_of = conv.in_channels // conv.groups, conv.out_channels // conv.groups
    links = [[_link(row, out_of, column, into) for column in inputs] for row in outputs]
    return ChannelGrid(inputs, outputs, tuple(map(tuple, links)))


def _blocks(channels: int, groups: int, most: int) -> tuple[Block, ...]:
    """The channels in at most `most` blocks, none of them across groups."""
    in_group = channels // groups
    if groups > most:
        first = [range(at * in_group, (at + 1) * in_group) for at in range(most - 2)]
        return (*first, None, range(channels - in_group, channels))
    number = groups * min(in_group, most // groups)
    edges = [channels * edge // number for edge in range(number + 1)]
    return tuple(map(range, edges, edges[1:]))


def _link(outputs: Block, out_of: int, inputs: Block, into: int) -> Link:
    """How two blocks are linked, `out_of` output and `into` input channels being in a group."""
    if outputs is None or inputs is None:
        return Link.LEFT_OUT
    return Link.ALL if outputs[0] // out_of == inputs[0] // into else Link.NONE
