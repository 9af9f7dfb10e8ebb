"""Functions of single values: activations, and what the language has no word for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.files.graph.opaque import moved
from convcalc.files.graph.rows import Rows
from convcalc.files.graph.tensors import Tensor


def activated(
    rows: Rows, word: str, tensor: Tensor, parameters: Mapping[str, Any] | None = None
) -> Tensor:
    """An operation that keeps the shape and learns nothing, whatever the order of the axes.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 8, 8, 4), channel_axis=3)
    >>> activated(rows, "relu", image).sizes
    (1, 8, 8, 4)
    """
    row = rows.add(word, [tensor], parameters)
    return tensor._replace(row=row.name)


def computed(rows: Rows, title: str, tensor: Tensor) -> Tensor:
    """A function of each value that the language has no word for: it learns nothing.

    >>> rows = Rows()
    >>> _ = computed(rows, "Erf", rows.input("x", (1, 4), channel_axis=1))
    >>> rows.layers[0]["opaque"]
    'Erf'
    """
    return moved(rows, title, [tensor], tensor.sizes)


def softmax(rows: Rows, tensor: Tensor, axis: int) -> Tensor:
    """A softmax along an axis of the file.

    >>> rows = Rows()
    >>> _ = softmax(rows, rows.input("x", (1, 4), channel_axis=1), -1)
    >>> rows.layers[0]
    {'softmax': None, 'name': 'layer'}
    """
    at = tensor.axes[axis % tensor.rank]
    return activated(rows, "softmax", tensor) if at == 0 else computed(rows, "Softmax", tensor)
