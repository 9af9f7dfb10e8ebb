"""What the pictures of all commands share: style, units, names, and the bytes of the file."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

from convcalc_cli.flags.values import FlagError
from convcalc_cli.shell.extras import MATPLOTLIB, loaded
from convcalc_cli.short_names import shortened
from convcalc_cli.text import printable, short_text

ENDINGS = (".png", ".svg", ".pdf")
LONGEST_NAME = 24
LONGEST_TITLE = 3
"""Lines."""
LETTER = 0.078
"""Inches of a letter of a title or below an axis."""

BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#E69F00", "#009E73", "#000000"
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Okabe and Ito's, which the colour-blind can tell apart; in grey print marks and hatches tell."""

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


def set_tick_format(
    axis: Any, *, absolute: bool = False, text: Any = short_text, whole: bool = True
) -> None:
    """Ticks at round numbers, written short."""

    def written(value: float, _: int) -> str:
        number = abs(value) if absolute else value
        return f"{number:.3g}" if number < 1 else str(text(round(number)))

    ticker = _library("ticker")
    axis.set_major_formatter(ticker.FuncFormatter(written))
    if whole:
        axis.set_major_locator(ticker.MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))


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
