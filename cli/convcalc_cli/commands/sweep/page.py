"""The table of `convcalc sweep`: a row for each point, its figures as multiples of the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from convcalc.sweeping import Figures
from convcalc_cli.commands.sweep.charts import points_chart
from convcalc_cli.commands.sweep.report import Measured, SweepReport
from convcalc_cli.flags.values import value_typed, with_value
from convcalc_cli.page.blocks import (
    Block,
    ByRoom,
    Cell,
    Figure,
    Heading,
    LongTable,
    Multiple,
    Page,
    Paragraph,
)
from convcalc_cli.text import (
    CONVENTION_LINE,
    at_least_text,
    bytes_text,
    count_text,
    field_text,
    name_text,
    printable,
    seconds_text,
    shape_text,
)

AT_ONCE = 2_000
"""Rows that are drawn together; longer tables come in pieces."""

MEASURED = "time: median of 5 runs of the NumPy kernel on this machine, one thread"
TIMES = "x first"
MOST_REASONS = 20
MEMORY_TITLES = ("receptive field", "peak activation", "weight memory")
OPTIONAL = ("weight memory", "receptive field", "weight", "peak activation", TIMES, "output")


def sweep_pages(report: SweepReport) -> Iterator[Page]:
    """The page in pieces that are drawn one after the other."""
    points = report.points()
    first: Measured | None = None
    head: list[Block | ByRoom] = [Heading(name_text(report.title), level=1)]
    while piece := list(islice(points, AT_ONCE)):
        first = first or next((each for each in piece if each.point.figures), None)
        if head:
            head.append(ByRoom(full=partial(points_chart, report, piece)))
        yield [*head, _table(report, piece, first)]
        head = []
    notes = [MEASURED] if report.measure else []
    if report.defaults:
        used = ", ".join([with_value(name, value) for name, value in report.defaults.items()])
        notes.append(f"defaults used: {used}")
    yield [*[Paragraph(f"{note}.") for note in notes], Paragraph(CONVENTION_LINE)]


def _table(report: SweepReport, rows: Iterable[Measured], first: Measured | None) -> LongTable:
    titles = [variation.name for variation in report.variations]
    titles += ["output", *(["weight"] if report.of_layer else [])]
    titles += ["params", TIMES, "MACs", TIMES, *(["time", TIMES] if report.measure else [])]
    titles += MEMORY_TITLES
    rows = list(rows)
    cells = [_row(report, row, first) for row in rows]
    reasons = [_reason(row) for row in rows if row.point.reason]
    more = [f"{len(reasons) - MOST_REASONS:,} more impossible points"] * (
        len(reasons) > MOST_REASONS
    )
    return LongTable(titles, cells, OPTIONAL, [*reasons[:MOST_REASONS], *more])


def _reason(row: Measured) -> str:
    """Why there is no such point, and which one it is."""
    values = ", ".join([f"{name} {value_typed(v)}" for name, v in row.point.values.items()])
    reason = row.point.reason
    return printable(f"{values}: {reason.spelled(with_value)}") if reason else values


def _row(report: SweepReport, row: Measured, first: Measured | None) -> list[Cell]:
    values: list[Cell] = [Figure(value_typed(value)) for value in row.point.values.values()]
    found = row.point.figures
    if found is None or first is None or first.point.figures is None:
        width = 6 if report.of_layer else 5
        width += 2 * bool(report.measure) + len(MEMORY_TITLES)
        return [*values, *[None] * width]
    shapes: list[Cell] = [shape_text(found.output_shape)]
    if report.of_layer:
        shapes.append(shape_text(found.weight_shape or ()))
    cells = [*values, *shapes, *_multiples(found, first.point.figures)]
    if report.measure and row.seconds is not None and first.seconds is not None:
        cells += [
            Figure(seconds_text(row.seconds), row.seconds),
            Multiple(row.seconds, first.seconds),
        ]
    return [*cells, *_seen_and_held(found)]


def _seen_and_held(found: Figures) -> list[Cell]:
    """The receptive field and the memory of a point."""
    peak, weights = found.peak_activation_bytes, found.weight_bytes
    weight_text = bytes_text(weights)
    return [
        field_text(found.receptive_field),
        Figure(bytes_text(peak), peak),
        Figure(at_least_text(weight_text) if "params" in found.unknown else weight_text, weights),
    ]


def _counted(found: Figures, figure: str) -> Cell:
    """A count; at least so much where figures of layers are not known."""
    count: int = getattr(found, figure)
    return Figure(at_least_text(count_text(count)), count) if figure in found.unknown else count


def _multiples(found: Figures, first: Figures) -> list[Cell]:
    return [
        _counted(found, "params"),
        Multiple(found.params, first.params),
        _counted(found, "macs"),
        Multiple(found.macs, first.macs),
    ]
