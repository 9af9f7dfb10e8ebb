"""The layers of a network that changed, or the networks of a folder, as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.facts.totals import MAIN_TOTALS
from convcalc_cli.commands.diff.report import DiffReport
from convcalc_cli.commands.diff.tree_report import NetworkChange, TreeReport
from convcalc_cli.formats.csv import CsvCell, csv_text
from convcalc_cli.sections.changes import what_changed

HEADER = (
    *("kind", "old_name", "new_name", "what_changed"),
    *("old_params", "new_params", "old_macs", "new_macs"),
    *("old_unknown", "new_unknown"),
)


NETWORK_HEADER = (
    *("file", "old_file", "status"),
    *(f"{side}_{name}" for name in MAIN_TOTALS for side in ("old", "new")),
    *("old_unknown", "new_unknown"),
)


def diff_csv(report: NetworkChange | TreeReport) -> str:
    """A row for each layer that changed, as it was and as it is; for networks one for each."""
    if isinstance(report, TreeReport):
        return _networks_csv(report.changes)
    return _layers_csv(report.report) if report.report else _networks_csv([report])


def _networks_csv(changes: Iterable[NetworkChange]) -> str:
    rows: list[Sequence[CsvCell]] = [NETWORK_HEADER]
    for change in changes:
        totals = [side and getattr(side, name) for name in MAIN_TOTALS for side in change.totals]
        unknown = [" ".join(side.unknown) if side else None for side in change.totals]
        rows.append([change.file, change.old_file or None, str(change.status), *totals, *unknown])
    return csv_text(rows)


def _layers_csv(report: DiffReport) -> str:
    rows: list[Sequence[CsvCell]] = [HEADER]
    for change in report.difference.changes:
        sides = (change.old, change.new)
        names = [row.name if row else None for row in sides]
        unknown = [" ".join(row.unknown) if row else None for row in sides]
        changes = "; ".join(what_changed(change))
        counts = (*change.params, *change.macs)
        rows.append([change.kind.value, *names, changes, *counts, *unknown])
    return csv_text(rows)
