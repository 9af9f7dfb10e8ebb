"""What --plot draws of `convcalc sweep`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from convcalc_cli.commands.sweep.report import Measured, SweepReport
from convcalc_cli.flags.values import FlagError, value_typed
from convcalc_cli.formats.plotting import (
    BLACK,
    BLUE,
    COLOURS,
    LETTER,
    LONGEST_NAME,
    new_figure,
    panels_in_a_row,
    picture_bytes,
    picture_style,
    require_picture_name,
    set_margins,
    set_scale,
    short_name,
    title_lines,
)
from convcalc_cli.short_names import shortened
from convcalc_cli.ticks import Unit

MOST_POINTS = 2_000
MOST_LINES = 12
MOST_TICKS = 24
PANEL = 3.4, 3.2
"""Inches of one of the pictures."""

MARKS = "osD^vPX*"
DASHES = ("-", "--", ":", "-.")


def sweep_plot(report: SweepReport, file: str) -> bytes:
    """Params, MACs and measured times over what varies; a line for each value of the second."""
    require_picture_name(file)
    found = list(islice(report.points(), MOST_POINTS + 1))
    if len(found) > MOST_POINTS:
        raise FlagError(f"--plot draws {MOST_POINTS:,} points at most")
    panels = [("params", "parameters"), ("macs", "MACs")]
    if report.measure:
        panels.append(("seconds", "time (NumPy, this machine)"))
    names, turned = _ticks([value_typed(value) for value in report.variations[0].values])
    width = PANEL[0] * len(panels)
    title = title_lines(report.title, width)
    room = LETTER * max(map(len, names)) if turned else 0
    with picture_style():
        figure = new_figure(width, PANEL[1] + room + 0.15 * title.count("\n"))
        for axes, (name, label) in zip(panels_in_a_row(figure, len(panels)), panels, strict=True):
            _sweep_panel(axes, report, found, name)
            step = -(-len(names) // _most_ticks(names, turned=turned))
            turn = {"rotation": 90, "fontsize": 8} if turned else {}
            axes.set_xticks(range(0, len(names), step), names[::step], **turn)
            axes.set_ylabel(label)
        figure.suptitle(title, fontsize=9)
        return picture_bytes(figure, file)


def _sweep_panel(axes: Any, report: SweepReport, found: Sequence[Measured], name: str) -> None:
    first, *others = report.variations
    ticks = [value_typed(value) for value in first.values]
    width = len(others[0].values) if others else 1
    values = [_figure_of(measured, name) for measured in found]
    if others:
        for at in range(width):
            style = {"color": COLOURS[at % len(COLOURS)], "marker": MARKS[at % len(MARKS)]}
            style |= {"linestyle": DASHES[at % len(DASHES)], "fillstyle": "none"}
            numbers = [float("nan") if value is None else value for value in values[at::width]]
            label = f"{others[0].name} {value_typed(others[0].values[at])}"
            axes.plot(range(len(ticks)), numbers, label=label, **style)
        if width <= MOST_LINES:
            axes.legend(frameon=False, fontsize=7)
    else:
        bars = axes.bar(range(len(ticks)), [value or 0 for value in values], color=BLUE)
        for bar, tick in zip(bars, ticks, strict=True):
            bar.set_gid(f"{name}-{tick}")
        absent = [at for at, value in enumerate(values) if value is None]
        if absent:  # a line without points has its box in the corner, and the layout heeds it
            crosses = {"color": BLACK, "clip_on": False, "gid": f"absent-{name}"}
            axes.plot(absent, [0] * len(absent), "x", **crosses)
        set_margins(axes, len(ticks))
    axes.set_xlabel(short_name(first.name))
    most = max([value for value in values if value is not None], default=0)
    unit = Unit.SECONDS if name == "seconds" else Unit.COUNT
    axes.set_ylim(0, 1.08 * most or 1)
    set_scale(axes.yaxis, most, unit)


def _ticks(values: Sequence[str]) -> tuple[list[str], bool]:
    """What stands below the points, and whether it is turned by a quarter for lack of room."""
    names = shortened(values, LONGEST_NAME, "…")
    turned = len(names) > _most_ticks(names, turned=False) and max(map(len, names)) > 4
    return names, turned


def _most_ticks(names: Sequence[str], *, turned: bool) -> int:
    """How many names there is room for below an axis, a letter and a half apart."""
    if turned:
        return MOST_TICKS
    return max(2, min(12, int(0.8 * PANEL[0] / LETTER / (max(map(len, names)) + 1.5))))


def _figure_of(measured: Measured, name: str) -> float | None:
    if name == "seconds":
        return measured.seconds
    figures = measured.point.figures
    return None if figures is None else float(getattr(figures, name))
