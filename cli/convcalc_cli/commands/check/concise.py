"""Findings as lines that editors and people can follow: file:line:column: code message."""

from __future__ import annotations

from convcalc_cli.commands.check.report import CheckReport, Level, LocatedFinding
from convcalc_cli.reading.locations import location_text
from convcalc_cli.text import printable


def check_concise(report: CheckReport) -> str:
    """A line for each finding; nothing where there is none."""
    return "".join([f"{finding_line(each)}\n" for each in report.findings])


def finding_line(each: LocatedFinding) -> str:
    """A finding in a line."""
    level = "" if each.level is Level.ERROR else f"{each.level}: "
    text = f"{each.rule.code} {level}{each.text}"
    return f"{location_text(each.file, each.place)}: {printable(text)}"
