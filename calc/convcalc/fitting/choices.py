"""What every convolution of a network may become, with exact figures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from math import prod
from typing import NamedTuple, cast

from convcalc.errors import SpecError
from convcalc.facts.audit import Audit
from convcalc.facts.memory import alive_elements, kept_inputs
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.operations.convolution import Convolution
from convcalc.redesign.designs import (
    BOTTLENECK,
    BOTTLENECK_RATIOS,
    GROUPED,
    SEPARABLE,
    SPATIAL,
    SPATIAL_RATIOS,
    ConvLayer,
    NoSuchDesignError,
    bottleneck,
    depthwise_separable,
    grouped,
    ratio_text,
    spatial,
)
from convcalc.values import Shape

WRITTEN = "written"
DESIGNS = ("separable", GROUPED, BOTTLENECK, SPATIAL)
"""The families of designs that a layer may be rewritten in."""
GROUPS = (2, 4, 8, 16, 32)
WHOLE = 1000
"""What a layer as written counts among what is kept."""

Rewrite = Callable[[ConvLayer], list[ConvLayer]]


class Choice(NamedTuple):
    """What a layer may become, and its figures for one input."""

    name: str
    layers: tuple[AnyLayer, ...]
    params: int
    macs: int
    activation: int
    """Elements of all its outputs."""
    peak: int
    """Elements in memory at most while it runs, those of other values included."""
    kept: int
    """Of 1,000, how much of the written parameters it has."""

    @property
    def is_written(self) -> bool:
        """Whether it is the layer as it is."""
        return self.name == WRITTEN


class Place(NamedTuple):
    """A convolution in its network, and what it may become; the first choice is as written."""

    at: int
    name: str
    choices: tuple[Choice, ...]


class Stuck(NamedTuple):
    """A row with figures that nothing changes, and why."""

    name: str
    reason: str
    params: int
    macs: int
    activation: int
    peak: int


class ChoiceSet(NamedTuple):
    """The convolutions of a network, and all its other rows."""

    places: list[Place]
    stuck: list[Stuck]
    """Every other row."""


class Allowed(NamedTuple):
    """Which designs are tried, and on which layers."""

    designs: Sequence[str] = DESIGNS
    groups: Sequence[int] = GROUPS
    layers: Callable[[str], bool] = lambda _: True


def choice_set(network: Network, facts: Audit, allowed: Allowed) -> ChoiceSet:
    """What every convolution that is not depthwise may become.

    A choice has the layer's output shape, fewer MACs and fewer params.

    >>> import convcalc
    >>> net = convcalc.network({"input": [8, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> (place,) = choice_set(net, net.audit(), Allowed(groups=(2, 4))).places
    >>> [(choice.name, choice.params, choice.macs) for choice in place.choices][:4]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('written', 584, 28224), ('grouped/2', 296, 14112), ('grouped/4', 152, 7056),
     ('separable', 152, 6664)]
    """
    rows = network.rows
    shapes = [row.output_shape for row in facts.layers]
    memory = (rows, network.inputs, shapes, network.output_rows.values())
    alive, stays = alive_elements(*memory), kept_inputs(*memory)
    shared = {row.weights_of for row in rows if row.weights_of}
    known: dict[object, list[tuple[str, Sequence[AnyLayer], _Counts]]] = {}
    found = ChoiceSet([], [])
    for at, (row, fact) in enumerate(zip(rows, facts.layers, strict=True)):
        operation = row.operation
        reason = _why_not(row, shared)
        if reason is not None or not isinstance(operation, Convolution):
            macs = (fact.macs or 0) // network.batch
            size = 0 if row.training or operation.is_weight else prod(fact.output_shape)
            stuck = (fact.params or 0, macs, size, alive[at] or 0)
            found.stuck.append(Stuck(row.name, reason or f"{operation.word} stays", *stuck))
            continue
        wanted = allowed.layers(row.name)
        shape = fact.input_shapes[0]
        key = (id(operation), shape, wanted)
        if key not in known:
            known[key] = list(_possible(cast("ConvLayer", row), shape, allowed, wanted=wanted))
        choices = _placed(row, known[key], shape, alive[at] or 0, again=stays[at])
        found.places.append(Place(at, row.name, choices))
    return found


def _why_not(row: AnyLayer, shared: Collection[str]) -> str | None:
    """Why a row has no choices; None if it has."""
    if row.training:
        return "it only runs in training"
    if not isinstance(row.operation, Convolution):
        return f"{row.operation.word} has no other design"
    if row.operation.groups == row.operation.in_channels > 1:
        return "it is depthwise"
    return "its weights are shared" if row.weights_of or row.name in shared else None


class _Counts(NamedTuple):
    params: int
    macs: int
    sizes: tuple[int, ...]


def _possible(
    layer: ConvLayer, input_shape: Shape, allowed: Allowed, *, wanted: bool
) -> Iterator[tuple[str, Sequence[AnyLayer], _Counts]]:
    output_shape, written = _counts([layer], input_shape)
    yield WRITTEN, [layer], written
    for name, rewrite in _rewrites(layer.operation, allowed) if wanted else ():
        try:
            layers = rewrite(layer)
            shape, counts = _counts(layers, input_shape)
        except SpecError:
            continue
        cheaper = counts.params < written.params and counts.macs < written.macs
        if shape == output_shape and cheaper:
            yield name, layers, counts


def _rewrites(conv: Convolution, allowed: Allowed) -> Iterator[tuple[str, Rewrite]]:
    """The designs of a layer by name, in order."""
    families = {
        GROUPED: [
            (f"grouped/{groups}", partial(grouped, groups=groups))
            for groups in sorted(set(allowed.groups))
            if _can_group(conv, groups)
        ],
        "separable": [("separable", _separable)],
        BOTTLENECK: [
            (f"bottleneck/{ratio_text(ratio)}", partial(bottleneck, ratio=ratio))
            for ratio in BOTTLENECK_RATIOS
        ],
        SPATIAL: [
            (f"spatial/{ratio_text(ratio)}", partial(spatial, ratio=ratio))
            for ratio in SPATIAL_RATIOS
        ],
    }
    for family, rewrites in families.items():
        if family in allowed.designs:
            yield from rewrites


def _can_group(conv: Convolution, groups: int) -> bool:
    channels = conv.in_channels, conv.out_channels
    more = conv.groups < groups < min(channels) and groups % conv.groups == 0
    return more and not any(number % groups for number in channels)


def _separable(layer: ConvLayer) -> list[ConvLayer]:
    if layer.operation.groups > 1 or layer.operation.in_channels == 1:
        raise NoSuchDesignError(f"{SEPARABLE} is for layers without groups")
    return depthwise_separable(layer)


def _counts(layers: Sequence[AnyLayer], shape: Shape) -> tuple[Shape, _Counts]:
    params = macs = 0
    sizes = [prod(shape)]
    for layer in layers:
        shape, count = layer.operation.shape_and_macs((shape,))
        params, macs = params + layer.operation.params, macs + (count or 0)
        sizes.append(prod(shape))
    return shape, _Counts(params, macs, tuple(sizes))


def _placed(
    row: AnyLayer,
    possible: Sequence[tuple[str, Sequence[AnyLayer], _Counts]],
    input_shape: Shape,
    alive: int,
    *,
    again: bool,
) -> tuple[Choice, ...]:
    """The choices of a layer where it stands, in the memory that is there."""
    written = possible[0][2]
    others = alive - sum(written.sizes)
    held = prod(input_shape) * again
    choices = []
    for name, layers, (params, macs, sizes) in possible:
        first, *rest = [one + other for one, other in zip(sizes, sizes[1:], strict=False)]
        peak = others + max([first, *[size + held for size in rest]])
        kept = WHOLE * params // written.params
        own = tuple([_renamed(layer, row, layers) for layer in layers])
        choices.append(Choice(name, own, params, macs, sum(sizes[1:]), peak, kept))
    return tuple(choices)


def _renamed(layer: AnyLayer, row: AnyLayer, layers: Sequence[AnyLayer]) -> AnyLayer:
    """A part of an equal layer as a part of this one."""
    if layers[-1].name == row.name or layer is row:
        return layer
    first = layers[0].name
    origin = first if len(layers) == 1 else first.rpartition(".")[0]
    inputs = row.inputs if layer is layers[0] else (_moved(layer.inputs[0], origin, row.name),)
    return layer._replace(
        name=_moved(layer.name, origin, row.name), inputs=inputs, path=row.path
    )


def _moved(name: str, origin: str, own: str) -> str:
    return own + name.removeprefix(origin)
