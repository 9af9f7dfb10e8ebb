"""The designs of a whole network: every convolution rewritten, all else as it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from convcalc.errors import SpecError
from convcalc.facts.audit import Audit
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.redesign.designs import (
    USUAL_GROUPS,
    ConvLayer,
    Design,
    NoSuchDesignError,
    design_title,
    designs_with,
    narrower_designs,
)
from convcalc.redesign.sharing import KEPT, can_share, in_training_too, own_params, owners
from convcalc.redesign.units import ConvolutionUnit, units_of
from convcalc.values import Shape

AS_WRITTEN = "as written"
"""The name of the network itself among its designs."""


class Kept(NamedTuple):
    """Layers that a design leaves as written, and why."""

    reason: str
    layers: tuple[str, ...]
    """The names of the rows; of a separable pair, its depthwise half's."""


class Redesign(NamedTuple):
    """The totals of a network in another design.

    >>> Redesign("grouped", 4, 152, 7056, changed=1, could_not=0).title
    'grouped, groups=4'
    """

    design: str
    groups: int | None
    params: int
    macs: int
    changed: int
    """Layers that differ from as written; a separable pair is one layer."""
    could_not: int
    """Layers that stayed as written because the groups do not divide their channels."""
    kept: tuple[Kept, ...] = ()
    """All layers that stayed as written, by reason."""

    @property
    def title(self) -> str:
        """The design's name, with its groups where it has them."""
        return design_title(self.design, self.groups)


class _Written(NamedTuple):
    """Convolutions that do the same to the same input, as they are written, and where they are."""

    unit: ConvolutionUnit
    dense: ConvLayer
    arguments: list[dict[str, Any]]
    params: int
    macs: int
    positions: list[int]
    owner: int | None = None
    """The position of the convolution that has its weights."""
    in_training_too: bool = False
    """Whether it shares them with a layer that no design changes."""


class _Outcome(NamedTuple):
    """What a design makes of a convolution: a change of the totals, or a reason to keep it."""

    params: int = 0
    macs: int = 0
    reason: str | None = None
    impossible: bool = False
    rows: Sequence[AnyLayer] = ()
    """What it becomes."""


def designs(
    network: Network, groups: Sequence[int] = USUAL_GROUPS, *, every: bool = False
) -> list[Redesign]:
    """A network as written, and in the standard, the grouped and the separable design.

    Args:
        network: the network.
        groups: the numbers of groups to try, each a design of its own.
        every: whether bottlenecks and pairs of spatial halves are tried too.

    >>> import convcalc
    >>> small = convcalc.network({"input": [8, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> [(each.title, each.params, each.macs) for each in convcalc.designs(small, [4])][2:]
    [('grouped, groups=4', 152, 7056), ('depthwise separable', 152, 6664)]
    """
    return redesigns(network, network.audit(), groups, every=every)


def redesigns(
    network: Network,
    facts: Audit,
    groups: Sequence[int] = USUAL_GROUPS,
    *,
    every: bool = False,
) -> list[Redesign]:
    """The network as written, and in the standard, the grouped and the separable design.

    Every convolution is rewritten as `compare` rewrites a single layer. A depthwise convolution and
    the 1x1 convolution behind it are one layer, in whatever way the network spells them; what
    stands between the two goes when they become one.

    Args:
        network: the network as written.
        facts: its audit.
        groups: the numbers of groups to try, each a design of its own.
        every: whether bottlenecks and pairs of spatial halves are tried too.

    >>> import convcalc
    >>> small = convcalc.network({"input": [8, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> written, standard, grouped, *_ = redesigns(small, small.audit(), [4])
    >>> written.macs, standard.macs, grouped.title, grouped.macs
    (28224, 28224, 'grouped, groups=4', 7056)
    """
    totals = facts.totals
    written = Redesign(AS_WRITTEN, None, totals.params, totals.macs, 0, 0)
    units = _written(network, facts)
    names = [row.name for row in facts.layers]
    designs = [*designs_with(groups), *(narrower_designs() if every else [])]
    return [written, *[_redesign(each, network, written, units, names) for each in designs]]


def _written(network: Network, facts: Audit) -> list[_Written]:
    """Equal convolutions together: equal words of a file share their operation."""
    rows = network.rows
    owner_of = owners(rows)
    owning = set(owner_of.values())
    fixed = in_training_too(rows, owner_of)
    found: dict[Hashable, _Written] = {}
    for members in units_of(network):
        first = members[0]
        input_shape = facts.layers[first].input_shapes[0]
        same: tuple[Hashable, ...] = tuple([id(rows[at].operation) for at in members])
        if not owning.isdisjoint(members):
            same = (first,)
        elif first in owner_of:
            same = *same, owner_of[first]
        written = found.get((input_shape, same))
        if written is None:
            unit = ConvolutionUnit(tuple([rows[at] for at in members]), input_shape)
            arguments = list(map(_arguments, unit.rows))
            counts = _counts(*unit)
            sharing = owner_of.get(first), not fixed.isdisjoint(members)
            written = _Written(unit, unit.dense, arguments, *counts, [], *sharing)
            found[input_shape, same] = written
        written.positions.append(first)
    return list(found.values())


def _redesign(
    design: Design,
    network: Network,
    written: Redesign,
    units: Sequence[_Written],
    names: Sequence[str],
) -> Redesign:
    params, macs, changed, could_not = written.params, written.macs, 0, 0
    kept: dict[str, list[int]] = {}
    outcomes = [_outcome(design, unit) for unit in units]
    if any(unit.owner is not None for unit in units):
        outcomes = _together(units, outcomes)
    for unit, outcome in zip(units, outcomes, strict=True):
        times = len(unit.positions)
        if outcome.reason is not None:
            kept.setdefault(outcome.reason, []).extend(unit.positions)
            could_not += times * outcome.impossible
        else:
            params += times * outcome.params
            macs += times * outcome.macs * network.batch
            changed += times
    by_reason = tuple(_kept(kept, names))
    return Redesign(design.name, design.groups, params, macs, changed, could_not, by_reason)


def _kept(positions: dict[str, list[int]], names: Sequence[str]) -> Iterator[Kept]:
    for reason, places in positions.items():
        yield Kept(reason, tuple([names[at] for at in sorted(places)]))


def _outcome(design: Design, written: _Written) -> _Outcome:
    if written.unit.is_pair and design.keeps_pairs:
        return _Outcome(reason=design.already)
    try:
        new = design.rewrite(written.dense)
    except SpecError as error:
        impossible = not isinstance(error, NoSuchDesignError)
        return _Outcome(reason=str(error), impossible=impossible)
    if list(map(_arguments, new)) == written.arguments:
        return _Outcome(reason=design.already)
    if written.in_training_too:
        return _Outcome(reason=KEPT)
    params, macs = _counts(new, written.unit.input_shape)
    return _Outcome(params - written.params, macs - written.macs, rows=new)


def _together(units: Sequence[_Written], outcomes: Sequence[_Outcome]) -> list[_Outcome]:
    """The outcomes with those that share weights made one: all of them change alike, or none."""
    at = {unit.positions[0]: number for number, unit in enumerate(units)}
    root: dict[int, int] = {}
    for number, unit in enumerate(units):
        if unit.owner is not None:
            owner = at[unit.owner]
            root[number] = root.get(owner, owner)
    found = list(outcomes)
    for number, first in root.items():
        mine, theirs = outcomes[number], outcomes[first]
        if bool(mine.rows) != bool(theirs.rows) or not can_share(mine.rows, theirs.rows):
            kept = _Outcome(reason=KEPT)
            found[first] = kept
    for number, first in root.items():
        unit, mine = units[number], outcomes[number]
        if found[first].reason == KEPT:
            found[number] = found[first]
        elif mine.rows and unit.owner is not None:
            # Its bias may be its direct owner's where the first of all has none.
            owner = at[unit.owner]
            before = own_params(unit.unit.rows, units[owner].unit.rows)
            after = own_params(mine.rows, outcomes[owner].rows)
            found[number] = mine._replace(params=after - before)
    return found


def _arguments(row: AnyLayer) -> dict[str, Any]:
    return row.operation.arguments()


def _counts(rows: Sequence[AnyLayer], input_shape: Shape) -> tuple[int, int]:
    """Params and MACs of layers one after the other, for one input."""
    params = macs = 0
    for row in rows:
        output_shape, count = row.operation.shape_and_macs((input_shape,))
        params, macs, input_shape = params + row.operation.params, macs + (count or 0), output_shape
    return params, macs
