"""The chart of the page of `convcalc sweep`."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.sweeping import Figures
from convcalc_cli.commands.sweep.report import Measured, SweepReport
from convcalc_cli.flags.values import value_typed
from convcalc_cli.page.blocks import Chart, FullBlock, Series
from convcalc_cli.short_names import shortened
from convcalc_cli.text import name_text
from convcalc_cli.ticks import Unit

MOST_BARS = 400
"""Most bars that can be distinguished; of more points there is no chart."""
LETTERS = 8
"""Of the names below bars: as many as there is room for on a telephone."""


def points_chart(report: SweepReport, rows: Sequence[Measured]) -> list[FullBlock]:
    """A bar for each point, in the order of the table; a point that cannot be has none."""
    if prod([len(each.values) for each in report.variations]) > MOST_BARS:
        return []
    figures = [row.point.figures for row in rows]
    series = [
        Series("params", _amounts(figures, "params")),
        Series("MACs", _amounts(figures, "macs")),
        Series("peak activation", _amounts(figures, "peak_activation_bytes"), Unit.BYTES),
    ]
    if report.measure:
        series.append(Series("time", [row.seconds or 0 for row in rows], Unit.SECONDS))
    names = [
        ", ".join([f"{name} {value_typed(value)}" for name, value in row.point.values.items()])
        for row in rows
    ]
    values = [", ".join(map(value_typed, row.point.values.values())) for row in rows]
    along = ", ".join([each.name for each in report.variations])
    title = f"Params, MACs and memory of {report.title}"
    numbers = shortened(values, LETTERS, "…")
    return [Chart(title, list(map(name_text, names)), series, "", along, (), numbers)]


def _amounts(figures: Sequence[Figures | None], name: str) -> list[int]:
    return [getattr(each, name) if each else 0 for each in figures]
