"""Which call of a layer a reference is to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from convcalc.files.keras.definitions import Definition
from convcalc.files.keras.references import Reference

CallKey = tuple[str, int]
"""The name of a layer, and which of its calls."""


class Numbering:
    """How a model counts the calls of the models inside it.

    Keras counts them from 1 where making the model was a call itself, else from 0; the calls that
    are read tell which.

    >>> from convcalc.files.keras.definitions import Layer
    >>> from convcalc.files.keras.references import Arguments
    >>> inner = Layer("m", "Model", "Model", {}, 1, model=Definition())
    >>> model = Definition({"m": inner}, {("m", 0): Arguments((), {})})
    >>> model.outputs.append(Reference("m", 1, 0))
    >>> Numbering(model).key(model.outputs[0])
    ('m', 0)
    """

    def __init__(self, model: Definition) -> None:
        calls = Counter(name for name, _ in model.calls)
        self._from_one = {
            name
            for name, numbers in _numbers_read(model).items()
            if calls[name] in numbers and 0 not in numbers
        }

    def key(self, reference: Reference) -> CallKey:
        """The call that a reference is to, if there is one."""
        first = 1 if reference.layer in self._from_one else 0
        return reference.layer, reference.call - first


def _numbers_read(model: Definition) -> Mapping[str, set[int]]:
    """For each model inside, which of its calls are read."""
    inside = {name for name, layer in model.layers.items() if layer.model is not None}
    found: defaultdict[str, set[int]] = defaultdict(set)
    if inside:
        read = [each for arguments in model.calls.values() for each in arguments.references]
        for reference in (*read, *model.inputs, *model.outputs):
            if reference.layer in inside:
                found[reference.layer].add(reference.call)
    return found
