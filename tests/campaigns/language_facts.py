"""Memory and receptive fields of interpreted networks, each found in a way of its own.

Memory is counted anew for every row from what is still to be read. A receptive field is a function
from a position to the input positions that it reaches, without borders; `reaches` tells the same
from the gradients of a plain run.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import floor, gcd, lcm, prod
from typing import Any, NamedTuple

import torch

from campaigns.language_frames import Row
from campaigns.language_operations import ACTIVATIONS
from campaigns.language_windows import crop_widths, dims, each, pads, window_pads

IN_PLACE = {
    *ACTIVATIONS,
    *("prelu", "dropout", "layer_scale", "batch_norm", "layer_norm", "instance_norm"),
    *("group_norm", "local_response_norm", "add", "subtract", "multiply", "maximum"),
}
VIEWS = ("flatten", "reshape", "identity")
BROADCAST = ("add", "subtract", "multiply", "maximum")
NORMS = ("instance_norm", "group_norm")
ENDS = ("attention", "matmul", "linear", "adaptive_avg_pool", "adaptive_max_pool")


def alive(inputs: list[Row], rows: list[Row], outputs: list[Row]) -> list[int | None]:
    """Elements in memory while each row runs; None for a row of training."""
    running = [row for row in rows if not row.training]
    end = len(running)
    last: dict[int, int] = {id(row): -1 for row in inputs}
    for at, row in enumerate(running):
        last[id(row)] = at
        last.update({id(source): at for source in row.sources})
    last.update({id(row): end for row in outputs})
    unread = [row for row in inputs if last[id(row)] == -1]
    last.update({id(row): end for row in unread})
    holds = {id(row): [row] for row in inputs}  # buffer -> the values in it
    buffer = {id(row): id(row) for row in inputs}
    size = {id(row): prod(row.shape) for row in inputs}
    fixed = {id(row) for row in inputs}
    found: dict[int, int] = {}
    for at, row in enumerate(running):
        shared = None
        if row.word == "parameter":
            size[id(row)] = 0
            fixed.add(id(row))
        elif row.word in VIEWS:
            shared = buffer[id(row.sources[0])]
        elif row.word in IN_PLACE:
            shared = next(
                (
                    buffer[id(source)]
                    for source in row.sources
                    if source.shape == row.shape
                    and buffer[id(source)] not in fixed
                    and all(last[id(value)] <= at for value in holds[buffer[id(source)]])
                ),
                None,
            )
        where = id(row) if shared is None else shared
        size.setdefault(where, prod(row.shape))
        buffer[id(row)] = where
        holds.setdefault(where, []).append(row)
        needed = [
            where
            for where, values in holds.items()
            if any(last[id(value)] >= at for value in values)
        ]
        found[id(row)] = sum(size[where] for where in needed)
    return [found.get(id(row)) for row in rows]


Reach = Callable[[int], tuple[int, int, bool] | None]
"""From a position to the first and last input position seen, and whether no border was met."""


LONGEST = 300
"""Positions that are looked at where neighbours see differently."""


class Side(NamedTuple):
    """The receptive field in one dimension."""

    reach: Reach
    step: Fraction
    period: int


class Field(NamedTuple):
    """What a row sees; `sides` None for everything, `inputs` empty for learned values."""

    sides: tuple[Side, ...] | None
    inputs: tuple[Row, ...]
    context: bool = False
    exact: bool = True
    """Whether every position sees something: a transposed convolution may leave holes."""

    @property
    def numbers(self) -> Any:
        if self.sides is None:
            return None, None, None
        if not self.inputs:
            return (), (), ()
        sizes, starts = [], []
        for side in self.sides:
            seen = [side.reach(position) for position in range(side.period)]
            sizes.append(max(last - first + 1 for first, last, _ in seen))  # type: ignore[misc]
            starts.append(seen[0][0])  # type: ignore[index]
        return tuple(sizes), tuple(float(side.step) for side in self.sides), tuple(starts)


def fields(inputs: list[Row], rows: list[Row]) -> dict[int, Field]:
    found: dict[int, Field] = {}
    for row in inputs:
        sides = tuple(Side(_start(size), Fraction(1), 1) for size in row.shape[1:])
        found[id(row)] = Field(sides, (row,))
    for row in rows:
        found[id(row)] = _field(row, [found[id(source)] for source in row.sources])
    return found


def _start(size: int) -> Reach:
    return lambda at: (at, at, 0 <= at < size)


def _field(row: Row, seen: list[Field]) -> Field:
    if row.word == "parameter":
        return Field((), ())
    if len(seen) > 1:
        seen = [_merged(row, seen)]
    (one,) = seen
    if not one.inputs and one.sides is not None:
        return one
    over_all = row.word == "layer_norm" and row.given.get("over") == "all"
    context = one.context or row.word in NORMS or over_all
    if one.sides is None or _ends(row):
        return Field(None, one.inputs, context, one.exact)
    moves = _moves(row)
    if moves is None:
        return one._replace(context=context)
    sides, exact = [], one.exact
    for side, move, size in zip(one.sides, moves, row.shape[1:], strict=True):
        made, full = _moved(side, move, size)
        sides.append(made)
        exact = exact and full
    return Field(tuple(sides), one.inputs, context, exact)


def _ends(row: Row) -> bool:
    """Whether each output depends on every position, or positions become other axes."""
    shape = row.sources[0].shape
    g, word = row.given, row.word
    if word in ENDS:
        return True
    if word == "flatten":
        return len(shape) > (2 if g.get("over") == "positions" else 1)
    if word in ("reshape", "permute"):
        return len(shape) > 1 or len(row.shape) > 1
    if word == "reduce":
        return not (g["axes"] == [0] and (g.get("keep") or len(shape) == 1))
    return bool(word == "concat" and g.get("axis", 0) > 0)


def _merged(row: Row, seen: list[Field]) -> Field:
    pairs = [
        (field, source)
        for field, source in zip(seen, row.sources, strict=True)
        if field.sides is None or field.inputs
    ]
    if not pairs:
        return Field((), ())
    gates = row.word in BROADCAST and len(row.shape) > 1 and max(row.shape[1:]) > 1
    kept = [
        field
        for field, source in pairs
        if not (gates and field.sides is None and max(source.shape[1:]) == 1)
    ]
    context = len(kept) < len(pairs) or any(field.context for field in kept)
    inputs = tuple({id(one): one for field in kept for one in field.inputs}.values())
    exact = all(field.exact for field in kept)
    if not kept or any(field.sides is None for field in kept):
        return Field(None, inputs, context, exact)
    if len({one.shape[1:] for one in inputs}) > 1 or len({len(f.sides) for f in kept}) > 1:  # type: ignore[arg-type]
        return Field(None, inputs, context, exact)
    sides = []
    for together in zip(*[field.sides for field in kept], strict=True):
        if len({side.step for side in together}) > 1:
            return Field(None, inputs, context, exact)
        period = lcm(*[side.period for side in together])
        sides.append(Side(_hull([side.reach for side in together]), together[0].step, period))
    return Field(tuple(sides), inputs, context, exact)


def _hull(reaches: list[Reach]) -> Reach:
    @cache
    def reach(at: int) -> tuple[int, int, bool] | None:
        seen = [one for one in (reach(at) for reach in reaches) if one]
        if not seen:
            return None
        return min(s[0] for s in seen), max(s[1] for s in seen), all(s[2] for s in seen)

    return reach


Move = tuple[Callable[[int], list[int]], Fraction]
"""From a position to those it is made of, and how many input positions one step is."""


def _moved(side: Side, move: Move, size: int) -> tuple[Side, bool]:
    sources, step = move
    before = side.reach

    @cache
    def reach(at: int) -> tuple[int, int, bool] | None:
        seen = [one for one in map(before, sources(at)) if one]
        if not seen:
            return None
        inside = 0 <= at < size and all(s[2] for s in seen)
        return min(s[0] for s in seen), max(s[1] for s in seen), inside

    over, under = step.denominator, step.numerator
    period = over * (side.period // gcd(side.period, under))
    full = all(reach(at) for at in range(min(period, LONGEST)))
    return Side(reach, side.step * step, period), full


def _moves(row: Row) -> list[Move] | None:
    """What happens to the positions, by dimension; None if nothing does."""
    g, x, word = row.given, row.sources[0].value, row.word
    if word in ("conv", "depthwise_conv", "max_pool", "avg_pool"):
        steps = g.get("stride") or (g["kernel_size"] if "pool" in word else 1)
        lows = [low for low, _ in window_pads({**g, "stride": steps}, x)]
        every = each(g["kernel_size"], x), each(steps, x), each(g.get("dilation", 1), x), lows
        return [_window(*one) for one in zip(*every, strict=True)]
    if word == "conv_transpose":
        return _transposed(row)
    if word in ("pad", "crop"):
        around = pads(g["widths"], x) if word == "pad" else crop_widths(x, g)
        return [_window(1, 1, 1, low if word == "pad" else -low) for low, _ in around]
    if word == "slice" and g.get("axis", 0) > 0:
        start = g["ends"][0] or 0
        start += x.shape[g["axis"] + 1] if start < 0 else 0
        moves = [_window(1, 1, 1, 0)] * dims(x)
        moves[g["axis"] - 1] = _window(1, g.get("step", 1), 1, -start)
        return moves
    if word in ("upsample", "pixel_shuffle"):
        factors = each(g.get("scale_factor") or g.get("factor") or 1, x)
        if g.get("size") is not None:
            factors = [Fraction(a, b) for a, b in zip(row.shape[1:], x.shape[2:], strict=True)]
        mode = g.get("mode", "nearest")
        return [_resampling(Fraction(str(factor)), mode) for factor in factors]
    if word == "pixel_unshuffle":
        return [_window(g["factor"], g["factor"], 1, 0)] * dims(x)
    return None


def _window(kernel: int, stride: int, dilation: int, low: int) -> Move:
    def sources(at: int) -> list[int]:
        return [at * stride - low + dilation * tap for tap in range(kernel)]

    return sources, Fraction(stride)


def _transposed(row: Row) -> list[Move]:
    g, x = row.given, row.sources[0].value
    k, s, d = (each(g.get(name, 1), x) for name in ("kernel_size", "stride", "dilation"))
    if g.get("padding") == "same":
        lows = [max(b * (a - 1) + 1 - c, 0) // 2 for a, b, c in zip(k, d, s, strict=True)]
    else:
        lows = [low for low, _ in pads(g.get("padding") or 0, x)]

    def move(kernel: int, stride: int, dilation: int, low: int) -> Move:
        def sources(at: int) -> list[int]:
            places = [at + low - dilation * tap for tap in range(kernel)]
            return [place // stride for place in places if place % stride == 0]

        return sources, Fraction(1, stride)

    return [move(*one) for one in zip(k, s, d, lows, strict=True)]


def _resampling(factor: Fraction, mode: str) -> Move:
    around = {"nearest": (), "bicubic": (-1, 0, 1, 2)}.get(mode, (0, 1))

    def sources(at: int) -> list[int]:
        if not around:
            return [floor(at / factor)]
        centre = (at + Fraction(1, 2)) / factor - Fraction(1, 2)
        if centre.denominator == 1:
            return [int(centre)]
        return [floor(centre) + more for more in around]

    return sources, 1 / factor


def reaches(row: Row, inputs: tuple[Row, ...], axis: int) -> list[tuple[int, int] | None]:
    """Which input positions of an axis each output position depends on, by gradients."""
    found: list[tuple[int, int] | None] = []
    for at in range(row.shape[axis]):
        total = row.value.select(axis + 1, at).sum()
        grads = torch.autograd.grad(
            total, [one.value for one in inputs], retain_graph=True, allow_unused=True
        )
        places: set[int] = set()
        for grad in grads:
            if grad is not None:
                others = [other for other in range(grad.dim()) if other != axis + 1]
                strength = grad.abs().amax(others)
                weak = 1e-9 * float(strength.max())
                places |= {place for place, one in enumerate(strength.tolist()) if one > weak}
        found.append((min(places), max(places)) if places else None)
    return found
