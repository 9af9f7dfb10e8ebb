"""Deploy files of Caffe: figures, and the shape of every layer's value."""

from __future__ import annotations

import pytest

from support.corpora import names, right
from support.texts import by_layer, of_corpus

KNOWN = [name for name in names("caffe") if "macs" in right("caffe", name)]
ASSUMED = {"3 channels assumed: they are in the data alone"}


@pytest.mark.parametrize("name", KNOWN)
def test_totals(name: str) -> None:
    truth = right("caffe", name)
    found = of_corpus("caffe", name)
    assert (found.problems, found.warnings) == ([], [])
    assert {note.message for note in found.notes} <= ASSUMED
    assert found.network is not None
    totals = found.network.totals()
    assert (totals.params, totals.macs) == (truth["params"], truth["macs"])
    assert found.network.inputs == {"input": tuple(truth["input"])}


@pytest.mark.parametrize("name", KNOWN)
def test_every_layer(name: str) -> None:
    params, shapes = by_layer(of_corpus("caffe", name), 0, ["flatten"])
    for name_in_file, _, own, shape in right("caffe", name)["layers"]:
        layer = name_in_file.replace("/", ".")
        assert (layer, params[layer], shapes[layer]) == (layer, own, shape)


def test_data_without_a_size() -> None:
    name = "mnist_autoencoder_trainval.prototxt"
    if name not in names("caffe"):
        pytest.skip("there is no such file")
    (problem,) = of_corpus("caffe", name).problems
    assert problem.message == "the size of data is in no file; give it with --input"
