"""Findings as lines that editors and people can follow: file:line:column: code message."""

from __future__ import annotations

from convcalc_cli.commands.check.report import CheckReport, Level, Placed
from convcalc_cli.text import name_text, printable


def check_concise(report: CheckReport) -> str:
    """A line for each finding; nothing where there is none."""
    return "".join([f"{finding_line(each)}\n" for each in report.findings])


def finding_line(each: Placed) -> str:
    """A finding in a line."""
    place = f":{each.place.line}:{each.place.column}" if each.place else ""
    level = "" if each.level is Level.ERROR else f"{each.level}: "
    told = f"{each.rule.code} {level}{each.finding.message}"
    return f"{name_text(each.file)}{place}: {printable(told)}"
