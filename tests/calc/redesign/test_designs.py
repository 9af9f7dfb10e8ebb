"""The designs: the same shapes in and out, and what each of them costs."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc import Comparison, Conv, ConvTranspose, SpecError, compare
from convcalc.redesign.designs import designs_with
from convcalc.reference.equivalences import DENSE_WEIGHTS
from support.designs import design, missing
from support.layers import convolutions

OTHERS = {"standard", "depthwise separable"}


def grouped_titles(comparison: Comparison) -> list[str]:
    return [each.title for each in comparison.designs if each.name == "grouped"]


def test_a_layer_without_groups_stands_beside_those_it_could_have() -> None:
    comparison = compare(Conv(12, 8, 3), (12, 9, 9))
    assert grouped_titles(comparison) == ["grouped, groups=2", "grouped, groups=4"]
    assert {each.title for each in comparison.designs} >= OTHERS


def test_a_grouped_layer_stands_beside_its_own_groups_only() -> None:
    comparison = compare(Conv(12, 6, 3, groups=3), (12, 9, 9))
    assert grouped_titles(comparison) == ["grouped, groups=3"]
    assert {each.title for each in comparison.designs} >= OTHERS
    as_given = [each.title for each in comparison.possible if comparison.is_as_given(each)]
    assert as_given == ["grouped, groups=3"]


def test_a_design_that_is_missing_says_why() -> None:
    comparison = compare(Conv(3, 7, 1), (3, 9, 9))
    grouped, separable = missing(comparison, "grouped"), missing(comparison)
    assert str(grouped.reason) == ("none of 2, 4, 8 divides both in_channels=3 and out_channels=7")
    assert str(separable.reason) == "a kernel of 1 has nothing to separate"


def test_the_depthwise_half_keeps_the_window_and_both_halves_the_bias() -> None:
    conv = Conv(6, 9, (3, 5), stride=(1, 2), padding=((0, 1), (2, 2)), dilation=2, bias=False)
    depthwise, pointwise = design(compare(conv, (6, 20, 20))).layers
    assert depthwise.operation == conv.replace(out_channels=6, groups=6)
    assert pointwise.operation == Conv(6, 9, (1, 1), bias=False)
    assert pointwise.inputs == (depthwise.name,)


def test_a_transposed_layer_is_separated_at_its_output_size() -> None:
    conv = ConvTranspose(8, 6, 3, stride=2, padding=1, output_padding=1)
    depthwise, pointwise = design(compare(conv, (8, 5, 7))).layers
    assert depthwise.operation == conv.replace(out_channels=8, groups=8)
    assert pointwise.operation == Conv(8, 6, (1, 1))
    rows = design(compare(conv, (8, 5, 7))).audit.layers
    assert [row.output_shape for row in rows] == [(8, 10, 14), (6, 10, 14)]
    assert rows[1].macs == 8 * 6 * 10 * 14


@settings(deadline=None)
@given(st.booleans().flatmap(lambda up: st.tuples(st.just(up), convolutions(transposed=up))))
def test_every_design_has_the_layers_shapes_and_sums_of_its_rows(drawn: Any) -> None:
    transposed, (parameters, input_shape) = drawn
    try:
        conv = (ConvTranspose if transposed else Conv)(**parameters)
        comparison = compare(conv, input_shape)
    except SpecError:
        return
    for each in comparison.possible:
        totals = each.audit.totals
        assert totals.output_shape == conv.output_shape(input_shape)
        assert totals.params == sum(row.params or 0 for row in each.audit.layers)
        assert totals.macs == sum(row.macs or 0 for row in each.audit.layers)
        assert each.audit.layers[-1].receptive_field == conv.receptive_field
    standard = comparison.standard.audit.totals
    given_totals = comparison.audit.totals
    assert standard.macs == given_totals.macs * conv.groups
    assert sum(comparison.is_as_given(each) for each in comparison.possible) == 1


def test_batch_multiplies_macs_and_bytes_but_not_the_weights() -> None:
    one = compare(Conv(4, 8, 3), (4, 9, 9)).audit.totals
    five = compare(Conv(4, 8, 3), (4, 9, 9), batch=5).audit.totals
    for name in ("macs", "flops", "input_bytes", "activation_bytes", "peak_activation_bytes"):
        assert getattr(five, name) == 5 * getattr(one, name)
    for name in ("params", "weight_bytes", "output_shape"):
        assert getattr(five, name) == getattr(one, name)


@pytest.mark.parametrize(
    ("dtype", "size"),
    [("float64", 8), ("float32", 4), ("float16", 2), ("bfloat16", 2), ("int8", 1)],
)
def test_bytes_are_those_of_the_dtype(dtype: str, size: int) -> None:
    totals = compare(Conv(4, 8, 3), (4, 9, 9), dtype=dtype).audit.totals
    assert totals.input_bytes == 4 * 9 * 9 * size
    assert totals.activation_bytes == 8 * 7 * 7 * size
    assert totals.weight_bytes == (8 * 4 * 3 * 3 + 8) * size


def test_the_peak_is_where_the_most_is_alive() -> None:
    """Input and output together; the separable pair frees its input before the second half."""
    comparison = compare(Conv(4, 8, 3), (4, 9, 9), dtype="int8")
    assert comparison.audit.totals.peak_activation_bytes == 4 * 81 + 8 * 49
    pair = design(comparison).audit.totals
    assert pair.peak_activation_bytes == max(4 * 81 + 4 * 49, 4 * 49 + 8 * 49)
    assert pair.peak_layer == "conv_1.pointwise"


def test_every_design_but_the_standard_one_declares_a_proof_and_a_lesson() -> None:
    standard, *others = designs_with([2])
    assert (standard.proof, standard.lesson) == (None, None)
    assert {design.proof for design in others} == DENSE_WEIGHTS.keys()
    assert all(design.lesson for design in others)
