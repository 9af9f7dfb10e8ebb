"""Layers that use the weights of earlier ones."""

from __future__ import annotations

from typing import Any

import pytest

import convcalc
from convcalc.checks.snapshot import fingerprint
from convcalc.redesign.of_network import redesigns


def network(layers: list[Any], **more: Any) -> convcalc.Network:
    return convcalc.network({"input": [8, 16, 16], "layers": layers, **more})


def refusal(layers: list[Any], **more: Any) -> str:
    with pytest.raises(convcalc.SpecError) as caught:
        network(layers, **more)
    return str(caught.value)


BIG = {"conv": 8, "kernel_size": 3, "padding": 1, "name": "big"}
SMALL = {"conv": 8, "kernel_size": 3, "padding": 1, "weights": "big"}


def test_one_convolution_on_two_values() -> None:
    """By hand: 584 params, and the MACs of both."""
    made = network([BIG, {"max_pool": 2, "from": "input"}, SMALL])
    facts = made.audit()
    assert (facts.totals.params, facts.totals.macs) == (584, 184_320)
    assert facts.totals.weight_bytes == 4 * 584
    row = facts.layers[-1]
    assert (row.params, row.weight_bytes, row.weights_of) == (0, 0, "big")
    assert row.weights == {"weight": (8, 8, 3, 3), "bias": (8,)}
    assert made.totals() == facts.totals


@pytest.mark.parametrize(("first", "second", "params"), [(True, False, 584), (False, True, 584)])
def test_a_bias_is_shared_where_both_have_one(first: bool, second: bool, params: int) -> None:
    layers = [{**BIG, "bias": first}, {**SMALL, "bias": second}]
    assert network(layers).totals().params == params


def test_a_chain_shares_the_first_weights() -> None:
    """By hand: one weight of 8 x 8 x 9, and one bias, which the second layer brings."""
    layers = [
        {**BIG, "bias": False},
        {**SMALL, "name": "second"},
        {**SMALL, "weights": "second"},
    ]
    assert network(layers).totals().params == 8 * 8 * 9 + 8


def test_a_transposed_convolution_shares_with_a_plain_one() -> None:
    down = {"conv": 4, "kernel_size": 3, "name": "down"}
    up = {"conv_transpose": 8, "kernel_size": 3, "weights": "down"}
    assert network([down, up]).totals().params == 4 * 8 * 9 + 4 + 8
    other = {"conv_transpose": 6, "kernel_size": 3, "weights": "down", "bias": False}
    assert refusal([down, other]) == (
        "layers[1].weights: conv_transpose_1 has a weight of shape (4, 6, 3, 3), "
        "but that of down is (4, 8, 3, 3)"
    )


HEAD = {
    "head": {
        "layers": [
            {"conv": 8, "kernel_size": 3, "padding": 1, "repeat": 2},
            {"group_norm": 4},
            "relu",
            {"separable_conv": 5, "kernel_size": 3},
        ]
    }
}
HEAD_PARAMS = 2 * 584 + 16 + (8 * 9 + 8) + (8 * 5 + 5)


def test_a_block_shares_all_its_layers() -> None:
    layers = [
        {"block": "head", "name": "p3"},
        {"max_pool": 2, "from": "input"},
        {"block": "head", "weights": "p3", "name": "p4"},
        {"block": "head", "weights": "p4", "from": "input"},
    ]
    made = network(layers, blocks=HEAD)
    facts = made.audit()
    assert facts.totals.params == HEAD_PARAMS
    owners = {row.name: row.weights_of for row in facts.layers if row.weights_of}
    assert owners["p4.separable_conv_1.depthwise"] == "p3.separable_conv_1.depthwise"
    assert owners["p4.group_norm_1"] == "p3.group_norm_1"


def test_shared_weights_are_one_array() -> None:
    pytest.importorskip("numpy")
    layers = [
        {"block": "head", "name": "p3"},
        {"max_pool": 2, "from": "input"},
        {"block": "head", "weights": "p3"},
    ]
    run = convcalc.verify(network(layers, blocks=HEAD))
    assert run.passed
    params = next(check for check in run.totals if check.kind == "params")
    assert params.found == HEAD_PARAMS


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [BIG, {**SMALL, "kernel_size": 5}],
            "layers[1].weights: conv_1 has a weight of shape (8, 8, 5, 5), "
            "but that of big is (8, 8, 3, 3)",
        ),
        (
            [BIG, {"relu": None, "weights": "big"}],
            "layers[1].weights: relu has no weights to share",
        ),
        (
            [{"relu": None, "name": "big"}, SMALL],
            "layers[1].weights: relu has no weights to share",
        ),
        (
            [BIG, {"batch_norm": None, "weights": "big"}],
            "layers[1].weights: batch_norm_1 is batch_norm, but big is conv: "
            "they cannot share weights",
        ),
        (
            [{**BIG, "repeat": 2}, {**SMALL, "repeat": 3}],
            "layers[1].weights: big has 2 layers, but 3 would use their weights",
        ),
        (
            [SMALL, {**BIG}],
            "layers[0].weights: big is defined later: a layer can only read layers before it",
        ),
        (
            [BIG, {**SMALL, "weights": "bgi"}],
            "layers[1].weights: there is no bgi here; did you mean big?",
        ),
        ([{**SMALL, "weights": "input"}], "layers[0].weights: input is not a layer of this list"),
        (
            [{**BIG, "training": True}, SMALL],
            "layers[1].weights: conv_1 uses the weights of big, which only runs in training: "
            "let big come later and use those of conv_1",
        ),
    ],
)
def test_what_cannot_be_shared(layers: list[Any], message: str) -> None:
    assert refusal(layers) == message


@pytest.mark.parametrize("bias", [True, False])
def test_fingerprints_are_of_the_weights_that_are_used(bias: bool) -> None:
    """Through another layer or not: one array is one array."""
    middle = {**SMALL, "name": "middle", "bias": bias}
    chain = fingerprint(network([BIG, middle, {**SMALL, "weights": "middle"}]))
    star = fingerprint(network([BIG, middle, SMALL]))
    # Without a bias in the middle there is none to share: the last layer has its own.
    assert (chain == star) == bias


class TestRedesign:
    def test_a_bias_is_shared_with_the_layer_that_has_it(self) -> None:
        """Depthwise 8*9 + 8 biases, pointwise 8*8 + 8; the biases are those of the second layer."""
        first = {**BIG, "bias": False}
        second = {**SMALL, "name": "second"}
        made = network([first, second, {**SMALL, "weights": "second"}])
        *_, separable = redesigns(made, made.audit(), [4])
        assert (separable.params, separable.changed) == (8 * 9 + 8 + 8 * 8 + 8, 3)

    def test_weights_of_a_training_layer_stay(self) -> None:
        """What only runs in training is not redesigned, so that its weights would not fit."""
        made = network([BIG, {**SMALL, "training": True}, {"conv": 8, "kernel_size": 3}])
        grouped = redesigns(made, made.audit(), [4])[2]
        assert (grouped.params, grouped.changed) == (584 + 8 * 2 * 9 + 8, 1)
        kept = {each.reason: each.layers for each in grouped.kept}
        assert kept == {"its weights are shared, and would have different shapes": ("big",)}

    def test_a_pair_runs_as_a_whole(self) -> None:
        """A pointwise half that only runs in training makes no pair of what runs anyway."""
        depthwise = {"depthwise_conv": None, "kernel_size": 3, "name": "d"}
        pointwise = {"conv": 4, "kernel_size": 1, "training": True}
        made = network([depthwise, pointwise, {**BIG, "from": "input"}], outputs=["big"])
        standard = redesigns(made, made.audit(), [4])[1]
        assert standard.params - made.audit().totals.params == 8 * 8 * 9 - 8 * 9

    def test_a_convolution_changes_with_its_owner(self) -> None:
        """Grouped by 4, both: a quarter of the weights, once."""
        made = network([BIG, {"max_pool": 2, "from": "input"}, SMALL])
        _, standard, grouped, separable = redesigns(made, made.audit(), [4])
        assert (standard.params, standard.changed) == (584, 0)
        assert (grouped.params, grouped.changed) == (8 * 2 * 9 + 8, 2)
        assert grouped.macs == 184_320 // 4
        assert (separable.params, separable.changed) == (8 * 9 + 8 + 8 * 8 + 8, 2)

    def test_what_would_need_other_weights_stays(self) -> None:
        down = {"conv": 4, "kernel_size": 3, "name": "down"}
        up = {"conv_transpose": 8, "kernel_size": 3, "weights": "down"}
        made = network([down, up])
        assert convcalc.verify(made).passed
        _, _, grouped, separable = redesigns(made, made.audit(), [2])
        assert grouped.changed == 2  # (4, 4, 3, 3) both
        assert (separable.changed, separable.params) == (0, made.totals().params)
        assert [each.reason for each in separable.kept] == [
            "its weights are shared, and would have different shapes"
        ]

    def test_shared_pairs_become_dense_together(self) -> None:
        pair = {"separable_conv": 8, "kernel_size": 3, "padding": 1}
        layers = [{**pair, "name": "a"}, {**pair, "weights": "a"}]
        made = network(layers)
        _, standard, _, separable = redesigns(made, made.audit(), [4])
        assert (standard.params, standard.changed) == (584, 2)
        assert (separable.params, separable.changed) == (made.totals().params, 0)

    def test_half_a_shared_pair_is_no_pair(self) -> None:
        depthwise = {"depthwise_conv": None, "kernel_size": 3, "padding": 1, "name": "d"}
        point = {"conv": 8, "kernel_size": 1, "name": "p"}
        alone = {"conv": 8, "kernel_size": 1, "weights": "p"}
        made = network([depthwise, point, alone])
        _, standard, *_ = redesigns(made, made.audit(), [4])
        assert standard.params == 584 + 72  # the depthwise one becomes dense, the others stay


def test_a_diff_names_the_weights() -> None:
    from convcalc.difference.changes import Side, difference

    shared = network([BIG, {**SMALL, "name": "small"}])
    own = network([BIG, {**BIG, "name": "small"}])
    (change,) = difference(Side(own, own.audit()), Side(shared, shared.audit())).changes
    assert change.parameters == (("weights", None, "big"),)
    assert change.params == (584, 0)


def test_by_hand() -> None:
    conv = convcalc.Conv(8, 8, 3, padding=1)
    layers = [convcalc.Layer("a", conv), convcalc.Layer("b", conv, ("a",), weights_of="a")]
    assert convcalc.Network((8, 16, 16), layers).totals().params == 584
    with pytest.raises(convcalc.SpecError, match="b uses the weights of 'c', but no layer"):
        convcalc.Network((8, 16, 16), [layers[0], layers[1]._replace(weights_of="c")])
