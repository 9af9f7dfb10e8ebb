"""Operations that join several values into one."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Operation, every_position, limited, unchanged
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, shape_of, whole


class SizesDifferError(SpecError):
    """Operands whose sizes should be equal, and are not."""


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
                raise SizesDifferError(fact)
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


class Subtract(Broadcast):
    """The first operand minus all the others.

    >>> Subtract().output_shape((64, 56, 56), (64, 1, 1))
    (64, 56, 56)
    """

    __slots__ = ()
    word = "subtract"


class Multiply(Broadcast):
    """The product of the operands, as in squeeze and excitation.

    >>> Multiply().output_shape((64, 56, 56), (64, 1, 1))
    (64, 56, 56)
    """

    __slots__ = ()
    word = "multiply"


class Maximum(Broadcast):
    """The largest of the operands, value by value.

    >>> Maximum().output_shape((64, 56, 56), (64, 56, 56))
    (64, 56, 56)
    """

    __slots__ = ()
    word = "maximum"


class Concat(Merge):
    """The operands one after the other along an axis: their channels, if no other is given.

    Args:
        axis: counts from the channels, which are 0.

    >>> Concat().output_shape((64, 56, 56), (32, 56, 56))
    (96, 56, 56)
    >>> Concat(1).output_shape((64, 1), (64, 49))
    (64, 50)
    """

    __slots__ = ("axis",)
    axis: int
    word = "concat"
    unset = MappingProxyType({"axis": 0})

    def __init__(self, axis: int = 0) -> None:
        self._fill(axis=whole("axis", axis, least=0))

    def inferred(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape of all operands together, which are shapes as they are."""
        for shape in input_shapes:
            if self.axis >= len(shape):
                raise SpecError(f"{{axis}} is not an axis of {shape}", axis=self.axis)
        try:
            return super().inferred(input_shapes)
        except SizesDifferError as error:
            if not self.axis:
                raise
            raise SpecError(f"{error.fact} along {{axis}}", axis=self.axis) from error

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """The hull of all operands where their positions stay; else every position."""
        return every_position if self.axis else unchanged

    def _joined(self, one: Shape, other: Shape) -> Shape | None:
        joined = list(one)
        joined[self.axis] = together = one[self.axis] + other[self.axis]
        fits = tuple(joined) == (*other[: self.axis], together, *other[self.axis + 1 :])
        return tuple(joined) if fits else None


OPERANDS = {"operands": ParameterKind.OPERANDS}

DECLARATIONS = (
    *[
        Declaration(kind.word, kind, "operands", OPERANDS)
        for kind in (Add, Subtract, Multiply, Maximum)
    ],
    Declaration("concat", Concat, "operands", {**OPERANDS, "axis": ParameterKind.WHOLE}),
)
