"""The best designs of small networks are those that counting every design gives."""

from __future__ import annotations

import random
from functools import cache
from itertools import product
from typing import Any

import pytest

import convcalc
from convcalc.fitting.choices import Allowed, ChoiceSet, choice_set
from convcalc.fitting.fit import rebuilt
from convcalc.networks import Network

Figures = tuple[int, int, int, int, int]
"""Changed, kept, MACs, params, peak bytes."""

NETWORKS: dict[str, Any] = {
    "chain": {
        "input": [8, 12, 12],
        "layers": [
            {"conv": 16, "kernel_size": 3, "padding": 1},
            "relu",
            {"conv": 16, "kernel_size": 3, "stride": 2},
            {"conv": 24, "kernel_size": 1, "bias": False},
        ],
    },
    "equal": {
        "input": [16, 9, 9],
        "batch": 3,
        "layers": [
            {"conv": 16, "kernel_size": 3, "padding": 1, "repeat": 3},
            {"adaptive_avg_pool": 1},
            "flatten",
            {"linear": 10},
        ],
    },
    "branches": {
        "input": [12, 10, 10],
        "layers": [
            {"conv": 12, "kernel_size": [3, 5], "padding": "same", "name": "a"},
            {"conv": 12, "kernel_size": 1, "from": "input", "name": "b"},
            {"add": ["a", "b"]},
            {"conv_transpose": 8, "kernel_size": 4, "stride": 2, "padding": 1},
        ],
    },
    "shared": {
        "input": {"left": [8, 10, 10], "right": [8, 8, 8]},
        "layers": [
            {"conv": 16, "kernel_size": 3, "from": "left", "name": "a"},
            {"conv": 16, "kernel_size": 3, "from": "right", "name": "b", "weights": "a"},
            {"conv": 16, "kernel_size": 3, "stride": 2, "bias": False, "name": "c"},
            {"conv": 16, "kernel_size": 3, "from": "a", "weights": "c"},
        ],
    },
    "learned": {
        "input": [4, 9, 9],
        "layers": [
            {"parameter": [32, 9, 9], "name": "learned"},
            {"conv": 32, "kernel_size": 3, "from": "learned", "name": "a"},
            {"max_pool": 7, "name": "b"},
            {"conv": 32, "kernel_size": 9, "from": "input"},
            {"add": [[], "b"]},
        ],
    },
    "lines": {
        "input": [8, 40],
        "layers": [
            {"conv": 32, "kernel_size": 5, "dilation": 2},
            {"separable_conv": 32, "kernel_size": 3, "bias": "pointwise"},
            {"conv": 16, "kernel_size": 3, "stride": 2, "groups": 2},
        ],
    },
    "volume": {
        "input": [4, 6, 6, 6],
        "layers": [
            {"conv": 8, "kernel_size": 3, "padding": 1},
            {"conv": 16, "kernel_size": [1, 3, 3]},
            {"conv": 16, "kernel_size": 1},
        ],
    },
}
ALLOWED = Allowed(groups=(2, 4))
KEEPS = ("layers", "params", "share")


@cache
def network_of(name: str) -> Network:
    return convcalc.network(NETWORKS[name])


@cache
def found_of(name: str) -> ChoiceSet:
    network = network_of(name)
    return choice_set(network, network.audit(), ALLOWED)


@cache
def every_design(name: str) -> list[Figures]:
    """The figures of every design, each summed by itself."""
    network, found = network_of(name), found_of(name)
    totals = network.totals()
    places = found.places
    other = max([row.peak for row in found.stuck], default=0)
    designs = []
    for picked in product(*[place.choices for place in places]):
        macs, params, peak, kept, changed = totals.macs, totals.params, other, 0, 0
        for place, choice in zip(places, picked, strict=True):
            written = place.choices[0]
            macs += network.batch * (choice.macs - written.macs)
            params += choice.params - written.params
            peak = max(peak, choice.peak)
            for before, after in zip(written.layers, choice.layers, strict=True):
                own = sum([layer.operation.params for layer in after])
                kept += 1000 * own // before[0].operation.params
            changed += len(place.names) if choice is not written else 0
        designs.append((changed, kept, macs, params, 4 * network.batch * peak))
    return designs


def best_of(designs: list[Figures], keep: str) -> tuple[int, ...] | None:
    """The figures that are compared, of the best design."""
    order = {
        "layers": lambda d: (-d[0], d[1], -d[2], -d[3]),
        "params": lambda d: (d[3], -d[0], -d[2]),
        "share": lambda d: (d[1], -d[0], -d[2], -d[3]),
    }[keep]
    return max(map(order, designs), default=None)


def questions() -> list[tuple[str, str, dict[str, int]]]:
    draw = random.Random(17)  # noqa: S311 - the same questions each time
    asked = []
    for at in range(200):
        name = draw.choice(list(NETWORKS))
        keep = KEEPS[at % 3]
        designs = every_design(name)
        places = {"macs": 2, "params": 3, "peak_activation_bytes": 4}
        wanted = draw.sample(["macs", "peak_activation_bytes"], draw.choice([1, 1, 2]))
        if keep != "params" and draw.random() < 0.5:
            wanted.append("params")
        budgets = {}
        for key in wanted:
            amount = draw.choice(designs)[places[key]]
            budgets[key] = amount + draw.choice([-1, 0, 0, 1, amount // 10])
        asked.append((name, keep, budgets))
    return asked


def test_200_questions_have_the_best_answer_there_is() -> None:
    places = {"macs": 2, "params": 3, "peak_activation_bytes": 4}
    fitting = 0
    for name, keep, budgets in questions():
        network = network_of(name)
        given: dict[str, Any] = {f"max_{key}": most for key, most in budgets.items()}
        fitted = convcalc.fit(network, keep=keep, allowed=ALLOWED, **given)
        within = [
            design
            for design in every_design(name)
            if all(design[places[key]] <= most for key, most in budgets.items())
        ]
        best = best_of(within, keep)
        if fitted.answer is None:
            assert best is None, (name, keep, budgets)
            assert (
                any(fitted.least[key] > most for key, most in budgets.items()) or len(budgets) > 1
            )
            continue
        fitting += 1
        totals = fitted.network.audit().totals
        assert all(getattr(totals, key) <= most for key, most in budgets.items())
        answer = (fitted.answer.changed, fitted.answer.kept, totals.macs, totals.params, 0)
        assert best_of([answer], keep) == best, (name, keep, budgets)
        assert fitted.answer.proved
    assert fitting > 120


@pytest.mark.parametrize("name", NETWORKS)
def test_figures_of_choices_are_those_of_the_network_with_them(name: str) -> None:
    draw = random.Random(name)  # noqa: S311 - the same designs each time
    network, found = network_of(name), found_of(name)
    for _ in range(20):
        picked = [draw.choice(place.choices) for place in found.places]
        totals = rebuilt(network, found.places, picked).audit().totals
        written = network.totals()
        choices = [place.choices[0] for place in found.places]
        macs = network.batch * sum(
            [new.macs - old.macs for new, old in zip(picked, choices, strict=True)]
        )
        params = sum([new.params - old.params for new, old in zip(picked, choices, strict=True)])
        peak = max([*[each.peak for each in picked], *[row.peak for row in found.stuck]])
        assert totals.macs == written.macs + macs
        assert totals.params == written.params + params
        assert totals.peak_activation_bytes == 4 * network.batch * peak
        assert totals.output_shape == written.output_shape
