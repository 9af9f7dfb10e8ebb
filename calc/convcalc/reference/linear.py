"""The linear layer."""

from __future__ import annotations

from operator import mul

from convcalc.operations.linear import Linear
from convcalc.reference.kernel import Call, Kernel, Position, at_each
from convcalc.reference.workspace import Array
from convcalc.values import Shape


def linear(call: Call) -> Array:
    """`(n, out)` of `(n, in)` and a weight of `(out, in)`."""
    result = call.workspace.product(call.input, call.weights["weight"].T)
    if call.operation.bias:
        result += call.weights["bias"]
    return result


def linear_value(call: Call, position: Position) -> float:
    """The sum over the inputs of weight times input, plus bias."""
    n, out = position
    total: float = sum(map(mul, call.input[n].tolist(), call.weights["weight"][out].tolist()))
    return total + (float(call.weights["bias"][out]) if call.operation.bias else 0.0)


def _weights(layer: Linear, features: int) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {"weight": (layer.out_features, features)}
    if layer.bias:
        shapes["bias"] = (layer.out_features,)
    return shapes


def _fan_in(layer: Linear, features: int) -> int:
    del layer
    return features


KERNELS = {"linear": Kernel(linear, at_each(linear_value), _weights, exact=True, fan_in=_fan_in)}
