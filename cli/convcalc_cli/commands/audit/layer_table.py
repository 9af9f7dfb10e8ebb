"""The layers of a network as a table: those that are wanted, or all of them in all columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.facts.audit import LayerFacts
from convcalc.values import Shape
from convcalc_cli.commands.audit.folding import LONG, Line, folded, unfolded
from convcalc_cli.commands.audit.report import AuditView, NetworkReport
from convcalc_cli.page.blocks import NOT_KNOWN, UNKNOWN, Cell, Figure, LongTable, Share
from convcalc_cli.text import bytes_text, field_text, name_text, shape_text
from convcalc_cli.verification.section import NOTE, TITLES, cells
from convcalc_cli.verification.section import OPTIONAL as VERIFICATION_OPTIONAL

LAYER_TITLES = ("layer", "operation", "output", "weight", "params", "MACs", "of all MACs")
PLACE_TITLES = ("receptive field", "in memory", "weight memory")
MORE_TITLES = ("step", "input")
"""The columns that only a page with room for them has."""
FIRST_OUT = ("weight memory", "receptive field", "in memory")
"""The columns that are only there beside whole names."""
OPTIONAL = ("of all MACs", "operation", "weight", "output")
"""The columns that a narrow screen does without, the first one first."""
OPTIONAL_WITH_CHECKS = ("of all MACs", "operation", *VERIFICATION_OPTIONAL, "weight", "output")


def layer_table(report: NetworkReport, view: AuditView) -> LongTable:
    """The rows that are wanted, equal rounds of a block together."""
    lines = _lines(report, view)
    left_out = len(report.audit.layers) - sum(line.times for line in lines)
    table = _table(report, lines)
    notes = list(table.notes)
    if any(line.times > 1 for line in lines):
        notes.append("NAME.1-3 stands for three equal rounds; --all lists each")
    if left_out:
        notes.append(f"{left_out:,} more rows")
    optional = OPTIONAL_WITH_CHECKS if report.verification else OPTIONAL
    return table._replace(optional=optional, extra=FIRST_OUT, notes=notes)


def full_layer_table(report: NetworkReport) -> LongTable:
    """Every row, with what it reads and sees."""
    table = _table(report, unfolded(report.audit.layers))
    rows = [
        [*shown, *_surroundings(row)]
        for shown, row in zip(table.rows, report.audit.layers, strict=True)
    ]
    return table._replace(titles=(*table.titles, *MORE_TITLES), rows=rows)


def _table(report: NetworkReport, lines: Sequence[Line]) -> LongTable:
    whole = report.audit.totals.macs
    rows = [_cells(line, whole) for line in lines]
    titles: tuple[str, ...] = (*LAYER_TITLES, *PLACE_TITLES)
    for line, row in zip(lines, rows, strict=True):
        row += _place(line)
    if report.verification:
        titles = (*titles, *TITLES)
        checked = report.checked
        for line, row in zip(lines, rows, strict=True):
            row += cells([checked[each.name] for each in line.rows if each.name in checked])
    notes = [*([NOTE] if report.verification else []), *_meanings(report)]
    return LongTable(titles, rows, notes=notes)


def _meanings(report: NetworkReport) -> Iterator[str]:
    """What is to be said of the rows."""
    rows = report.audit.layers
    if any(row.unknown for row in rows):
        yield NOT_KNOWN
    if any(row.training for row in rows):
        yield "training: only runs in training, without MACs or activation memory"


def _lines(report: NetworkReport, view: AuditView) -> list[Line]:
    rows = report.audit.layers
    if view.sort is not None or view.top is not None:
        return unfolded(view.chosen(rows))
    if len(rows) <= LONG or view.unfolded:
        return unfolded(rows)
    return folded(rows, report.network.rows)


def _cells(line: Line, whole: int) -> list[Cell]:
    row = line.facts
    macs = None if row.macs is None else row.macs * line.times
    weight = row.weights.get("weight")
    return [
        line.name,
        _operation(row),
        shape_text(row.output_shape),
        _weight(row, weight),
        UNKNOWN if row.params is None else row.params * line.times or None,
        UNKNOWN if "macs" in row.unknown else macs,
        None if macs is None else Share(macs, whole),
    ]


def _operation(row: LayerFacts) -> str:
    word = f"{row.operation} {name_text(row.title)}" if row.title else row.operation
    return f"{word} (training)" if row.training else word


def _weight(row: LayerFacts, shape: Shape | None) -> str | None:
    if row.weights_of is not None:
        return f"of {name_text(row.weights_of)}"
    return None if shape is None else shape_text(shape)


def _place(line: Line) -> list[Cell]:
    """What the rows see, and the most that is in memory while one of them runs."""
    row = line.facts
    alive = max([each.alive_bytes or 0 for each in line.rows])
    weights = sum([each.weight_bytes or 0 for each in line.rows])
    return [
        field_text(row.receptive_field),
        Figure(bytes_text(alive), alive) if alive else None,
        Figure(bytes_text(weights), weights) if weights else None,
    ]


def _surroundings(row: LayerFacts) -> list[Cell]:
    return [
        field_text(row.receptive_field_step),
        ", ".join(map(shape_text, row.input_shapes)) or None,
    ]
