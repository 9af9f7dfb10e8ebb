"""Deploy files of Caffe: figures, and the shape of every layer's value."""

from __future__ import annotations

from collections import defaultdict

import pytest

from convcalc.files.loading import Loaded, load_text
from support.corpora import corpus, names, right

KNOWN = [name for name in names("caffe") if "macs" in right("caffe", name)]
ASSUMED = {"3 channels assumed: they are in the data alone"}


def loaded(name: str) -> Loaded:
    """A file of the corpus as a network."""
    return load_text((corpus("caffe") / "files" / name).read_bytes(), name)


@pytest.mark.parametrize("name", KNOWN)
def test_totals(name: str) -> None:
    truth = right("caffe", name)
    found = loaded(name)
    assert (found.problems, found.warnings) == ([], [])
    assert {note.message for note in found.notes} <= ASSUMED
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
    layers = [(each[0].replace("/", "."), *each[1:]) for each in right("caffe", name)["layers"]]
    helpers = {f"{layer}.flatten": layer for layer, *_ in layers}
    for row in network.audit().layers:
        layer = helpers.get(row.name, row.name)
        params[layer] += row.params or 0
        shapes[layer] = [*row.output_shape]
    for layer, _, own, shape in layers:
        assert (layer, params[layer], shapes[layer]) == (layer, own, shape)


def test_data_without_a_size() -> None:
    name = "mnist_autoencoder_trainval.prototxt"
    if name not in names("caffe"):
        pytest.skip("there is no such file")
    (problem,) = loaded(name).problems
    assert problem.message == "the size of data is in no file; give it with --input"
