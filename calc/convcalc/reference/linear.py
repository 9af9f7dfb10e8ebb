"""The linear layer."""

from __future__ import annotations

from operator import mul

import numpy as np

from convcalc.operations.linear import Linear
from convcalc.reference.kernel import LISTED, Call, Kernel, Position, at_each
from convcalc.reference.whole_numbers import signs
from convcalc.reference.workspace import Array
from convcalc.values import Shape


def linear(call: Call) -> Array:
    """`(n, out)` of `(n, in)` and a weight of `(out, in)`."""
    result = call.workspace.product(call.input, call.weights["weight"].T)
    if call.operation.bias:
        result += call.weights["bias"]
    return result


def sums_agree(call: Call, result: Array) -> bool:
    """Whether sums of outputs are the outputs of summed filters."""
    layer: Linear = call.operation
    (summing,) = signs(1, layer.out_features, layer.in_features, result.dtype)
    weights = {name: summing @ weight for name, weight in call.weights.items()}
    few = call._replace(weights=weights)
    return np.array_equal(linear(few), result @ summing.T)


def linear_value(call: Call, position: Position) -> float:
    """The sum over the inputs of weight times input, plus bias."""
    n, out = position
    values, weight = call.input[n], call.weights["weight"][out]
    total = 0.0
    for start in range(0, len(values), LISTED):
        part = slice(start, start + LISTED)
        total += sum(map(mul, values[part].tolist(), weight[part].tolist()))
    return total + (float(call.weights["bias"][out]) if call.operation.bias else 0.0)


def _weights(layer: Linear, input_shape: Shape) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {"weight": (layer.out_features, *input_shape)}
    if layer.bias:
        shapes["bias"] = (layer.out_features,)
    return shapes


def _fan_in(_layer: Linear, input_shape: Shape) -> int:
    return input_shape[0]


KERNELS = {
    "linear": Kernel(
        linear,
        at_each(linear_value),
        _weights,
        exact=True,
        fan_in=_fan_in,
        sums_agree=sums_agree,
    )
}
