"""The chart of the page of `convcalc fit`."""

from __future__ import annotations

from convcalc.facts.totals import TOTALS
from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.page.blocks import Axis, FullBlock, Scatter, Spot
from convcalc_cli.text import bytes_text, count_text, short_text


def front_chart(report: FitReport) -> list[FullBlock]:
    """Params over MACs of the answer at each budget; each point is named by its budget."""
    spots = []
    for each in report.front:
        if not each.fits:
            continue
        key = next(iter(each.budgets))
        budget = each.budgets[key]
        name = bytes_text(budget) if TOTALS[key].is_bytes else short_text(budget)
        macs, params = each.totals.macs, each.totals.params
        facts = f"{count_text(macs)} MACs, {count_text(params)} params"
        spots.append(Spot(f"at most {name}", macs, params, facts))
    if not spots:
        return []
    return [Scatter("Params over MACs of the answers", Axis("MACs"), Axis("params"), spots)]
