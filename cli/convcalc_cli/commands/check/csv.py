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
        line, column = (each.place.line, each.place.column) if each.place else (None, None)
        cells = [each.file, line, column, each.rule.code, each.rule.name, str(each.level)]
        rows.append([*cells, each.finding.subject, each.message])
    return csv_text(rows)
