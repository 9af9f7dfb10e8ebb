"""Charts and bars as SVG: the bars stretch with the page, the ticks beside them do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from convcalc_cli.page.blocks import Chart, Series
from convcalc_cli.text import bytes_text, count_text, printable, short_text

HEAD, BARS, GAP = 22, 92, 14
"""Pixels of a series: its name, its bars, and what is free below them."""
PANEL = HEAD + BARS + GAP
SCALE = 68
"""Pixels of the ticks beside the bars."""
COLOURS = 3
MINI = 48
"""Pixels of a bar in a table."""


def mini_bar(part: float) -> str:
    """A bar in a table, as long as the part it is of the column's largest."""
    return (
        f'<svg class="bar" viewBox="0 0 {MINI} 8" width="{MINI}" height="8" aria-hidden="true">'
        f'<rect class="series-0" width="{MINI * part:.1f}" height="8"/></svg>'
    )


def chart_svg(chart: Chart) -> Iterator[str]:
    """The ticks, and then a picture of all series over the same bars.

    Pointing anywhere above or below a bar names it, with all its amounts.
    """
    height = PANEL * len(chart.series)
    yield f'<svg class="scale" width="{SCALE}" height="{height}" aria-hidden="true">'
    for at, series in enumerate(chart.series):
        yield f'<text class="name" y="{PANEL * at + 14}">{_text(series.name)}</text>'
        for tick in _ticks(series):
            y, text = _top(series, tick, at) + 4, _short(series, tick)
            yield f'<text x="{SCALE - 6}" y="{y:.1f}" text-anchor="end">{text}</text>'
    yield "</svg>\n"
    number = len(chart.names)
    yield (
        f'<svg class="bars" viewBox="0 0 {number} {height}" height="{height}" '
        f'preserveAspectRatio="none" role="img" aria-label="{_text(chart.title)}">\n'
    )
    for at, series in enumerate(chart.series):
        for tick in (0, *_ticks(series)):
            y, kind = _top(series, tick, at), "line" if tick else "axis"
            yield f'<line class="{kind}" x2="{number}" y1="{y:.1f}" y2="{y:.1f}"/>'
    for at, name in enumerate(chart.names):
        yield f"\n<g><title>{_text(_title(chart, name, at))}</title>"
        yield from _bars(chart.series, at)
        yield f'<rect class="touch" x="{at}" width="1" height="{height}"/></g>'
    yield "</svg>\n"


def chart_key(chart: Chart) -> Iterator[str]:
    """The largest amount of each series, beside its colour."""
    for at, series in enumerate(chart.series):
        most = max(series.amounts)
        where = f" ({chart.names[series.amounts.index(most)]})" if most else ""
        legend = _text(f"{series.name}: at most {_full(series, most)}{where}")
        yield '<li><svg class="key" width="10" height="10" aria-hidden="true">'
        yield f'<rect class="{_colour(at)}" width="10" height="10"/></svg> {legend}</li>\n'


def _bars(series: Sequence[Series], at: int) -> Iterator[str]:
    """What is at one place of all series; nothing for an amount of 0."""
    for number, each in enumerate(series):
        amount = each.amounts[at]
        if amount:
            top = _top(each, amount, number)
            height = PANEL * number + HEAD + BARS - top
            yield f'<rect class="{_colour(number)}" x="{at}" y="{top:.2f}" width=".86" '
            yield f'height="{height:.2f}"/>'


def _top(series: Series, amount: int, at: int) -> float:
    """Where an amount is, in pixels from the top of the chart."""
    return PANEL * at + HEAD + BARS - BARS * amount / (max(series.amounts) or 1)


def _ticks(series: Series) -> Iterator[int]:
    """Two to four round amounts above 0."""
    most = max(series.amounts)
    step = 2 ** max(most.bit_length() - 2, 0)
    if not series.is_bytes:
        power = 10 ** (len(str(most)) - 1)
        leading = most // power
        step = power // 2 if leading == 1 else power if leading < 5 else 2 * power
    yield from range(max(step, 1), most + 1, max(step, 1))


def _title(chart: Chart, name: str, at: int) -> str:
    amounts = [f"{_full(each, each.amounts[at])} {each.name}" for each in chart.series]
    return f"{name}: {', '.join(amounts)}"


def _full(series: Series, amount: int) -> str:
    return bytes_text(amount) if series.is_bytes else count_text(amount)


def _short(series: Series, amount: int) -> str:
    return bytes_text(amount) if series.is_bytes else short_text(amount)


def _colour(at: int) -> str:
    return f"series-{at % COLOURS}"


def _text(text: str) -> str:
    return escape(printable(text))
