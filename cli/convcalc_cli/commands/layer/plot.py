"""What --plot draws of `convcalc layer`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.facts.connectivity import Link, channel_grid
from convcalc.redesign.of_layer import DesignFacts
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.formats.plotting import (
    COLOURS,
    new_figure,
    panels_in_a_row,
    picture_bytes,
    picture_style,
    require_picture_name,
    set_scale,
    title_lines,
)
from convcalc_cli.sections.pytorch import pytorch_text
from convcalc_cli.text import short_text


def layer_plot(report: LayerReport, file: str) -> bytes:
    """The designs' params and MACs, and which input channel feeds which output channel."""
    require_picture_name(file)
    comparison = report.comparison
    designs = comparison.possible
    with picture_style():
        figure = new_figure(max(6.4, 2.1 * len(designs)), 5.0)
        upper, lower = figure.subfigures(2, 1, height_ratios=[1.3, 1])
        _designs(upper, designs)
        grids = [(design, layer) for design in designs for layer in design.layers]
        panels = panels_in_a_row(lower, len(grids))
        for axes, (design, layer) in zip(panels, grids, strict=True):
            _grid(axes, layer.operation)
            part = layer.name.rpartition(".")[2] if len(design.layers) > 1 else ""
            axes.set_title("\n".join(filter(None, (design.title, part))), fontsize=8)
        panels[0].set_ylabel("output channels")
        shape = comparison.network.input_shape
        title = title_lines(pytorch_text(comparison.layer.operation, shape), figure.get_figwidth())
        figure.suptitle(title, fontsize=8)
        return picture_bytes(figure, file)


def _designs(figure: Any, designs: Sequence[DesignFacts]) -> None:
    names = [design.title.replace(", ", "\n").replace(" sep", "\nsep") for design in designs]
    for axes, total, label in zip(
        panels_in_a_row(figure, 2), ("params", "macs"), ("parameters", "MACs"), strict=True
    ):
        values = [getattr(design.audit.totals, total) for design in designs]
        heights = [float(value) for value in values]
        bars = axes.bar(names, heights, color=[COLOURS[at % 5] for at in range(len(names))])
        for at, bar in enumerate(bars):
            bar.set_gid(f"{total}-{at}")
        axes.bar_label(bars, [short_text(value) for value in values], fontsize=8)
        axes.set_ylabel(label)
        axes.tick_params(axis="x", labelsize=8)
        axes.set_ylim(0, 1.1 * max(heights))
        set_scale(axes.yaxis, max(values))


def _grid(axes: Any, conv: Any) -> None:
    shade = {Link.NONE: 0.0, Link.ALL: 1.0, Link.LEFT_OUT: 0.4}
    links = [[shade[link] for link in row] for row in channel_grid(conv).links]
    axes.imshow(links, cmap="Greys", vmin=0, vmax=1.2, aspect="auto", interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("input channels", fontsize=8)
    for spine in axes.spines.values():
        spine.set_visible(True)
