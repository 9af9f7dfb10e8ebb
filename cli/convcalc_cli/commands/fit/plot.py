"""What --plot draws of `convcalc fit`: params over MACs of the answers at about ten budgets."""

from __future__ import annotations

from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.formats.plotting import (
    BLUE,
    ORANGE,
    new_figure,
    picture_bytes,
    picture_style,
    require_picture_name,
    set_tick_format,
    title_lines,
)

WIDTH, HEIGHT = 4.6, 3.4


def fit_plot(report: FitReport, file: str) -> bytes:
    """The front, the answer, and the network as written."""
    require_picture_name(file)
    front = sorted([(each.totals.macs, each.totals.params) for each in report.front if each.fits])
    with picture_style():
        figure = new_figure(WIDTH, HEIGHT)
        axes = figure.subplots()
        if front:
            macs, params = zip(*front, strict=True)
            axes.plot(macs, params, "o-", color=BLUE, label="other budgets", gid="front")
        if report.fitted.fits:
            found = report.fitted.totals
            axes.plot([found.macs], [found.params], "D", color=ORANGE, label="answer", gid="answer")
        axes.set_xlabel("MACs")
        axes.set_ylabel("parameters")
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        set_tick_format(axes.xaxis)
        set_tick_format(axes.yaxis)
        if front or report.fitted.fits:
            axes.legend(frameon=False, fontsize=7)
        figure.suptitle(title_lines(report.network.name, WIDTH), fontsize=9)
        return picture_bytes(figure, file)
