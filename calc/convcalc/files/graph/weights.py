"""Rows with weights: each learned array is counted where it is read first, exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

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
    owner = rows.owner(weights)
    if owner is not None:
        return _shared(rows, word, tensor, parameters, weights, owner, title)
    if not all(weight.params >= weight.size for weight in weights):
        return _counted(rows, word, tensor, parameters, weights, title)
    row = rows.add(word, [tensor], parameters)
    rows.own(weights)
    for weight in weights:
        if weight.params > weight.size:
            rows.hold("Reparametrization", weight, weight.params - weight.size)
    return tensor.held_by(row.name, row.shape)


def uncounted(rows: Rows, weights: Sequence[Weight]) -> int:
    """How many of the learned numbers no row has yet."""
    arrays = {key: size for weight in weights for key, size in weight.learned.items()}
    return sum(size for key, size in arrays.items() if key not in rows.owners)


def weighted_opaque(
    rows: Rows,
    title: str,
    reads: Sequence[Tensor],
    sizes: Sequence[int],
    weights: Sequence[Weight],
    *,
    macs: int | Literal["unknown", "none"],
    like: Tensor | None = None,
) -> Tensor:
    """A row for what the language has no operation for, with what it learns and multiplies.

    Args:
        rows: where rows are made.
        title: what it is called in the file.
        reads: what it reads.
        sizes: the sizes of its output in the file, with the batch.
        weights: what it learns; arrays that another row has already are not counted again.
        macs: multiply-accumulates of one input; see `opaque`.
        like: a value that has its axes where the output has them; the first that is read.

    >>> rows = Rows()
    >>> items = rows.input("x", (1, 4, 8), channel_axis=None)
    >>> weight = Weight("w", (4, 8, 16), {"w": 512})
    >>> _ = weighted_opaque(rows, "bmm", [items], (1, 4, 16), [weight], macs=512)
    >>> rows.layers[0]["params"]
    512
    """
    params = uncounted(rows, weights)
    made = opaque(rows, title, reads, sizes, params=params, macs=macs, like=like)
    rows.own(weights)
    return made


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
    sizes = tensor.held_by("", shape).sizes
    figure: int | Literal["none"] = "none" if macs is None else macs
    return weighted_opaque(rows, title or word, [tensor], sizes, weights, macs=figure)
