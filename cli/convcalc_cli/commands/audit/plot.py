"""What --plot draws of `convcalc audit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc_cli.commands.audit.charts import Bar, Largest, bars_of, largest
from convcalc_cli.commands.audit.report import AuditReport, NetworkReport
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.plotting import (
    BLACK,
    BLUE,
    GREEN,
    LONGEST_NAME,
    ORANGE,
    new_figure,
    picture_bytes,
    picture_style,
    require_picture_name,
    set_log_scale,
    set_margins,
    set_scale,
    short_name,
    title_lines,
)
from convcalc_cli.formats.plotting import COLOURS as SPOTS
from convcalc_cli.short_names import shortened
from convcalc_cli.text import bytes_text, printable
from convcalc_cli.ticks import Unit

MOST_NETWORKS = 6
MOST_NAMES = 36
NAMES = 8
"""Points of the names below bars."""
APART = 60
"""More bars than these touch each other: gaps between them would only look striped."""
WIDTH, WIDE = 7.5, 10.0
"""Inches of the picture of one network, and of several."""
PANEL, ROW, SCATTER = 1.55, 1.75, 3.0
"""Inches of what is drawn of one network, of a network among several, and of all of them."""
MARKS = "osD^vP"
UNITS = {"MACs": Unit.COUNT, "parameters": Unit.COUNT, "alive activations": Unit.BYTES}
COLOURS = {"MACs": BLUE, "parameters": ORANGE, "alive activations": GREEN}


def audit_plot(report: AuditReport, file: str) -> bytes:
    """MACs, params and memory by layer; several networks on one scale, and params over MACs."""
    require_picture_name(file)
    if len(report.networks) > MOST_NETWORKS:
        raise FlagError(f"--plot draws {MOST_NETWORKS} networks at most")
    most = largest(report.networks)
    with picture_style():
        draw = _one if len(report.networks) == 1 else _several
        return picture_bytes(draw(report.networks, most), file)


def _one(reports: Sequence[NetworkReport], most: Largest) -> Any:
    """Three pictures over the same layers, with the names of these."""
    (report,) = reports
    bars = bars_of(report)
    names = max(map(len, _names_of(bars)[1]))
    title = title_lines(report.network.name, WIDTH - 1)
    height = 3 * PANEL + 0.4 + 0.075 * names + 0.15 * title.count("\n")
    figure = new_figure(WIDTH, height)
    panels = figure.subplots(3, 1, sharex=True)
    for axes, kind in zip(panels, UNITS, strict=True):
        _bars(axes, bars, kind, most)
        axes.set_ylabel(kind.replace(" ", "\n"))
    shown, labels = _names_of(bars)
    panels[-1].set_xticks(shown, labels, rotation=90, fontsize=NAMES)
    _mark_peak(panels[-1], bars)
    figure.suptitle(title, fontsize=10)
    return figure


def _several(reports: Sequence[NetworkReport], most: Largest) -> Any:
    """All networks as points, and below them a row for each, on the same scales."""
    titles = [title_lines(each.network.name, WIDE / 2) for each in reports]
    lines = sum([title.count("\n") for title in titles])
    figure = new_figure(WIDE, SCATTER + (ROW + 0.25) * len(reports) + 0.15 * lines)
    heights = [SCATTER, *[ROW] * len(reports)]
    grid = figure.add_gridspec(len(heights), 3, height_ratios=heights)
    _points(figure.add_subplot(grid[0, :]), reports)
    for at, report in enumerate(reports):
        bars = bars_of(report)
        for column, kind in enumerate(UNITS):
            axes = figure.add_subplot(grid[at + 1, column])
            _bars(axes, bars, kind, most)
            axes.set_title("" if column else titles[at], fontsize=10, loc="left")
            axes.set_ylabel(kind)
            axes.set_xlabel("layers" if at == len(reports) - 1 else "")
    return figure


def _points(axes: Any, reports: Sequence[NetworkReport]) -> None:
    """Params over MACs, each network with its name."""
    found = [each.audit.totals for each in reports]
    axes.set_xlabel("MACs")
    axes.set_ylabel("parameters")
    for at, (report, totals) in enumerate(zip(reports, found, strict=True)):
        style = {"color": SPOTS[at % len(SPOTS)], "marker": MARKS[at], "linestyle": ""}
        name = short_name(report.network.name)
        axes.plot(
            [float(totals.macs)], [float(totals.params)], label=name, gid=f"network-{at}", **style
        )
    axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
    for name, values in (("x", [t.macs for t in found]), ("y", [t.params for t in found])):
        if min(values) > 0:
            set_log_scale(axes, name, values)
        else:
            getattr(axes, f"set_{name}lim")(0, float(max(values) or 1) * 1.15)
            set_scale(getattr(axes, f"{name}axis"), max(values))


def _bars(axes: Any, bars: Sequence[Bar], kind: str, most: Largest) -> None:
    """A bar for each layer, on a scale that ends at the most of all networks."""
    amounts = {
        "MACs": [bar.macs for bar in bars],
        "parameters": [bar.params for bar in bars],
        "alive activations": [bar.alive for bar in bars],
    }[kind]
    end = dict(zip(UNITS, most, strict=True))[kind]
    is_running = UNITS[kind] is Unit.BYTES
    width = 1.0 if is_running or len(bars) > APART else 0.8
    drawn = axes.bar(
        range(len(bars)), [float(each) for each in amounts], color=COLOURS[kind], width=width
    )
    mark = {"MACs": "macs", "parameters": "params", "alive activations": "alive"}[kind]
    for at, bar in enumerate(drawn):
        bar.set_gid(f"{mark}-{at}")
    axes.set_ylim(0, float(end or 1) * 1.18)
    set_scale(axes.yaxis, end, UNITS[kind])
    set_margins(axes, len(bars))
    if len(bars) == 1:
        axes.set_xticks([0])


def _mark_peak(axes: Any, bars: Sequence[Bar]) -> None:
    """Where most is alive, and how much that is."""
    peak = next(at for at, bar in enumerate(bars) if bar.has_peak)
    height = float(bars[peak].alive)
    axes.plot([peak], [height], marker="v", color=BLACK, gid="peak")
    axes.annotate(
        f"peak {bytes_text(bars[peak].alive)}: {short_name(bars[peak].name)}",
        (peak, height),
        xytext=(6, 3),
        textcoords="offset points",
        fontsize=8,
        ha="left" if peak < len(bars) * 0.6 else "right",
    )


def _names_of(bars: Sequence[Bar]) -> tuple[Sequence[int], list[str]]:
    """The bars that have a name below them, and these names."""
    shown = range(0, len(bars), -(-len(bars) // MOST_NAMES))
    return shown, shortened([printable(bars[at].name) for at in shown], LONGEST_NAME, "…")
