"""Normalisations, as they are in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import fsum, sqrt
from typing import Any

import numpy as np

from convcalc.operations.norms import Norm
from convcalc.reference.kernel import LISTED, Call, Kernel, Position, at_each
from convcalc.reference.workspace import Array
from convcalc.values import Shape

EPSILON = 1e-5
"""What PyTorch adds to a variance by default."""

ALPHA, BETA, BIAS = 1e-4, 0.75, 1.0
"""The constants of local response normalisation, as PyTorch has them."""


def batch_norm(call: Call) -> Array:
    """A factor for each channel: the running mean is 0 and the variance 1, as in a new layer."""
    return _scaled(np.divide(call.input, sqrt(1 + EPSILON), out=call.out), call)


def layer_norm(call: Call) -> Array:
    """Normalised over the channels of each position."""
    return _scaled(_normalised(call.input, (1,), call.out), call)


def instance_norm(call: Call) -> Array:
    """Normalised over the positions of each channel."""
    axes = tuple(range(2, call.input.ndim))
    return _scaled(_normalised(call.input, axes, call.out), call)


def group_norm(call: Call) -> Array:
    """Normalised over the channels and positions of each group."""
    groups = call.operation.num_groups
    result = np.empty_like(call.input) if call.out is None else call.out
    shape = (len(result), groups, -1)
    _normalised(call.input.reshape(shape), (2,), result.reshape(shape))
    return _scaled(result, call)


def local_response_norm(call: Call) -> Array:
    """Divided by what the neighbouring channels have together."""
    size: int = call.operation.size
    channels = call.input.shape[1]
    squares = call.input**2
    sums = np.zeros_like(squares)
    for step in range(max(-(size // 2), 1 - channels), min((size - 1) // 2, channels - 1) + 1):
        mine = slice(max(0, -step), channels - max(0, step))
        there = slice(max(0, step), channels - max(0, -step))
        sums[:, mine] += squares[:, there]
    sums *= ALPHA / size
    sums += BIAS
    result: Array = np.divide(call.input, np.power(sums, BETA, out=sums), out=call.out)
    return result


def _normalised(values: Array, axes: tuple[int, ...], out: Array | None) -> Array:
    """Less the mean, over the deviation; for values nearly alike, float32 is too coarse."""
    mean = values.mean(axes, np.float64, keepdims=True)
    centred = np.empty_like(values) if out is None else out
    np.subtract(values, mean, out=centred, casting="same_kind", dtype=np.float64)
    variance = np.square(centred).mean(axes, np.float64, keepdims=True)
    result: Array = np.divide(
        centred, np.sqrt(variance + EPSILON).astype(values.dtype), out=centred
    )
    return result


def _scaled(values: Array, call: Call) -> Array:
    """Times the weight and plus the bias of each channel, where there are such."""
    if call.weights:
        shape = (-1, *(1,) * (values.ndim - 2))
        values *= call.weights["weight"].reshape(shape)
        values += call.weights["bias"].reshape(shape)
    return values


def batch_norm_value(call: Call, position: Position) -> float:
    """The value over the running deviation, times weight plus bias.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
    """
    return _affine(float(call.input[position]) / sqrt(1 + EPSILON), call, position[1])


def local_response_norm_value(call: Call, position: Position) -> float:
    """The value over `(1 + alpha * mean square of the size channels around it) ** beta`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
    """
    n, channel, *at = position
    size = call.operation.size
    first, last = channel - size // 2, channel + (size - 1) // 2
    total = fsum(
        float(call.input[(n, near, *at)]) ** 2
        for near in range(max(first, 0), min(last, call.input.shape[1] - 1) + 1)
    )
    divisor: float = (BIAS + ALPHA * total / size) ** BETA
    return float(call.input[position]) / divisor


def _normalised_values(
    part_of: Callable[[Call, Position], Any], call: Call, positions: Sequence[Position]
) -> list[float]:
    """Less the mean of the part it is in, over its deviation, times weight plus bias."""
    moments: dict[str, tuple[float, float]] = {}
    found = []
    for position in positions:
        part = part_of(call, position)
        if str(part) not in moments:
            mean = _mean(call.input[part], lambda values: values)
            variance = _mean(call.input[part], partial(_squares, mean))
            moments[str(part)] = mean, sqrt(variance + EPSILON)
        mean, deviation = moments[str(part)]
        found.append(_affine((float(call.input[position]) - mean) / deviation, call, position[1]))
    return found


def _mean(values: Array, of: Callable[[list[float]], Sequence[float]]) -> float:
    """The mean of something made of all values, some of them at a time."""
    flat = values.reshape(-1)
    sums = [fsum(of(flat[at : at + LISTED].tolist())) for at in range(0, flat.size, LISTED)]
    return fsum(sums) / flat.size


def _squares(mean: float, values: list[float]) -> list[float]:
    return [(value - mean) ** 2 for value in values]


def layer_norm_values(call: Call, positions: Sequence[Position]) -> list[float]:
    """Normalised over all channels of the position.

    Source: Liu et al., "A ConvNet for the 2020s", 2022 (channels-first layer norm).
    """
    return _normalised_values(lambda _, at: (at[0], slice(None), *at[2:]), call, positions)


def instance_norm_values(call: Call, positions: Sequence[Position]) -> list[float]:
    """Normalised over all positions of the channel.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html
    """
    return _normalised_values(lambda _, at: at[:2], call, positions)


def group_norm_values(call: Call, positions: Sequence[Position]) -> list[float]:
    """Normalised over all positions of the group's channels.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
    """
    return _normalised_values(_group, call, positions)


def _group(call: Call, position: Position) -> Any:
    size = call.input.shape[1] // call.operation.num_groups
    first = position[1] // size * size
    return position[0], slice(first, first + size)


def _affine(value: float, call: Call, channel: int) -> float:
    if not call.weights:
        return value
    return value * float(call.weights["weight"][channel]) + float(call.weights["bias"][channel])


def _weights(norm: Norm, channels: int) -> dict[str, Shape]:
    return {"weight": (channels,), "bias": (channels,)} if norm.affine else {}


KERNELS = {
    "batch_norm": Kernel(batch_norm, at_each(batch_norm_value), _weights, in_place=True),
    "layer_norm": Kernel(layer_norm, layer_norm_values, _weights, in_place=True),
    "instance_norm": Kernel(instance_norm, instance_norm_values, _weights, in_place=True),
    "group_norm": Kernel(group_norm, group_norm_values, _weights, in_place=True),
    "local_response_norm": Kernel(
        local_response_norm, at_each(local_response_norm_value), in_place=True
    ),
}
