"""The points of a sweep as text that comes piece by piece: there may be millions of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcalc.sweeping import Figures
from convcalc_cli.commands.sweep.report import Measured, SweepReport
from convcalc_cli.flags.values import value_typed
from convcalc_cli.formats.csv import csv_sizes, csv_text
from convcalc_cli.formats.json import document, json_text

OLD_COLUMNS = ("output_shape", "weight_shape", "params", "macs", "seconds", "reason")
NEW_COLUMNS = (
    *("receptive_field", "receptive_field_step"),
    *("peak_activation_bytes", "weight_bytes", "unknown"),
)
"""Behind the others, which some may read by their positions."""

MARK = '"points": []'


def sweep_json(report: SweepReport) -> Iterator[str]:
    """A document with a line for each point."""
    varied = {
        each.name: [value_typed(value) for value in each.values[:1000]]
        for each in report.variations
    }
    head, _, tail = document({"of": report.title, "vary": varied, "points": []}).rpartition(MARK)
    yield f'{head}"points": ['
    separator = "\n    "
    for point in report.points():
        yield f"{separator}{json_text(_point(point))}"
        separator = ",\n    "
    yield f"\n  ]{tail}"


def _point(measured: Measured) -> dict[str, Any]:
    values, figures, reason, _ = measured.point
    found = figures._asdict() if figures else dict.fromkeys(Figures._fields)
    if not found["unknown"]:
        del found["unknown"]
    return {
        "values": dict(values),
        **found,
        "seconds": measured.seconds,
        "reason": str(reason) if reason else None,
    }


def sweep_csv(report: SweepReport) -> Iterator[str]:
    """A row for each point."""
    names = [variation.name for variation in report.variations]
    yield csv_text([[*names, *OLD_COLUMNS, *NEW_COLUMNS]])
    for measured in report.points():
        yield csv_text([_cells(measured)])


def _cells(measured: Measured) -> list[Any]:
    values, figures, reason, _ = measured.point
    texts = [value_typed(value) for value in values.values()]
    if figures is None:
        nothing = [None] * (len(OLD_COLUMNS) - 1)
        return [*texts, *nothing, str(reason), *[None] * len(NEW_COLUMNS)]
    shapes = [csv_sizes(shape or ()) for shape in figures[:2]]
    fields = [
        csv_sizes(sizes or ()) for sizes in (figures.receptive_field, figures.receptive_field_step)
    ]
    counts = [figures.params, figures.macs, measured.seconds, None]
    memory = [figures.peak_activation_bytes, figures.weight_bytes]
    return [*texts, *shapes, *counts, *fields, *memory, " ".join(figures.unknown)]
