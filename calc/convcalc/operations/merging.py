"""Operations that join several values into one."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.errors import SpecError
from convcalc.operations.base import Operation, limited
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, shape_of


class Merge(Operation):
    """What the merges share: two operands or more, with as many dimensions."""

    __slots__ = ()
    least_inputs = 2
    most_inputs = None

    def output_shape(self, *input_shapes: Shape) -> Shape:
        """The shape of all operands together.

        Raises:
            SpecError: there is one operand only, or they do not fit together.
        """
        return self.inferred([shape_of("input_shape", shape) for shape in input_shapes])

    def inferred(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape of all operands together, which are shapes as they are."""
        if len(input_shapes) < 2:
            raise SpecError(f"{self.word} takes two operands or more")
        together = input_shapes[0]
        for shape in input_shapes[1:]:
            joined = self._joined(together, shape) if len(together) == len(shape) else None
            if joined is None:
                fact = f"{together} and {shape} do not fit together in {self.word}"
                raise SpecError(fact)
            together = joined
        return limited(together, input_shapes[0])

    def _joined(self, one: Shape, other: Shape) -> Shape | None:
        raise NotImplementedError


class Broadcast(Merge):
    """Value by value; a size of 1 serves every place."""

    __slots__ = ()
    in_place = True

    def _joined(self, one: Shape, other: Shape) -> Shape | None:
        fits = all(a == b or 1 in (a, b) for a, b in zip(one, other, strict=True))
        return tuple(map(max, one, other)) if fits else None


class Add(Broadcast):
    """The sum of the operands.

    >>> Add().output_shape((64, 56, 56), (64, 56, 56))
    (64, 56, 56)
    """

    __slots__ = ()
    word = "add"


class Multiply(Broadcast):
    """The product of the operands, as in squeeze and excitation.

    >>> Multiply().output_shape((64, 56, 56), (64, 1, 1))
    (64, 56, 56)
    """

    __slots__ = ()
    word = "multiply"


class Concat(Merge):
    """The channels of all operands, one after the other.

    >>> Concat().output_shape((64, 56, 56), (32, 56, 56))
    (96, 56, 56)
    """

    __slots__ = ()
    word = "concat"

    def _joined(self, one: Shape, other: Shape) -> Shape | None:
        return (one[0] + other[0], *one[1:]) if one[1:] == other[1:] else None


DECLARATIONS = tuple(
    Declaration(kind.word, kind, "operands", {"operands": ParameterKind.OPERANDS})
    for kind in (Add, Multiply, Concat)
)
