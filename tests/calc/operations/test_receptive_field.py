"""Receptive fields of chains and merges, against sets of positions that are really seen."""

from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.facts import receptive_fields
from convcalc.operations.receptive_field import ReceptiveField, _inputs_of, merged

SIZE = 240
"""Input positions; outputs near the borders are left aside."""

Seen = dict[int, set[int]]
"""The input positions that each output position depends on."""


def through_window(seen: Seen, kernel: int, stride: int, dilation: int, low: int) -> Seen:
    outputs = {}
    for output in range(-SIZE, SIZE):
        taps = [output * stride - low + tap * dilation for tap in range(kernel)]
        if all(tap in seen for tap in taps):
            outputs[output] = set().union(*[seen[tap] for tap in taps])
    return outputs


def through_transposed(seen: Seen, kernel: int, stride: int, dilation: int, low: int) -> Seen:
    outputs: Seen = {}
    for position, inputs in seen.items():
        for tap in range(kernel):
            outputs.setdefault(position * stride + tap * dilation - low, set()).update(inputs)
    return {at: outputs[at] for at in sorted(outputs)[20:-20]}


def through_repeating(seen: Seen, factor: int) -> Seen:
    return {at * factor + copy: inputs for at, inputs in seen.items() for copy in range(factor)}


def through_resampling(seen: Seen, factor: Fraction, reach: int) -> Seen:
    """Blends what lies less than `reach` from the source; on a position, that position alone."""
    outputs = {}
    for output in range(-SIZE // 3, SIZE // 3):
        source = (output + Fraction(1, 2)) / factor - Fraction(1, 2)
        met = [at for at in range(floor(source) - 3, floor(source) + 4) if abs(at - source) < reach]
        met = [int(source)] if source.denominator == 1 else met
        if all(at in seen for at in met):
            outputs[output] = set().union(*[seen[at] for at in met])
    return outputs


FACTORS = st.fractions(Fraction(1, 3), 3, max_denominator=4)


def steps(most: int) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    low = st.integers(0, 2)
    window = [st.integers(1, 4), st.integers(1, 3), st.integers(1, 2), low]
    # A kernel no smaller than the stride, and dilation 1: every output sees something.
    transposed = [st.integers(3, 5), st.integers(1, 3), st.just(1), low]
    step = st.one_of(
        st.tuples(st.just("window"), *window),
        st.tuples(st.just("transposed"), *transposed),
        st.tuples(st.just("repeat"), st.integers(1, 3)),
        st.tuples(st.just("blend"), FACTORS, st.integers(1, 2)),
    )
    return st.lists(step, max_size=most)


def follow(chain: list[tuple[Any, ...]], seen: Seen, field: Any) -> tuple[Seen, Any]:
    for kind, *numbers in chain:
        if kind == "window":
            seen, field = through_window(seen, *numbers), field.after_window(*numbers)
        elif kind == "transposed":
            seen, field = through_transposed(seen, *numbers), field.after_transposed(*numbers)
        elif kind == "blend":
            factor, reach = numbers
            taps = range(1 - reach, 1 + reach)
            seen = through_resampling(seen, factor, reach)
            field = field.after_resampling(factor, taps)
        else:
            seen, field = through_repeating(seen, *numbers), field.after_resampling(*numbers)
    return seen, field


def start() -> Seen:
    return {position: {position} for position in range(-SIZE, SIZE)}


def extent(seen: Seen) -> int:
    return max(max(inputs) - min(inputs) + 1 for inputs in seen.values())


@pytest.mark.parametrize("factor", [Fraction(3, 2), Fraction(2, 3), Fraction(33, 129)])
def test_the_nearest_position_is_the_last_at_or_before_the_scaled_one(factor: Fraction) -> None:
    field = ReceptiveField().after_resampling(factor)
    assert field is not None
    for position in range(200):
        nearest = max(at for at in range(1000) if at * factor <= position)
        assert field.seen_from(position) == (nearest, nearest)


@settings(deadline=None)
@given(steps(4))
def test_a_chain_sees_exactly_what_its_outputs_depend_on(chain: list[tuple[Any, ...]]) -> None:
    seen, field = follow(chain, start(), ReceptiveField())
    if len(seen) >= 2 * field.phases:
        assert field.size == extent(seen)


@settings(deadline=None)
@given(steps(2), steps(2), steps(2))
def test_a_merge_sees_what_its_operands_see(
    before: list[tuple[Any, ...]], left: list[tuple[Any, ...]], right: list[tuple[Any, ...]]
) -> None:
    seen, field = follow(before, start(), ReceptiveField())
    seen_left, field_left = follow(left, seen, field)
    seen_right, field_right = follow(right, seen, field)
    both = {at: seen_left[at] | seen_right[at] for at in seen_left.keys() & seen_right.keys()}
    together = merged([field_left, field_right])
    if together is None:
        assert field_left.shift * field_right.phases != field_right.shift * field_left.phases
    elif len(both) >= 2 * together.phases:
        assert together.size == extent(both)


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_blending_sees_the_two_centres_around_each_position(factor: int) -> None:
    """Position p lies at (p + 1/2) / factor - 1/2 between the centres of the input."""
    field = ReceptiveField().after_resampling(factor, range(2))
    assert field is not None
    for position in range(-2 * factor, 2 * factor):
        source = Fraction(2 * position + 1, 2 * factor) - Fraction(1, 2)
        assert field.seen_from(position) == (floor(source), ceil(source))


def test_without_cropping_the_first_outputs_are_the_first_inputs() -> None:
    field = ReceptiveField().after_transposed(2, 2, 1)
    assert field is not None
    assert [field.seen_from(position)[0] for position in range(6)] == [0, 0, 1, 1, 2, 2]


def test_the_inputs_whose_taps_fall_on_a_position() -> None:
    for kernel, stride, dilation in product(range(1, 6), repeat=3):
        for position in range(-12, 25):
            at_input = [Fraction(position - tap * dilation, stride) for tap in range(kernel)]
            met = sorted({int(each) for each in at_input if each.denominator == 1})
            assert [*_inputs_of(position, kernel, stride, dilation)] == met


def test_transposed_taps_that_cross_see_what_lies_between() -> None:
    """Where the dilation is above the stride, neighbouring outputs see inputs out of order."""
    chain: list[tuple[Any, ...]] = [("transposed", 2, 2, 3, 0), ("transposed", 3, 2, 2, 0)]
    seen, field = follow(chain, start(), ReceptiveField())
    assert field.size == extent(seen) == 3


@pytest.mark.parametrize(("most", "told"), [(3, 0), (4, 1), (19, 1), (20, 2)])
def test_only_so_many_phases_are_looked_at(
    most: int, told: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The 4 that upsampling makes; then those at each of 3 taps, and the 4 that come of them."""
    monkeypatch.setattr(receptive_fields, "MOST_PHASES_SEEN", most)
    layers = [{"upsample": 4}, {"conv": 1, "kernel_size": 3}]
    facts = convcalc.network({"input": [1, 8], "layers": layers}).audit().layers
    assert [row.receptive_field is not None for row in facts] == [told > 0, told > 1]
