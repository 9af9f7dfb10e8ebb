"""Layers that combine values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import joined, merged
from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.products import matmul
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.site import Mapper, Site

MODES = {
    "ave": "add",
    "max": "maximum",
    "mul": "multiply",
    "sum": "add",
}
"""Modes of the layer `Merge` of Keras 1 that work place by place."""


def combined(site: Site, word: str) -> Tensor:
    """Values combined place by place; numbers among the arguments change no figure.

    Values of fewer axes get theirs behind the batch axis, as Keras has it.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> image = rows.input("x", (1, 8, 8, 4), channel_axis=3)
    >>> combined(Site.alone(rows, "Add", {}, [image, image]), "add").sizes
    (1, 8, 8, 4)
    """
    tensors = site.tensors
    if not tensors:
        raise KerasError("the layer reads nothing")
    rank = max(tensor.rank for tensor in tensors)
    return merged(site.rows, word, [_with_rank(site, each, rank) for each in tensors])


def _with_rank(site: Site, tensor: Tensor, rank: int) -> Tensor:
    if tensor.rank == rank or tensor.batch_axis != 0:
        return tensor
    sizes = (*tensor.sizes[:1], *[1] * (rank - tensor.rank), *tensor.sizes[1:])
    return reshaped(site.rows, tensor, sizes)


def _subtract(site: Site) -> Tensor:
    """A number may stand on either side."""
    return combined(site, "subtract" if len(site.tensors) > 1 else "add")


def _concatenate(site: Site) -> Tensor:
    tensors = site.tensors
    if not tensors:
        raise KerasError("the layer reads nothing")
    if any(tensor.rank != tensors[0].rank for tensor in tensors):
        texts = ", ".join(map(site.sizes_text, tensors))
        raise KerasError(f"values of different numbers of axes cannot be joined: {texts}")
    return joined(site.rows, tensors, site.axis("axis", tensors[0]))


def _dot(site: Site, key: str = "axes") -> Tensor:
    """Products of two values along an axis of each."""
    one, other = site.exactly(2)
    given = site.fields.get(key)
    pair = given if isinstance(given, list) else [given, given]
    pair = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in pair]
    if len(pair) != 2:
        raise site.fields.wrong(key, "an axis of each of two values")
    first, second = [
        site.fields.axis(key, axis, tensor.rank - site.lead) + site.lead
        for axis, tensor in zip(pair, (one, other), strict=True)
    ]
    return dotted(site, one, other, first, second)


def dotted(site: Site, one: Tensor, other: Tensor, first: int, second: int) -> Tensor:
    """All products of two values along an axis of each; the other axes stay, in order.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x, y = [rows.input(name, (1, 6, 8), channel_axis=None) for name in "xy"]
    >>> dotted(Site.alone(rows, "Dot", {"axes": 2}, [x, y]), x, y, 2, 2).sizes
    (1, 6, 6)
    """
    if one.sizes[first] != other.sizes[second]:
        raise KerasError(f"axis {first} of {one.sizes} and axis {second} of {other.sizes} differ")
    head = site.head
    mine = [axis for axis in range(head, one.rank) if axis != first]
    theirs = [axis for axis in range(head, other.rank) if axis != second]
    sizes = [*one.sizes[:head], *_sizes(one, mine), *_sizes(other, theirs)]
    if len(sizes) == head:
        sizes.append(1)
    if len(mine) != 1 or len(theirs) != 1:
        macs = prod(sizes[1:]) * one.sizes[first]
        return opaque(site.rows, "Dot", [one, other], sizes, params=0, macs=macs)
    lead = [*range(head)]
    return matmul(
        site.rows,
        one.transposed([*lead, *mine, first]),
        other.transposed([*lead, second, *theirs]),
    )


def _sizes(tensor: Tensor, axes: Sequence[int]) -> list[int]:
    return [tensor.sizes[axis] for axis in axes]


def _merge(site: Site) -> Tensor:
    """The layer of Keras 1 for all of these."""
    mode = site.fields.word("mode", (*MODES, "concat", "dot", "cos"))
    if mode in MODES:
        return combined(site, MODES[mode])
    if mode == "concat":
        tensors = site.tensors
        return joined(site.rows, tensors, site.axis("concat_axis", tensors[0]))
    return _dot(site, "dot_axes")


LAYERS: Mapping[str, Mapper] = {
    "Add": partial(combined, word="add"),
    "Average": partial(combined, word="add"),
    "Concatenate": _concatenate,
    "CustomScaleLayer": partial(combined, word="add"),
    "Dot": _dot,
    "Maximum": partial(combined, word="maximum"),
    "Merge": _merge,
    "Minimum": partial(combined, word="Minimum"),
    "Multiply": partial(combined, word="multiply"),
    "Subtract": _subtract,
}
