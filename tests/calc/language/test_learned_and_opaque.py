"""Learned values of their own, and operations without a rule."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import convcalc
from convcalc.facts.breakdown import Part, breakdown


def network(layers: list[Any], **more: Any) -> convcalc.Network:
    return convcalc.network({"input": [8, 6, 6], "layers": layers, **more})


def refusal(layers: list[Any]) -> str:
    with pytest.raises(convcalc.SpecError) as caught:
        network(layers)
    return str(caught.value)


class TestParameter:
    LAYERS: ClassVar[list[Any]] = [{"add": [[], [{"parameter": [8, 1, 1], "name": "scale"}]]}]

    def test_it_is_a_weight_and_no_activation(self) -> None:
        facts = network(self.LAYERS).audit()
        scale, add = facts.layers
        assert (scale.inputs, scale.params, scale.weight_bytes, scale.macs) == ((), 8, 32, None)
        assert facts.totals.activation_bytes == 4 * 8 * 36  # the sum's alone
        assert scale.alive_bytes == 4 * 8 * 36  # the input's alone
        assert add.alive_bytes == 2 * 4 * 8 * 36

    def test_it_is_no_part_of_a_receptive_field(self) -> None:
        conv = {"conv": 8, "kernel_size": 3}
        (_, scale, add) = network([conv, *self.LAYERS]).audit().layers
        assert (scale.receptive_field, add.receptive_field) == ((), (3, 3))
        assert not add.global_context

    def test_it_is_never_overwritten(self) -> None:
        """A relu of a learned value needs memory of its own: 8 numbers."""
        layers = [{"parameter": [8, 1, 1]}, "relu", {"multiply": ["input", []]}]
        alive = [row.alive_bytes for row in network(layers).audit().layers]
        assert alive == [4 * 288, 4 * 296, 4 * (288 * 2 + 8)]

    def test_it_may_depend_on_where_it_stands(self) -> None:
        layers = [
            {"conv": 5, "kernel_size": 1},
            {"add": [[], [{"parameter": ["$in_channels", 1, 1]}]]},
        ]
        assert network(layers).totals().params == 8 * 5 + 5 + 5

    def test_it_is_run(self) -> None:
        pytest.importorskip("numpy")
        made = network([*self.LAYERS, {"parameter": [8, 6, 6]}, {"concat": ["input", []]}], batch=3)
        run = convcalc.verify(made)
        assert run.passed, [row.failed for row in run.rows]

    def test_its_shape_is_one(self) -> None:
        assert refusal([{"parameter": [8, 0]}]) == (
            "layers[0].parameter: shape=[8, 0] has a value that is below 1"
        )
        assert refusal([{"parameter": [1, 2, 3, 4, 5]}]).endswith(
            "is not (C, *spatial) with 0 to 3 spatial sizes"
        )


class TestOpaque:
    def test_what_is_not_known_is_never_zero(self) -> None:
        layers = [
            {"opaque": "SimAM", "shape": "same", "params": 0, "name": "simam"},
            {"opaque": "Deform", "shape": [4, 3, 3], "name": "deform"},
            {"conv": 2, "kernel_size": 1},
        ]
        facts = network(layers).audit()
        simam, deform, _ = facts.layers
        assert (simam.params, simam.macs, simam.unknown) == (0, None, ("macs",))
        assert (deform.params, deform.weight_bytes, deform.unknown) == (
            None,
            None,
            ("params", "macs"),
        )
        assert (facts.totals.params, facts.totals.macs) == (10, 8 * 9)
        assert facts.totals.unknown == {"macs": ["simam", "deform"], "params": ["deform"]}

    def test_what_is_known_is_counted(self) -> None:
        layers = [{"opaque": "Attend", "shape": "same", "params": 12, "macs": 100}]
        made = network(layers, batch=2)
        facts = made.audit()
        assert (facts.totals.params, facts.totals.macs, facts.totals.unknown) == (12, 200, {})
        assert breakdown(made.rows, facts.layers)[-2] == Part("opaque", 12, 200)

    def test_no_macs_is_something_else_than_unknown(self) -> None:
        layers = [{"opaque": "Roll", "shape": "same", "params": 0, "macs": "none"}]
        assert network(layers).totals().unknown == {}

    def test_a_receptive_field_goes_through_the_same_shape_only(self) -> None:
        conv = {"conv": 8, "kernel_size": 3}
        same = {"opaque": "SimAM", "shape": "same"}
        fixed = {"opaque": "Other", "shape": [8, 4, 4]}
        rows = network([conv, same, fixed]).audit().layers
        assert [row.receptive_field for row in rows] == [(3, 3), (3, 3), None]

    def test_it_may_read_several_values(self) -> None:
        layers = [
            {"conv": 4, "kernel_size": 1, "name": "a"},
            {"opaque": "Fuse", "shape": "same", "from": ["a", "input"]},
        ]
        assert network(layers).layers[-1].inputs == ("a", "input")
        assert network(layers).totals().output_shape == (4, 6, 6)

    def test_its_output_is_random_in_a_run(self) -> None:
        pytest.importorskip("numpy")
        layers = [
            {"opaque": "Mix", "shape": [4, 3, 3], "params": 7, "macs": 9},
            {"conv": 2, "kernel_size": 1},
        ]
        run = convcalc.verify(network(layers))
        assert run.passed
        opaque, conv = run.rows
        assert [check.kind for check in opaque.checks] == ["shape", "memory"]
        assert (opaque.is_run, conv.is_run) == (False, True)

    @pytest.mark.parametrize(
        ("layer", "message"),
        [
            ({"opaque": "A"}, "layers[0].opaque: opaque needs shape"),
            ({"opaque": None, "shape": "same"}, "layers[0].opaque: opaque needs title"),
            (
                {"opaque": "A", "shape": "same", "params": "none"},
                "layers[0].params: none is not a whole number, or unknown",
            ),
            (
                {"opaque": "A", "shape": "same", "macs": -1},
                "layers[0].macs: macs=-1 is negative",
            ),
            (
                {"opaque": "A", "shape": [8, 0]},
                "layers[0].shape: shape=[8, 0] has a value that is below 1",
            ),
            ({"opaque": "A", "shape": "same", "from": []}, "layers[0].from: from is an empty list"),
            (
                {"relu": None, "from": ["input"]},
                "layers[0].from: relu reads one value: from takes one name",
            ),
        ],
    )
    def test_what_it_cannot_be(self, layer: Any, message: str) -> None:
        assert refusal([layer]) == message
