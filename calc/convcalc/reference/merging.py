"""Operations that join several values into one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod

import numpy as np

from convcalc.reference.kernel import Call, Kernel, Position, at_each
from convcalc.reference.workspace import Array


def add(call: Call) -> Array:
    """The sum, sizes of 1 serving every place."""
    return _joined(np.add, call)


def multiply(call: Call) -> Array:
    """The product, sizes of 1 serving every place."""
    return _joined(np.multiply, call)


def maximum(call: Call) -> Array:
    """The largest, sizes of 1 serving every place."""
    return _joined(np.maximum, call)


def subtract(call: Call) -> Array:
    """The first minus the others, sizes of 1 serving every place."""
    return _in_order(np.subtract, call.inputs, call.out)


def _joined(join: np.ufunc, call: Call) -> Array:
    """All operands, in whatever order: the one that is overwritten comes first."""
    operands = list(call.inputs)
    if call.out is not None:
        (at, *_) = [at for at, each in enumerate(operands) if each is call.out]
        operands.insert(0, operands.pop(at))
    return _in_order(join, operands, call.out)


def _in_order(join: np.ufunc, operands: Sequence[Array], out: Array | None) -> Array:
    """All operands one after the other; a later one that is overwritten too is read in time."""
    operands = list(operands)
    if out is not None:
        operands[1:] = [
            each.copy() if np.may_share_memory(each, out) else each for each in operands[1:]
        ]
    total: Array = join(operands[0], operands[1], out=out)
    for operand in operands[2:]:
        fits = total.shape == np.broadcast_shapes(total.shape, operand.shape)
        total = join(total, operand, out=total if fits else None)
    return total


def concat(call: Call) -> Array:
    """One after the other along the axis, which counts from the channels."""
    return np.concatenate(call.inputs, axis=1 + call.operation.axis)


def add_value(call: Call, position: Position) -> float:
    """The sum of the operands' values there."""
    return sum(_values(call, position))


def subtract_value(call: Call, position: Position) -> float:
    """The first operand's value there minus all the others'."""
    first, *others = _values(call, position)
    return first - sum(others)


def maximum_value(call: Call, position: Position) -> float:
    """The largest of the operands' values there."""
    return max(_values(call, position))


def multiply_value(call: Call, position: Position) -> float:
    """The product of the operands' values there."""
    return prod(_values(call, position))


def _values(call: Call, position: Position) -> list[float]:
    found = []
    for values in call.inputs:
        where = [0 if size == 1 else at for at, size in zip(position, values.shape, strict=True)]
        found.append(float(values[tuple(where)]))
    return found


def concat_value(call: Call, position: Position) -> float:
    """The value of the operand that the place on the axis belongs to."""
    axis = 1 + call.operation.axis
    ends = list(accumulate(values.shape[axis] for values in call.inputs))
    which = sum(position[axis] >= end for end in ends)
    before = ends[which] - call.inputs[which].shape[axis]
    where = (*position[:axis], position[axis] - before, *position[axis + 1 :])
    return float(call.inputs[which][where])


KERNELS = {
    "add": Kernel(add, at_each(add_value), in_place=True),
    "subtract": Kernel(subtract, at_each(subtract_value), in_place=True, exact=True),
    "maximum": Kernel(maximum, at_each(maximum_value), in_place=True, exact=True, keeps=True),
    "multiply": Kernel(multiply, at_each(multiply_value), in_place=True),
    "concat": Kernel(concat, at_each(concat_value), exact=True, keeps=True),
}
