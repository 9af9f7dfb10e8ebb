"""The changed layers of `convcalc fit` as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.commands.fit.settings import SettingsReport
from convcalc_cli.flags.values import value_typed
from convcalc_cli.formats.csv import csv_text

HEADER = ("layer", "was", "becomes", "macs_before", "macs_after", "params_before", "params_after")


TOTAL_TITLES = ("fits", "proved", "changed", "params", "macs", "peak_activation_bytes")


def fit_csv(report: FitReport | SettingsReport) -> str:
    """A row for each changed layer; with `--vary`, for each setting."""
    if isinstance(report, SettingsReport):
        return csv_text([(*report.names, *TOTAL_TITLES), *_settings(report)])
    batch = report.network.batch
    rows = [
        (
            *(" ".join(place.names), repr(place.choices[0].layers[0][0].operation), choice.name),
            *(batch * place.choices[0].macs, batch * choice.macs),
            *(place.choices[0].params, choice.params),
        )
        for place, choice in report.fitted.changed
    ]
    return csv_text([HEADER, *rows])


def _settings(report: SettingsReport) -> Iterator[tuple[Any, ...]]:
    for each in report.settings:
        values = map(value_typed, each.values)
        answer = None if each.report is None else each.report.fitted.answer
        if each.report is None or answer is None:
            yield (*values, False, *[None] * (len(TOTAL_TITLES) - 1))
            continue
        totals = each.report.fitted.totals
        figures = totals.params, totals.macs, totals.peak_activation_bytes
        yield (*values, True, answer.proved, answer.changed, *figures)
