"""Operations that join several values into one."""

from __future__ import annotations

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


def _joined(join: np.ufunc, call: Call) -> Array:
    """All operands, the one that is overwritten first; one that lies there too is read in time."""
    operands = list(call.inputs)
    if call.out is not None:
        (at, *_) = [at for at, each in enumerate(operands) if each is call.out]
        operands.insert(0, operands.pop(at))
        operands[1:] = [
            each.copy() if np.may_share_memory(each, call.out) else each for each in operands[1:]
        ]
    total: Array = join(operands[0], operands[1], out=call.out)
    for operand in operands[2:]:
        fits = total.shape == np.broadcast_shapes(total.shape, operand.shape)
        total = join(total, operand, out=total if fits else None)
    return total


def concat(call: Call) -> Array:
    """The channels one after the other."""
    return np.concatenate(call.inputs, axis=1)


def add_value(call: Call, position: Position) -> float:
    """The sum of the operands' values there."""
    return sum(_values(call, position))


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
    """The value of the operand that the channel belongs to."""
    n, channel, *at = position
    ends = list(accumulate(values.shape[1] for values in call.inputs))
    which = sum(channel >= end for end in ends)
    before = ends[which] - call.inputs[which].shape[1]
    return float(call.inputs[which][(n, channel - before, *at)])


KERNELS = {
    "add": Kernel(add, at_each(add_value), in_place=True),
    "multiply": Kernel(multiply, at_each(multiply_value), in_place=True),
    "concat": Kernel(concat, at_each(concat_value), exact=True, keeps=True),
}
