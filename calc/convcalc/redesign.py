"""The designs of a whole network: every convolution rewritten, all else as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from convcalc.audit import Audit
from convcalc.convolution_units import ConvolutionUnit, units_of
from convcalc.designs import USUAL_GROUPS, Design, NoSuchDesignError, designs_with
from convcalc.errors import SpecError
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.values import Shape


class Kept(NamedTuple):
    """Layers that a design leaves as written, and why."""

    reason: str
    layers: tuple[str, ...]
    """The names of the rows; of a separable pair, its depthwise half's."""


class Redesign(NamedTuple):
    """The totals of a network in another design."""

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


class _EqualUnits(NamedTuple):
    """Convolutions that do the same to the same input, and where they are."""

    unit: ConvolutionUnit
    positions: list[int]


class _Outcome(NamedTuple):
    """What a design makes of a convolution: a change of the totals, or a reason to keep it."""

    params: int = 0
    macs: int = 0
    reason: str | None = None
    impossible: bool = False


def redesigns(
    network: Network, facts: Audit, groups: Sequence[int] = USUAL_GROUPS
) -> list[Redesign]:
    """The network as written, and in the standard, the grouped and the separable design.

    Every convolution is rewritten as `compare` rewrites a single layer. A depthwise convolution and
    the 1x1 convolution behind it are one layer, in whatever way the network spells them; what
    stands between the two goes when they become one.

    Args:
        network: the network as written.
        facts: its audit.
        groups: the numbers of groups to try, each a design of its own.

    >>> import convcalc
    >>> small = convcalc.network({"input": [8, 9, 9], "layers": [{"conv": 8, "kernel_size": 3}]})
    >>> [design.macs for design in redesigns(small, small.audit(), [4])]
    [28224, 28224, 7056, 6664]
    """
    totals = facts.totals
    written = Redesign("as written", None, totals.params, totals.macs, 0, 0)
    units = _gathered(units_of(network, facts.layers))
    names = [row.name for row in facts.layers]
    return [
        written,
        *[_redesign(each, network, written, units, names) for each in designs_with(groups)],
    ]


def _gathered(units: Iterable[ConvolutionUnit]) -> list[_EqualUnits]:
    """Equal convolutions together: equal words of a file share their operation."""
    found: dict[tuple[tuple[int, ...], Shape], _EqualUnits] = {}
    for unit in units:
        key = tuple([id(row.operation) for row in unit.rows]), unit.input_shape
        found.setdefault(key, _EqualUnits(unit, [])).positions.append(unit.position)
    return list(found.values())


def _redesign(
    design: Design,
    network: Network,
    written: Redesign,
    units: Sequence[_EqualUnits],
    names: Sequence[str],
) -> Redesign:
    params, macs, changed, could_not = written.params, written.macs, 0, 0
    kept: dict[str, list[int]] = {}
    for unit, positions in units:
        outcome = _outcome(design, unit)
        times = len(positions)
        if outcome.reason is not None:
            kept.setdefault(outcome.reason, []).extend(positions)
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


def _outcome(design: Design, unit: ConvolutionUnit) -> _Outcome:
    if unit.is_pair and design.keeps_pairs:
        return _Outcome(reason=design.already)
    try:
        new = design.rewrite(unit.dense)
    except SpecError as error:
        impossible = not isinstance(error, NoSuchDesignError)
        return _Outcome(reason=str(error), impossible=impossible)
    if list(map(_arguments, new)) == list(map(_arguments, unit.rows)):
        return _Outcome(reason=design.already)
    old_params, old_macs = _counts(unit.rows, unit.input_shape)
    new_params, new_macs = _counts(new, unit.input_shape)
    return _Outcome(new_params - old_params, new_macs - old_macs)


def _arguments(row: AnyLayer) -> dict[str, Any]:
    return row.operation.arguments()


def _counts(rows: Sequence[AnyLayer], input_shape: Shape) -> tuple[int, int]:
    """Params and MACs of layers one after the other, for one input."""
    params = macs = 0
    for row in rows:
        output_shape, count = row.operation.shape_and_macs((input_shape,))
        params, macs, input_shape = params + row.operation.params, macs + (count or 0), output_shape
    return params, macs
