"""Files of the Darknet repository: figures, and the shape of every layer that Darknet prints."""

from __future__ import annotations

from collections import defaultdict

import pytest

from convcalc.files.loading import Loaded, load_text
from support.corpora import corpus, names, right

KNOWN = [name for name in names("darknet") if "macs" in right("darknet", name)]
DROPPED = {"cost", "contrastive"}
"""Sections for training, which have no rows."""


def loaded(name: str) -> Loaded:
    """A file of the corpus as a network."""
    return load_text((corpus("darknet") / "files" / name).read_bytes(), name)


@pytest.mark.parametrize("name", KNOWN)
def test_totals(name: str) -> None:
    truth = right("darknet", name)
    found = loaded(name)
    assert (found.problems, found.warnings, found.notes) == ([], [], [])
    assert found.network is not None
    totals = found.network.totals()
    assert (totals.params, totals.macs) == (truth["params"], truth["macs"])
    assert found.network.inputs == {"input": tuple(truth["input"])}


@pytest.mark.parametrize("name", KNOWN)
def test_every_layer(name: str) -> None:
    network = loaded(name).network
    assert network is not None
    params: defaultdict[str, int] = defaultdict(int)
    shapes: dict[str, list[int]] = {}
    for row in network.audit().layers:
        layer = ".".join(row.name.split(".")[:2])
        params[layer] += row.params or 0
        shapes[layer] = [*row.output_shape]
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
    (problem,) = loaded(name).problems
    assert problem.message == message
