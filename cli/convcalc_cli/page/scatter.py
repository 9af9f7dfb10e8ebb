"""A scatter chart as SVG, as wide as the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import log10

from convcalc.records import NamedTuple
from convcalc_cli.page.blocks import Axis, Scatter, Spot
from convcalc_cli.text import printable
from convcalc_cli.ticks import Tick, Unit, decades, ticks

HEIGHT, TOP, FOOT = 360, 26, 44
"""Pixels of the picture, and of it above and below the points."""
LEFT = 68
"""Pixels beside the points."""
WIDE = 10
"""An axis whose largest amount is so many times its smallest is logarithmic."""
MIDDLE = 0.6
"""Names of points beyond this part of the axis are on their other side."""
SPACE = 0.06
"""Part of an axis that is free at its ends."""


class _Scale(NamedTuple):
    """From amounts to parts of an axis, from 0 to 1."""

    least: float
    most: float
    is_log: bool

    def part(self, value: float) -> float:
        """Where an amount is."""
        if self.is_log:
            low, high = log10(self.least), log10(self.most)
            return (log10(value) - low) / (high - low)
        return (value - self.least) / (self.most - self.least)

    def ticks(self, unit: Unit) -> list[Tick]:
        """Round amounts on it."""
        found = decades(self.least, self.most) if self.is_log else ticks(self.most, unit)
        return [tick for tick in found if tick.value <= self.most]


def scatter_svg(chart: Scatter) -> Iterator[str]:
    """The axes with their ticks, and each point with its name, all facts said where it is."""
    across, up = (
        _scale([spot.x for spot in chart.spots]),
        _scale([spot.y for spot in chart.spots]),
    )
    yield from _up_ticks(chart.y, up)
    yield (f'<svg class="plot" height="{HEIGHT}" role="group" aria-label="{_text(chart.title)}">\n')
    for tick in up.ticks(chart.y.unit):
        y = _height(up.part(tick.value))
        yield f'<line class="line" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
    yield from _across_ticks(chart.x, across)
    for spot in chart.spots:
        yield _spot(spot, (across.part(spot.x), _height(up.part(spot.y))))
    yield "</svg>\n"


def _scale(values: Sequence[float]) -> _Scale:
    least, most = min(values, default=0), max(values, default=1) or 1
    if least > 0 and most / least >= WIDE:
        room = (most / least) ** SPACE
        return _Scale(least / room, most * room, is_log=True)
    return _Scale(0, most * (1 + SPACE), is_log=False)


def _height(part: float) -> float:
    return TOP + (1 - part) * (HEIGHT - TOP - FOOT)


def _up_ticks(axis: Axis, scale: _Scale) -> Iterator[str]:
    """What stands beside the points: as wide as it is, however wide the page is."""
    kind = " (logarithmic)" if scale.is_log else ""
    yield f'<svg class="scale" width="{LEFT}" height="{HEIGHT}" aria-hidden="true">'
    yield f'<text class="name" y="14">{_text(axis.name)}{kind}</text>'
    for tick in scale.ticks(axis.unit):
        y = _height(scale.part(tick.value)) + 4
        yield f'<text x="{LEFT - 6}" y="{y:.1f}" text-anchor="end">{tick.text}</text>'
    yield "</svg>\n"


def _across_ticks(axis: Axis, scale: _Scale) -> Iterator[str]:
    low = HEIGHT - FOOT
    yield f'<line class="axis" x2="100%" y1="{low}" y2="{low}"/>'
    kind = " (logarithmic)" if scale.is_log else ""
    for tick in scale.ticks(axis.unit):
        x = f"{100 * scale.part(tick.value):.2f}%"
        yield f'<line class="line" x1="{x}" x2="{x}" y1="{TOP}" y2="{low}"/>'
        yield f'<text x="{x}" y="{low + 16}" text-anchor="middle">{tick.text}</text>'
    yield f'<text class="name" x="50%" y="{HEIGHT - 8}" text-anchor="middle">'
    yield f"{_text(axis.name)}{kind}</text>"


def _spot(spot: Spot, place: tuple[float, float]) -> str:
    """A point with its name beside it; the script moves names that lie on each other."""
    x, y = f"{100 * place[0]:.2f}%", f"{place[1]:.1f}"
    side = ' text-anchor="end"' if place[0] > MIDDLE else ""
    point = f'<circle class="series-0" cx="{x}" cy="{y}" r="5"/>'
    name = f'<text x="{x}" y="{y}" dx="{-9 if side else 9}" dy="4"{side}>{_text(spot.name)}</text>'
    said = f'aria-label="{_text(f"{spot.name}: {spot.facts}")}"'
    if not spot.anchor:
        return f'<g role="img" tabindex="0" {said}>{point}{name}</g>\n'
    return f'<a href="#{_text(spot.anchor)}" {said}>{point}{name}</a>\n'


def _text(text: str) -> str:
    return escape(printable(text))
