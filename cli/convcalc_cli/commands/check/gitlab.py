"""Findings as GitLab's code quality report.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from convcalc_cli.commands.check.report import BAD_FILE, CheckReport, Level, LocatedFinding
from convcalc_cli.formats.json import json_text
from convcalc_cli.text import printable


def check_gitlab(report: CheckReport) -> str:
    """An issue for each finding."""
    marked = zip(report.findings, report.fingerprints, strict=True)
    return json_text([_issue(each, mark) for each, mark in marked], indent=2) + "\n"


def _issue(each: LocatedFinding, mark: str) -> dict[str, Any]:
    return {
        "description": printable(f"{each.rule.code}: {each.message}"),
        "check_name": each.rule.name,
        "fingerprint": mark,
        "severity": _severity(each),
        "location": {
            "path": Path(each.path).as_posix(),
            "lines": {"begin": (each.place and each.place.line) or 1},
        },
    }


def _severity(each: LocatedFinding) -> str:
    if each.rule in BAD_FILE:
        return "critical"
    return "major" if each.level is Level.ERROR else "minor"
