"""Questions at the edges: nothing to change, one too few, no convolution, shared peaks."""

from __future__ import annotations

import time
from typing import Any

import pytest

import convcalc
from convcalc.fitting.choices import Allowed
from convcalc.fitting.knapsack import Group, Option, solve

CONV: dict[str, Any] = {"conv": 16, "kernel_size": 3, "padding": 1}


def network(*layers: Any, **others: Any) -> convcalc.Network:
    return convcalc.network({"input": [16, 12, 12], "layers": list(layers), **others})


def test_a_budget_equal_to_as_written_changes_nothing() -> None:
    fitted = convcalc.fit(network(CONV, CONV), max_macs="100%", max_params="100%")
    assert fitted.answer is not None
    assert (fitted.answer.changed, fitted.answer.kept, fitted.answer.proved) == (0, 2000, True)
    assert fitted.network.rows == network(CONV, CONV).rows


def test_the_least_fits_and_one_below_does_not() -> None:
    net = network(CONV, CONV)
    least = convcalc.fit(net, max_macs=0).least["macs"]
    # Sixteen channels: groups of 8 on 3x3, 2 * 16 * 9 MACs a position; a 1:2 spatial pair of
    # 16 -> 8 -> 16 has 768, separable 400, the 1:4 bottleneck 16 * 4 + 4 * 4 * 9 + 4 * 16.
    assert least == 2 * 144 * min(2 * 16 * 9, 768, 400, 16 * 4 + 4 * 4 * 9 + 4 * 16)
    assert convcalc.fit(net, max_macs=least).totals.macs == least
    below = convcalc.fit(net, max_macs=least - 1)
    assert not below.fits
    assert below.network == net


def test_rows_that_cannot_change_are_named() -> None:
    net = network(CONV, {"max_pool": 2}, "flatten", {"linear": 1000})
    stuck = convcalc.fit(net, max_params=100).stuck("params")
    assert [(row.name, amount) for row, amount in stuck] == [("linear_1", 576 * 1000 + 1000)]


@pytest.mark.parametrize(
    "layers", [["relu"], [{"depthwise_conv": None, "kernel_size": 3}, "relu"], [{"max_pool": 2}]]
)
def test_without_a_convolution_that_may_change(layers: list[Any]) -> None:
    net = network(*layers)
    assert convcalc.fit(net, max_macs="100%").answer is not None
    assert convcalc.fit(net, max_peak_activation=1).answer is None


def test_a_peak_that_no_design_lowers_names_its_row() -> None:
    net = network({**CONV, "name": "a"}, {"concat": ["a", "input"]}, CONV)
    fitted = convcalc.fit(net, max_peak_activation=4 * 144 * 60)
    assert not fitted.fits
    assert [row.name for row, _ in fitted.stuck("peak_activation_bytes")] == ["concat_1"]


def test_batches_scale_macs_and_peaks_but_not_choices() -> None:
    one = convcalc.fit(network(CONV, CONV), max_macs="60%")
    many = convcalc.fit(network(CONV, CONV, batch=5), max_macs="60%")
    assert [choice.name for _, choice in one.changed] == [choice.name for _, choice in many.changed]
    assert many.totals.macs == 5 * one.totals.macs


def test_the_budget_of_the_network_is_taken_without_another() -> None:
    fitted = convcalc.fit(network(CONV, CONV, budget={"macs": 400_000}))
    assert fitted.budgets == {"macs": 400_000}
    assert fitted.totals.macs <= 400_000
    with pytest.raises(convcalc.SpecError, match="no budget"):
        convcalc.fit(network(CONV))


def test_most_params_within_a_budget_on_params_is_refused() -> None:
    with pytest.raises(convcalc.SpecError, match="keep layers or share"):
        convcalc.fit(network(CONV, CONV), keep="params", max_params="50%")


def test_unknown_figures_cannot_be_held_to_a_budget() -> None:
    net = network(CONV, {"opaque": "SimAM", "shape": "same", "params": 0})
    with pytest.raises(convcalc.SpecError, match="opaque_1"):
        convcalc.fit(net, max_macs="50%")
    assert convcalc.fit(net, max_params="50%").fits


def test_layers_that_are_left_out_stay() -> None:
    allowed = Allowed(layers=lambda name: name != "conv_1")
    fitted = convcalc.fit(network(CONV, CONV), allowed=allowed, max_macs="60%")
    assert [place.names for place, _ in fitted.changed] == [("conv_2",)]


def test_of_equal_layers_the_later_ones_change() -> None:
    fitted = convcalc.fit(network(CONV, CONV, CONV), max_macs="75%")
    assert [place.names for place, _ in fitted.changed] == [("conv_3",)]


def test_a_capped_search_has_a_proved_gap_that_holds() -> None:
    groups = [Group([Option(0, (0,)), Option(at, (at + at % 7,))]) for at in range(50, 110)]
    exact = solve(groups, (2000,), None)
    capped = solve(groups, (2000,), 3)
    assert exact is not None
    assert capped is not None
    assert capped.value <= exact.value <= capped.bound


def test_1000_different_convolutions_in_3_seconds() -> None:
    layers = [{"conv": 16 + 4 * (at % 97), "kernel_size": 3, "padding": 1} for at in range(1000)]
    net = network(*layers)
    started = time.process_time()
    fitted = convcalc.fit(net, max_macs="50%")
    assert time.process_time() - started < 3
    assert fitted.answer is not None
    assert fitted.totals.macs <= net.totals().macs // 2
