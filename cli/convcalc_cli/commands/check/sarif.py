"""Findings as SARIF 2.1.0, which code scanning services read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from convcalc import __version__
from convcalc.checks.findings import Rule
from convcalc.checks.rules import RULES
from convcalc.files.places import NamedPlace, Place
from convcalc.files.readers import SourceFile
from convcalc_cli.commands.check.report import CheckReport, LocatedFinding
from convcalc_cli.formats.json import json_text
from convcalc_cli.reading.sources import STANDARD_INPUT
from convcalc_cli.text import printable

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def check_sarif(report: CheckReport) -> str:
    """One run, with a result for each finding."""
    driver = {
        "name": "convcalc",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in RULES],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": report.code < 2, "exitCode": report.code}],
        "results": [
            _result(each, mark)
            for each, mark in zip(report.findings, report.fingerprints, strict=True)
        ],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name.title().replace("-", ""),
        "shortDescription": {"text": f"{rule.summary[0].upper()}{rule.summary[1:]}."},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": rule.explanation},
    }


def _result(each: LocatedFinding, mark: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": each.rule.code,
        "ruleIndex": RULES.index(each.rule),
        "level": str(each.level),
        "message": {"text": printable(each.message)},
        "partialFingerprints": {"convcalc/v1": mark},
    }
    if location := _location(each):
        result["locations"] = [location]
    return result


def _location(each: LocatedFinding) -> dict[str, Any]:
    """The file and the place in it; a layer, a node or a target has a name and no region."""
    location: dict[str, Any] = {}
    is_target = SourceFile.named(each.file).is_target
    if each.path != STANDARD_INPUT and not is_target:
        location["physicalLocation"] = _physical(each)
    logical = [_logical("function", each.file)] if is_target else []
    if isinstance(each.place, NamedPlace):
        logical.append(_logical(each.place.kind, each.place.name))
    if logical:
        location["logicalLocations"] = logical
    return location


def _logical(kind: str, name: str) -> dict[str, str]:
    shown = printable(name)
    return {"name": shown, "kind": printable(kind), "fullyQualifiedName": shown}


def _physical(each: LocatedFinding) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(each.path)}}
    if isinstance(each.place, Place):
        line, column, length = each.place
        region = {"startLine": line, "startColumn": column, "endColumn": column + max(length, 1)}
        location["region"] = region
    return location


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
