"""What one output position can see of the network's input, followed exactly from layer to layer."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

from convcalc.records import NamedTuple

MOST_PHASES = 4096
"""Beyond this enlargement of the input no receptive field is computed."""


class ReceptiveField(NamedTuple):
    """One dimension's view of the input, from the first to the last position seen, borders ignored.

    After upsampling, neighbouring positions see differently; the views repeat after `phases` many.
    Position `n * phases + r` sees from `first[r] + n * shift` to `last[r] + n * shift`.

    Source: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks",
    Distill, 2019; the phases are this project's own.

    >>> ReceptiveField().after_window(3, 2, 1).after_window(3, 1, 1).size
    7
    """

    first: tuple[int, ...] = (0,)
    last: tuple[int, ...] = (0,)
    shift: int = 1

    @property
    def phases(self) -> int:
        """After how many positions the views repeat."""
        return len(self.first)

    @property
    def size(self) -> int:
        """Input positions in the widest view."""
        if len(self.first) == 1:  # nearly always, and asked of every row
            return self.last[0] - self.first[0] + 1
        return max(map(int.__sub__, self.last, self.first)) + 1

    def after_window(self, kernel: int, stride: int, dilation: int, low: int = 0) -> ReceptiveField:
        """The view through a sliding window that starts `low` positions before the input.

        >>> ReceptiveField().after_window(3, 1, 4).size
        9
        """
        if len(self.first) == 1:
            first = self.first[0] - low * self.shift
            last = self.last[0] + (dilation * (kernel - 1) - low) * self.shift
            return ReceptiveField((first,), (last,), self.shift * stride)
        shared = gcd(self.phases, stride)
        starts = [phase * stride - low for phase in range(self.phases // shared)]
        views = [
            self._hull(range(start, start + dilation * (kernel - 1) + 1, dilation))
            for start in starts
        ]
        return _field(views, self.shift * stride // shared)

    def after_transposed(
        self, kernel: int, stride: int, dilation: int, low: int = 0
    ) -> ReceptiveField | None:
        """The view through a transposed convolution: every `stride`-th tap meets an input.

        >>> ReceptiveField().after_transposed(4, 2, 1).size
        2
        """
        if self.phases * stride > MOST_PHASES:
            return None
        views: list[tuple[int, int]] = []
        for phase in range(self.phases * stride):
            inputs = _inputs_of(phase + low, kernel, stride, dilation)
            # A position between the taps sees nothing; it is taken to see what the one before does.
            views.append(self._hull(inputs or [(phase + low) // stride]))
        return _field(views, self.shift)

    def after_resampling(
        self, factor: int | Fraction, taps: range | None = None
    ) -> ReceptiveField | None:
        """The view when there are `factor` times as many positions.

        Args:
            factor: output positions for each input position; below 1 it shrinks.
            taps: the positions that are blended, counted from the one at or before the source:
                `range(0, 2)` for the two around it; None where the nearest one is repeated.

        Half-pixel centres: the source of position p lies at `(p + 1/2) / factor - 1/2`. Where it
        lies on a position, that one alone is seen.

        >>> ReceptiveField().after_resampling(2).after_window(3, 1, 1).size
        2
        >>> ReceptiveField().after_resampling(Fraction(3, 2), range(2)).size
        2
        """
        up, down = Fraction(factor).as_integer_ratio()
        rounds = self.phases // gcd(self.phases, down)
        if up * rounds > MOST_PHASES:
            return None
        positions = [_sources_of(at, up, down, taps) for at in range(up * rounds)]
        shift = self.shift * (down * rounds // self.phases)
        return _field([self._hull(seen) for seen in positions], shift)

    def seen_from(self, position: int) -> tuple[int, int]:
        """The first and the last input position that a position sees."""
        period, phase = divmod(position, len(self.first))
        return self.first[phase] + period * self.shift, self.last[phase] + period * self.shift

    def _hull(self, positions: Sequence[int]) -> tuple[int, int]:
        """From the first to the last that any of the positions sees."""
        if len(positions) > 2 * self.phases:  # views repeat: the ends have every phase
            positions = [*positions[: self.phases], *positions[-self.phases :]]
        views = [self.seen_from(position) for position in positions]
        return min([first for first, _ in views]), max([last for _, last in views])


def merged(fields: Sequence[ReceptiveField]) -> ReceptiveField | None:
    """The hull of what several values see; None where they do not move in step.

    >>> wide, narrow = ReceptiveField().after_window(5, 1, 1, 2), ReceptiveField()
    >>> merged([wide, narrow]).size
    5
    """
    if len(set(fields)) == 1:
        return fields[0]
    phases = lcm(*[field.phases for field in fields])
    shifts = {field.shift * (phases // field.phases) for field in fields}
    if phases > MOST_PHASES or len(shifts) > 1:
        return None
    views = []
    for position in range(phases):
        seen = [field.seen_from(position) for field in fields]
        views.append((min(first for first, _ in seen), max(last for _, last in seen)))
    return _field(views, shifts.pop())


def _sources_of(position: int, up: int, down: int, taps: range | None) -> Sequence[int]:
    """The positions that an enlargement by `up / down` makes a position of."""
    if taps is None:
        return (position * down // up,)
    nearest, rest = divmod((2 * position + 1) * down - up, 2 * up)
    return range(nearest + taps.start, nearest + taps.stop) if rest else (nearest,)


def _field(views: Sequence[tuple[int, int]], shift: int) -> ReceptiveField:
    first, last = zip(*views, strict=True)
    return ReceptiveField(first, last, shift)


def _inputs_of(position: int, kernel: int, stride: int, dilation: int) -> range:
    """The inputs of a transposed convolution whose taps fall on a position of its output.

    Input i and tap t fall on `i * stride + t * dilation`; the taps that do so from some input lie
    `stride / gcd` apart, and the first of them solves a linear congruence.
    """
    shared = gcd(stride, dilation)
    apart = stride // shared
    if position % shared:
        return range(0)
    first = position // shared * pow(dilation // shared, -1, apart) % apart
    taps = (kernel - 1 - first) // apart + 1  # 0 where the first would lie behind the last
    nearest, step = (position - first * dilation) // stride, dilation // shared
    return range(nearest - (taps - 1) * step, nearest + 1, step)
