"""Findings as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc_cli.commands.check.report import CheckReport
from convcalc_cli.formats.csv import CsvCell, csv_text

HEADER = ("file", "line", "column", "code", "rule", "level", "subject", "message")


def check_csv(report: CheckReport) -> str:
    """A row for each finding."""
    rows: list[Sequence[CsvCell]] = [HEADER]
    for each in report.findings:
        place = each.place[:2] if each.place else (None, None)
        finding = each.finding
        cells = [each.file, *place, each.rule.code, each.rule.name, str(each.level)]
        rows.append([*cells, finding.subject, finding.message])
    return csv_text(rows)
