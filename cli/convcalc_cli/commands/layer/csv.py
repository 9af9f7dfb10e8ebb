"""The layers of every design of a layer, as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.errors import SpecError
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.formats.csv import layers_csv
from convcalc_cli.others.comparer import Compared
from convcalc_cli.others.csv import columns


def layer_csv(report: LayerReport) -> str:
    """The layers of every design; the design is their network.

    Raises:
        SpecError: the rows have no place for what was asked.
    """
    if report.explained:
        raise SpecError("{explain} cannot be combined with {format}", explain=True, format="csv")
    possible, run = report.comparison.possible, report.verification
    rows = [(design.title, row) for design in possible for row in design.audit.layers]
    checked = [row for each in run.designs for row in each.rows] if run else None
    return layers_csv(rows, checked, columns(_compared(report)))


def _compared(report: LayerReport) -> Iterator[tuple[Compared | None, list[str]]]:
    """What other tools count for the rows of each design."""
    for design in report.comparison.possible if report.tools else ():
        network = report.comparison.network.replace(layers=design.layers)
        names = [row.name for row in design.audit.layers]
        yield report.tools and report.tools.network(network, design.audit), names
