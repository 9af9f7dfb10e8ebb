"""Layers with matrices: dense ones of every form, and embeddings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod

from convcalc.errors import value_text
from convcalc.files.graph.products import linear
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.layers.activations import fused
from convcalc.files.keras.site import Mapper, Site, channels_last
from convcalc.records import NamedTuple

EQUATION = re.compile(r"(0?)([a-zA-Z]+)(0?),([a-zA-Z]+)->(0?)([a-zA-Z]+)(0?)")
LETTERS = 52


def _dense(site: Site) -> Tensor:
    tensor = site.tensor
    units = site.fields.whole("units")
    if tensor.rank < site.head + 1:
        raise KerasError("the layer needs an axis of features behind the batch")
    matrix = site.weight("kernel", tensor.sizes[-1], units)
    return fused(site, linear(site.rows, tensor, units, [matrix, *site.bias(units)]))


def _embedding(site: Site) -> Tensor:
    tensor = site.tensor
    rows, size = site.fields.whole("input_dim"), site.fields.whole("output_dim")
    table = site.weight("embeddings", rows, size)
    sizes = (*tensor.sizes, size)
    like = channels_last(sizes) if len(sizes) < 5 else None
    return weighted_opaque(site.rows, "Embedding", [tensor], sizes, [table], macs="none", like=like)


class Einsum(NamedTuple):
    """The shapes of a product that an equation describes."""

    kernel: tuple[int, ...]
    bias: tuple[int, ...] | None
    sizes: tuple[int, ...]
    """Of the output, with the batch."""
    macs: int
    """Of one input."""
    is_linear: bool
    """Whether the last axis alone is multiplied, and all of it becomes the last of the output."""


def einsum(
    equation: object, bias_axes: object, sizes: tuple[int, ...], output_shape: object
) -> Einsum:
    """The shapes of an `EinsumDense`.

    Args:
        equation: such as `ab,bc->ac` or `...x,xy->...y`.
        bias_axes: the letters of the axes that have a bias.
        sizes: of the input, with the batch.
        output_shape: of the output, without the batch and what dots stand for.

    Raises:
        KerasError: they do not fit together.

    >>> einsum("abc,cde->abde", "de", (1, 10, 16), [None, 4, 8])[:4]
    ((16, 4, 8), (4, 8), (1, 10, 4, 8), 5120)
    """
    text = equation.replace("...", "0") if isinstance(equation, str) else ""
    found = EQUATION.fullmatch(text)
    if found is None or len(text) > LETTERS:
        raise KerasError(f"equation is {value_text(equation)}, not such as ab,bc->ac")
    left, read, right, kernel, _, written, _ = found.groups()
    if (left, right) != (found[5], found[7]) or (left and right):
        raise KerasError(f"equation is {value_text(equation)}: its dots do not fit together")
    dots = len(sizes) - len(read)
    if dots < 0 or (dots and not (left or right)):
        raise KerasError(f"equation is {value_text(equation)}, but the value has {sizes}")
    elided = _letters(dots, read + kernel + written)
    full_read = elided + read if left else read + elided
    full_written = elided + written if left else written + elided
    lengths = _lengths(full_read, full_written, elided, sizes, output_shape, left=bool(left))
    return _shapes(full_read, kernel, full_written, bias_axes, lengths)


def _letters(count: int, taken: str) -> str:
    """Letters for the axes that dots stand for."""
    return "".join([chr(code) for code in range(0x100, 0x100 + count) if chr(code) not in taken])


def _lengths(
    read: str,
    written: str,
    elided: str,
    sizes: tuple[int, ...],
    output_shape: object,
    *,
    left: bool,
) -> dict[str, int]:
    """The size that each letter stands for."""
    if len({*read}) < len(read) or len({*written}) < len(written) or read[0] != written[0]:
        raise KerasError("equation names an axis twice, or does not begin with the batch axis")
    lengths = dict(zip(read, sizes, strict=True))
    given = output_shape if isinstance(output_shape, list) else [output_shape]
    own = written.replace(elided, "") if elided else written
    own = own if left and elided else own[1:]
    if len(given) != len(own):
        raise KerasError(f"output_shape is {value_text(output_shape)}: {len(own)} sizes are needed")
    for letter, size in zip(own, given, strict=True):
        if size is None and letter in lengths:
            continue
        if type(size) is not int or size < 1 or lengths.setdefault(letter, size) != size:
            raise KerasError(f"output_shape is {value_text(output_shape)}, which does not fit")
    return lengths


def _shapes(
    read: str, kernel: str, written: str, bias_axes: object, lengths: Mapping[str, int]
) -> Einsum:
    for letter in kernel + written:
        if letter not in lengths:
            raise KerasError(f"equation has an axis {letter} of unknown size")
    sizes = tuple([lengths[letter] for letter in written])
    everything = {*read, *kernel, *written}
    macs = prod(lengths[letter] for letter in everything if letter != read[0])
    bias = None
    if bias_axes is not None:
        if not isinstance(bias_axes, str) or not {*bias_axes} <= {*written}:
            raise KerasError(f"bias_axes is {value_text(bias_axes)}, not axes of the output")
        bias = tuple([lengths[letter] for letter in written if letter in bias_axes])
    plain = (
        len(kernel) == 2
        and (read[-1], written[-1]) == (kernel[0], kernel[1])
        and (read[:-1] == written[:-1])
        and bias in (None, sizes[-1:])
    )
    shape = tuple([lengths[letter] for letter in kernel])
    return Einsum(shape, bias, sizes, macs, plain)


def _einsum_dense(site: Site) -> Tensor:
    tensor = site.tensor
    fields = site.fields
    found = einsum(
        fields.get("equation"),
        fields.get("bias_axes"),
        tensor.sizes[site.lead :],
        fields.get("output_shape"),
    )
    weights = [site.weight("kernel", *found.kernel)]
    if found.bias is not None:
        weights.append(site.weight("bias", *found.bias))
    if found.is_linear:
        return fused(site, linear(site.rows, tensor, found.sizes[-1], weights))
    sizes = (*tensor.sizes[: site.lead], *found.sizes)
    macs = found.macs * prod(tensor.sizes[1 : site.head])
    made = weighted_opaque(site.rows, "EinsumDense", [tensor], sizes, weights, macs=macs)
    return fused(site, made)


LAYERS: Mapping[str, Mapper] = {
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Embedding": _embedding,
}
