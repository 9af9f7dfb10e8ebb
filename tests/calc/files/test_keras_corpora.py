"""Keras files of every dialect: parameters, MACs, and the shape of every layer's output."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.files.graph.rows import Rows
from convcalc.files.keras.calls import Value, call_graph
from convcalc.files.keras.conversion import Conversion
from convcalc.files.keras.definitions import DefinitionReader
from convcalc.files.keras.inputs import batch_of, model_inputs
from convcalc.files.keras.json_text import json_value
from convcalc.files.keras.model_file import model_file
from support.corpora import contents, corpus, names, right
from support.keras_files import loaded

INPUT = "InputLayer"
LAYERS = "layers.json.gz"


@pytest.mark.parametrize("name", names("keras"))
def test_totals(name: str) -> None:
    truth = right("keras", name)
    found = loaded(contents(corpus("keras") / truth["file"]))
    assert (found.problems, found.warnings, found.notes) == ([], [], [])
    assert found.network is not None
    totals = found.network.totals()
    assert totals.params == truth["params"]
    assert totals.macs in (truth["macs"], truth["flop_counter_macs"])


@pytest.mark.parametrize("name", names("keras"))
def test_the_output_of_every_layer(name: str) -> None:
    wanted = [each for each in right("keras", name, LAYERS) if each[1] != INPUT]
    found = _outputs(contents(corpus("keras") / right("keras", name)["file"]))
    for layer, _, shape, _, _, calls in wanted:
        assert found[layer] == [shape] * calls, layer


def _outputs(data: bytes) -> dict[str, list[Any]]:
    """The sizes of the outputs of a layer's calls, without the batch."""
    model = model_file(json_value(data))
    definition = DefinitionReader().read(model.class_name, model.config, "", model.build_shape)
    graph = call_graph(definition)
    inputs = model_inputs(graph)
    conversion = Conversion(graph, Rows(batch_of(inputs)), inputs, as_in_file=False)
    conversion.run()
    found: dict[str, list[Any]] = {}
    for number, call in enumerate(graph.calls):
        sizes = conversion.values[Value(number)].sizes
        found.setdefault(call.layer.path, []).append([*sizes[1:]])
    return found
