"""The charts of the page of `convcalc audit`, on one scale for all its networks."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc_cli.commands.audit.charts import Largest, bars_of
from convcalc_cli.commands.audit.full_table import RowAnchors
from convcalc_cli.commands.audit.report import NetworkReport
from convcalc_cli.page.blocks import Axis, Chart, Scatter, Series, Spot
from convcalc_cli.text import count_text, name_text, total_text
from convcalc_cli.ticks import Unit

FIGURES = {"macs": "MACs", "params": "params", "peak_activation_bytes": "peak activation"}


def rows_chart(report: NetworkReport, anchors: RowAnchors, most: Largest) -> Chart:
    """MACs, params and memory of each row, or of neighbouring rows together."""
    bars = bars_of(report)
    together = -(-len(report.audit.layers) // len(bars))
    return Chart(
        f"MACs, params and memory of each layer of {name_text(report.network.name)}",
        [name_text(bar.name) for bar in bars],
        [
            Series("MACs", [bar.macs for bar in bars], most=most.macs),
            Series("params", [bar.params for bar in bars], most=most.params),
            Series(
                "activations in memory",
                [bar.alive for bar in bars],
                Unit.BYTES,
                most.alive,
                is_running=True,
            ),
        ],
        f"A bar is {together:,} layers." if together > 1 else "",
        "layers as they run",
        [anchors.row(bar.first) for bar in bars],
        [count_text(at * together) for at in range(len(bars))] if together > 1 else (),
    )


def networks_scatter(reports: Sequence[NetworkReport]) -> Scatter:
    """Params over MACs of each network."""
    spots = []
    for number, each in enumerate(reports, start=1):
        totals = each.audit.totals
        said = [f"{total_text(totals, key)} {title}" for key, title in FIGURES.items()]
        facts = ", ".join(said)
        spots.append(
            Spot(name_text(each.network.name), totals.macs, totals.params, facts, f"part-{number}")
        )
    return Scatter("Params over MACs of each network", Axis("MACs"), Axis("params"), spots)
