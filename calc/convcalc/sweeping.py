"""How the figures of a layer or a network move with a parameter or two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from convcalc.errors import SpecError
from convcalc.facts.totals import Totals
from convcalc.layers import Layer
from convcalc.networks import Network
from convcalc.operations.convolution import Convolution
from convcalc.records import NamedTuple
from convcalc.values import Shape


class Variation(NamedTuple):
    """A parameter, and the values that it takes in turn.

    >>> len(Variation("groups", (1, 2, 4)).values)
    3
    """

    name: str
    values: Sequence[Any]


class Figures(NamedTuple):
    """The figures of a point of a sweep.

    >>> from convcalc import Conv
    >>> layer_figures(Conv(16, 32, 3), (16, 64, 64)).params
    4640
    """

    output_shape: Shape
    weight_shape: Shape | None
    """None for a network, which has many."""
    params: int
    macs: int
    receptive_field: tuple[int, ...] | None
    receptive_field_step: tuple[int | float, ...] | None
    peak_activation_bytes: int
    weight_bytes: int
    unknown: tuple[str, ...] = ()
    """Which of `params` and `macs` are lower bounds, because figures of layers are not known."""


class Point(NamedTuple):
    """Values of the parameters, and the figures; or why there are none.

    >>> Point({"groups": 5}, None, SpecError("impossible")).figures is None
    True
    """

    values: Mapping[str, Any]
    figures: Figures | None
    reason: SpecError | None = None
    subject: Any = None
    """What the figures are of, for those who want to run it."""


Made = tuple[Figures, Any]


def sweep(make: Callable[..., Network], **values: Sequence[Any]) -> list[Point]:
    """The figures of a network for each value of some parameters.

    Args:
        make: the network for a value of each parameter.
        values: the values of each parameter; the last one moves fastest.

    >>> import convcalc
    >>> def with_groups(groups):
    ...     layers = [{"conv": 32, "kernel_size": 3, "groups": groups}]
    ...     return convcalc.network({"input": [16, 66, 66], "layers": layers})
    >>> for point in convcalc.sweep(with_groups, groups=[1, 4, 5]):
    ...     print(point.values, point.figures and point.figures.macs, point.reason)
    {'groups': 1} 18874368 None
    {'groups': 4} 4718592 None
    {'groups': 5} None layers[0].groups: groups=5 does not divide in_channels=16
    """

    def made(**chosen: Any) -> Made:
        network = make(**chosen)
        return network_figures(network), network

    variations = [Variation(name, list(each)) for name, each in values.items()]
    return list(points(variations, made))


def points(variations: Sequence[Variation], make: Callable[..., Made]) -> Iterator[Point]:
    """The points of a grid, the last parameter moving fastest; what is impossible gets a reason.

    Args:
        variations: the parameters and their values.
        make: the figures for a value of each parameter, and what they are of.

    >>> from convcalc import Conv
    >>> def make(groups):
    ...     return layer_figures(Conv(16, 32, 1, groups=groups), (16, 8, 8)), None
    >>> for point in points([Variation("groups", (1, 3))], make):
    ...     print(point.values, point.figures and point.figures.macs)
    {'groups': 1} 32768
    {'groups': 3} None
    """
    names = [variation.name for variation in variations]
    for values in product(*[variation.values for variation in variations]):
        chosen = dict(zip(names, values, strict=True))
        try:
            figures, subject = make(**chosen)
        except SpecError as reason:
            yield Point(chosen, None, reason)
        else:
            yield Point(chosen, figures, None, subject)


def layer_figures(conv: Convolution, input_shape: Shape, batch: int = 1) -> Figures:
    """The figures of one layer.

    Raises:
        SpecError: the layer cannot take this input.
    """
    totals = Network(input_shape, [Layer("layer", conv)], batch=batch).totals()
    return _figures(totals, conv.weight_shape)


def network_figures(network: Network) -> Figures:
    """The totals of a network.

    >>> import convcalc
    >>> network_figures(convcalc.network({"input": [3], "layers": [{"linear": 4}]})).params
    16
    """
    return _figures(network.totals(), None)


def _figures(totals: Totals, weight_shape: Shape | None) -> Figures:
    return Figures(
        totals.output_shape,
        weight_shape,
        totals.params,
        totals.macs,
        totals.receptive_field,
        totals.receptive_field_step,
        totals.peak_activation_bytes,
        totals.weight_bytes,
        tuple(totals.unknown),
    )
