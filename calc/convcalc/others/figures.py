"""What tools would print for a network, with what it has beside the MACs, by cause."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from convcalc.facts.audit import Audit, LayerFacts
from convcalc.layers import AnyLayer
from convcalc.networks import Network
from convcalc.others import causes
from convcalc.others.registry import TOOLS
from convcalc.others.rows import Row, no_rule, unruled
from convcalc.others.tool import ASSUMED, Additions, Tool
from convcalc.records import NamedTuple
from convcalc.styles import FUNCTIONAL


class Cause(NamedTuple):
    """Something that a tool counts otherwise, and what that makes, in the unit of the tool."""

    cause: str
    amount: int


class Other(NamedTuple):
    """What one tool would print; the MACs and the amounts of the causes add up to the total."""

    tool: str
    version: str
    word: str
    unit: str
    total: int | None
    params: int | None
    causes: Sequence[Cause]
    error: str | None
    """Why there is no total."""
    printed: str | None
    """The total as it is usually seen."""
    assumes: str
    note: str = ""
    macs: int | None = None
    """The MACs that a tool prints beside its total."""
    sizes: Mapping[str, int] | None = None
    """The bytes that a tool prints."""

    @property
    def counted(self) -> str:
        """What the total is a number of: its word, without `G`."""
        return self.unit if self.word.endswith(self.unit) else self.word


class _Group(NamedTuple):
    """Equal rows, and how many there are."""

    name: str
    """The first of them."""
    row: Row
    runs: int
    own_params: int
    """Parameters of all of them that no earlier row has."""

    def params(self, tool: Tool) -> int:
        """The parameters of all of them that a tool counts."""
        return self.row.params * self.runs if tool.counts_shared else self.own_params


class Rows:
    """The rows of a network as the tools see them, equal ones together.

    Args:
        network: the network.
        audit: its facts.
    """

    def __init__(self, network: Network, audit: Audit) -> None:
        self.layers, self.facts, self.totals = network.rows, audit.layers, audit.totals
        self.batch = network.batch
        self.inputs = [*network.inputs.values()]
        self._batches: dict[int, list[_Group]] = {}

    def groups(self, batch: int) -> list[_Group]:
        """The groups for so many inputs."""
        if batch not in self._batches:
            self._batches[batch] = [*_groups(self.layers, self.facts, self.batch, batch)]
        return self._batches[batch]

    def without_rule(self, more: Container[str] = ()) -> str | None:
        """The first row for which no rule is known, and why; functions in `more` have one."""
        for group in self.groups(1):
            reason = unruled(group.row) if group.runs else None
            if reason and not (group.row.style == FUNCTIONAL and group.row.word in more):
                return no_rule(group.name, reason)
        owners = {layer.name: layer.operation for layer in self.layers}
        for layer in self.layers:
            if layer.weights_of is not None and owners[layer.weights_of] != layer.operation:
                reason = f"weights of a {owners[layer.weights_of].word} that is not the same"
                return no_rule(layer.name, reason)
        return None


def others(network: Network, audit: Audit, names: Sequence[str]) -> list[Other]:
    """What the tools of these names would print.

    >>> import convcalc
    >>> layers = [{"conv": 4, "kernel_size": 3}, "batch_norm"]
    >>> net = convcalc.network({"input": [3, 8, 8], "layers": layers})
    >>> (thop,) = others(net, net.audit(), ["thop"])
    >>> thop.total, [*thop.causes]
    (4464, [Cause(cause='norms, counted at 4 a value', amount=576)])
    """
    rows = Rows(network, audit)
    return [other(TOOLS[name], rows) for name in names]


def other(tool: Tool, rows: Rows) -> Other:
    """What a tool would print for rows."""
    batch = rows.batch if tool.scales else 1
    groups = rows.groups(batch)
    running = [group for group in groups if group.runs]
    error = rows.without_rule(tool.more) or tool.fails((each.name, each.row) for each in running)
    about = tool.name, tool.version, tool.word, tool.unit
    params = None
    if error is None and tool.has_params:
        counted = groups if tool.counts_idle else running
        params = sum([each.params(tool) for each in counted if tool.counts_params(each.row)])
    if error is None and tool.sizes is not None:
        sizes = tool.sizes(_each(running), rows.inputs)
        error = "it counts no operations, only sizes"
        printed = tool.printed(sizes["total"])
        return Other(*about, None, params, (), error, printed, ASSUMED, tool.note, None, sizes)
    amounts: dict[str, int] = {}
    if error is None:
        error = _add(tool, running, amounts)
    if error is not None:
        return Other(*about, None, None, (), error, None, ASSUMED, tool.note)
    macs = sum([each.row.macs * each.runs for each in running])
    first = {causes.ONE_INPUT: macs - rows.totals.macs, causes.DOUBLED: (tool.factor - 1) * macs}
    amounts = {**first, **amounts}
    total = rows.totals.macs + sum(amounts.values())
    found = [Cause(*each) for each in amounts.items() if each[1]]
    own = None if tool.macs_adds is None else macs + _macs_added(tool, running)
    is_zero = tool.prints_zero([each.row for each in groups], rows.inputs)
    printed = tool.printed(0 if is_zero else total)
    return Other(*about, total, params, found, None, printed, ASSUMED, tool.note, own)


def row_figures(tool: Tool, rows: Rows) -> list[int | None]:
    """What a tool counts for each row; None where that is not known, or where it does not run.

    >>> import convcalc
    >>> layers = [{"conv": 4, "kernel_size": 3}, "batch_norm"]
    >>> net = convcalc.network({"input": [3, 8, 8], "layers": layers})
    >>> row_figures(TOOLS["thop"], Rows(net, net.audit()))
    [3888, 576]
    """
    batch = rows.batch if tool.scales else 1
    found: list[int | None] = []
    for layer, facts in zip(rows.layers, rows.facts, strict=True):
        row = _row(layer, facts, rows.batch, batch)
        is_known = not unruled(row) or (row.style == FUNCTIONAL and row.word in tool.more)
        additions = tool.adds(row) if is_known and not (layer.training or tool.sizes) else None
        if additions is None:
            found.append(None)
        else:
            found.append(tool.factor * row.macs + sum([amount for _, amount in additions]))
    return found


def causes_of(tool: Tool, rows: Rows) -> dict[str, dict[str, int]]:
    """For each cause, how many rows of which operation have it.

    >>> import convcalc
    >>> layers = [{"conv": 4, "kernel_size": 3}, "batch_norm"]
    >>> net = convcalc.network({"input": [3, 8, 8], "layers": layers})
    >>> causes_of(TOOLS["thop"], Rows(net, net.audit()))
    {'norms, counted at 4 a value': {'batch_norm': 1}}
    """
    found: dict[str, dict[str, int]] = {}
    for group in rows.groups(rows.batch if tool.scales else 1):
        for cause, amount in (tool.adds(group.row) or ()) if group.runs else ():
            if amount:
                words = found.setdefault(cause, {})
                words[group.row.word] = words.get(group.row.word, 0) + group.runs
    return found


def _row(layer: AnyLayer, facts: LayerFacts, of_facts: int, batch: int) -> Row:
    macs = (facts.macs or 0) // of_facts
    return Row(layer, facts.input_shapes, facts.output_shape, macs, batch)


def _groups(
    layers: Sequence[AnyLayer], facts: Sequence[LayerFacts], of_facts: int, batch: int
) -> Iterator[_Group]:
    """Rows by their operation, what they read and how they are written."""
    found: dict[tuple[object, ...], list[int]] = {}
    firsts: list[tuple[AnyLayer, LayerFacts]] = []
    for layer, fact in zip(layers, facts, strict=True):
        key = id(layer.operation), fact.input_shapes, layer.style, layer.training
        counts = found.get(key)
        if counts is None:
            counts = found[key] = [0, 0]
            firsts.append((layer, fact))
        counts[0] += not layer.training
        counts[1] += fact.params or 0
    for (layer, fact), (runs, params) in zip(firsts, found.values(), strict=True):
        yield _Group(layer.name, _row(layer, fact, of_facts, batch), runs, params)


def _each(groups: Sequence[_Group]) -> Iterator[Row]:
    for group in groups:
        for _ in range(group.runs):
            yield group.row


def _add(tool: Tool, groups: Sequence[_Group], amounts: dict[str, int]) -> str | None:
    """Adds what a tool counts beside the MACs, by cause; says if there is no rule for a row."""
    adds = tool.adds
    for name, row, runs, _ in groups:
        additions = adds(row)
        if additions is None:
            return no_rule(name, f"{row.word}, as: {row.style}")
        for cause, amount in additions:
            amounts[cause] = amounts.get(cause, 0) + runs * amount
    return None


def _macs_added(tool: Tool, groups: Sequence[_Group]) -> int:
    def added(row: Row) -> Additions:
        return tool.macs_adds(row) if tool.macs_adds else ()

    return sum([runs * amount for _, row, runs, _ in groups for _, amount in added(row)])
