"""What --plot draws of `convcalc fit`: params over MACs of the answers at about ten budgets."""

from __future__ import annotations

from collections.abc import Iterable

from convcalc.fitting.fit import Fitted
from convcalc_cli.commands.fit.request import FitReport
from convcalc_cli.commands.fit.settings import SettingsReport
from convcalc_cli.formats.plotting import (
    BLUE,
    ORANGE,
    new_figure,
    picture_bytes,
    picture_style,
    require_picture_name,
    set_scale,
    title_lines,
)

WIDTH, HEIGHT = 4.6, 3.4
SETTINGS = "settings"


def fit_plot(report: FitReport | SettingsReport, file: str) -> bytes:
    """The answers at other budgets or for all settings, and the one that was asked for."""
    require_picture_name(file)
    if isinstance(report, SettingsReport):
        best = None if report.best is None or report.best.report is None else report.best.report
        others = [each.report.fitted for each in report.settings if each.report is not None]
        answer = None if best is None else best.fitted
        return _drawn(report.file, SETTINGS, others, answer, file)
    answer = report.fitted if report.fitted.fits else None
    return _drawn(report.network.name, "other budgets", report.front, answer, file)


def _drawn(
    title: str, label: str, others: Iterable[Fitted], answer: Fitted | None, file: str
) -> bytes:
    style = "o" if label == SETTINGS else "o-"
    front = sorted([_point(each) for each in others if each.fits])
    with picture_style():
        figure = new_figure(WIDTH, HEIGHT)
        axes = figure.subplots()
        if front:
            macs, params = zip(*front, strict=True)
            axes.plot(macs, params, style, color=BLUE, label=label, gid="front")
        if answer is not None:
            found = answer.totals
            axes.plot([found.macs], [found.params], "D", color=ORANGE, label="answer", gid="answer")
        axes.set_xlabel("MACs")
        axes.set_ylabel("parameters")
        points = [*front, *([] if answer is None else [_point(answer)])]
        for name, values in zip("xy", zip(*points, strict=True), strict=False):
            getattr(axes, f"set_{name}lim")(0, 1.1 * max(values) or 1)
            set_scale(getattr(axes, f"{name}axis"), max(values))
        if front or answer is not None:
            axes.legend(frameon=False, fontsize=8)
        figure.suptitle(title_lines(title, WIDTH), fontsize=9)
        return picture_bytes(figure, file)


def _point(fitted: Fitted) -> tuple[int, int]:
    return fitted.totals.macs, fitted.totals.params
