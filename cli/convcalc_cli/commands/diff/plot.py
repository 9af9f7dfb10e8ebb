"""What --plot draws of `convcalc diff`: totals before and after, and the layers that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.difference.changes import Change
from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc_cli.commands.diff.report import DiffReport
from convcalc_cli.commands.diff.tree_report import NetworkChange, TreeReport
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.plotting import (
    BLACK,
    BLUE,
    LONGEST_NAME,
    ORANGE,
    new_figure,
    picture_bytes,
    picture_style,
    require_picture_name,
    set_both_sides,
    title_lines,
)
from convcalc_cli.sections.changes import edited_and_following
from convcalc_cli.short_names import shortened
from convcalc_cli.text import change_text, name_text, printable, total_text

MOST_CHANGES = 20
WIDTH, TOTALS_HEIGHT, HEAD, BAR = 9.0, 2.2, 0.9, 0.24
"""Inches of the picture, of the totals, and of the changes: around their bars, and of each."""


def diff_plot(compared: NetworkChange | TreeReport, file: str) -> bytes:
    """The totals as shares of what they were; below, what the largest changes add or save.

    Raises:
        FlagError: there are not two networks.
    """
    require_picture_name(file)
    report = compared.report if isinstance(compared, NetworkChange) else None
    if report is None:
        raise FlagError(f"--plot {file} draws two networks, as in convcalc diff old.yaml new.yaml")
    changes = [each for each in edited_and_following(report.difference) if each.size]
    del changes[MOST_CHANGES:]
    title = title_lines(f"{name_text(report.old.file)} -> {name_text(report.new.file)}", WIDTH)
    lower = HEAD + BAR * len(changes) if changes else 0
    with picture_style():
        figure = new_figure(WIDTH, TOTALS_HEIGHT + lower + 0.15 * title.count("\n"))
        heights = [TOTALS_HEIGHT, *([lower] if changes else [])]
        grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
        _totals(figure.add_subplot(grid[0, :]), report)
        if changes:
            panels = [figure.add_subplot(grid[1, column]) for column in range(2)]
            _changes(panels[0], changes, "params", "parameters", BLUE)
            _changes(panels[1], changes, "macs", "MACs", ORANGE)
            panels[1].set_yticklabels([])
        figure.suptitle(title, fontsize=10)
        return picture_bytes(figure, file)


def _totals(axes: Any, report: DiffReport) -> None:
    """Each total now, in percent of what it was."""
    old, new = (side.facts.totals for side in (report.difference.old, report.difference.new))
    values = [(getattr(old, key), getattr(new, key)) for key in MAIN_TOTALS]
    parts = [100 * after / before if before else 100.0 for before, after in values]
    bars = axes.barh(range(len(parts)), parts, color=BLUE, height=0.6)
    for key, bar in zip(MAIN_TOTALS, bars, strict=True):
        bar.set_gid(f"total-{key}")
    for at, (key, part, pair) in enumerate(zip(MAIN_TOTALS, parts, values, strict=True)):
        text = f"{total_text(old, key)} -> {total_text(new, key)}  ({change_text(*pair)})"
        axes.annotate(text, (part, at), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.axvline(100, color=BLACK, linewidth=1, linestyle="--", gid="before")
    axes.set_yticks(range(len(parts)), [TOTALS[key].title for key in MAIN_TOTALS])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.9 * max(100.0, *parts))
    axes.set_xlabel("percent of what it was")


def _changes(axes: Any, changes: Sequence[Change], figure: str, label: str, colour: str) -> None:
    """What each change adds or saves, the largest first."""
    gains = [_gain(getattr(change, figure)) for change in changes]
    bars = axes.barh(range(len(gains)), [float(gain) for gain in gains], color=colour, height=0.75)
    for at, bar in enumerate(bars):
        bar.set_gid(f"{figure}-{at}")
    rows = [change.new or change.old for change in changes]
    names = [printable(row.name) if row else "" for row in rows]
    axes.set_yticks(range(len(gains)), shortened(names, LONGEST_NAME, "…"), fontsize=8)
    axes.set_ylim(len(gains) - 0.4, -0.6)
    axes.axvline(0, color=BLACK, linewidth=0.8)
    axes.set_xlabel(f"{label}, change")
    set_both_sides(axes, gains)


def _gain(pair: tuple[int | None, int | None]) -> int:
    old, new = pair
    return (new or 0) - (old or 0)
