"""A run on real arrays, as JSON."""

from __future__ import annotations

from math import isfinite
from typing import Any

from convcalc.reference.results import Check, Values, Verification
from convcalc_cli.formats.json import OnOneLine


def verification_json(run: Verification) -> dict[str, Any]:
    """A run on real arrays, row by row."""
    return {
        "passed": run.passed,
        "seed": run.seed,
        "macs": run.macs,
        "seconds": run.seconds,
        "layers": [
            OnOneLine(
                name=row.name,
                passed=not row.failed,
                macs=row.macs,
                seconds=row.seconds,
                checks={check.kind: _check(check) for check in row.checks},
            )
            for row in run.rows
        ],
        "totals": OnOneLine({check.kind: _check(check) for check in run.totals}),
    }


def _check(check: Check | Values) -> dict[str, Any]:
    if isinstance(check, Values):
        return {
            "passed": check.passed,
            "compared": check.compared,
            "deviation": finite(check.deviation),
            "allowed": check.allowed,
            "sums_agree": check.sums_agree,
            "wrong": [
                {"position": at, "predicted": finite(one), "found": finite(other)}
                for at, one, other in check.wrong
            ],
        }
    predicted, found = check.predicted, check.found
    if check.kind == "weights":
        predicted, found = ({"weights": shapes, "params": n} for shapes, n in (predicted, found))
    return {"passed": check.passed, "predicted": predicted, "found": found}


def finite(value: float) -> float | None:
    """JSON knows no infinity, and nothing that is no number."""
    return value if isfinite(value) else None
