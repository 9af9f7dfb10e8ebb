"""Rows with weights: each learned array is counted where it is read first, exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.rows import Row, Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.values import Shape


def weighted(
    rows: Rows,
    word: str,
    tensor: Tensor,
    parameters: Mapping[str, Any],
    weights: Sequence[Weight],
    *,
    title: str | None = None,
) -> Tensor:
    """A row of an operation with weights, on a value that is arranged for it.

    Learned arrays that another row has already are shared with it, or not counted again.

    Args:
        rows: where rows are made.
        word: the operation's name in the language.
        tensor: what it reads.
        parameters: the operation's parameters.
        weights: what it learns, as far as there is something; the first may be another row's.
        title: what it is called where it cannot be written as that operation.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> kernel = Weight("w", (4, 4, 1, 1), {"w": 16})
    >>> for _ in range(2):
    ...     image = weighted(
    ...         rows, "conv", image, {"out_channels": 4, "kernel_size": 1, "bias": False}, [kernel]
    ...     )
    >>> rows.layers[1]["weights"]
    'layer'
    """
    owner = _owner(rows, weights)
    if owner is not None:
        return _shared(rows, word, tensor, parameters, weights, owner, title)
    if not all(weight.params >= _size(weight) for weight in weights):
        return _counted(rows, word, tensor, parameters, weights, title)
    row = rows.add(word, [tensor], parameters)
    _own(rows, row, weights)
    for weight in weights:
        if weight.params > _size(weight):
            rows.hold("Reparametrization", weight, weight.params - _size(weight))
    return tensor.held_by(row.name, row.shape)


def uncounted(rows: Rows, weights: Sequence[Weight]) -> int:
    """How many of the learned numbers no row has yet."""
    arrays = {key: size for weight in weights for key, size in weight.learned.items()}
    return sum(size for key, size in arrays.items() if key not in rows.owners)


def _size(weight: Weight) -> int:
    size = 1
    for each in weight.sizes:
        size *= each
    return size


def _own(rows: Rows, row: Row, weights: Sequence[Weight]) -> None:
    for weight in weights:
        for key in weight.learned:
            rows.owners.setdefault(key, row)


def _owner(rows: Rows, weights: Sequence[Weight]) -> Row | None:
    """The row that has any of the weights already."""
    owners = (rows.owners.get(key) for weight in weights for key in weight.learned)
    return next(filter(None, owners), None)


def _shared(
    rows: Rows,
    word: str,
    tensor: Tensor,
    parameters: Mapping[str, Any],
    weights: Sequence[Weight],
    owner: Row,
    title: str | None,
) -> Tensor:
    """A row that uses all weights of another one; without `weights` where it uses only some."""
    same = owner.word == word and uncounted(rows, weights) == 0
    if same and all(weight.is_plain for weight in weights):
        row = rows.add(word, [tensor], parameters, more={"weights": owner.name})
        if row.operation.weights == owner.operation.weights:
            return tensor.held_by(row.name, row.shape)
        rows.take_back()
    return _counted(rows, word, tensor, parameters, weights, title)


def _counted(
    rows: Rows,
    word: str,
    tensor: Tensor,
    parameters: Mapping[str, Any],
    weights: Sequence[Weight],
    title: str | None,
) -> Tensor:
    """An opaque row with the operation's shape and MACs, and the learned numbers that are new."""
    probe = rows.operation(word, [tensor.shape], parameters)
    shape: Shape = probe.output_shape(tensor.shape)
    macs = probe.macs(tensor.shape)
    params = uncounted(rows, weights)
    after = tensor.held_by("", shape)
    made = opaque(
        rows,
        title or word,
        [tensor],
        after.sizes,
        params=params,
        macs="none" if macs is None else macs,
    )
    _own(rows, rows.last, weights)
    return made
