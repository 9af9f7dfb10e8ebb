"""Charts and bars as SVG: they stretch with the page, the words beside them do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from convcalc_cli.page.blocks import Chart, Series
from convcalc_cli.text import bytes_text, count_text, printable, seconds_text
from convcalc_cli.ticks import Tick, Unit, ticks

HEAD, BARS, GAP = 26, 110, 12
"""Pixels of a series: its name, its bars, and what is free below them."""
PANEL = HEAD + BARS + GAP
FOOT = 30
"""Pixels of what stands below the bars: the numbers of rows, and what they are."""
SCALE = 68
"""Pixels of the ticks beside the bars."""
COLOURS = 3
FEW = 100
"""Bars that stand apart; more of them would only look striped."""
MOST_NUMBERS = 6
"""Numbers below the bars: as many as there is room for on a telephone."""


def mini_bar(part: float) -> str:
    """A bar in a table, as long as the part it is of the column's largest."""
    width = f"{100 * part:.1f}"
    return (
        '<svg class="bar" aria-hidden="true">'
        f'<rect class="series-0" width="{width}%" height="100%"/></svg>'
    )


def chart_svg(chart: Chart) -> Iterator[str]:
    """The scale of each series, and then a picture of all of them over the same bars.

    Anywhere above or below a bar is a link to its row, that says all its amounts.
    """
    height = PANEL * len(chart.series)
    yield f'<svg class="scale" width="{SCALE}" height="{height}" aria-hidden="true">'
    for at, series in enumerate(chart.series):
        yield f'<text class="name" y="{PANEL * at + 14}">{_text(series.name)}</text>'
        for tick in _ticks(series):
            y = _top(series, tick.value, at) + 4
            yield f'<text x="{SCALE - 6}" y="{y:.1f}" text-anchor="end">{tick.text}</text>'
    yield "</svg>\n"
    number = len(chart.names)
    yield (
        f'<svg class="bars" viewBox="0 0 {number} {height}" height="{height}" '
        f'preserveAspectRatio="none" role="group" aria-label="{_text(chart.title)}">\n'
    )
    for at, series in enumerate(chart.series):
        for tick in _ticks(series):
            y, kind = _top(series, tick.value, at), "line" if tick.value else "axis"
            yield f'<line class="{kind}" x2="{number}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<path class="{_colour(at)}" d="{_outline(series, at)}"/>'
    for at, name in enumerate(chart.names):
        yield _link(chart, name, at, height)
    yield "</svg>\n"
    yield from _numbers(chart)


def chart_key(chart: Chart) -> Iterator[str]:
    """The largest amount of each series, beside its colour."""
    for at, series in enumerate(chart.series):
        most = max(series.amounts)
        where = f" ({chart.names[series.amounts.index(most)]})" if most else ""
        legend = _text(f"{series.name}: at most {_full(series, most)}{where}")
        yield '<li><svg class="key" width="10" height="10" aria-hidden="true">'
        yield f'<rect class="{_colour(at)}" width="10" height="10"/></svg> {legend}</li>\n'


def _link(chart: Chart, name: str, at: int, height: int) -> str:
    """What is pointed at; the first one can be reached with the tab key, from there the others."""
    said = _text(_title(chart, name, at))
    area = f'<rect class="touch" x="{at}" width="1" height="{height}"/>'
    index = "" if not at else ' tabindex="-1"'
    if not chart.anchors:
        return f'\n<g role="img" tabindex="{-1 if at else 0}" aria-label="{said}">{area}</g>'
    target = _text(chart.anchors[at])
    return f'\n<a href="#{target}"{index} aria-label="{said}">{area}</a>'


def _outline(series: Series, at: int) -> str:
    """All bars of a series in one shape, as steps; nothing for an amount of 0.

    Shapes of their own would show the paper between them wherever bars are narrow.
    """
    apart = len(series.amounts) <= FEW and not series.is_running
    width = 0.86 if apart else 1
    free = (1 - width) / 2
    foot = _top(series, 0, at)
    steps: list[str] = []
    for place, amount in enumerate(series.amounts):
        if amount:
            top = _top(series, amount, at)
            steps.append(f"M{place + free:g} {foot:g}V{top:.2f}h{width:g}V{foot:g}")
    return "".join(steps)


def _numbers(chart: Chart) -> Iterator[str]:
    """The numbers of the bars below them, and what is counted."""
    number = len(chart.names)
    yield f'<svg class="numbers" height="{FOOT}" aria-hidden="true">'
    for tick in ticks(number, number=MOST_NUMBERS):
        at = round(tick.value)
        if at < number:
            along = 100 * (at + 0.5) / number
            yield f'<text x="{along:.2f}%" y="12">{_text(_number(chart, at))}</text>'
    yield f'<text class="what" x="50%" y="27">{_text(chart.along)}</text></svg>\n'


def _number(chart: Chart, at: int) -> str:
    return chart.numbers[at] if chart.numbers else str(at)


def _top(series: Series, amount: float, at: int) -> float:
    """Where an amount is, in pixels from the top of the chart."""
    return PANEL * at + HEAD + BARS - BARS * amount / (_most(series) or 1)


def _most(series: Series) -> float:
    return series.most if series.most is not None else max(series.amounts)


def _ticks(series: Series) -> Sequence[Tick]:
    return ticks(_most(series), series.unit)


def _title(chart: Chart, name: str, at: int) -> str:
    amounts = [f"{_full(each, each.amounts[at])} {each.name}" for each in chart.series]
    return f"{name}: {', '.join(amounts)}"


def _full(series: Series, amount: float) -> str:
    match series.unit:
        case Unit.BYTES:
            return bytes_text(round(amount))
        case Unit.SECONDS:
            return seconds_text(amount)
        case Unit.COUNT:
            return count_text(round(amount))


def _colour(at: int) -> str:
    return f"series-{at % COLOURS}"


def _text(text: str) -> str:
    return escape(printable(text))
