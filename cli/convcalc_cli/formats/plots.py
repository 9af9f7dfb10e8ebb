"""Pictures with Matplotlib, as the bytes of a file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

from convcalc.facts.connectivity import Link, channel_grid
from convcalc.redesign.of_layer import DesignFacts
from convcalc_cli.commands.audit.charts import Bar, bars_of
from convcalc_cli.commands.audit.report import AuditReport, NetworkReport
from convcalc_cli.commands.layer.pytorch import pytorch_text
from convcalc_cli.commands.layer.report import LayerReport, design_title
from convcalc_cli.commands.sweep.report import Measured, SweepReport
from convcalc_cli.flags.values import FlagError, value_typed
from convcalc_cli.shell.extras import MATPLOTLIB, loaded
from convcalc_cli.short_names import shortened
from convcalc_cli.text import bytes_text, printable, short_text

ENDINGS = (".png", ".svg", ".pdf")
MOST_POINTS = 2_000
MOST_NETWORKS = 6
MOST_NAMES = 40
MOST_LINES = 12
MOST_TICKS = 24
LONGEST_NAME = 24
LONGEST_TITLE = 3
"""Lines."""
MANY = 100

LETTER = 0.078
"""Inches of a letter of a title or below an axis."""
WIDTH = 7.5
"""Inches of the pictures of networks."""
PANEL = 3.4, 3.2
"""Inches of one of the pictures of a sweep."""

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
    names, turned = _ticks([value_typed(value) for value in report.variations[0].values])
    width = PANEL[0] * len(panels)
    title = _title(report.title, width)
    room = LETTER * max(map(len, names)) if turned else 0
    with _style():
        figure = _figure(width, PANEL[1] + room + 0.15 * title.count("\n"))
        for axes, (name, label) in zip(_row(figure, len(panels)), panels, strict=True):
            _sweep_panel(axes, report, found, name)
            step = -(-len(names) // _most_ticks(names, turned=turned))
            turn = {"rotation": 90, "fontsize": 7} if turned else {}
            axes.set_xticks(range(0, len(names), step), names[::step], **turn)
            axes.set_ylabel(label)
        figure.suptitle(title, fontsize=9)
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
        if absent:  # a line without points has its box in the corner, and the layout heeds it
            crosses = {"color": BLACK, "clip_on": False, "gid": f"absent-{name}"}
            axes.plot(absent, [0] * len(absent), "x", **crosses)
        _across(axes, len(ticks))
    axes.set_xlabel(_short(first.name))
    axes.set_ylim(bottom=0)
    _units(axes.yaxis, whole=name != "seconds")


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


def _title(text: str, width: float) -> str:
    """A text in as many lines as it needs, up to some."""
    told = printable(text)
    wide = any(east_asian_width(letter) in "WF" for letter in told)
    columns = int(0.95 * width / LETTER / (2 if wide else 1))
    lines = wrap(told, columns, break_on_hyphens=False, max_lines=LONGEST_TITLE, placeholder="…")
    return "\n".join(lines)


def _across(axes: Any, bars: int) -> None:
    """Leaves no room beside many bars, and some beside one or two."""
    margin = 0.6 if bars > 2 else 1.0
    axes.set_xlim(-margin, bars - 1 + margin)


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
        drawn = [(each, bars_of(each)) for each in report.networks]
        figure = _figure(WIDTH, sum([_height(each, bars) for each, bars in drawn]))
        axes = figure.subplots(2 * len(drawn), 1)
        for at, (network, bars) in enumerate(drawn):
            _mirrored(axes[2 * at], network, bars)
            _memory(axes[2 * at + 1], bars)
        return _saved(figure, file)


def _height(report: NetworkReport, bars: Sequence[Bar]) -> float:
    """Inches of the pictures of a network: names and titles take nothing from the axes."""
    longest = max(map(len, _names_of(bars)[1]))
    return 4.0 + 0.06 * longest + 0.15 * _title(report.network.name, WIDTH - 1).count("\n")


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
    axes.set_title(_title(report.network.name, WIDTH - 1), fontsize=9)
    for each in (axes, below):
        _units(each.yaxis, absolute=True)
        _one_side(each)
    axes.set_xticks([])
    _across(axes, len(bars))


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


def _names_of(bars: Sequence[Bar]) -> tuple[Sequence[int], list[str]]:
    """The bars that have a name below them, and these names."""
    shown = range(0, len(bars), -(-len(bars) // MOST_NAMES))
    return shown, shortened([printable(bars[at].name) for at in shown], LONGEST_NAME, "…")


def _names(axes: Any, bars: Sequence[Bar]) -> None:
    shown, labels = _names_of(bars)
    axes.set_xticks(shown, labels, rotation=90, fontsize=6)
    _across(axes, len(bars))


def _short(name: str) -> str:
    """A name that loses its middle where it is long."""
    return shortened([printable(name)], LONGEST_NAME, "…")[0]


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
        shape = comparison.network.input_shape
        title = _title(pytorch_text(comparison.layer.operation, shape), figure.get_figwidth())
        figure.suptitle(title, fontsize=8)
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


def _units(
    axis: Any, *, absolute: bool = False, text: Any = short_text, whole: bool = True
) -> None:
    def told(value: float, _: int) -> str:
        number = abs(value) if absolute else value
        return f"{number:.3g}" if number < 1 else str(text(round(number)))

    ticker = _library("ticker")
    axis.set_major_formatter(ticker.FuncFormatter(told))
    if whole:
        axis.set_major_locator(ticker.MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))


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
