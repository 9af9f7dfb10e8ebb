"""The answers about published networks are those of OR-tools' CP-SAT solver."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

import convcalc
from support import examples
from support.cp_sat import ORDERS, optimum

pytest.importorskip("ortools")

SECONDS = 20
ONE = [{"macs": 70}, {"macs": 35}]
TWO = [{"macs": 55, "params": 65}]
QUESTIONS = [*product(ONE, ORDERS), *product(TWO, ("layers", "share"))]


@pytest.mark.parametrize(("shares", "keep"), QUESTIONS)
@pytest.mark.parametrize("name", ["mobilenet-v1", "vgg16", "resnet18", "resnet50"])
def test_the_best_is_the_same(name: str, shares: dict[str, int], keep: str) -> None:
    network = examples.network(name)
    given: dict[str, Any] = {f"max_{total}": f"{share}%" for total, share in shares.items()}
    fitted = convcalc.fit(network, keep=keep, **given)
    places, totals = fitted.question.found.places, network.totals()
    room = {
        total: getattr(totals, total) * share // 100
        - getattr(totals, total)
        + sum([getattr(place.choices[0], total) for place in places])
        for total, share in shares.items()
    }
    best = optimum(places, keep, room, SECONDS)
    if best is None or fitted.answer is None:
        assert best is None
        assert not fitted.fits
        return
    signs = [1 if level[0] == "+" else -1 for level in ORDERS[keep]]
    names = [level[1:] for level in ORDERS[keep]]
    proper = [sign * figure for sign, figure in zip(signs, best, strict=True)]
    answer = fitted.answer
    mine = [sign * answer.total(each) for sign, each in zip(signs, names, strict=True)]
    bound = [sign * answer.bound[each] for sign, each in zip(signs, names, strict=True)]
    assert mine <= proper <= bound
    assert not answer.proved or mine == proper
