"""The layers that changed, as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc_cli.commands.diff.report import DiffReport, what_changed
from convcalc_cli.formats.csv import CsvCell, csv_text

HEADER = (
    *("kind", "old_name", "new_name", "what_changed"),
    *("old_params", "new_params", "old_macs", "new_macs"),
    *("old_unknown", "new_unknown"),
)


def diff_csv(report: DiffReport) -> str:
    """A row for each layer that changed, as it was and as it is."""
    rows: list[Sequence[CsvCell]] = [HEADER]
    for change in report.difference.changes:
        sides = (change.old, change.new)
        names = [row.name if row else None for row in sides]
        unknown = [" ".join(row.unknown) if row else None for row in sides]
        changes = "; ".join(what_changed(change))
        counts = (*change.params, *change.macs)
        rows.append([change.kind.value, *names, changes, *counts, *unknown])
    return csv_text(rows)
