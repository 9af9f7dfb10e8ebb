"""Kernels on arrays that a test makes."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from convcalc.operations.base import Operation
from convcalc.reference.kernel import Call
from convcalc.reference.registry import KERNELS
from convcalc.reference.workspace import Workspace

Array = npt.NDArray[Any]


def call_of(
    operation: Operation, inputs: Sequence[Array], weights: Mapping[str, Array] | None = None
) -> Call:
    """A call with nothing to overwrite."""
    return Call(operation, inputs, weights or {}, Workspace())


def computed(
    operation: Operation, inputs: Sequence[Array], weights: Mapping[str, Array] | None = None
) -> Array:
    """What the kernel makes of the inputs."""
    return KERNELS[operation.word].run(call_of(operation, inputs, weights))


def defined(
    operation: Operation,
    inputs: Sequence[Array],
    shape: Sequence[int],
    weights: Mapping[str, Array] | None = None,
) -> Array:
    """What the definition says at every position of the output."""
    positions = [*product(*map(range, shape))]
    definition = KERNELS[operation.word].definition
    assert definition is not None
    values = definition(call_of(operation, inputs, weights), positions)
    return np.array(values).reshape(shape)


def weights_of(
    operation: Operation, channels: int, chosen: np.random.Generator
) -> dict[str, Array]:
    """Random weights of the shapes that the kernel asks for."""
    shapes = KERNELS[operation.word].weights(operation, (channels,))
    return {name: chosen.standard_normal(shape) for name, shape in shapes.items()}
