"""Activations, dropout, layer scale: value by value, or over the channels of a position."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, exp, expm1, fsum, log1p, sqrt, tanh
from typing import Any

import numpy as np

from convcalc.operations.activations import PReLU
from convcalc.reference.kernel import Call, Kernel, Position, Run, at_each
from convcalc.reference.workspace import Array, index
from convcalc.values import Shape

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Klambauer et al., "Self-Normalizing Neural Networks", 2017, equation 2."""


def _sigmoid(values: Array) -> Array:
    return 0.5 * np.tanh(0.5 * values) + 0.5


def _softplus(values: Array, beta: float) -> Array:
    return np.logaddexp(0, beta * values) / beta


def _elu(values: Array, alpha: float) -> Array:
    return np.where(values > 0, values, alpha * np.expm1(np.minimum(values, 0)))


def _erf(values: Array) -> Array:
    """NumPy has none: each value that occurs is worked out once."""
    occurring, where = np.unique(values, return_inverse=True)
    worked_out = np.array([erf(value) for value in occurring.tolist()], values.dtype)
    return worked_out[where].reshape(values.shape)


PORTION = 2**18
"""Values that are worked on at once."""

ARRAYS: dict[str, Callable[[Array, Any], Array]] = {
    "selu": lambda x, _: SELU_SCALE * _elu(x, SELU_ALPHA),
    "gelu": lambda x, _: 0.5 * x * (1 + _erf(x / sqrt(2))),
    "silu": lambda x, _: x * _sigmoid(x),
    "mish": lambda x, _: x * np.tanh(_softplus(x, 1)),
    "hardswish": lambda x, _: x * np.clip(x + 3, 0, 6) / 6,
    "hardsigmoid": lambda x, _: np.clip(x + 3, 0, 6) / 6,
    "sigmoid": lambda x, _: _sigmoid(x),
    "leaky_relu": lambda x, slope: np.where(x > 0, x, slope * x),
    "elu": _elu,
    "softplus": _softplus,
}
"""What makes arrays of arrays, with the operation's one parameter where it has one."""

VALUES: dict[str, Callable[[float, Any], float]] = {
    "relu": lambda x, _: x if x > 0 else 0,
    "relu6": lambda x, _: min(max(x, 0), 6),
    "selu": lambda x, _: SELU_SCALE * (x if x > 0 else SELU_ALPHA * expm1(x)),
    "gelu": lambda x, _: x * (1 + erf(x / sqrt(2))) / 2,
    "silu": lambda x, _: x / (1 + exp(-x)),
    "mish": lambda x, _: x * tanh(_log_of_one_more(x)),
    "hardswish": lambda x, _: 0 if x <= -3 else x if x >= 3 else x * (x + 3) / 6,
    "hardsigmoid": lambda x, _: 0 if x <= -3 else 1 if x >= 3 else x / 6 + 0.5,
    "sigmoid": lambda x, _: 1 / (1 + exp(-x)),
    "tanh": lambda x, _: tanh(x),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * expm1(x),
    "softplus": lambda x, beta: _log_of_one_more(beta * x) / beta,
    "dropout": lambda x, _: x,
}
"""The same, one number at a time: https://docs.pytorch.org/docs/stable/nn.html"""


def _log_of_one_more(x: float) -> float:
    """log(1 + e^x), also where e^x is too large for a number."""
    return max(x, 0) + log1p(exp(-abs(x)))


def _from_array(word: str) -> Run:
    """The function on some values at a time, in double precision, so that little is in between."""

    def run(call: Call) -> Array:
        result = np.empty_like(call.input) if call.out is None else call.out
        values, into = call.input.reshape(-1), result.reshape(-1)
        for start in range(0, values.size, PORTION):
            part = values[start : start + PORTION].astype(np.float64)
            into[start : start + PORTION] = ARRAYS[word](part, call.operation.parameter)
        return result

    return run


def relu(call: Call) -> Array:
    """The value, or 0 if that is more."""
    return np.maximum(call.input, 0, out=call.out)


def relu6(call: Call) -> Array:
    """The value, kept from 0 to 6."""
    return np.clip(call.input, 0, 6, out=call.out)


def hyperbolic_tangent(call: Call) -> Array:
    """From -1 to 1."""
    result: Array = np.tanh(call.input, out=call.out)
    return result


def dropout(call: Call) -> Array:
    """In use, what came in."""
    return call.input.copy() if call.out is None else call.out


def identity(call: Call) -> Array:
    """What came in, the same bytes."""
    return call.input


def softmax(call: Call) -> Array:
    """The exponentials of the channels, as shares of their sum at each position."""
    result: Array = np.subtract(call.input, call.input.max(1, keepdims=True), out=call.out)
    np.exp(result, out=result)
    result /= result.sum(1, keepdims=True)
    return result


def softmax_value(call: Call, position: Position) -> float:
    """Its exponential over the sum of those of all channels at the position."""
    n, channel, *at = position
    channels = call.input[index(n, slice(None), *at)].tolist()
    return 1 / fsum([exp(other - channels[channel]) for other in channels])


def prelu(call: Call) -> Array:
    """Below zero times the channel's slope, or the one slope there is."""
    slopes = _by_channel(call)
    result = np.multiply(call.input, slopes)
    np.copyto(result, call.input, where=call.input > 0)
    if call.out is None:
        return result
    np.copyto(call.out, result)
    return call.out


def layer_scale(call: Call) -> Array:
    """Times the channel's factor."""
    result: Array = np.multiply(call.input, _by_channel(call), out=call.out)
    return result


def _by_channel(call: Call) -> Array:
    return call.weights["weight"].reshape(-1, *(1,) * (call.input.ndim - 2))


def elementwise_value(call: Call, position: Position) -> float:
    """The function's value at the input's."""
    operation = call.operation
    return VALUES[operation.word](float(call.input[position]), operation.parameter)


def identity_value(call: Call, position: Position) -> float:
    """The value itself."""
    return float(call.input[position])


def prelu_value(call: Call, position: Position) -> float:
    """The value, below zero times its slope.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html
    """
    value, slopes = float(call.input[position]), call.weights["weight"].tolist()
    return value if value > 0 else value * float(slopes[position[1] if len(slopes) > 1 else 0])


def layer_scale_value(call: Call, position: Position) -> float:
    """The value times the channel's factor.

    Source: Touvron et al., "Going deeper with Image Transformers", 2021, section 2.
    """
    return float(call.input[position]) * float(call.weights["weight"][position[1]])


def _slopes(operation: PReLU, input_shape: Shape) -> dict[str, Shape]:
    return {"weight": (1 if operation.num_parameters == 1 else input_shape[0],)}


def _factors(_operation: object, input_shape: Shape) -> dict[str, Shape]:
    return {"weight": input_shape[:1]}


ELEMENTWISE = at_each(elementwise_value)

KERNELS = {
    **{word: Kernel(_from_array(word), ELEMENTWISE, in_place=True) for word in ARRAYS},
    "relu": Kernel(relu, ELEMENTWISE, in_place=True, exact=True, keeps=True),
    "relu6": Kernel(relu6, ELEMENTWISE, in_place=True, exact=True, keeps=True),
    "tanh": Kernel(hyperbolic_tangent, ELEMENTWISE, in_place=True),
    "dropout": Kernel(dropout, ELEMENTWISE, in_place=True, exact=True, keeps=True),
    "softmax": Kernel(softmax, at_each(softmax_value), in_place=True),
    "identity": Kernel(identity, at_each(identity_value), exact=True, keeps=True),
    "prelu": Kernel(prelu, at_each(prelu_value), _slopes, in_place=True),
    "layer_scale": Kernel(layer_scale, at_each(layer_scale_value), _factors, in_place=True),
}
