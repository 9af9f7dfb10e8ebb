"""An operation without a rule: nothing of it can be run, so that its output is random."""

from __future__ import annotations

import numpy as np

from convcalc.operations.opaque import Opaque
from convcalc.reference.kernel import Call, Kernel
from convcalc.reference.whole_numbers import WholeNumbers
from convcalc.reference.workspace import Array


def opaque(call: Call) -> Array:
    """Random numbers in the shape that is given."""
    operation: Opaque = call.operation
    shape = operation.output_shape(*[values.shape[1:] for values in call.inputs])
    return WholeNumbers(0).array((call.batch, *shape), np.float32)


KERNELS = {"opaque": Kernel(opaque, None, keeps=True)}
