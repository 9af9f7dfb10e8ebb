"""What networks are held to: rules, growth, snapshots."""

import copy
from fractions import Fraction
from typing import Any

import pytest

import convcalc
from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.findings import Finding
from convcalc.checks.growth import Allowance, allowance, grown
from convcalc.checks.limits import Limits, findings, own_findings
from convcalc.checks.rules import RULES
from convcalc.checks.snapshot import as_content, fingerprint, from_content, recorded
from convcalc.errors import SpecError
from convcalc.wording import percent_text

CONTENT: dict[str, Any] = {
    "input": [3, 10, 10],
    "layers": [
        {"conv": 8, "kernel_size": 3, "name": "stem"},
        {"depthwise_conv": None, "kernel_size": 5, "name": "deep"},
        {"conv": 12, "kernel_size": 1, "repeat": 3, "name": "mix"},
        {"max_pool": 2, "name": "pool"},
    ],
}
# By hand: 8*3*9 weights at 8x8; 8*25 at 4x4; 12*8, 12*12, 12*12 at 4x4.
MACS = {"stem": 216 * 64, "deep": 200 * 16, "mix.0": 96 * 16, "mix.1": 144 * 16, "mix.2": 144 * 16}
PARAMS = (216 + 8) + (200 + 8) + (96 + 12) + 2 * (144 + 12)


def subject(**more: Any) -> CheckedNetwork:
    return CheckedNetwork(convcalc.network({**CONTENT, **more}))


def messages(found: list[Finding]) -> list[str]:
    return [each.message for each in found]


def against(**limits: Any) -> list[Finding]:
    return findings(subject(), Limits(limits.pop("budget", {}), limits))


class TestBudgets:
    def test_above(self) -> None:
        (found,) = against(budget={"params": 800})
        assert found.message == "params 852 is 6.5 % over its budget of 800"
        assert (found.rule.code, found.limit, found.actual) == ("CC101", 800, PARAMS)
        assert (found.path, found.subject, found.setting) == ((), "params", "max_params")

    @pytest.mark.parametrize(
        ("limit", "told"),
        [
            (425, "params 852 is 2 x its budget of 425"),  # 2.005
            (427, "params 852 is 99.5 % over its budget of 427"),
            (8, "params 852 is 106 x its budget of 8"),
        ],
    )
    def test_twice_as_much_and_more_is_told_in_times(self, limit: int, told: str) -> None:
        (found,) = against(budget={"params": limit})
        assert found.message == told

    def test_what_would_look_the_same_is_told_exactly(self) -> None:
        (found,) = against(budget={"macs": 23_167})
        assert found.message == "MACs 23,168 is <0.1 % over its budget of 23,167"
        (found,) = against(budget={"peak_activation_bytes": 4 * (300 + 512) - 1})
        told = "peak activation 3,248 bytes is <0.1 % over its budget of 3,247 bytes"
        assert found.message == told

    def test_at_most_is_enough(self) -> None:
        assert against(budget={"params": PARAMS, "macs": sum(MACS.values())}) == []
        assert len(against(budget={"params": PARAMS - 1, "macs": sum(MACS.values()) - 1})) == 2

    def test_memory_is_told_in_units_of_bytes(self) -> None:
        (found,) = against(budget={"input_bytes": 1000})
        assert found.message == "input memory 1.17 KiB is 20.0 % over its budget of 1000 B"

    def test_of_nothing(self) -> None:
        (found,) = against(budget={"params": 0})
        assert found.message == "params 852 is over its budget of 0"

    def test_in_the_file(self) -> None:
        (found,) = own_findings(subject(budget={"macs": "20k", "peak_activation": "1MB"}))
        assert found.path == ("budget", "macs")
        assert found.message == "MACs 23.2 k is 15.8 % over its budget of 20 k"


class TestExpectations:
    def test_totals(self) -> None:
        found = own_findings(subject(expect={"params": 852, "macs": 23_000}))
        assert messages(found) == ["MACs 23,168 does not match the expected 23,000: 0.7 % more"]
        (less,) = own_findings(subject(expect={"params": 1000}))
        assert less.message == "params 852 does not match the expected 1,000: 14.8 % less"
        assert (less.rule.code, less.path) == ("CC201", ("expect", "params"))

    def test_output_shape(self) -> None:
        (found,) = own_findings(subject(expect={"output_shape": [12, 2, 3]}))
        assert found.message == "output shape (12, 2, 2) does not match the expected (12, 2, 3)"

    def test_shapes_of_layers(self) -> None:
        shapes = {"stem": [8, 8, 8], "deep": [8, 4, 5], "mix": [12, 4, 4]}
        (found,) = own_findings(subject(expect={"shapes": shapes}))
        told = "deep has the output shape (8, 4, 4), not the expected (8, 4, 5)"
        assert (found.rule.code, found.message) == ("CC202", told)
        assert found.path == ("expect", "shapes", "deep")


class TestLayerRules:
    def test_share(self) -> None:
        (found,) = against(max_layer_share=Fraction(1, 2))
        told = "stem has 59.7 % of all MACs (13,824 of 23,168); at most 50 %"
        assert (found.rule.code, found.message) == ("CC102", told)
        assert found.path == ("layers", 0)
        assert against(max_layer_share=Fraction(MACS["stem"], sum(MACS.values()))) == []

    def test_kernel_sizes(self) -> None:
        (found,) = against(kernel_sizes=(1, 3))
        assert (found.rule.code, found.message) == (
            "CC103",
            "deep has a kernel of 5x5; allowed: 1, 3",
        )

    def test_a_kernel_must_be_allowed_in_every_dimension(self) -> None:
        layers = [{"conv": 4, "kernel_size": [3, 5]}]
        found = findings(subject(layers=layers), Limits(layers={"kernel_sizes": (3,)}))
        assert messages(found) == ["conv_1 has a kernel of 3x5; allowed: 3"]
        for sizes in ((3, 5), (5, 3, 7)):
            assert findings(subject(layers=layers), Limits(layers={"kernel_sizes": sizes})) == []

    def test_groups(self) -> None:
        (found,) = against(groups_multiple_of=16)
        assert (found.rule.code, found.message) == (
            "CC104",
            "deep has 8 groups, not a multiple of 16",
        )
        assert against(groups_multiple_of=4) == []
        layers = [
            {"conv": 4, "kernel_size": 1, "groups": 1},
            {"conv": 4, "kernel_size": 1, "groups": 2},
        ]
        (two,) = findings(subject(layers=layers), Limits(layers={"groups_multiple_of": 4}))
        assert two.message == "conv_2 has 2 groups, not a multiple of 4"

    def test_channels_of_repeated_layers_are_told_once(self) -> None:
        (found,) = against(channels_multiple_of=8)
        told = "mix.0 has 12 output channels, not a multiple of 8 (and 2 more layers)"
        assert (found.rule.code, found.message) == ("CC105", told)

    def test_rounds_that_differ_are_told_apart(self) -> None:
        layers = [{"conv": "$in_channels * 2", "kernel_size": 1, "repeat": 2, "name": "wide"}]
        found = findings(subject(layers=layers), Limits(layers={"channels_multiple_of": 8}))
        assert messages(found) == [
            "wide.0 has 6 output channels, not a multiple of 8",
            "wide.1 has 12 output channels, not a multiple of 8",
        ]


class TestRules:
    def test_codes_are_in_order_and_stable(self) -> None:
        codes = [rule.code for rule in RULES]
        assert codes == sorted(codes)
        assert dict(zip(codes, [rule.name for rule in RULES], strict=True)) == {
            "CC001": "unreadable",
            "CC002": "invalid",
            "CC003": "not-verified",
            "CC004": "no-effect",
            "CC005": "head-strides",
            "CC006": "head-filters",
            "CC007": "stale-comment",
            "CC008": "guessed-scale",
            "CC101": "over-budget",
            "CC102": "layer-share",
            "CC103": "kernel-size",
            "CC104": "groups-multiple",
            "CC105": "channels-multiple",
            "CC201": "not-as-expected",
            "CC202": "shape-not-as-expected",
            "CC203": "not-known",
            "CC301": "not-as-predicted",
            "CC401": "grown",
            "CC402": "added",
            "CC403": "removed",
        }


class TestGrowth:
    @pytest.mark.parametrize(
        ("name", "text", "before", "most"),
        [
            ("params", "+2%", 1000, 1020),
            ("params", "2 %", 1049, 1069),  # 20.98 is no whole parameter
            ("params", "+0.1%", 999, 999),
            ("params", "0", 1000, 1000),
            ("params", "+10k", 1000, 11_000),
            ("macs", "+1.5M", 10, 1_500_010),
            ("peak_activation", "+1KiB", 1000, 2024),
        ],
    )
    def test_what_is_allowed(self, name: str, text: str, before: int, most: int) -> None:
        assert allowance(name, text).most(before) == most

    @pytest.mark.parametrize("text", ["", "+", "2x", "-5%", "1e3", "+2%%", "-1", "1" * 50, "0.5"])
    def test_what_is_no_gain(self, text: str) -> None:
        with pytest.raises(SpecError, match="neither a share as in"):
            allowance("params", text)

    def test_both_numbers_and_the_excess_are_told(self) -> None:
        totals = subject().totals
        (found,) = grown({"params": 800}, totals, {"params": Allowance(Fraction(1, 50))})
        message = "params grew from 800 to 852 (+6.5 %); allowed: +16 (2.0 %)"
        assert found.message == message
        (found,) = grown({"params": 851}, totals, {"params": Allowance()})
        assert found.message == "params grew from 851 to 852 (+0.1 %); allowed: +0"
        assert list(grown({"params": 800}, totals, {"params": Allowance(amount=52)})) == []

    def test_what_is_not_known_any_more_may_have_grown(self) -> None:
        totals = subject().totals._replace(unknown={"params": ["x", "y"]})
        watched = {"params": Allowance(), "macs": Allowance()}
        before = {"params": 900, "macs": totals.macs}
        (found,) = grown(before, totals, watched)
        message = "params is at least 852, and was 900: params of x and 1 more layer are not known"
        assert found.message == f"{message} any more"
        assert list(grown(before, totals, watched, {"params": ["y", "x"]})) == []
        (found,) = grown({"params": 800}, totals, watched, {"params": ["x"]})
        assert found.message.startswith("params grew from 800 to 852")

    def test_a_total_that_was_not_kept_is_not_compared(self) -> None:
        assert list(grown({}, subject().totals, {"params": Allowance()})) == []


class TestSnapshots:
    def test_there_and_back(self) -> None:
        kept = {"a.yaml": recorded(subject().network, subject().totals)}
        assert from_content(as_content(kept)) == kept
        assert kept["a.yaml"].totals["params"] == PARAMS

    def test_what_is_not_known_is_kept(self) -> None:
        layers = [{"opaque": "X", "shape": "same", "params": 1, "name": "x"}]
        alone = subject(layers=layers)
        kept = {"a.yaml": recorded(alone.network, alone.totals)}
        assert from_content(as_content(kept)) == kept
        assert kept["a.yaml"].unknown == {"macs": ["x"]}

    def test_a_network_that_counts_nothing(self) -> None:
        alone = subject(layers=["relu"])
        kept = {"a.yaml": recorded(alone.network, alone.totals)}
        assert kept["a.yaml"].totals["params"] == kept["a.yaml"].totals["macs"] == 0
        assert from_content(as_content(kept)) == kept

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ([], "this is not a convcalc snapshot"),
            ({}, "this is not a convcalc snapshot"),
            ({"convcalc_snapshot": True}, "this is not a convcalc snapshot"),
            (
                {"convcalc_snapshot": 2},
                "snapshot version 2 is not supported; this convcalc supports version 1",
            ),
            ({"convcalc_snapshot": 1}, "the snapshot has no networks"),
            (
                {"convcalc_snapshot": 1, "networks": {"a.yaml": {"name": "a"}}},
                "the snapshot of a.yaml is not complete",
            ),
            (
                {"convcalc_snapshot": 1, "networks": {"a.yaml": None}},
                "the snapshot of a.yaml is not complete",
            ),
        ],
    )
    def test_what_is_no_snapshot(self, content: Any, told: str) -> None:
        with pytest.raises(SpecError) as refused:
            from_content(content)
        assert str(refused.value) == told

    @pytest.mark.parametrize("number", ["12", 1.5, None, True])
    def test_totals_that_are_no_numbers(self, number: Any) -> None:
        content = copy.deepcopy(
            as_content({"a.yaml": recorded(subject().network, subject().totals)})
        )
        content["networks"]["a.yaml"]["totals"]["params"] = number
        with pytest.raises(SpecError, match="is not complete"):
            from_content(content)

    def test_fingerprints_are_of_what_is_computed(self) -> None:
        one = fingerprint(subject().network)
        layers = copy.deepcopy(CONTENT["layers"])
        layers[0]["name"] = "entry"
        assert fingerprint(subject(layers=layers).network) == one
        assert fingerprint(subject(name="other").network) == one
        layers[0] |= {"stride": 2, "padding": 9}
        others = [subject(layers=layers), subject(batch=2), subject(dtype="int8")]
        others.append(subject(layers=[*CONTENT["layers"], "relu"]))
        assert len({one, *[fingerprint(other.network) for other in others]}) == 5

    def test_fingerprints_of_0_1_hold(self) -> None:
        """As 0.1.0 made it, when concat had no axis and layer_norm nothing to be over."""
        plain = {"layer_norm": None, "affine": False}
        layers = ["layer_norm", plain, {"concat": [[], "input"]}]
        made = convcalc.network({"input": [3, 9, 9], "layers": layers})
        of_0_1 = "0520c8bbba57895c803dbe00f129a6373e8766dbbc4d1e69cb18488286907a27"
        assert fingerprint(made) == of_0_1
        for other in ({**plain, "over": "all"}, {**plain, "affine": "bias"}):
            changed = convcalc.network({"input": [3, 9, 9], "layers": [*layers[:1], other]})
            as_it_was = convcalc.network({"input": [3, 9, 9], "layers": layers[:2]})
            assert fingerprint(changed) != fingerprint(as_it_was)

    def test_wiring_counts(self) -> None:
        body = [
            {"conv": 3, "kernel_size": 1, "name": "a"},
            {"conv": 3, "kernel_size": 1, "name": "b"},
        ]
        one = subject(layers=[*body, {"add": ["a", "b"]}])
        other = subject(layers=[*body, {"add": ["input", "b"]}])
        assert fingerprint(one.network) != fingerprint(other.network)


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(1, 3, "33.3 %"), (1, 2000, "0.1 %"), (1, 2001, "<0.1 %"), (12345, 10, "123,450.0 %")],
)
def test_percent(part: int, whole: int, told: str) -> None:
    assert percent_text(part, whole) == told
