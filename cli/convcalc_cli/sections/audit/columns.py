"""The columns that a table of layers can have, each declared once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.facts.audit import LayerFacts
from convcalc.facts.totals import Totals
from convcalc.facts.tree import Node
from convcalc.operations.base import Operation
from convcalc.records import NamedTuple
from convcalc.values import Pads, Shape
from convcalc.wording import did_you_mean
from convcalc_cli.flags.values import FlagError, cut
from convcalc_cli.page.blocks import UNKNOWN, Cell, Figure, Share, Tone
from convcalc_cli.text import count_text, field_text, name_text, shape_text

PEAK = "*"
"""What marks the most that is in memory."""


class Context(NamedTuple):
    """What a cell is seen against."""

    totals: Totals
    bytes_text: Callable[[int], str]
    """Bytes in the unit of the column."""


class Column(NamedTuple):
    """A column: what it is called on the command line and in the table, and its cells."""

    key: str
    title: str
    cell: Callable[[Node, Context], Cell]


def of_row(cell: Callable[[LayerFacts], Cell]) -> Callable[[Node, Context], Cell]:
    """A cell that only a row has; of a block it is empty."""
    return lambda node, _: "" if node.children else cell(node.last.facts)


def of_operation(cell: Callable[[Operation], Cell]) -> Callable[[Node, Context], Cell]:
    """A cell for a parameter of a row's operation."""
    return lambda node, _: "" if node.children else cell(node.last.layer.operation)


def _operation(row: LayerFacts) -> str:
    word = f"{row.operation} {name_text(row.title)}" if row.title else row.operation
    return f"{word} (training)" if row.training else word


def _weight(row: LayerFacts) -> str | None:
    if row.weights_of is not None:
        return f"of {name_text(row.weights_of)}"
    shape = row.weights.get("weight")
    return None if shape is None else shape_text(shape)


def _input(row: LayerFacts) -> str | None:
    return ", ".join(map(shape_text, row.input_shapes)) or None


def _sizes(name: str) -> Callable[[Operation], Cell]:
    """A parameter of windows: 3x3."""

    def cell(operation: Operation) -> Cell:
        found: Shape | None = getattr(operation, name, None)
        return "x".join(map(str, found)) if isinstance(found, tuple) else None

    return cell


def _padding(operation: Operation) -> Cell:
    found: Pads | str | None = getattr(operation, "padding", None)
    if not isinstance(found, tuple):
        return found
    return "x".join([str(low) if low == high else f"{low}:{high}" for low, high in found])


def _groups(operation: Operation) -> Cell:
    found: int | None = getattr(operation, "groups", None)
    return found


def _figure(value: int | None, *, unknown: bool) -> Cell:
    """A count; or a lower bound, where a row's is not known."""
    if not unknown:
        return value
    return Figure(f"{count_text(value)} + {UNKNOWN.text}", value) if value else UNKNOWN


def _params(node: Node, _: Context) -> Cell:
    return _figure(node.params or None, unknown="params" in node.unknown)


def _macs(node: Node, _: Context) -> Cell:
    return _figure(node.macs, unknown="macs" in node.unknown)


def _params_share(node: Node, context: Context) -> Cell:
    return Share(node.params, context.totals.params) if node.params else None


def _macs_share(node: Node, context: Context) -> Cell:
    return None if node.macs is None else Share(node.macs, context.totals.macs)


def _alive(node: Node, context: Context) -> Cell:
    alive = node.alive_bytes
    if not alive:
        return None
    if any(row.facts.name == context.totals.peak_layer for row in node.rows):
        return Figure(f"{context.bytes_text(alive)}{PEAK}", alive, Tone.WARNING)
    return Figure(f"{context.bytes_text(alive)}{' ' * len(PEAK)}", alive)


def _weight_memory(node: Node, context: Context) -> Cell:
    weights = node.weight_bytes
    return Figure(context.bytes_text(weights), weights) if weights else None


def _field(node: Node, _: Context) -> Cell:
    return field_text(node.last.facts.receptive_field)


def _step(node: Node, _: Context) -> Cell:
    return field_text(node.last.facts.receptive_field_step)


COLUMNS = {
    each.key: each
    for each in (
        Column("operation", "operation", of_row(_operation)),
        Column("input", "input", of_row(_input)),
        Column("output", "output", lambda node, _: shape_text(node.last.facts.output_shape)),
        Column("weight", "weight", of_row(_weight)),
        Column("kernel", "kernel", of_operation(_sizes("kernel_size"))),
        Column("stride", "stride", of_operation(_sizes("stride"))),
        Column("padding", "padding", of_operation(_padding)),
        Column("dilation", "dilation", of_operation(_sizes("dilation"))),
        Column("groups", "groups", of_operation(_groups)),
        Column("params", "params", _params),
        Column("params_share", "of params", _params_share),
        Column("macs", "MACs", _macs),
        Column("macs_share", "of MACs", _macs_share),
        Column("alive", "in memory", _alive),
        Column("weight_memory", "weight memory", _weight_memory),
        Column("receptive_field", "receptive field", _field),
        Column("step", "step", _step),
    )
}
"""Every column, by its key."""

USUAL = (
    *("operation", "output", "weight", "params", "macs", "macs_share"),
    *("alive", "receptive_field"),
)
"""The columns where none are named."""
LEFT_OUT = ("operation", "of MACs", "receptive field", "output", "in memory", "of MACs")
"""The titles that a narrow screen does without, the first one first."""
LUXURY = ("weight",)
"""The title that is only there beside whole names."""


def columns_of(text: str) -> Sequence[str]:
    """The columns that `--columns` names.

    Raises:
        FlagError: there is no such column, or it is named twice.

    >>> columns_of("macs,kernel")
    ['macs', 'kernel']
    """
    keys = [key.strip() for key in text.split(",")]
    for at, key in enumerate(keys):
        if key not in COLUMNS:
            hint = did_you_mean(key, COLUMNS)
            raise FlagError(
                f"--columns {cut(key)}: unknown column{hint}; there are {', '.join(COLUMNS)}"
            )
        if key in keys[:at]:
            raise FlagError(f"--columns names {key} twice")
    return keys
