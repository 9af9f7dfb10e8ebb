"""What the pictures of all commands share: style, units, names, and the bytes of the file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.extras import MATPLOTLIB, loaded
from convcalc_cli.short_names import shortened
from convcalc_cli.text import printable
from convcalc_cli.ticks import Unit, decades, ticks

ENDINGS = (".png", ".svg", ".pdf")
LONGEST_NAME = 24
LONGEST_TITLE = 3
"""Lines."""
LETTER = 0.078
"""Inches of a letter of a title or below an axis."""

BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#E69F00", "#009E73", "#000000"
RED = "#D55E00"
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Okabe and Ito's, which the colour-blind can tell apart; in grey print marks and labels tell."""

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


def require_picture_name(file: str) -> None:
    """Require a file name that ends in one of the picture formats.

    Raises:
        FlagError: it does not.
    """
    if not file:
        raise FlagError("--plot needs a file name")
    if Path(file).suffix.lower() not in ENDINGS:
        raise FlagError(f"--plot {file} does not end in {', '.join(ENDINGS)}")


def title_lines(text: str, width: float) -> str:
    """A text in as many lines as it needs, up to some."""
    shown = printable(text)
    wide = any(east_asian_width(letter) in "WF" for letter in shown)
    columns = int(0.95 * width / LETTER / (2 if wide else 1))
    lines = wrap(shown, columns, break_on_hyphens=False, max_lines=LONGEST_TITLE, placeholder="…")
    return "\n".join(lines)


def set_margins(axes: Any, bars: int) -> None:
    """Leaves no room beside many bars, and some beside one or two."""
    margin = 0.6 if bars > 2 else 1.0
    axes.set_xlim(-margin, bars - 1 + margin)


def short_name(name: str) -> str:
    """A name that loses its middle where it is long."""
    return shortened([printable(name)], LONGEST_NAME, "…")[0]


def set_scale(axis: Any, most: float, unit: Unit = Unit.COUNT) -> None:
    """Ticks at round amounts up to the most there is, all in one unit."""
    found = ticks(most, unit)
    axis.set_ticks([float(tick.value) for tick in found], [tick.text for tick in found])


def set_both_sides(axes: Any, values: Sequence[float]) -> None:
    """Ticks below an axis with losses to the left of 0 and gains to the right, on one scale."""
    low, high = min([0, *values]), max([0, *values])
    most = max(-low, high)
    axes.set_xlim(1.1 * float(low) or -0.05 * float(most or 1), 1.1 * float(high or most / 20 or 1))
    after = ticks(most, number=4)
    before = [(-tick.value, f"-{tick.text}") for tick in after[:0:-1]]
    found = [*before, *[(tick.value, tick.text) for tick in after]]
    shown = [(float(value), text) for value, text in found if 1.1 * low <= value <= 1.1 * high]
    axes.set_xticks([value for value, _ in shown], [text for _, text in shown])


def set_log_scale(axes: Any, name: str, values: Sequence[float]) -> None:
    """A logarithmic axis with room around its values, and ticks at round amounts."""
    room = (max(values) / min(values)) ** 0.12 * 1.15
    least, most = min(values) / room, max(values) * room
    axis = getattr(axes, f"{name}axis")
    getattr(axes, f"set_{name}scale")("log")
    getattr(axes, f"set_{name}lim")(least, most)
    found = decades(least, most)
    axis.set_ticks([tick.value for tick in found], [tick.text for tick in found])
    axis.set_ticks([], minor=True)


def panels_in_a_row(figure: Any, number: int) -> list[Any]:
    """Axes side by side."""
    return list(figure.subplots(1, number, squeeze=False)[0])


def new_figure(width: float, height: float) -> Any:
    """An empty figure of a size in inches."""
    return _library("figure").Figure(figsize=(width, height), layout="constrained", dpi=150)


def picture_style() -> Any:
    """The context in which figures are made and saved."""
    matplotlib = _library()
    return matplotlib.rc_context({**matplotlib.rcParamsDefault, **STYLE})


def picture_bytes(figure: Any, file: str) -> bytes:
    """The figure in the format that the file name ends in."""
    kind = Path(file).suffix.lower().lstrip(".")
    dates: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    written = io.BytesIO()
    with warnings.catch_warnings():  # of glyphs no font has, and of names that leave little room
        warnings.simplefilter("ignore")
        figure.savefig(written, format=kind, metadata=dates.get(kind))
    return written.getvalue()


def _library(part: str = "") -> Any:
    return loaded(f"matplotlib.{part}".rstrip("."), MATPLOTLIB, "--plot")
