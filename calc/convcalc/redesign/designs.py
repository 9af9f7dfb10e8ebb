"""The designs of a convolution: other layers for the same input and output shapes.

A design is one function from a layer to a list of layers. To add one, write the function and name
it in `designs_with`, or in `narrower_designs` if it is for those who ask for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from convcalc.errors import SpecError
from convcalc.layers import Layer
from convcalc.operations.convolution import Conv, Convolution
from convcalc.records import NamedTuple

USUAL_GROUPS = (2, 4, 8)
"""The groups that are tried for a layer that has none of its own."""

BOTTLENECK_RATIOS = ((1, 2), (1, 4))
SPATIAL_RATIOS = ((1, 1), (1, 2))
"""The inner channels, as parts of the lesser of the input and output channels."""

STANDARD = "standard"
GROUPED = "grouped"
SEPARABLE = "depthwise separable"
BOTTLENECK = "bottleneck"
SPATIAL = "spatial"

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


def bottleneck(layer: ConvLayer, ratio: tuple[int, int]) -> list[ConvLayer]:
    """The layer between two 1x1 convolutions, on fewer channels; of a 1x1 layer, two of these.

    Raises:
        NoSuchDesignError: the layer has groups, or too few channels.

    Source: He et al., "Deep Residual Learning for Image Recognition", 2015, section 4.1.

    >>> [part.operation for part in bottleneck(Layer("a", Conv(16, 32, 3)), (1, 4))]
    ... # doctest: +NORMALIZE_WHITESPACE
    [Conv(16, 4, kernel_size=(1, 1)), Conv(4, 4, kernel_size=(3, 3)),
     Conv(4, 32, kernel_size=(1, 1))]
    """
    conv, inner = layer.operation, _inner_channels(layer.operation, ratio)
    ones = (1,) * conv.dims
    expand = Conv(inner, conv.out_channels, ones, bias=conv.bias)
    if conv.pointwise:
        return _chain(layer, reduce=conv.replace(out_channels=inner), expand=expand)
    reduce = Conv(conv.in_channels, inner, ones, bias=conv.bias)
    middle = conv.replace(in_channels=inner, out_channels=inner)
    return _chain(layer, reduce=reduce, conv=middle, expand=expand)


def spatial(layer: ConvLayer, ratio: tuple[int, int]) -> list[ConvLayer]:
    """A kernel along the columns, then one along the rows.

    Raises:
        NoSuchDesignError: the layer has groups or too few channels, is transposed, or its kernel
            does not have two dimensions of more than one tap.

    Source: Szegedy et al., "Rethinking the Inception Architecture", 2015, section 3.2.

    >>> [part.operation for part in spatial(Layer("a", Conv(8, 8, 3, padding=1)), (1, 2))]
    ... # doctest: +NORMALIZE_WHITESPACE
    [Conv(8, 4, kernel_size=(3, 1), padding=(1, 0)),
     Conv(4, 8, kernel_size=(1, 3), padding=(0, 1))]
    """
    conv, inner = layer.operation, _inner_channels(layer.operation, ratio)
    if not isinstance(conv, Conv) or conv.dims != 2 or min(conv.kernel_size) == 1:
        raise NoSuchDesignError("only a plain convolution with a kernel of two dimensions splits")
    rows = conv.replace(out_channels=inner, **_along(conv, 0))
    columns = conv.replace(in_channels=inner, **_along(conv, 1))
    return _chain(layer, vertical=rows, horizontal=columns)


def _inner_channels(conv: Convolution, ratio: tuple[int, int]) -> int:
    if conv.groups > 1:
        raise NoSuchDesignError("it has {groups}", groups=conv.groups)
    inner = min(conv.in_channels, conv.out_channels) * ratio[0] // ratio[1]
    if inner < 1:
        raise NoSuchDesignError("it has too few channels")
    return inner


def _along(conv: Conv, axis: int) -> dict[str, Any]:
    """The window of a convolution in one dimension."""

    def only(sizes: Sequence[Any], nothing: Any) -> tuple[Any, ...]:
        return tuple([size if at == axis else nothing for at, size in enumerate(sizes)])

    padding = conv.padding
    return {
        "kernel_size": only(conv.kernel_size, 1),
        "stride": only(conv.stride, 1),
        "dilation": only(conv.dilation, 1),
        "padding": padding if isinstance(padding, str) else only(padding, (0, 0)),
    }


def _chain(layer: ConvLayer, **parts: Convolution) -> list[ConvLayer]:
    """Parts one after the other, the first one in the place of the layer."""
    chain: list[ConvLayer] = []
    inputs = layer.inputs
    for part, operation in parts.items():
        chain.append(Layer(f"{layer.name}.{part}", operation, inputs, layer.path))
        inputs = (chain[-1].name,)
    return chain


def ratio_text(ratio: tuple[int, int]) -> str:
    """A ratio as it is written.

    >>> ratio_text((1, 4))
    '1:4'
    """
    return f"{ratio[0]}:{ratio[1]}"


def narrower_designs() -> list[Design]:
    """The designs that have fewer channels inside.

    >>> [design.name for design in narrower_designs()]
    ['bottleneck 1:2', 'bottleneck 1:4', 'spatial 1:1', 'spatial 1:2']
    """
    return [
        *[_narrow(BOTTLENECK, bottleneck, ratio) for ratio in BOTTLENECK_RATIOS],
        *[_narrow(SPATIAL, spatial, ratio) for ratio in SPATIAL_RATIOS],
    ]


def _narrow(
    name: str,
    rewrite: Callable[[ConvLayer, tuple[int, int]], list[ConvLayer]],
    ratio: tuple[int, int],
) -> Design:
    return Design(
        f"{name} {ratio_text(ratio)}",
        lambda layer: rewrite(layer, ratio),
        f"already a {name}",
        proof=None,
        lesson=None,
    )


def designs_with(groups: Sequence[int | None]) -> list[Design]:
    """The usual designs, the grouped one for each number of groups."""
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
