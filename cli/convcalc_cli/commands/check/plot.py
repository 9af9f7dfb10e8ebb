"""What --plot draws of `convcalc check`: how much of its budgets each network uses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from convcalc_cli.commands.check.budgets import Used, used_budgets
from convcalc_cli.commands.check.report import CheckReport
from convcalc_cli.flags.values import FlagError
from convcalc_cli.formats.plotting import (
    BLACK,
    BLUE,
    LONGEST_NAME,
    RED,
    new_figure,
    picture_bytes,
    picture_style,
    require_picture_name,
)
from convcalc_cli.short_names import shortened
from convcalc_cli.text import printable

MOST_BARS = 60
FURTHEST = 3.0
"""Multiple of its budget at which a bar is cut off, to keep the others readable."""
WIDTH, HEAD, BAR = 8.0, 1.0, 0.26
"""Inches of the picture, of what is around its bars, and of each of them."""


def check_plot(report: CheckReport, file: str) -> bytes:
    """A bar for each budget, and a line where it is used up."""
    require_picture_name(file)
    used = list(used_budgets(report))
    if not used:
        raise FlagError("--plot draws budgets, and there are none: --max-params 5M sets one")
    if len(used) > MOST_BARS:
        raise FlagError(f"--plot draws {MOST_BARS} budgets at most")
    names = [f"{name}  {each.total}" for name, each in zip(_files(used), used, strict=True)]
    furthest = min(max([1.0, *[each.part for each in used]]), FURTHEST)
    with picture_style():
        figure = new_figure(WIDTH, HEAD + BAR * len(used))
        axes = figure.subplots()
        places = range(len(used))
        parts = [min(each.part, FURTHEST) * 100 for each in used]
        colours = [RED if each.amount > each.budget else BLUE for each in used]
        bars = axes.barh(places, parts, color=colours, height=0.75)
        for at, bar in enumerate(bars):
            bar.set_gid(f"budget-{at}")
        for at, each in enumerate(used):
            cut = f" ({each.part:,.0f} x)" if each.part > FURTHEST else ""
            place, beside = (1.0, at), ("axes fraction", "data")
            text = f"{each.text} of {each.budget_text}{cut}"
            axes.annotate(text, place, (6, 0), beside, "offset points", va="center", fontsize=8)
        axes.axvline(100, color=BLACK, linewidth=1, linestyle="--", gid="limit")
        axes.set_yticks(places, names, fontsize=8)
        axes.set_ylim(len(used) - 0.4, -0.6)
        axes.set_xlim(0, furthest * 100)
        axes.set_xticks([at for at in range(0, 301, 50) if at <= furthest * 100])
        axes.set_xlabel("percent of the budget")
        return picture_bytes(figure, file)


def _files(used: Sequence[Used]) -> list[str]:
    """The names of the files, without their folders if they differ."""
    paths = {each.file: PurePath(each.file).name for each in used}
    shown = paths if len({*paths.values()}) == len(paths) else {file: file for file in paths}
    return shortened([printable(shown[each.file]) for each in used], LONGEST_NAME, "…")
