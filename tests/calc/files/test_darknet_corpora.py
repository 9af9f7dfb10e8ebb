"""Files of the Darknet repository: figures, and the shape of every layer that Darknet prints."""

from __future__ import annotations

import pytest

from support.corpora import names, right
from support.texts import by_layer, of_corpus

KNOWN = [name for name in names("darknet") if "macs" in right("darknet", name)]
DROPPED = {"cost", "contrastive"}
"""Sections for training, which have no rows."""


@pytest.mark.parametrize("name", KNOWN)
def test_totals(name: str) -> None:
    truth = right("darknet", name)
    found = of_corpus("darknet", name)
    assert (found.problems, found.warnings, found.notes) == ([], [], [])
    assert found.network is not None
    totals = found.network.totals()
    assert (totals.params, totals.macs) == (truth["params"], truth["macs"])
    assert found.network.inputs == {"input": tuple(truth["input"])}


@pytest.mark.parametrize("name", KNOWN)
def test_every_layer(name: str) -> None:
    params, shapes = by_layer(of_corpus("darknet", name), 2)
    for index, section, own, shape in right("darknet", name)["layers"]:
        layer = f"L{index}.{section}"
        if section not in DROPPED:
            assert (layer, params[layer], shapes[layer]) == (layer, own, shape)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rnn.cfg", "the network has no image for its input: inputs=256 alone"),
        ("resnet50.cfg", "[shortcut] adds (512, 32, 32) and (256, 64, 64): their sizes differ"),
    ],
)
def test_refusals(name: str, message: str) -> None:
    if name not in names("darknet"):
        pytest.skip("there is no such file")
    (problem,) = of_corpus("darknet", name).problems
    assert problem.message == message
