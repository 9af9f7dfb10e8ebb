"""What the designs are equal to: one dense convolution each, run beside them."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np

from convcalc.operations.convolution import Convolution
from convcalc.operations.transposed import ConvTranspose
from convcalc.redesign.designs import BLOCK_DIAGONAL, COMPOSED
from convcalc.redesign.of_layer import Comparison
from convcalc.reference.kernel import Call, Weights
from convcalc.reference.registry import KERNELS
from convcalc.reference.results import Equivalence
from convcalc.reference.whole_numbers import WholeNumbers
from convcalc.reference.workspace import Array, Workspace


def equivalences(
    comparison: Comparison, numbers: WholeNumbers, workspace: Workspace
) -> Iterator[Equivalence]:
    """Each design beside the one dense convolution that does the same, value by value.

    A grouped convolution is the dense one whose weight is block-diagonal; a separable pair with
    kernels `D[i, :, :]` and weights `P[o, i]` is the dense one with the kernel
    `P[o, i] * D[i, :, :]` and the bias `bP[o] + sum_i P[o, i] * bD[i]`.
    """
    dense = comparison.standard.layers[0].operation
    # Sums of products of products: exact in double precision, however many there are.
    values = numbers.array((1, *comparison.network.input_shape), np.float64)
    for design in comparison.possible:
        if design.proof is None:
            continue
        whole = DENSE_WEIGHTS[design.proof]
        parts = [layer.operation for layer in design.layers]
        weights = [_weights(part, numbers) for part in parts]
        result = values
        for part, each in zip(parts, weights, strict=True):
            result = _run(part, result, each, workspace)
        expected = _run(dense, values, whole(parts, weights), workspace)
        same_shape = result.shape == expected.shape
        difference = float(np.abs(result - expected).max()) if same_shape else inf
        yield Equivalence(design.name, design.groups, result.size, difference, design.proof)


def _weights(conv: Convolution, numbers: WholeNumbers) -> dict[str, Array]:
    shapes = KERNELS[conv.word].weights(conv, (conv.in_channels,))
    return {name: numbers.array(shape, np.float64) for name, shape in shapes.items()}


def _run(conv: Convolution, values: Array, weights: Weights, workspace: Workspace) -> Array:
    return KERNELS[conv.word].run(Call(conv, [values], weights, workspace))


def _block_diagonal(parts: list[Convolution], weights: list[dict[str, Array]]) -> Weights:
    """Each group's weight where its inputs and outputs meet, zeros elsewhere."""
    (conv,), (own,) = parts, weights
    inputs, outputs = conv.in_channels // conv.groups, conv.out_channels // conv.groups
    whole = np.zeros((conv.out_channels, conv.in_channels, *conv.kernel_size))
    for group in range(conv.groups):
        mine = slice(group * outputs, (group + 1) * outputs)
        theirs = slice(group * inputs, (group + 1) * inputs)
        block = own["weight"][theirs if isinstance(conv, ConvTranspose) else mine]
        whole[mine, theirs] = block.swapaxes(0, 1) if isinstance(conv, ConvTranspose) else block
    return {**own, "weight": _as_stored(whole, conv)}


def _composed(parts: list[Convolution], weights: list[dict[str, Array]]) -> Weights:
    """Every input channel's kernel, times what the pointwise half makes of the channel."""
    depthwise, pointwise = weights
    across = pointwise["weight"].reshape(parts[1].out_channels, -1)
    kernels = depthwise["weight"][:, 0]
    weight = across.reshape(*across.shape, *(1,) * parts[0].dims) * kernels
    composed = {"weight": _as_stored(weight, parts[0])}
    if parts[0].bias:
        composed["bias"] = pointwise["bias"] + across @ depthwise["bias"]
    return composed


def _as_stored(weight: Array, conv: Convolution) -> Array:
    """`(out, in, *kernel)` in the order in which the layer keeps it."""
    return (
        np.ascontiguousarray(weight.swapaxes(0, 1)) if isinstance(conv, ConvTranspose) else weight
    )


DENSE_WEIGHTS = {BLOCK_DIAGONAL: _block_diagonal, COMPOSED: _composed}
"""What makes the dense weights that the weights of a design are equal to, by its proof."""
