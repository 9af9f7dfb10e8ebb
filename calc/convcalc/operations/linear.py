"""The linear layer, which every input feeds every output of."""

from __future__ import annotations

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Operation, every_position
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, flag, shape_of, whole


class Linear(Operation):
    """A matrix product of a flat input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html

    >>> Linear(2048, 1000).params, Linear(2048, 1000).macs((2048,))
    (2049000, 2048000)
    """

    __slots__ = ("in_features", "out_features", "bias")

    in_features: int
    out_features: int
    bias: bool
    word = "linear"

    def __init__(self, in_features: int, out_features: int, *, bias: bool = True) -> None:
        self._fill(
            in_features=whole("in_features", in_features),
            out_features=whole("out_features", out_features),
            bias=flag("bias", bias),
        )

    @property
    def weights(self) -> dict[str, Shape]:
        """`(out, in)` and `(out,)`."""
        shapes: dict[str, Shape] = {"weight": (self.out_features, self.in_features)}
        if self.bias:
            shapes["bias"] = (self.out_features,)
        return shapes

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(out,)`.

        Raises:
            SpecError: the input is not flat, or has another number of features.
        """
        shape = shape_of("input_shape", input_shape)
        if len(shape) > 1:
            fact = (
                "{input_shape} is not flat: put flatten before it, or use a convolution with "
                "kernel_size 1 for a linear layer at every position"
            )
            raise SpecError(fact, input_shape=shape)
        if shape[0] != self.in_features:
            fact = "{input_shape} does not have {in_features}"
            raise SpecError(fact, input_shape=shape, in_features=self.in_features)
        return (self.out_features,)

    def macs(self, input_shape: Shape) -> int:
        """`in * out`."""
        self.output_shape(input_shape)
        return self.in_features * self.out_features

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Every position."""
        return every_position


DECLARATIONS = (
    Declaration(
        "linear",
        Linear,
        "out_features",
        {"out_features": ParameterKind.WHOLE, "bias": ParameterKind.FLAG},
        ("in_features",),
    ),
)
