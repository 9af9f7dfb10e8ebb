"""Where a network's MACs go, and its designs against networks rewritten by hand."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.facts.breakdown import Part, breakdown
from convcalc.networks import Network
from convcalc.redesign.of_network import Redesign, redesigns
from convcalc.redesign.units import units_of

Layers = list[Any]


def network(layers: Layers, input_shape: tuple[int, ...] = (8, 12, 12), **parts: Any) -> Network:
    return convcalc.network({"input": [*input_shape], "layers": layers, **parts})


def parts_of(layers: Layers, input_shape: tuple[int, ...] = (8, 12, 12)) -> dict[str, Part]:
    """The kinds that something falls into."""
    made = network(layers, input_shape)
    return {
        part.kind: part
        for part in breakdown(made.rows, made.audit().layers)
        if part.params or part.macs
    }


def designs(made: Network, groups: tuple[int, ...] = (2, 4, 8)) -> dict[str, Redesign]:
    """Each design by its title."""
    return {each.title: each for each in redesigns(made, made.audit(), groups)}


def totals(layers: Layers, input_shape: tuple[int, ...] = (8, 12, 12), **parts: Any) -> Any:
    found = network(layers, input_shape, **parts).audit().totals
    return found.params, found.macs


# Where the MACs and the params go


@pytest.mark.parametrize(
    ("layer", "input_shape", "kind", "weights", "macs"),
    [
        ({"conv": 6, "kernel_size": 3}, (4, 8, 8), "standard", 6 * 4 * 9, 6 * 4 * 9 * 36),
        ({"conv": 6, "kernel_size": 3, "groups": 2}, (4, 8, 8), "grouped", 108, 108 * 36),
        ({"conv": 8, "kernel_size": 3, "groups": 4}, (4, 8, 8), "depthwise", 72, 72 * 36),
        ({"depthwise_conv": 8, "kernel_size": 3}, (4, 8, 8), "depthwise", 72, 72 * 36),
        ({"conv": 6, "kernel_size": 1}, (4, 8, 8), "1x1", 24, 24 * 64),
        ({"conv": 6, "kernel_size": 1, "groups": 2}, (4, 8, 8), "1x1", 12, 12 * 64),
        ({"conv": 4, "kernel_size": 1, "groups": 4}, (4, 8, 8), "depthwise", 4, 4 * 64),
        ({"conv": 6, "kernel_size": [1, 3]}, (4, 8, 8), "standard", 72, 72 * 48),
        ({"conv": 2, "kernel_size": 3, "groups": 2}, (2, 8, 8), "depthwise", 18, 18 * 36),
        ({"conv": 6, "kernel_size": 3}, (1, 8, 8), "standard", 54, 54 * 36),
        ({"conv": 6, "kernel_size": 1}, (4, 8, 8, 8), "1x1", 24, 24 * 512),
        ({"conv_transpose": 6, "kernel_size": 1}, (4, 8, 8), "transposed", 24, 24 * 64),
        (
            {"conv_transpose": 4, "kernel_size": 2, "stride": 2, "groups": 4},
            (4, 8, 8),
            "transposed",
            16,
            16 * 64,
        ),
        ({"linear": 6}, (4,), "linear", 24, 24),
    ],
)
def test_the_first_kind_that_fits(
    layer: dict[str, Any], input_shape: tuple[int, ...], kind: str, weights: int, macs: int
) -> None:
    biases = next(iter(layer.values()))
    assert parts_of([layer], input_shape) == {
        kind: Part(kind, weights, macs),
        "biases and norms": Part("biases and norms", biases, 0),
    }
    assert parts_of([{**layer, "bias": False}], input_shape) == {kind: Part(kind, weights, macs)}


def test_norms_and_what_else_learns_is_a_kind_of_its_own() -> None:
    layers = ["batch_norm", "layer_norm", {"group_norm": 2}, {"prelu": 8}, "layer_scale", "relu"]
    made = network(layers)
    kinds = breakdown(made.rows, made.audit().layers)
    assert [part for part in kinds if part.params] == [Part("biases and norms", 16 * 3 + 16, 0)]
    assert [part.kind for part in kinds] == [
        *("transposed", "linear", "depthwise", "1x1", "grouped", "standard"),
        "biases and norms",
    ]


def test_products_of_activations_are_a_kind_of_their_own() -> None:
    layers = [{"self_attention": 2}, {"matmul": [[], []], "transpose": "b"}]
    assert parts_of(layers, (4, 8, 8)) == {
        "1x1": Part("1x1", 4 * 16, 4 * 16 * 64),
        "matmul": Part("matmul", 0, 64 * 64 * (4 + 4) + 4 * 8 * 8 * 8),
        "biases and norms": Part("biases and norms", 4 * 4, 0),
    }


def test_the_halves_of_a_pair_are_of_two_kinds() -> None:
    pair = {"separable_conv": 6, "kernel_size": 3, "between": ["batch_norm"]}
    assert parts_of([pair], (4, 8, 8)) == {
        "depthwise": Part("depthwise", 36, 36 * 36),
        "1x1": Part("1x1", 24, 24 * 36),
        "biases and norms": Part("biases and norms", 4 + 8 + 6, 0),
    }


def test_the_kinds_add_up() -> None:
    layers = [
        {"conv": 16, "kernel_size": 3, "padding": 1},
        "batch_norm",
        {"separable_conv": 8, "kernel_size": 3, "padding": 1, "between": ["prelu"]},
        {"add": [[], [{"conv": 8, "kernel_size": 1, "groups": 2, "bias": False}]]},
        {"depthwise_conv": None, "kernel_size": 3},
        {"conv_transpose": 4, "kernel_size": 2, "stride": 2},
        *("flatten", {"linear": 10}),
    ]
    made = network(layers, batch=3)
    facts = made.audit()
    kinds = breakdown(made.rows, facts.layers)
    assert sum(part.params for part in kinds) == facts.totals.params
    assert sum(part.macs for part in kinds) == facts.totals.macs
    linear = next(part for part in kinds if part.kind == "linear")
    assert linear.macs == 3 * 10 * 4 * 20 * 20  # 12 by 12, 10 by 10 behind the depthwise one


# The designs


class Rewritten(NamedTuple):
    """A layer, and what each design makes of it; None where it stays."""

    written: dict[str, Any]
    standard: Layers | None = None
    twos: Layers | str | None = None
    """`could not` where two groups do not divide."""
    separable: Layers | None = None
    why_written: str = "already dense"
    """Why the standard design keeps it, where it does."""
    why_inseparable: str = "a kernel of 1 has nothing to separate"
    """Why the separable design keeps it, where it does."""


UP = {"kernel_size": 4, "stride": 2, "padding": 1}
WINDOW = {"kernel_size": 3, "stride": 2, "padding": 1}
POINT = {"kernel_size": 1}
TALL = {"kernel_size": [3, 1], "padding": "same", "dilation": [2, 1], "bias": False}

REWRITTEN = {
    "conv": Rewritten(
        {"conv": 16, **WINDOW},
        None,
        [{"conv": 16, **WINDOW, "groups": 2}],
        [{"conv": 8, **WINDOW, "groups": 8}, {"conv": 16, **POINT}],
    ),
    "odd conv": Rewritten(
        {"conv": 15, **WINDOW},
        None,
        "could not",
        [{"conv": 8, **WINDOW, "groups": 8}, {"conv": 15, **POINT}],
    ),
    "tall conv without bias": Rewritten(
        {"conv": 16, **TALL},
        None,
        [{"conv": 16, **TALL, "groups": 2}],
        [{"conv": 8, **TALL, "groups": 8}, {"conv": 16, **POINT, "bias": False}],
    ),
    "grouped": Rewritten(
        {"conv": 16, **WINDOW, "groups": 4},
        [{"conv": 16, **WINDOW}],
        [{"conv": 16, **WINDOW, "groups": 2}],
        [{"conv": 8, **WINDOW, "groups": 8}, {"conv": 16, **POINT}],
    ),
    "in two groups already": Rewritten(
        {"conv": 16, **WINDOW, "groups": 2},
        [{"conv": 16, **WINDOW}],
        None,
        [{"conv": 8, **WINDOW, "groups": 8}, {"conv": 16, **POINT}],
    ),
    "1x1": Rewritten({"conv": 16, **POINT}, None, [{"conv": 16, **POINT, "groups": 2}], None),
    "grouped 1x1": Rewritten(
        {"conv": 16, **POINT, "groups": 4},
        [{"conv": 16, **POINT}],
        [{"conv": 16, **POINT, "groups": 2}],
        None,
    ),
    "depthwise": Rewritten(
        {"depthwise_conv": 16, **WINDOW},
        [{"conv": 16, **WINDOW}],
        [{"conv": 16, **WINDOW, "groups": 2}],
        [{"conv": 8, **WINDOW, "groups": 8}, {"conv": 16, **POINT}],
    ),
    "depthwise by its groups": Rewritten(
        {"conv": 8, **WINDOW, "groups": 8},
        [{"conv": 8, **WINDOW}],
        [{"conv": 8, **WINDOW, "groups": 2}],
        [{"conv": 8, **WINDOW, "groups": 8}, {"conv": 8, **POINT}],
    ),
    "depthwise 1x1": Rewritten(
        {"depthwise_conv": 8, **POINT},
        [{"conv": 8, **POINT}],
        [{"conv": 8, **POINT, "groups": 2}],
    ),
    "separable": Rewritten(
        {"separable_conv": 16, **WINDOW},
        [{"conv": 16, **WINDOW}],
        [{"conv": 16, **WINDOW, "groups": 2}],
        why_inseparable="already separable",
    ),
    "separable with something between": Rewritten(
        {"separable_conv": 16, **TALL, "between": ["batch_norm", "relu"]},
        [{"conv": 16, **TALL}],
        [{"conv": 16, **TALL, "groups": 2}],
        why_inseparable="already separable",
    ),
    "odd separable": Rewritten(
        {"separable_conv": 15, **WINDOW},
        [{"conv": 15, **WINDOW}],
        "could not",
        why_inseparable="already separable",
    ),
    "separable with a kernel of 1": Rewritten(
        {"separable_conv": 16, **POINT},
        [{"conv": 16, **POINT}],
        [{"conv": 16, **POINT, "groups": 2}],
        why_inseparable="already separable",
    ),
    "transposed": Rewritten(
        {"conv_transpose": 16, **UP},
        None,
        [{"conv_transpose": 16, **UP, "groups": 2}],
        [{"conv_transpose": 8, **UP, "groups": 8}, {"conv": 16, **POINT}],
    ),
    "transposed in groups": Rewritten(
        {"conv_transpose": 16, **UP, "groups": 4},
        [{"conv_transpose": 16, **UP}],
        [{"conv_transpose": 16, **UP, "groups": 2}],
        [{"conv_transpose": 8, **UP, "groups": 8}, {"conv": 16, **POINT}],
    ),
    "depthwise transposed": Rewritten(
        {"conv_transpose": 8, **UP, "groups": 8},
        [{"conv_transpose": 8, **UP}],
        [{"conv_transpose": 8, **UP, "groups": 2}],
        [{"conv_transpose": 8, **UP, "groups": 8}, {"conv": 8, **POINT}],
    ),
    "pool": Rewritten({"max_pool": 3, "stride": 2, "padding": 1}),
}
LAYERS = [*REWRITTEN.values()]
BY_HAND = {"standard": "standard", "grouped, groups=2": "twos", "depthwise separable": "separable"}
"""The field of `Rewritten` that holds what a design makes of a layer."""


def figures(design: Redesign) -> tuple[int, int, int, int]:
    return design.params, design.macs, design.changed, design.could_not


def reasons(design: Redesign) -> dict[str, tuple[str, ...]]:
    return {kept.reason: kept.layers for kept in design.kept}


def by_hand(field: str, chosen: list[Rewritten], batch: int) -> tuple[int, int, int, int]:
    """Params, MACs, changed and could-not of the layers side by side, each rewritten."""
    branches, changed, could_not = [], 0, 0
    for one in chosen:
        new = getattr(one, field)
        could_not += new == "could not"
        stays = new is None or new == "could not"
        changed += not stays
        branches.append([one.written] if stays else new)
    return (*totals(side_by_side(branches), batch=batch), changed, could_not)


def side_by_side(branches: list[Layers]) -> Layers:
    """Every branch reads the input; what comes out, and the input itself, is put together."""
    pool = {"adaptive_avg_pool": 1}
    return [{"concat": [*[[*branch, pool] for branch in branches], [pool]]}]


@pytest.mark.parametrize("name", REWRITTEN)
def test_one_layer(name: str) -> None:
    one = REWRITTEN[name]
    made = network([one.written])
    found = designs(made, (2,))
    standard, twos, separable = (found[title] for title in BY_HAND)
    written = found["as written"]
    assert (written.groups, written.kept) == (None, ())
    assert figures(written) == (*totals([one.written]), 0, 0)

    def expected(new: Layers | str | None) -> tuple[int, int, int, int]:
        if isinstance(new, list):
            return (*totals(new), 1, 0)
        return (*totals([one.written]), 0, int(new == "could not"))

    assert (standard.groups, twos.groups, separable.groups) == (None, 2, None)
    assert figures(standard) == expected(one.standard)
    assert figures(twos) == expected(one.twos)
    assert figures(separable) == expected(one.separable)
    if name == "pool":
        assert standard.kept == twos.kept == separable.kept == ()
        return
    first = made.rows[0].name
    assert reasons(standard) == ({} if one.standard else {one.why_written: (first,)})
    assert reasons(separable) == ({} if one.separable else {one.why_inseparable: (first,)})
    if one.twos is None:
        assert reasons(twos) == {"already in 2 groups": (first,)}
    elif isinstance(one.twos, list):
        assert twos.kept == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=6), st.integers(1, 3))
def test_many_layers(chosen: list[Rewritten], batch: int) -> None:
    made = network(side_by_side([[one.written] for one in chosen]), batch=batch)
    designed = designs(made, (2,))
    assert figures(designed["as written"]) == (
        *totals(side_by_side([[one.written] for one in chosen]), batch=batch),
        0,
        0,
    )
    convolutions = sum("max_pool" not in one.written for one in chosen)
    for title, field in BY_HAND.items():
        found = designed[title]
        assert figures(found) == by_hand(field, chosen, batch)
        assert found.changed + sum(len(kept.layers) for kept in found.kept) == convolutions
        assert all(names == tuple(sorted(names, key=_position(made))) for _, names in found.kept)


def _position(made: Network) -> Any:
    return [row.name for row in made.rows].index


def test_a_pointwise_half_begins_no_pair_of_its_own() -> None:
    """With one channel a 1x1 convolution is a depthwise one too."""
    one = {"conv": 1, "kernel_size": 1}
    made = network([{"conv": 1, "kernel_size": 3}, "relu", one, one], (1, 9, 9))
    assert [[*members] for members in units_of(made)] == [[0, 1, 2], [3]]


@pytest.mark.parametrize(("stride", "units"), [(1, [[0, 1]]), (2, [[0], [1]])])
def test_skipping_what_was_enlarged_is_no_pair(stride: int, units: list[list[int]]) -> None:
    up = {"conv_transpose": 8, "kernel_size": 3, "groups": 8}
    made = network([up, {"conv": 4, "kernel_size": 1, "stride": stride}])
    assert [[*members] for members in units_of(made)] == units


def test_equal_layers_are_each_counted() -> None:
    window = {"kernel_size": 3, "padding": 1}
    chain = [{"conv": 8, **window}, "relu", {"conv": 8, **window}, {"conv": 9, **window}]
    again = [{"conv": 8, **window, "from": "input"}, {"conv": 8, **window, "repeat": 3}]
    found = designs(network([*chain, *again]), (2,))
    dense, halves, positions = 8 * 8 * 9, 4 * 8 * 9, 12 * 12
    written, grouped = found["as written"], found["grouped, groups=2"]
    assert (written.params, written.macs) == (7 * dense + 72 + 57, (7 * dense + 72) * positions)
    assert (grouped.params, grouped.macs) == (
        6 * halves + dense + 72 + 57,
        (6 * halves + dense + 72) * positions,
    )
    assert (grouped.changed, grouped.could_not) == (6, 1)
    pairs = 7 * (8 * 9 + 8) + 6 * (8 * 8 + 8) + 8 * 9 + 9
    separable = found["depthwise separable"]
    assert (separable.params, separable.changed, separable.could_not) == (pairs, 7, 0)


CHAIN: list[Any] = [
    {"conv": 16, "kernel_size": 3, "padding": 1, "bias": False},
    "batch_norm",
    {"separable_conv": 24, "kernel_size": 3, "stride": 2, "padding": 1, "between": ["relu"]},
    {"add": [[], [{"conv": 24, "kernel_size": 1}, {"depthwise_conv": None, "kernel_size": 1}]]},
    {"conv_transpose": 12, "kernel_size": 2, "stride": 2},
    {"conv": 12, "kernel_size": 5, "groups": 3, "dilation": 2},
    *("flatten", {"linear": 10}),
]


def test_a_chain_in_every_design() -> None:
    """3 channels come in, so no groups divide the first layer."""
    first, norm, pair_with_relu, _, up, _, *rest = CHAIN
    pair = {"kernel_size": 3, "stride": 2, "padding": 1}
    last = {"conv": 12, "kernel_size": 5, "dilation": 2}
    shape = (3, 12, 12)
    point, depthwise = {"conv": 24, "kernel_size": 1}, {"depthwise_conv": None, "kernel_size": 1}
    dense = {"conv": 24, "kernel_size": 1}

    def grouped(groups: int) -> Layers:
        alone: Any = {**dense, "groups": groups}
        merged = {"add": [[], [{**point, "groups": groups}, alone]]}
        bigger = {**up, "groups": groups} if 12 % groups == 0 else up
        end = {**last, "groups": groups if 12 % groups == 0 else 3}
        return [first, norm, {"conv": 24, **pair, "groups": groups}, merged, bigger, end, *rest]

    merged = {"add": [[], [point, dense]]}
    standard = [first, norm, {"conv": 24, **pair}, merged, up, last, *rest]
    separable = [
        {"separable_conv": 16, "kernel_size": 3, "padding": 1, "bias": False},
        *(norm, pair_with_relu, {"add": [[], [point, depthwise]]}),
        *({"conv_transpose": 24, "kernel_size": 2, "stride": 2, "groups": 24},),
        *({"conv": 12, "kernel_size": 1},),
        {"separable_conv": 12, "kernel_size": 5, "dilation": 2},
        *rest,
    ]
    found = designs(network(CHAIN, shape))
    expected = {
        "as written": (*totals(CHAIN, shape), 0, 0),
        "standard": (*totals(standard, shape), 3, 0),
        "grouped, groups=2": (*totals(grouped(2), shape), 5, 1),
        "grouped, groups=4": (*totals(grouped(4), shape), 5, 1),
        "grouped, groups=8": (*totals(grouped(8), shape), 3, 3),
        "depthwise separable": (*totals(separable, shape), 3, 0),
    }
    assert {title: figures(found[title]) for title in expected} == expected
    assert reasons(found["grouped, groups=8"]) == {
        "groups=8 does not divide in_channels=3": ("conv_1",),
        "groups=8 does not divide out_channels=12": ("conv_transpose_1",),
        "groups=8 does not divide in_channels=12": ("conv_3",),
    }
    assert reasons(found["depthwise separable"]) == {
        "already separable": ("separable_conv_1.depthwise",),
        "a kernel of 1 has nothing to separate": ("conv_2", "depthwise_conv_1"),
    }


def test_params_of_what_was_between_go_with_it() -> None:
    pair = {"separable_conv": 16, "kernel_size": 3, "between": ["batch_norm", "prelu"]}
    found = designs(network([pair]), ())
    written, separable = found["as written"], found["depthwise separable"]
    depthwise, point = 8 * 9 + 8, 8 * 16 + 16
    assert written.params == depthwise + 2 * 8 + 1 + point
    assert found["standard"].params == 16 * 8 * 9 + 16
    assert figures(separable) == figures(written)
    assert written.macs == (72 + 128) * 100


def test_the_batch_multiplies() -> None:
    one, many = (designs(network(CHAIN, (3, 12, 12), batch=batch)) for batch in (1, 5))
    assert one.keys() == many.keys()
    for title, single in one.items():
        assert many[title] == single._replace(macs=5 * single.macs)


def test_layers_without_convolutions_are_the_same_in_every_design() -> None:
    found = designs(network(["relu", {"max_pool": 2}, "flatten", {"linear": 3}]))
    for design in found.values():
        assert figures(design) == (8 * 36 * 3 + 3, 8 * 36 * 3, 0, 0)


@pytest.mark.parametrize("dims", [1, 3])
def test_other_dimensions(dims: int) -> None:
    layer = {"conv": 16, "kernel_size": 3, "padding": 1}
    shape = (8, *[6] * dims)
    positions, taps = prod(shape[1:]), 3**dims
    found = designs(network([layer], shape), (4,))
    expected = {
        "as written": (16 * 8 * taps + 16, 16 * 8 * taps * positions),
        "standard": (16 * 8 * taps + 16, 16 * 8 * taps * positions),
        "grouped, groups=4": (16 * 2 * taps + 16, 16 * 2 * taps * positions),
        "depthwise separable": (8 * taps + 8 + 16 * 8 + 16, (8 * taps + 16 * 8) * positions),
    }
    assert {title: (found[title].params, found[title].macs) for title in expected} == expected


def test_mobilenets_with_full_convolutions() -> None:
    """MobileNets, table 4 by the formulas: pairs as one convolution and one norm each."""
    outs = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5]
    outs += [(1024, 2), (1024, 1)]
    layers: Layers = [{"conv": 32, "kernel_size": 3, "stride": 2, "padding": 1}, "batch_norm"]
    for out, stride in outs:
        pair = {"separable_conv": out, "kernel_size": 3, "stride": stride, "padding": 1}
        layers += [{**pair, "between": ["batch_norm", "relu"]}, "batch_norm", "relu"]
    layers += [{"adaptive_avg_pool": 1}, "flatten", {"linear": 1000}]
    defaults = {name: {"bias": False} for name in ("conv", "separable_conv")}
    made = network(layers, (3, 224, 224), defaults=defaults)
    found = designs(made, ())
    written, standard, separable = (
        found[title] for title in ("as written", "standard", "depthwise separable")
    )
    assert (written.params, written.macs) == (4_231_976, 568_740_352)
    assert (standard.params, standard.macs) == (29_294_088, 4_867_293_184)
    assert standard.changed == len(outs)
    assert separable.changed == 1  # the stem alone: pairs are separable already
    assert [len(kept.layers) for kept in separable.kept] == [len(outs)]
