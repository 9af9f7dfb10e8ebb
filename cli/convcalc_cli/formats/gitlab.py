"""Findings as GitLab's code quality report.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from convcalc_cli.check_report import BAD_FILE, CheckReport, Level, Placed
from convcalc_cli.text import printable


def check_gitlab(report: CheckReport) -> str:
    """An issue for each finding."""
    return json.dumps([_issue(each) for each in report.findings], indent=2) + "\n"


def _issue(each: Placed) -> dict[str, Any]:
    return {
        "description": printable(f"{each.rule.code}: {each.finding.message}"),
        "check_name": each.rule.name,
        "fingerprint": fingerprint(each),
        "severity": _severity(each),
        "location": {
            "path": Path(each.file).as_posix(),
            "lines": {"begin": each.place.line if each.place else 1},
        },
    }


def fingerprint(each: Placed) -> str:
    """What stays the same while the finding does, though its line or its numbers may move."""
    told = "" if each.finding.subject else each.finding.message
    parts = (Path(each.file).as_posix(), each.rule.code, each.finding.subject, told)
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()


def _severity(each: Placed) -> str:
    if each.rule in BAD_FILE:
        return "critical"
    return "major" if each.level is Level.ERROR else "minor"
