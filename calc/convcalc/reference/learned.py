"""A learned value of its own."""

from __future__ import annotations

import numpy as np

from convcalc.operations.learned import Parameter
from convcalc.reference.kernel import Call, Kernel, Position, at_each
from convcalc.reference.workspace import Array
from convcalc.values import Shape


def parameter(call: Call) -> Array:
    """The value, the same for every input of the batch; a view."""
    weight = call.weights["weight"]
    return np.broadcast_to(weight, (call.batch, *weight.shape))


def parameter_value(call: Call, position: Position) -> float:
    """The learned number there."""
    return float(call.weights["weight"][position[1:]])


def _weights(operation: Parameter, _input_shape: Shape) -> dict[str, Shape]:
    return {"weight": operation.shape}


KERNELS = {
    "parameter": Kernel(parameter, at_each(parameter_value), _weights, exact=True, keeps=True)
}
