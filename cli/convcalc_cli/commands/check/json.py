"""What a check found, as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from convcalc_cli.commands.check.report import CheckedFile, CheckReport, Level, LocatedFinding
from convcalc_cli.formats.json import OnOneLine, document, totals_json
from convcalc_cli.verification.json import verification_json


def check_json(report: CheckReport) -> str:
    """Every file with its totals, and every finding."""
    counts = Counter(file.status for file in report.files)
    warnings = sum(each.level is Level.WARNING for each in report.findings)
    summary = {
        "files": len(report.files),
        **{status.replace(" ", "_"): number for status, number in sorted(counts.items())},
        "warnings": warnings,
        "skipped": report.skipped,
        "ignored": report.ignored,
    }
    return document(
        {
            "passed": report.code == 0,
            "summary": OnOneLine(summary),
            "files": [_file(file) for file in report.files],
            "findings": [_finding(each) for each in report.findings],
        }
    )


def _file(file: CheckedFile) -> dict[str, Any]:
    content: dict[str, Any] = {
        "file": file.file,
        "name": file.network.name if file.network else None,
        "status": file.status,
        "totals": OnOneLine(totals_json(file.totals)) if file.totals else None,
    }
    if file.verification:
        content["verification"] = verification_json(file.verification)
    return content


def _finding(each: LocatedFinding) -> OnOneLine:
    finding = each.finding
    return OnOneLine(
        file=each.file,
        line=each.place.line if each.place else None,
        column=each.place.column if each.place else None,
        code=each.rule.code,
        rule=each.rule.name,
        level=str(each.level),
        message=each.message,
        subject=finding.subject or None,
        limit=finding.limit,
        actual=finding.actual,
    )
