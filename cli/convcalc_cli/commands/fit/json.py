"""The answer of `convcalc fit` as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcalc.fitting.fit import Fitted
from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.commands.fit.settings import Setting, SettingsReport
from convcalc_cli.formats.json import OnOneLine, document_pieces, totals_json


def fit_json(report: FitReport | SettingsReport) -> Iterator[str]:
    """The question and its answer, the changed layers, and the answers at other budgets.

    With `--vary` the answer for each setting, without other budgets.
    """
    if isinstance(report, SettingsReport):
        return document_pieces(_settings(report))
    answer = {**_named(report), "front": [_front(each) for each in report.front]}
    return document_pieces({**answer, **_limits(report.fitted)})


def _settings(report: SettingsReport) -> dict[str, Any]:
    """All settings, and the values of the best."""
    found = []
    for each in report.settings:
        answer = {"fits": False, "reason": each.reason}
        if each.report is not None:
            answer = {**_named(each.report), **_limits(each.report.fitted)}
        found.append({"setting": OnOneLine(_values(report, each)), **answer})
    best = None if report.best is None else OnOneLine(_values(report, report.best))
    return {"file": report.file, "varied": tuple(report.names), "best": best, "settings": found}


def _values(report: SettingsReport, setting: Setting) -> dict[str, Any]:
    return dict(zip(report.names, setting.values, strict=True))


def _named(report: FitReport) -> dict[str, Any]:
    """The question and its answer."""
    question = {
        "budgets": OnOneLine(report.fitted.budgets),
        "keep": report.wanted.keep,
        "designs": tuple(report.allowed.designs),
        "groups": tuple(report.allowed.groups),
        "only": report.wanted.only,
        "except": report.wanted.but,
    }
    return {
        "network": report.network.name,
        "file": report.file,
        "question": OnOneLine(question),
        **_answer(report.fitted),
        "totals": totals_json(report.fitted.totals),
        "layers": _layers(report.fitted),
    }


def _limits(fitted: Fitted) -> dict[str, Any]:
    return {"least": OnOneLine(fitted.least), "stuck": _stuck(fitted)}


def _answer(fitted: Fitted) -> dict[str, Any]:
    answer = fitted.answer
    if answer is None:
        nothing = dict.fromkeys(("gap", "bound", "changed", "kept"))
        return {"fits": False, "proved": True, **nothing}
    return {
        "fits": True,
        "proved": answer.proved,
        "gap": answer.gap,
        "bound": OnOneLine(answer.bound),
        "changed": answer.changed,
        "kept": answer.kept,
    }


def _layers(fitted: Fitted) -> list[OnOneLine]:
    batch = fitted.network.batch
    return [
        OnOneLine(
            name=" ".join(place.names),
            was=repr(place.choices[0].layers[0][0].operation),
            becomes=choice.name,
            macs_before=batch * place.choices[0].macs,
            macs_after=batch * choice.macs,
            params_before=place.choices[0].params,
            params_after=choice.params,
        )
        for place, choice in fitted.changed
    ]


def _front(fitted: Fitted) -> OnOneLine:
    budgets = {"budgets": fitted.budgets, **_answer(fitted)}
    return OnOneLine({**budgets, "totals": totals_json(fitted.totals)})


def _stuck(fitted: Fitted) -> list[OnOneLine]:
    """The rows that cannot change, with what they add to each total of the budgets."""
    found: dict[str, OnOneLine] = {}
    for key in fitted.budgets:
        for row, amount in fitted.stuck(key):
            found.setdefault(row.name, OnOneLine(name=row.name, reason=row.reason))[key] = amount
    return list(found.values())
