"""How long a layer takes on this machine, with the reference's own kernel."""

from __future__ import annotations

from math import prod
from statistics import median
from time import perf_counter

import numpy as np

from convcalc.operations.convolution import Convolution
from convcalc.reference.free_memory import require
from convcalc.reference.kernel import Call
from convcalc.reference.registry import KERNELS
from convcalc.reference.whole_numbers import WholeNumbers
from convcalc.reference.workspace import Workspace
from convcalc.values import Shape

RUNS = 5


def measure(conv: Convolution, input_shape: Shape, batch: int = 1) -> float:
    """Seconds that the NumPy kernel takes: the median of several runs after a first one.

    Raises:
        NoRoomError: there is not enough memory to run it.

    >>> from convcalc import Conv
    >>> measure(Conv(4, 8, 3), (4, 9, 9)) > 0
    True
    """
    elements = batch * (prod(input_shape) + 3 * prod(conv.output_shape(input_shape)))
    require("the layer", 4 * (elements + conv.params))
    numbers, kernel = WholeNumbers(0), KERNELS[conv.word]
    weights = {
        name: numbers.array(shape, np.float32)
        for name, shape in kernel.weights(conv, input_shape).items()
    }
    call = Call(conv, [numbers.array((batch, *input_shape), np.float32)], weights, Workspace())
    kernel.run(call)
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        kernel.run(call)
        times.append(perf_counter() - start)
    return median(times)
