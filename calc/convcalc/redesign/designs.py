"""The designs of a convolution: other layers for the same input and output shapes.

A design is one function from a layer to a list of layers. To add one, write the function and name
it in `designs_with`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from convcalc.errors import SpecError
from convcalc.layers import Layer
from convcalc.operations.convolution import Conv, Convolution

USUAL_GROUPS = (2, 4, 8)
"""The groups that are tried for a layer that has none of its own."""

STANDARD = "standard"
GROUPED = "grouped"
SEPARABLE = "depthwise separable"

GROUPING, SEPARATION = "groups", "separation"
"""The lessons: what `layer --explain` says of a design."""


class Proof(NamedTuple):
    """What the one dense convolution is that equals a design.

    Its weights are made by `DENSE_WEIGHTS` in reference/equivalences.py.
    """

    weight: str
    bias: str = ""
    """What is said further of a layer with a bias."""


BLOCK_DIAGONAL = Proof("the standard one with a block-diagonal weight")
COMPOSED = Proof(
    "one dense convolution with the kernel P[o,i] * D[i,:,:]",
    bias=" and the bias bP[o] + sum_i P[o,i] bD[i]",
)

ConvLayer: TypeAlias = Layer[Convolution]


def design_title(name: str, groups: int | None) -> str:
    """A design's name, with its groups where it has them.

    >>> design_title(GROUPED, 4), design_title(STANDARD, None)
    ('grouped, groups=4', 'standard')
    """
    return name if groups is None else f"{name}, groups={groups}"


class NoSuchDesignError(SpecError):
    """The layer has no such design, and why."""


class Design(NamedTuple):
    """A way to rewrite a layer, with the name it goes by."""

    name: str
    rewrite: Callable[[ConvLayer], list[ConvLayer]]
    already: str
    """What is said of a layer that is of this design already."""
    proof: Proof | None
    """How it equals the standard design; None if it need not."""
    lesson: str | None
    """What explains it: a key of `LESSONS` in the command line's layer/explanation.py."""
    groups: int | None = None
    keeps_pairs: bool = False
    """Whether every depthwise separable pair is of this design, with all that stands in it."""


def standard(layer: ConvLayer) -> list[ConvLayer]:
    """Every output channel reads every input channel: groups 1.

    >>> standard(Layer("a", Conv(16, 32, 3, groups=4)))[0].operation
    Conv(16, 32, kernel_size=(3, 3))
    """
    conv = layer.operation
    return [layer if conv.groups == 1 else layer._replace(operation=conv.replace(groups=1))]


def grouped(layer: ConvLayer, groups: int | None) -> list[ConvLayer]:
    """The channels fall into groups, each output channel reads its own group's inputs.

    Raises:
        NoSuchDesignError: `groups` is None, for none of the usual ones divides both channel counts.
        SpecError: `groups` does not divide both channel counts.

    Source: Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep CNNs", 2012.

    >>> grouped(Layer("a", Conv(16, 32, 3)), 4)[0].operation
    Conv(16, 32, kernel_size=(3, 3), groups=4)
    """
    conv = layer.operation
    if groups is None:
        tried = ", ".join(map(str, USUAL_GROUPS))
        raise NoSuchDesignError(
            f"none of {tried} divides both {{in_channels}} and {{out_channels}}",
            in_channels=conv.in_channels,
            out_channels=conv.out_channels,
        )
    return [layer._replace(operation=conv.replace(groups=groups))]


def depthwise_separable(layer: ConvLayer) -> list[ConvLayer]:
    """A kernel of its own for every input channel, then 1x1 over all the channels.

    Raises:
        NoSuchDesignError: the kernel is a single tap.

    Source: Howard et al., "MobileNets", 2017, section 3.1.

    >>> [half.operation for half in depthwise_separable(Layer("a", Conv(16, 32, 3)))]
    [Conv(16, 16, kernel_size=(3, 3), groups=16), Conv(16, 32, kernel_size=(1, 1))]
    """
    conv = layer.operation
    if conv.pointwise:
        raise NoSuchDesignError("a kernel of 1 has nothing to separate")
    inputs = conv.in_channels
    depthwise = layer._replace(
        name=f"{layer.name}.depthwise", operation=conv.replace(out_channels=inputs, groups=inputs)
    )
    pointwise = Conv(inputs, conv.out_channels, (1,) * conv.dims, bias=conv.bias)
    return [depthwise, Layer(f"{layer.name}.pointwise", pointwise, (depthwise.name,))]


def designs_with(groups: Sequence[int | None]) -> list[Design]:
    """Every design there is, the grouped one for each number of groups."""
    return [
        Design(STANDARD, standard, "already dense", proof=None, lesson=None),
        *map(_grouped_design, groups),
        Design(
            SEPARABLE,
            depthwise_separable,
            "already separable",
            proof=COMPOSED,
            lesson=SEPARATION,
            keeps_pairs=True,
        ),
    ]


def _grouped_design(groups: int | None) -> Design:
    rewrite = partial(grouped, groups=groups)
    return Design(
        GROUPED,
        rewrite,
        f"already in {groups} groups",
        proof=BLOCK_DIAGONAL,
        lesson=GROUPING,
        groups=groups,
    )


def designs_of(conv: Convolution) -> list[Design]:
    """The designs to set beside a layer, grouped by its own groups, else by the usual ones.

    >>> [design.groups for design in designs_of(Conv(12, 8, 3)) if design.name == GROUPED]
    [2, 4]
    """
    if conv.groups > 1:
        return designs_with([conv.groups])
    possible = [
        groups
        for groups in USUAL_GROUPS
        if conv.in_channels % groups == conv.out_channels % groups == 0
    ]
    return designs_with(possible or [None])
