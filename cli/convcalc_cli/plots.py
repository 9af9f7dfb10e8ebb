"""Pictures with Matplotlib, as the bytes of a file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from convcalc.comparison import DesignFacts
from convcalc.connectivity import Link, channel_grid
from convcalc_cli.audit_report import AuditReport, NetworkReport
from convcalc_cli.charts import Bar, bars_of
from convcalc_cli.extras import MATPLOTLIB, loaded
from convcalc_cli.flags import FlagError, value_typed
from convcalc_cli.layer_report import LayerReport, design_title
from convcalc_cli.pytorch import pytorch_text
from convcalc_cli.sweep_report import Measured, SweepReport
from convcalc_cli.text import bytes_text, printable, short_text

ENDINGS = (".png", ".svg", ".pdf")
MOST_POINTS = 2_000
MOST_NETWORKS = 6
MOST_NAMES = 40
MOST_LINES = 12
LONGEST_NAME = 24
MANY = 100

BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#E69F00", "#009E73", "#000000"
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Okabe and Ito's, which the colour-blind can tell apart; in grey print marks and hatches tell."""
MARKS = "osD^vPX*"
DASHES = ("-", "--", ":", "-.")

STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "convcalc",
    "pdf.fonttype": 42,
    "text.usetex": False,
    "text.parse_math": False,
}


def check_ending(file: str) -> None:
    """Refuses files of kinds that are not drawn.

    Raises:
        FlagError: it is one.
    """
    if not file:
        raise FlagError("--plot needs a file name")
    if Path(file).suffix.lower() not in ENDINGS:
        raise FlagError(f"--plot {file} does not end in {', '.join(ENDINGS)}")


def sweep_plot(report: SweepReport, file: str) -> bytes:
    """Params, MACs and measured times over what varies; a line for each value of the second."""
    check_ending(file)
    found = list(islice(report.points(), MOST_POINTS + 1))
    if len(found) > MOST_POINTS:
        raise FlagError(f"--plot draws {MOST_POINTS:,} points at most")
    panels = [("params", "parameters"), ("macs", "MACs")]
    if report.measure:
        panels.append(("seconds", "seconds (NumPy, this machine)"))
    with _style():
        figure = _figure(3.4 * len(panels), 3.2)
        for axes, (name, label) in zip(_row(figure, len(panels)), panels, strict=True):
            _sweep_panel(axes, report, found, name)
            axes.set_ylabel(label)
        figure.suptitle(printable(report.title), fontsize=9)
        return _saved(figure, file)


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
        axes.plot(absent, [0] * len(absent), "x", color=BLACK, clip_on=False, gid=f"absent-{name}")
    step = -(-len(ticks) // max(2, min(12, 60 // max(map(len, ticks)))))
    axes.set_xticks(range(0, len(ticks), step), ticks[::step])
    axes.set_xlabel(first.name)
    axes.set_ylim(bottom=0)
    _units(axes.yaxis)


def _figure_of(measured: Measured, name: str) -> float | None:
    if name == "seconds":
        return measured.seconds
    figures = measured.point.figures
    return None if figures is None else float(getattr(figures, name))


def audit_plot(report: AuditReport, file: str) -> bytes:
    """MACs and params by layer, mirrored, and the memory over the run; a row for each network."""
    check_ending(file)
    if len(report.networks) > MOST_NETWORKS:
        raise FlagError(f"--plot draws {MOST_NETWORKS} networks at most")
    with _style():
        figure = _figure(7.5, 4.6 * len(report.networks))
        axes = figure.subplots(2 * len(report.networks), 1)
        for at, network in enumerate(report.networks):
            bars = bars_of(network)
            _mirrored(axes[2 * at], network, bars)
            _memory(axes[2 * at + 1], bars)
        return _saved(figure, file)


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
    axes.set_title(printable(report.network.name), fontsize=10)
    for each in (axes, below):
        _units(each.yaxis, absolute=True)
        _one_side(each)
    axes.set_xticks([])
    axes.set_xlim(-0.6, len(bars) - 0.4)


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
        f"peak {bytes_text(bars[peak].alive)}: {_short(bars[peak].name)}",
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
    _units(axes.yaxis, text=bytes_text)
    _names(axes, bars)


def _names(axes: Any, bars: Sequence[Bar]) -> None:
    step = -(-len(bars) // MOST_NAMES)
    shown = range(0, len(bars), step)
    labels = [_short(bars[at].name) for at in shown]
    axes.set_xticks(shown, labels, rotation=90, fontsize=6)
    axes.set_xlim(-0.6, len(bars) - 0.4)


def _short(name: str) -> str:
    """A name that loses its middle where it is long."""
    text, half = printable(name), LONGEST_NAME // 2
    return text if len(text) <= LONGEST_NAME else f"{text[: half - 1]}..{text[1 - half :]}"


def layer_plot(report: LayerReport, file: str) -> bytes:
    """The designs' params and MACs, and which input channel feeds which output channel."""
    check_ending(file)
    comparison = report.comparison
    designs = comparison.possible
    with _style():
        figure = _figure(max(6.4, 2.1 * len(designs)), 5.0)
        upper, lower = figure.subfigures(2, 1, height_ratios=[1.3, 1])
        _designs(upper, designs)
        grids = [(design, layer) for design in designs for layer in design.layers]
        panels = _row(lower, len(grids))
        for axes, (design, layer) in zip(panels, grids, strict=True):
            _grid(axes, layer.operation)
            part = layer.name.rpartition(".")[2] if len(design.layers) > 1 else ""
            axes.set_title("\n".join(filter(None, (design_title(design), part))), fontsize=7)
        panels[0].set_ylabel("output channels")
        figure.suptitle(
            pytorch_text(comparison.layer.operation, comparison.network.input_shape),
            fontsize=8,
            wrap=True,
        )
        return _saved(figure, file)


def _designs(figure: Any, designs: Sequence[DesignFacts]) -> None:
    names = [
        design_title(design).replace(", ", "\n").replace(" sep", "\nsep") for design in designs
    ]
    hatches = ["", "///", "...", "xxx", "\\\\\\"]
    for axes, total, label in zip(
        _row(figure, 2), ("params", "macs"), ("parameters", "MACs"), strict=True
    ):
        values = [getattr(design.audit.totals, total) for design in designs]
        heights = [float(value) for value in values]
        bars = axes.bar(names, heights, color=[COLOURS[at % 5] for at in range(len(names))])
        for at, bar in enumerate(bars):
            bar.set_hatch(hatches[at % len(hatches)])
            bar.set_edgecolor("white")
            bar.set_gid(f"{total}-{at}")
        axes.bar_label(bars, [short_text(value) for value in values], fontsize=7)
        axes.set_ylabel(label)
        axes.tick_params(axis="x", labelsize=6)
        _units(axes.yaxis)


def _grid(axes: Any, conv: Any) -> None:
    shade = {Link.NONE: 0.0, Link.ALL: 1.0, Link.LEFT_OUT: 0.4}
    links = [[shade[link] for link in row] for row in channel_grid(conv).links]
    axes.imshow(links, cmap="Greys", vmin=0, vmax=1.2, aspect="auto", interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("input channels", fontsize=7)
    for spine in axes.spines.values():
        spine.set_visible(True)


def _units(axis: Any, *, absolute: bool = False, text: Any = short_text) -> None:
    def told(value: float, _: int) -> str:
        number = abs(value) if absolute else value
        return f"{number:.3g}" if number < 1 else str(text(round(number)))

    axis.set_major_formatter(_library("ticker").FuncFormatter(told))


def _row(figure: Any, number: int) -> list[Any]:
    return list(figure.subplots(1, number, squeeze=False)[0])


def _figure(width: float, height: float) -> Any:
    return _library("figure").Figure(figsize=(width, height), layout="constrained", dpi=150)


def _style() -> Any:
    matplotlib = _library()
    return matplotlib.rc_context({**matplotlib.rcParamsDefault, **STYLE})


def _saved(figure: Any, file: str) -> bytes:
    kind = Path(file).suffix.lower().lstrip(".")
    dates: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    written = io.BytesIO()
    with warnings.catch_warnings():  # of glyphs no font has, and of names that leave little room
        warnings.simplefilter("ignore")
        figure.savefig(written, format=kind, metadata=dates.get(kind))
    return written.getvalue()


def _library(part: str = "") -> Any:
    return loaded(f"matplotlib.{part}".rstrip("."), MATPLOTLIB, "--plot")
