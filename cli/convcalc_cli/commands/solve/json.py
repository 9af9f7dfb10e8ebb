"""What `convcalc solve` finds, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcalc.fitting.shapes import Window
from convcalc.fitting.variables import Broken
from convcalc_cli.commands.solve.report import ShapeReport, VariableReport
from convcalc_cli.formats.json import OnOneLine, document_pieces, totals_json


def solve_json(report: ShapeReport | VariableReport) -> Iterator[str]:
    """All windows; or the value with its totals, and what the next one breaks."""
    if isinstance(report, ShapeReport):
        return _windows(report)
    found = report.found
    first, last, step = report.tried
    question: dict[str, Any] = {"variable": report.name, "budgets": dict(report.budgets)}
    tried = {"first": first, "last": last, "step": step, "written": report.written}
    return document_pieces(
        {
            "file": report.file,
            "question": OnOneLine({**question, **tried}),
            "fits": found.value is not None,
            "value": found.value,
            "totals": None if found.totals is None else totals_json(found.totals),
            "next": None if found.next is None else OnOneLine(_next(found.next)),
        }
    )


def _windows(report: ShapeReport) -> Iterator[str]:
    asked = OnOneLine(size=report.size, to=report.to, transposed=report.transposed)
    answers = [OnOneLine(_answer(windows)) for windows in report.windows]
    return document_pieces({"question": asked, "answers": answers})


def _answer(windows: Sequence[Window]) -> dict[str, Any]:
    """The window of one dimension; of several, lists with an entry for each."""
    found = [each._asdict() for each in windows]
    if len(found) == 1:
        return found[0]
    return {name: tuple([each[name] for each in found]) for name in Window._fields}


def _next(broken: Broken) -> dict[str, Any]:
    reason = None if broken.reason is None else str(broken.reason)
    return {"value": broken.value, "above": dict(broken.totals), "reason": reason}
