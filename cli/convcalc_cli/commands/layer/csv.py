"""The layers of every design of a layer, as CSV."""

from __future__ import annotations

from convcalc.errors import SpecError
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.formats.csv import layers_csv


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
    return layers_csv(rows, checked, _others(report))


def _others(report: LayerReport) -> dict[str, list[int | None]] | None:
    """What other tools count for the rows of each design, if that was asked for."""
    if report.tools is None:
        return None
    from convcalc_cli.others.csv import columns

    compared = []
    for design in report.comparison.possible:
        network = report.comparison.network.replace(layers=design.layers)
        names = [row.name for row in design.audit.layers]
        compared.append((report.tools.network(network, design.audit), names))
    return columns(compared)
