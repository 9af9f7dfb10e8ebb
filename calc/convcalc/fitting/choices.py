"""What every convolution of a network may become, with exact figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from math import prod
from typing import cast

from convcalc.errors import SpecError
from convcalc.facts.audit import Audit, LayerFacts
from convcalc.facts.memory import alive_elements, kept_inputs
from convcalc.layers import AnyLayer, Layer
from convcalc.networks import Network
from convcalc.operations.convolution import Convolution
from convcalc.records import NamedTuple
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
from convcalc.redesign.sharing import can_share, own_params
from convcalc.values import Shape

WRITTEN = "written"
DESIGNS = ("separable", GROUPED, BOTTLENECK, SPATIAL)
"""The families of designs that a layer may be rewritten in."""
GROUPS = (2, 4, 8, 16, 32)
WHOLE = 1000
"""What a layer as written counts among what is kept."""

Rewrite = Callable[[ConvLayer], list[ConvLayer]]


class Choice(NamedTuple):
    """What a layer may become, and its figures for one input.

    Layers that share weights have one choice, and its figures are their sums.
    """

    name: str
    layers: tuple[tuple[AnyLayer, ...], ...]
    """What stands in the place of each."""
    params: int
    macs: int
    activation: int
    """Elements of all its outputs."""
    peak: int
    """Elements in memory at most while it runs, those of other values included."""
    kept: int
    """Of 1,000 a layer, how much of the written parameters it has."""

    @property
    def is_written(self) -> bool:
        """Whether it is the layer as it is."""
        return self.name == WRITTEN

    @property
    def changed(self) -> int:
        """How many layers it changes."""
        return 0 if self.is_written else len(self.layers)


class Place(NamedTuple):
    """A convolution in its network, and what it may become; the first choice is as written.

    With it come the layers that use its weights.
    """

    positions: tuple[int, ...]
    names: tuple[str, ...]
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

    @property
    def convolutions(self) -> int:
        """How many convolutions have choices."""
        return sum([len(place.positions) for place in self.places])


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
    families = _families(rows)
    known: dict[object, list[_Possible]] = {}
    found = ChoiceSet([], [])
    for at, (row, fact) in enumerate(zip(rows, facts.layers, strict=True)):
        family = families.get(at)
        reason = _why_not([rows[each] for each in family or [at]])
        if reason is not None:
            found.stuck.append(_stuck(row, fact, reason, network.batch, alive[at] or 0))
        elif family is not None and at == family[0]:
            inputs = tuple([facts.layers[each].input_shapes[0] for each in family])
            wanted = all(allowed.layers(rows[each].name) for each in family)
            key = (tuple([id(rows[each].operation) for each in family]), inputs, wanted)
            members = tuple([cast("ConvLayer", rows[each]) for each in family])
            if key not in known:
                known[key] = list(_possible(members, inputs, allowed, wanted=wanted))
            moments = [(alive[each] or 0, stays[each]) for each in family]
            choices = tuple([_placed(members, each, known[key][0], moments) for each in known[key]])
            found.places.append(Place(tuple(family), tuple([m.name for m in members]), choices))
    return found


def _families(rows: Sequence[AnyLayer]) -> dict[int, list[int]]:
    """For each convolution its position and those of the layers that share its weights."""
    first: dict[str, int] = {}
    families: dict[int, list[int]] = {}
    for at, row in enumerate(rows):
        owner = first.get(row.weights_of or "", at)
        first[row.name] = owner
        if owner != at or isinstance(row.operation, Convolution):
            family = families.setdefault(owner, [owner])
            families[at] = family
            if at != owner:
                family.append(at)
    return families


def _stuck(row: AnyLayer, fact: LayerFacts, reason: str, batch: int, alive: int) -> Stuck:
    is_value = not (row.training or row.operation.is_weight)
    size = prod(fact.output_shape) * is_value
    return Stuck(row.name, reason, fact.params or 0, (fact.macs or 0) // batch, size, alive)


def _why_not(family: Sequence[AnyLayer]) -> str | None:
    """Why a row and those that share its weights have no choices; None if they have."""
    row = family[0]
    if row.training:
        return "it only runs in training"
    if not isinstance(row.operation, Convolution):
        return f"{row.operation.word} has no other design"
    if row.operation.groups == row.operation.in_channels > 1:
        return "it is depthwise"
    if any(each.training or not isinstance(each.operation, Convolution) for each in family):
        return "it shares weights with a layer that stays"
    return None


class _Possible(NamedTuple):
    """A design of layers that share their weights, in some place or other."""

    name: str
    layers: tuple[tuple[AnyLayer, ...], ...]
    params: int
    macs: int
    sizes: tuple[tuple[int, ...], ...]
    """Elements of the input and of each output, of each of the layers."""
    kept: int


def _possible(
    members: Sequence[ConvLayer], inputs: Sequence[Shape], allowed: Allowed, *, wanted: bool
) -> Iterator[_Possible]:
    written, shapes = _counted(WRITTEN, [[each] for each in members], members, inputs)
    yield written
    if not wanted:
        return
    for name, rewrite in _rewrites(members[0].operation, allowed):
        try:
            layers = [rewrite(each) for each in members]
            found, new_shapes = _counted(name, layers, members, inputs)
        except SpecError:
            continue
        cheaper = found.params < written.params and found.macs < written.macs
        shareable = all(can_share(each, layers[0]) for each in layers)
        if cheaper and shareable and new_shapes == shapes:
            yield found


def _counted(
    name: str,
    layers: Sequence[Sequence[AnyLayer]],
    members: Sequence[ConvLayer],
    inputs: Sequence[Shape],
) -> tuple[_Possible, list[Shape]]:
    """The sums of a design, and the output shapes."""
    owner = {each.name: parts for each, parts in zip(members, layers, strict=True)}
    params = macs = kept = 0
    sizes, outputs = [], []
    for member, parts, shape in zip(members, layers, inputs, strict=True):
        own = sum([each.operation.params for each in parts])
        kept += WHOLE * own // member.operation.params
        if member is not members[0] and member.weights_of is not None:
            own = own_params(parts, owner[member.weights_of])
        output, more, elements = _run(parts, shape)
        params, macs = params + own, macs + more
        sizes.append(elements)
        outputs.append(output)
    chains = tuple([tuple(parts) for parts in layers])
    return _Possible(name, chains, params, macs, tuple(sizes), kept), outputs


def _run(parts: Sequence[AnyLayer], shape: Shape) -> tuple[Shape, int, tuple[int, ...]]:
    """The output's shape of layers one after the other, their MACs, and the sizes on the way."""
    macs = 0
    sizes = [prod(shape)]
    for part in parts:
        shape, count = part.operation.shape_and_macs((shape,))
        macs += count or 0
        sizes.append(prod(shape))
    return shape, macs, tuple(sizes)


def _rewrites(conv: Convolution, allowed: Allowed) -> Iterator[tuple[str, Rewrite]]:
    """The designs of a layer by name, in order."""
    families: dict[str, list[tuple[str, Rewrite]]] = {
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


def _placed(
    members: Sequence[ConvLayer],
    design: _Possible,
    written: _Possible,
    moments: Sequence[tuple[int, bool]],
) -> Choice:
    """A design where the layers stand: with their names, and in the memory that is there."""
    peak = activation = 0
    for sizes, own, (alive, again) in zip(design.sizes, written.sizes, moments, strict=True):
        others = alive - sum(own)
        first, *rest = [one + other for one, other in pairwise(sizes)]
        peak = max(peak, others + max([first, *[size + sizes[0] * again for size in rest]]))
        activation += sum(sizes[1:])
    if design.name == WRITTEN:
        layers: tuple[tuple[AnyLayer, ...], ...] = tuple([(each,) for each in members])
    else:
        layers = tuple(
            [
                tuple(_renamed(parts, member))
                for parts, member in zip(design.layers, members, strict=True)
            ]
        )
    return Choice(design.name, layers, design.params, design.macs, activation, peak, design.kept)


def _renamed(parts: Sequence[AnyLayer], member: ConvLayer) -> Iterator[AnyLayer]:
    """The parts of an equal layer as parts of this one."""
    origin = parts[0].name if len(parts) == 1 else parts[0].name.rpartition(".")[0]
    inputs = member.inputs
    for part in parts:
        ending = part.name.removeprefix(origin)
        owner = None if member.weights_of is None else f"{member.weights_of}{ending}"
        yield Layer(f"{member.name}{ending}", part.operation, inputs, member.path, owner)
        inputs = (f"{member.name}{ending}",)
