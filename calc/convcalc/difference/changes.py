"""What changed from one network to another, layer by layer and in total."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from convcalc.difference.alignment import Pair, aligned, given, has_same_name
from convcalc.display import displayed
from convcalc.facts.audit import Audit, LayerFacts
from convcalc.facts.totals import TOTALS
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc.values import Shape, compact
from convcalc.wording import counted

Names = Callable[[str, str], bool]


class Side(NamedTuple):
    """A network and its facts.

    >>> from convcalc import Conv, compare
    >>> layer = compare(Conv(3, 8, 3), (3, 9, 9))
    >>> len(Side(layer.network, layer.audit).facts.layers)
    1
    """

    network: Network
    facts: Audit


class ChangeKind(Enum):
    """What became of a layer."""

    SAME = "same"
    RENAMED = "renamed"
    CHANGED = "changed"
    FOLLOWS = "follows"
    """As it was, but what comes in has changed."""
    ADDED = "added"
    REMOVED = "removed"


class Change(NamedTuple):
    """A layer before and after; one side is None where it was added or removed.

    >>> Change(ChangeKind.ADDED, None, None).macs
    (None, None)
    """

    kind: ChangeKind
    old: LayerFacts | None
    new: LayerFacts | None
    parameters: tuple[tuple[str, Any, Any], ...] = ()
    """The parameters that changed: name, old and new value."""

    @property
    def params(self) -> tuple[int | None, int | None]:
        """Before and after; None where they are not known."""
        return self.old.params if self.old else 0, self.new.params if self.new else 0

    @property
    def macs(self) -> tuple[int | None, int | None]:
        """Before and after; None where there are none to count.

        A layer that was added had 0 before, and one that was removed has 0 now.
        """
        old, new = (row and row.macs for row in (self.old, self.new))
        if self.old is None and new is not None:
            return 0, new
        if self.new is None and old is not None:
            return old, 0
        return old, new

    @property
    def size(self) -> tuple[int, int]:
        """How large the change is: in MACs, then in params."""
        macs, params = self.macs, self.params
        return abs((macs[1] or 0) - (macs[0] or 0)), abs((params[1] or 0) - (params[0] or 0))


class TotalChange(NamedTuple):
    """A total before and after."""

    total: str
    old: int
    new: int


@displayed
class Difference(NamedTuple):
    """All that changed from one network to another; `print` shows the table of `convcalc diff`.

    >>> import convcalc
    >>> def with_channels(number):
    ...     layers = [{"conv": number, "kernel_size": 1}]
    ...     return convcalc.network({"input": [3, 9, 9], "layers": layers})
    >>> found = convcalc.diff(with_channels(4), with_channels(8))
    >>> found.totals[0], found.output_shapes
    (TotalChange(total='params', old=16, new=32), ((4, 9, 9), (8, 9, 9)))
    >>> found.unchanged, found.unknown, found.outputs
    (0, ({}, {}), ({'conv_1': (4, 9, 9)}, {'conv_1': (8, 9, 9)}))
    >>> found
    <Difference of 1 layer: 16 params, 972 MACs -> 32 params, 1,944 MACs>
    """

    old: Side
    new: Side
    changes: tuple[Change, ...]
    """The layers that changed, in the order of the new network."""
    unchanged: int
    """Layers that are what they were."""

    def __repr__(self) -> str:
        before, after = (side.facts.totals.counts_text for side in (self.old, self.new))
        return f"<Difference of {counted(len(self.changes), 'layer')}: {before} -> {after}>"

    @property
    def totals(self) -> list[TotalChange]:
        """Every total before and after, changed or not."""
        old, new = self.old.facts.totals._asdict(), self.new.facts.totals._asdict()
        return [TotalChange(name, old[name], new[name]) for name in TOTALS]

    @property
    def output_shapes(self) -> tuple[Any, Any]:
        """Of the first output, before and after."""
        return self.old.facts.totals.output_shape, self.new.facts.totals.output_shape

    @property
    def outputs(self) -> tuple[Mapping[str, Shape], Mapping[str, Shape]]:
        """The shape of each output by its name, before and after."""
        return self.old.facts.totals.outputs, self.new.facts.totals.outputs

    @property
    def unknown(self) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
        """Before and after: the rows by the figure that is not known."""
        return self.old.facts.totals.unknown, self.new.facts.totals.unknown


def diff(old: Network, new: Network) -> Difference:
    """What changed from one network to another, layer by layer and in total.

    >>> import convcalc
    >>> def with_kernel(size):
    ...     layers = [{"conv": 8, "kernel_size": size, "padding": "same"}, "relu"]
    ...     return convcalc.network({"input": [3, 9, 9], "layers": layers})
    >>> found = convcalc.diff(with_kernel(3), with_kernel(5))
    >>> [(change.kind.value, change.parameters, change.macs) for change in found.changes]
    [('changed', (('kernel_size', 3, 5),), (17496, 48600))]
    """
    return difference(Side(old, old.audit()), Side(new, new.audit()))


def difference(
    old: Side, new: Side, pairs: Sequence[Pair] | None = None, same_name: Names | None = None
) -> Difference:
    """What changed; layers are matched by what they are, their names and where they stand.

    Args:
        old: the network before.
        new: the network after.
        pairs: which layers are the same ones, if that is known.
        same_name: whether two names are the same, if that is more than being equal.

    >>> import convcalc
    >>> def side(*layers):
    ...     network = convcalc.network({"input": [3, 9, 9], "layers": list(layers)})
    ...     return Side(network, network.audit())
    >>> conv = {"conv": 8, "kernel_size": 3}
    >>> found = difference(side(conv, "relu"), side({**conv, "stride": 2}, "gelu", "relu"))
    >>> [(change.kind.value, change.parameters) for change in found.changes]
    [('changed', (('stride', 1, 2),)), ('added', ()), ('follows', ())]
    """
    before, after = old.network.rows, new.network.rows
    pairs = aligned(before, after) if pairs is None else pairs
    wiring = _Wiring(before, after, pairs)
    changes: list[Change] = []
    for one, other in pairs:
        was = None if one is None else (before[one], old.facts.layers[one])
        now = None if other is None else (after[other], new.facts.layers[other])
        change = _change(was, now, wiring)
        if same_name and change.kind is ChangeKind.RENAMED and was and now:
            is_same = same_name(was[0].name, now[0].name)
            change = change._replace(kind=ChangeKind.SAME) if is_same else change
        changes.append(change)
    changed = tuple([change for change in changes if change.kind is not ChangeKind.SAME])
    return Difference(old, new, changed, len(changes) - len(changed))


class _Wiring:
    """What each row reads, in terms of rows that both networks have."""

    def __init__(
        self, old: Sequence[AnyLayer], new: Sequence[AnyLayer], pairs: Sequence[Pair]
    ) -> None:
        kept_old = {old[one].name for one, other in pairs if one is not None and other is not None}
        names = [(old[i].name, new[j].name) for i, j in pairs if i is not None and j is not None]
        self._now = dict(names)
        self._old = _passed_through(old, kept_old)
        self._new = _passed_through(new, {new_name for _, new_name in names})

    def changes(self, old: AnyLayer, new: AnyLayer) -> Iterator[tuple[str, Any, Any]]:
        """What is read from elsewhere now."""
        before = [self._now.get(each, each) for each in self._sources(old, self._old)]
        after = self._sources(new, self._new)
        if before != after:
            yield "from", ", ".join(old.inputs), ", ".join(new.inputs)
        owner = old.weights_of and self._now.get(old.weights_of, old.weights_of)
        if owner != new.weights_of:
            yield "weights", old.weights_of, new.weights_of
        if old.training != new.training:
            yield "training", old.training, new.training

    def _sources(self, row: AnyLayer, through: Mapping[str, str]) -> list[str]:
        return [through.get(name, name) for name in row.inputs]


def _passed_through(rows: Sequence[AnyLayer], kept: Collection[str]) -> dict[str, str]:
    """For rows that only one network has: the row before them that both have."""
    through: dict[str, str] = {}
    for row in rows:
        if row.name not in kept and row.inputs:
            through[row.name] = through.get(row.inputs[0], row.inputs[0])
    return through


def _change(
    old: tuple[AnyLayer, LayerFacts] | None,
    new: tuple[AnyLayer, LayerFacts] | None,
    wiring: _Wiring,
) -> Change:
    if old is None:
        return Change(ChangeKind.ADDED, None, new and new[1])
    if new is None:
        return Change(ChangeKind.REMOVED, old[1], None)
    was, now = old[1], new[1]
    parameters = (*_parameters(old[0], new[0]), *wiring.changes(old[0], new[0]))
    if parameters or was.operation != now.operation:
        return Change(ChangeKind.CHANGED, was, now, parameters)
    if _counted(was) != _counted(now):
        return Change(ChangeKind.FOLLOWS, was, now)
    return Change(
        ChangeKind.SAME if has_same_name(old[0], new[0]) else ChangeKind.RENAMED, was, now
    )


def _counted(row: LayerFacts) -> tuple[object, ...]:
    return row.output_shape, row.weights, row.params, row.macs


def _parameters(old: AnyLayer, new: AnyLayer) -> Iterator[tuple[str, Any, Any]]:
    """The parameters that differ, without those that follow from the layer before."""
    before, after = given(old), given(new)
    if type(old.operation) is not type(new.operation):
        return
    for name, value in before.items():
        if value != after[name]:
            yield name, compact(value), compact(after[name])
