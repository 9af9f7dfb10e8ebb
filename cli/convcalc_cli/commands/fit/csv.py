"""The changed layers of `convcalc fit` as CSV."""

from __future__ import annotations

from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.formats.csv import csv_text

HEADER = ("layer", "was", "becomes", "macs_before", "macs_after", "params_before", "params_after")


def fit_csv(report: FitReport) -> str:
    """A row for each changed layer."""
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
