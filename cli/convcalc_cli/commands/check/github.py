"""Findings as workflow commands, which GitHub Actions shows beside the lines they are about.

Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from convcalc.files.places import Place
from convcalc_cli.commands.check.report import CheckReport, LocatedFinding
from convcalc_cli.reading.sources import STANDARD_INPUT
from convcalc_cli.text import printable_characters

DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
PROPERTY = {**DATA, ":": "%3A", ",": "%2C"}


def check_github(report: CheckReport) -> str:
    """An annotation for each finding."""
    return "".join([f"{_annotation(each)}\n" for each in report.findings])


def _annotation(each: LocatedFinding) -> str:
    properties: dict[str, object] = {}
    if each.path != STANDARD_INPUT:
        properties["file"] = each.path
    place = each.place
    if isinstance(place, Place):
        properties["line"] = place.line
        properties["col"] = place.column
        properties["endColumn"] = place.column + place.length
    properties["title"] = f"{each.rule.code} {each.rule.name}"
    written = ",".join(
        [f"{key}={_escaped(str(value), PROPERTY)}" for key, value in properties.items()]
    )
    return f"::{each.level} {written}::{_escaped(each.message, DATA)}"


def _escaped(text: str, marks: dict[str, str]) -> str:
    """Text as GitHub reads it, where it takes nothing for a command of its own."""
    shown = zip(text, printable_characters(text), strict=True)
    return "".join([marks.get(one, written) for one, written in shown])
