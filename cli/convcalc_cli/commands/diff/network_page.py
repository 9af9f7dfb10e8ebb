"""Two networks as a page: totals before and after, what was edited, the layers that changed."""

from __future__ import annotations

from typing import Any

from convcalc.difference.edits import ABSENT
from convcalc.difference.source_rows import RowDifference
from convcalc.errors import shortened
from convcalc.language.problems import value_written
from convcalc.wording import counted
from convcalc_cli.commands.diff.report import DiffReport, PlacedEdit
from convcalc_cli.commands.diff.row_page import row_blocks
from convcalc_cli.formats.yaml_text import flow
from convcalc_cli.page.blocks import Block, Cell, Folded, LongTable
from convcalc_cli.reading.locations import location_text
from convcalc_cli.sections.changes import (
    WHAT,
    change_table,
    changed_layers,
    edited_and_following,
    totals_table,
)
from convcalc_cli.text import printable

EDIT_TITLES = ("edited", WHAT, "at")


def network_blocks(report: DiffReport, *, with_totals: bool = True) -> list[Block]:
    """What was edited, the largest changes, and what follows from them.

    Args:
        report: the two networks.
        with_totals: whether the totals before and after come first.
    """
    found, rows = report.difference, report.rows
    changed = bool(found.changes or (rows and rows.changes))
    page: list[Block] = [totals_table(found, has_changes=changed)] if with_totals else []
    if report.edits:
        page.append(LongTable(EDIT_TITLES, list(map(_edit, report.edits)), below=WHAT))
    return [*page, *(_layers(report) if rows is None else _rows_and_layers(report, rows))]


def _edit(placed: PlacedEdit) -> list[Cell]:
    """What became of a value, and where."""
    edit = placed.edit
    what = f"{_value(edit.old)} -> {_value(edit.new)}"
    if edit.old is ABSENT:
        what = f"added {_value(edit.new)}"
    elif edit.new is ABSENT:
        what = f"removed {_value(edit.old)}"
    place = location_text(placed.file, placed.place)
    return [printable(shortened(edit.title)), printable(what), place]


def _value(value: Any) -> str:
    """A value as a file has it, or the beginning of one that is long."""
    return value_written(value) if not isinstance(value, dict) else shortened(flow(value))


def _rows_and_layers(report: DiffReport, rows: RowDifference) -> list[Block]:
    """The rows of the files that changed; the layers in them are folded."""
    if not rows.changes:
        return _layers(report)
    page = row_blocks(rows, every=report.every_layer)
    changes = edited_and_following(report.difference)
    if report.every_layer:
        page += _layers(report)
    elif changes:
        title = f"{counted(len(changes), 'layer')} of these rows changed"
        page.append(Folded(title, change_table(changes), "--all lists every layer"))
    return page


def _layers(report: DiffReport) -> list[Block]:
    instead = "" if report.every_layer else "--all lists them"
    return changed_layers(report.difference, instead)
