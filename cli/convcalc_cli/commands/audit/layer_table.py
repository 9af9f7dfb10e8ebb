"""The layers of a network as a table: those that are wanted, or all of them in all columns."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.facts.audit import LayerFacts
from convcalc_cli.commands.audit.folding import LONG, Line, folded, unfolded
from convcalc_cli.commands.audit.report import AuditView, NetworkReport
from convcalc_cli.page.blocks import Cell, LongTable, Share
from convcalc_cli.text import shape_text
from convcalc_cli.verification.section import NOTE, TITLES, cells
from convcalc_cli.verification.section import OPTIONAL as VERIFICATION_OPTIONAL

LAYER_TITLES = ("layer", "operation", "output", "weight", "params", "MACs", "of all MACs")
MORE_TITLES = ("receptive field", "input")
"""The columns that only a page with room for them has."""
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
    return table._replace(optional=optional, notes=notes)


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
    if not report.verification:
        return LongTable(LAYER_TITLES, rows)
    checked = report.checked
    for line, row in zip(lines, rows, strict=True):
        row += cells([checked[each.name] for each in line.rows if each.name in checked])
    return LongTable((*LAYER_TITLES, *TITLES), rows, notes=[NOTE])


def _lines(report: NetworkReport, view: AuditView) -> list[Line]:
    rows = report.audit.layers
    if view.sort is not None or view.top is not None:
        return unfolded(view.chosen(rows))
    if len(rows) <= LONG or view.unfolded:
        return unfolded(rows)
    return folded(rows, [layer.path for layer in report.network.rows])


def _cells(line: Line, whole: int) -> list[Cell]:
    row = line.facts
    macs = None if row.macs is None else row.macs * line.times
    weight = row.weights.get("weight")
    return [
        line.name,
        row.operation,
        shape_text(row.output_shape),
        None if weight is None else shape_text(weight),
        row.params * line.times or None,
        macs,
        None if macs is None else Share(macs, whole),
    ]


def _surroundings(row: LayerFacts) -> list[Cell]:
    field = row.receptive_field
    return [
        "all" if field is None else " x ".join(map(str, field)) or None,
        ", ".join(map(shape_text, row.input_shapes)),
    ]
