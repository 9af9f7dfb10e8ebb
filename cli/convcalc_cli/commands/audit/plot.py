"""What --plot draws of `convcalc audit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc_cli.commands.audit.charts import Bar, bars_of
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
    set_margins,
    set_tick_format,
    short_name,
    title_lines,
)
from convcalc_cli.short_names import shortened
from convcalc_cli.text import bytes_text, printable

MOST_NETWORKS = 6
MOST_NAMES = 40
MANY = 100
WIDTH = 7.5
"""Inches of the picture."""


def audit_plot(report: AuditReport, file: str) -> bytes:
    """MACs and params by layer, mirrored, and the memory over the run; a row for each network."""
    require_picture_name(file)
    if len(report.networks) > MOST_NETWORKS:
        raise FlagError(f"--plot draws {MOST_NETWORKS} networks at most")
    with picture_style():
        drawn = [(each, bars_of(each)) for each in report.networks]
        figure = new_figure(WIDTH, sum([_height(each, bars) for each, bars in drawn]))
        axes = figure.subplots(2 * len(drawn), 1)
        for at, (network, bars) in enumerate(drawn):
            _mirrored(axes[2 * at], network, bars)
            _memory(axes[2 * at + 1], bars)
        return picture_bytes(figure, file)


def _height(report: NetworkReport, bars: Sequence[Bar]) -> float:
    """Inches of the pictures of a network: names and titles take nothing from the axes."""
    longest = max(map(len, _names_of(bars)[1]))
    return 4.0 + 0.06 * longest + 0.15 * title_lines(report.network.name, WIDTH - 1).count("\n")


def _mirrored(axes: Any, report: NetworkReport, bars: Sequence[Bar]) -> None:
    """MACs upwards and params downwards, each on a scale of its own."""
    places = range(len(bars))
    below = axes.twinx()
    edges = {} if len(bars) > MANY else {"hatch": "///", "edgecolor": "w"}
    up = axes.bar(places, [float(bar.macs) for bar in bars], color=BLUE, width=0.9)
    down = below.bar(places, [float(bar.params) for bar in bars], color=ORANGE, width=0.9, **edges)
    for at in places:
        up[at].set_gid(f"macs-{at}")
        down[at].set_gid(f"params-{at}")
    most_macs = float(max([bar.macs for bar in bars]) or 1)
    most_params = float(max([bar.params for bar in bars]) or 1)
    axes.set_ylim(-most_macs * 1.05, most_macs * 1.05)
    below.set_ylim(most_params * 1.05, -most_params * 1.05)
    axes.set_ylabel("MACs (up)")
    below.set_ylabel("parameters (down)")
    below.spines["right"].set_visible(True)
    axes.axhline(0, color=BLACK, linewidth=0.6)
    axes.set_title(title_lines(report.network.name, WIDTH - 1), fontsize=9)
    for each in (axes, below):
        set_tick_format(each.yaxis, absolute=True)
        _one_side(each)
    axes.set_xticks([])
    set_margins(axes, len(bars))


def _one_side(axes: Any) -> None:
    """Ticks on one side of zero only: the other side is the other scale's."""
    most = max(axes.get_ylim())
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= most])


def _memory(axes: Any, bars: Sequence[Bar]) -> None:
    places = range(len(bars))
    alive = [float(bar.alive) for bar in bars]
    axes.bar(places, alive, color=GREEN, width=1.0)
    peak = next(at for at, bar in enumerate(bars) if bar.has_peak)
    axes.plot([peak], [alive[peak]], marker="v", color=BLACK, gid="peak")
    axes.annotate(
        f"peak {bytes_text(bars[peak].alive)}: {short_name(bars[peak].name)}",
        (peak, alive[peak]),
        xytext=(4, 4),
        textcoords="offset points",
        fontsize=8,
        ha="left" if peak < len(bars) * 0.6 else "right",
    )
    axes.set_ylabel("alive activations (bytes)")
    axes.set_ylim(0, max(alive) * 1.2)
    step = 2 ** (int(max(alive)).bit_length() - 2)
    axes.set_yticks([step * at for at in range(5) if step * at <= max(alive) * 1.2])
    set_tick_format(axes.yaxis, text=bytes_text)
    _names(axes, bars)


def _names_of(bars: Sequence[Bar]) -> tuple[Sequence[int], list[str]]:
    """The bars that have a name below them, and these names."""
    shown = range(0, len(bars), -(-len(bars) // MOST_NAMES))
    return shown, shortened([printable(bars[at].name) for at in shown], LONGEST_NAME, "…")


def _names(axes: Any, bars: Sequence[Bar]) -> None:
    shown, labels = _names_of(bars)
    axes.set_xticks(shown, labels, rotation=90, fontsize=6)
    set_margins(axes, len(bars))
