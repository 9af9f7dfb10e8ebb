"""The order in which the calls of a model can be made: each behind those that it reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from convcalc.errors import value_text
from convcalc.files.keras.definitions import Definition
from convcalc.files.keras.faults import KerasError, at, layer_place
from convcalc.files.keras.numbering import CallKey, Numbering
from convcalc.files.keras.references import Reference
from convcalc.wording import counted, did_you_mean


def in_order(model: Definition, numbering: Numbering) -> list[CallKey]:
    """All calls of a model, each behind those that it reads, else as in the file.

    Raises:
        KerasError: a call reads what does not exist, or calls read each other.

    >>> from convcalc.files.keras.definitions import DefinitionReader
    >>> entry = {"class_name": "ReLU", "config": {"name": "relu", "batch_shape": [None, 8]}}
    >>> model = DefinitionReader().read("Sequential", [entry], "")
    >>> in_order(model, Numbering(model))
    [('relu_input', 0), ('relu', 0)]
    """
    sources = {key: _sources(key, model, numbering) for key in model.calls}
    for reference in (*model.inputs, *model.outputs):
        _source(reference, model, numbering)
    found = _sorted(sources, {name: position for position, name in enumerate(model.layers)})
    if len(found) < len(sources):
        raise _cycle(model, {key: sources[key] for key in sources.keys() - {*found}})
    return found


def _sorted(sources: Mapping[CallKey, set[CallKey]], positions: Mapping[str, int]) -> list[CallKey]:
    """The calls whose sources, and theirs, are all there."""
    missing = {key: len(read) for key, read in sources.items()}
    readers: defaultdict[CallKey, list[CallKey]] = defaultdict(list)
    for key, read in sources.items():
        for source in read:
            readers[source].append(key)
    ready = [(positions[key[0]], key[1], key) for key, count in missing.items() if not count]
    heapify(ready)
    found = []
    while ready:
        key = heappop(ready)[2]
        found.append(key)
        for reader in readers[key]:
            missing[reader] -= 1
            if not missing[reader]:
                heappush(ready, (positions[reader[0]], reader[1], reader))
    return found


def _sources(key: CallKey, model: Definition, numbering: Numbering) -> set[CallKey]:
    layer = model.layers[key[0]]
    with at(layer_place(layer.path, layer.position)):
        return {_source(each, model, numbering) for each in model.calls[key].references}


def _source(reference: Reference, model: Definition, numbering: Numbering) -> CallKey:
    """The call that a reference is to."""
    key = numbering.key(reference)
    if key in model.calls:
        return key
    name = reference.layer
    if name not in model.layers:
        hint = did_you_mean(name, model.layers)
        raise KerasError(f"layer {value_text(name)} is read, but there is none of that name{hint}")
    times = counted(sum(called == name for called, _ in model.calls), "time")
    raise KerasError(f"call {reference.call} of layer {name} is read, but it is called {times}")


def _cycle(model: Definition, waiting: Mapping[CallKey, set[CallKey]]) -> KerasError:
    """The fault that calls read each other; going from source to source ends in the circle."""
    key = min(waiting, key=lambda each: model.layers[each[0]].position)
    seen: set[CallKey] = set()
    while key not in seen:
        seen.add(key)
        key = min(waiting[key] & waiting.keys())
    layer = model.layers[key[0]]
    return KerasError(
        "the layer reads itself, directly or by way of other layers",
        layer_place(layer.path, layer.position),
    )
