"""Findings as JUnit's XML, which most CI servers show as test results: a test for each file.

Source: https://github.com/testmoapp/junitxml, of what tools have agreed on.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from convcalc_cli.commands.check.concise import finding_line
from convcalc_cli.commands.check.report import (
    BAD_FILE,
    CheckedFile,
    CheckReport,
    Level,
    LocatedFinding,
)
from convcalc_cli.text import printable


def check_junit(report: CheckReport) -> str:
    """A test case for each file; findings of no file are the suite's output."""
    cases = [line for file in report.files for line in _case(file)]
    errors = sum(_is_broken(file) for file in report.files)
    failures = sum(file.status != "ok" for file in report.files) - errors
    counts = f'tests="{len(report.files)}" failures="{failures}" errors="{errors}"'
    unattached = [_said("system-out", each) for each in report.unattached]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="convcalc" {counts}>',
            f'  <testsuite name="convcalc check" {counts}>',
            *[f"    {line}" for line in [*cases, *unattached]],
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _case(file: CheckedFile) -> Iterator[str]:
    name = file.network.name if file.network else file.file
    head = f"<testcase classname={_attribute(file.file)} name={_attribute(name)}"
    if not file.findings:
        yield f"{head}/>"
        return
    yield f"{head}>"
    for each in file.findings:
        if each.level is Level.ERROR:
            yield f"  {_failure(each)}"
    for each in file.findings:
        if each.level is not Level.ERROR:
            yield f"  {_said('system-out', each)}"
    yield "</testcase>"


def _failure(each: LocatedFinding) -> str:
    kind = "error" if each.rule in BAD_FILE else "failure"
    message = _attribute(each.message)
    line = escape(finding_line(each))
    return f"<{kind} type={_attribute(each.rule.code)} message={message}>{line}</{kind}>"


def _said(element: str, each: LocatedFinding) -> str:
    return f"<{element}>{escape(finding_line(each))}</{element}>"


def _is_broken(file: CheckedFile) -> bool:
    return any(each.rule in BAD_FILE for each in file.findings)


def _attribute(text: str) -> str:
    return quoteattr(printable(text))
