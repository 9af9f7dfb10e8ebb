"""Normalisations, as they are in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import fsum, sqrt
from typing import Any

import numpy as np

from convcalc.operations.norms import LayerNorm, Norm
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
    """Normalised over the channels of each position, or over all values."""
    axes = (1,) if call.operation.over == "channels" else tuple(range(1, call.input.ndim))
    return _scaled(_normalised(call.input, axes, call.out), call)


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
    """Times the weight and plus the bias of each channel or value, where there are such."""
    for name, join in (("weight", np.multiply), ("bias", np.add)):
        if name in call.weights:
            learned = call.weights[name]
            ones = (1,) * (values.ndim - 1 - learned.ndim)
            join(values, learned.reshape(*learned.shape, *ones), out=values)
    return values


def batch_norm_value(call: Call, position: Position) -> float:
    """The value over the running deviation, times weight plus bias.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
    """
    return _affine(float(call.input[position]) / sqrt(1 + EPSILON), call, position)


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
        found.append(_affine((float(call.input[position]) - mean) / deviation, call, position))
    return found


def _mean(values: Array, of: Callable[[list[float]], Sequence[float]]) -> float:
    """The mean of something made of all values, some of them at a time."""
    flat = values.reshape(-1)
    sums = [fsum(of(flat[at : at + LISTED].tolist())) for at in range(0, flat.size, LISTED)]
    return fsum(sums) / flat.size


def _squares(mean: float, values: list[float]) -> list[float]:
    return [(value - mean) ** 2 for value in values]


def layer_norm_values(call: Call, positions: Sequence[Position]) -> list[float]:
    """Normalised over all channels of the position, or over all values.

    Source: Liu et al., "A ConvNet for the 2020s", 2022 (channels-first layer norm); over all,
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
    """
    if call.operation.over == "all":
        return _normalised_values(lambda _, at: at[:1], call, positions)
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


def _affine(value: float, call: Call, position: Position) -> float:
    """Times its weight plus its bias, where there are such: of its channel, or its own."""
    if "weight" in call.weights:
        value *= _learned(call.weights["weight"], position)
    if "bias" in call.weights:
        value += _learned(call.weights["bias"], position)
    return value


def _learned(values: Array, position: Position) -> float:
    return float(values[position[1 : 1 + values.ndim]])


def _weights(norm: Norm, input_shape: Shape) -> dict[str, Shape]:
    over_all = isinstance(norm, LayerNorm) and norm.over == "all"
    shape = input_shape if over_all else input_shape[:1]
    return {name: shape for name in ("weight", "bias") if norm.affine in (True, name)}


KERNELS = {
    "batch_norm": Kernel(batch_norm, at_each(batch_norm_value), _weights, in_place=True),
    "layer_norm": Kernel(layer_norm, layer_norm_values, _weights, in_place=True),
    "instance_norm": Kernel(instance_norm, instance_norm_values, _weights, in_place=True),
    "group_norm": Kernel(group_norm, group_norm_values, _weights, in_place=True),
    "local_response_norm": Kernel(
        local_response_norm, at_each(local_response_norm_value), in_place=True
    ),
}
