"""A learned value that is no weight of another operation: a class token, positions, a scale."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.operations.base import Operation
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, shape_of


class Parameter(Operation):
    """A learned value of a shape of its own; it reads nothing.

    It is a weight in memory, not an activation, and no part of a receptive field.

    Args:
        shape: `(C, *spatial)`, the same for every input of a batch.

    Raises:
        SpecError: that is not a shape.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html

    >>> Parameter((768, 1)).params, Parameter((768, 1)).output_shape()
    (768, (768, 1))
    """

    __slots__ = ("shape",)
    shape: Shape
    word = "parameter"
    is_weight = True
    least_inputs = 0
    most_inputs = 0

    def __init__(self, shape: Shape) -> None:
        self._fill(shape=shape_of("shape", shape))

    @property
    def weights(self) -> dict[str, Shape]:
        """The value itself."""
        return {"weight": self.shape}

    def output_shape(self, *_input_shapes: Shape) -> Shape:
        """The shape of the value."""
        return self.shape

    def inferred(self, _input_shapes: Sequence[Shape]) -> Shape:
        """The shape of the value, whatever there is before it."""
        return self.shape


DECLARATIONS = (Declaration("parameter", Parameter, "shape", {"shape": ParameterKind.NUMBERS}),)
