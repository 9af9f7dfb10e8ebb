"""Products of activations: attention, and matrix products of two values."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

from convcalc.errors import SpecError
from convcalc.operations.base import FieldMap, Operation, every_position, limited
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import Shape, one_of, shape_of, whole
from convcalc.wording import NUMBERS

A, B, BOTH = "a", "b", "both"
TRANSPOSES = (A, B, BOTH)
"""Which operands of a matrix product can be transposed."""


class Product(Operation):
    """What the products of activations share: they learn nothing, and their products are counted.

    Their rows are a kind of their own where the MACs of a network are broken down.
    """

    __slots__ = ()
    operand_names: ClassVar[str]

    def output_shape(self, *input_shapes: Shape) -> Shape:
        """The shape of the product.

        Raises:
            SpecError: the operands are too many or too few, or do not fit together.
        """
        return self.inferred([shape_of("input_shape", shape) for shape in input_shapes])

    def macs(self, *input_shapes: Shape) -> int:
        """All multiply-accumulates of the products, for one input."""
        self.output_shape(*input_shapes)
        return self._products(input_shapes)

    def inferred(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape of the product of operands that are shapes as they are."""
        if len(input_shapes) != self.most_inputs:
            number = NUMBERS[self.least_inputs]
            raise SpecError(f"{self.word} takes {number} operands: {self.operand_names}")
        return limited(self._joined(*input_shapes), input_shapes[0])

    def shape_and_macs(self, input_shapes: Sequence[Shape]) -> tuple[Shape, int]:
        """Both, with the operands looked at once."""
        return self.inferred(input_shapes), self._products(input_shapes)

    def field_map(self, _input_shape: Shape) -> FieldMap:
        """Every position."""
        return every_position

    def _joined(self, *shapes: Shape) -> Shape:
        raise NotImplementedError

    def _products(self, shapes: Sequence[Shape]) -> int:
        raise NotImplementedError


class Attention(Product):
    """Scaled dot-product attention of queries, keys and values, by heads.

    Each value is `(C, *positions)`. A head is a part of the channels: its scores are the products
    of its queries and keys over the root of its key channels, their softmax over the positions of
    the keys weighs the values.

    Source: Vaswani et al., "Attention Is All You Need", 2017, sections 3.2.1 and 3.2.2.

    >>> Attention(8).output_shape((64, 49), (64, 100), (32, 100))
    (32, 49)
    """

    __slots__ = ("heads",)
    heads: int
    word = "attention"
    least_inputs = most_inputs = 3
    operand_names = "queries, keys and values"

    def __init__(self, heads: int) -> None:
        self._fill(heads=whole("heads", heads))

    def macs(self, *input_shapes: Shape) -> int:
        """`Nq * Nk * (Cq + Cv)`, for Nq positions of the queries and Nk of the keys.

        >>> Attention(8).macs((64, 49), (64, 100), (32, 100))
        470400
        """
        return super().macs(*input_shapes)

    def _joined(self, *shapes: Shape) -> Shape:
        queries, keys, values = shapes
        if queries[0] != keys[0]:
            raise SpecError(f"queries {queries} and keys {keys} differ in channels")
        if keys[1:] != values[1:]:
            raise SpecError(f"keys {keys} and values {values} differ in positions")
        for of_what, channels in (("queries and keys", keys[0]), ("values", values[0])):
            if channels % self.heads:
                fact = f"{{heads}} does not divide the {channels:,} channels of the {of_what}"
                raise SpecError(fact, heads=self.heads)
        return (values[0], *queries[1:])

    def _products(self, shapes: Sequence[Shape]) -> int:
        queries, keys, values = shapes
        return prod(queries[1:]) * prod(keys[1:]) * (keys[0] + values[0])


class MatMul(Product):
    """The matrix product of two values over their last two axes, the others broadcast.

    Args:
        transpose: whose last two axes are swapped before: `a`, `b` or `both`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.matmul.html

    >>> MatMul().output_shape((8, 49, 64), (8, 64, 100))
    (8, 49, 100)
    >>> MatMul("b").output_shape((8, 49, 64), (1, 100, 64))
    (8, 49, 100)
    """

    __slots__ = ("transpose",)
    transpose: str | None
    word = "matmul"
    least_inputs = most_inputs = 2
    operand_names = "a and b"

    def __init__(self, transpose: str | None = None) -> None:
        known = None if transpose is None else one_of("transpose", transpose, TRANSPOSES)
        self._fill(transpose=known)

    def macs(self, *input_shapes: Shape) -> int:
        """`prod(output) * shared`, for the size over which the products are added up.

        >>> MatMul().macs((8, 49, 64), (8, 64, 100))
        2508800
        """
        return super().macs(*input_shapes)

    def turned(self, axes: Shape, operand: str) -> Shape:
        """The last two of an operand's axes in the order in which they are multiplied.

        >>> MatMul("b").turned((100, 64), "b"), MatMul("b").turned((49, 64), "a")
        ((64, 100), (49, 64))
        """
        return axes[::-1] if self.transpose in (operand, BOTH) else axes

    def _joined(self, *shapes: Shape) -> Shape:
        a, b = shapes
        for shape in shapes:
            if len(shape) < 2:
                raise SpecError(f"{shape} is not a matrix: matmul takes values of 2 axes or more")
        rows, shared = self.turned(a[-2:], A)
        also_shared, columns = self.turned(b[-2:], B)
        outer = list(zip(a[:-2], b[:-2], strict=False))
        if len(a) != len(b):
            fault = f"they have {len(a)} and {len(b)} axes"
        elif shared != also_shared:
            raise self._unequal(a, b, shared, also_shared)
        elif any(one != other and 1 not in (one, other) for one, other in outer):
            fault = "the axes before the last two are neither equal nor 1"
        else:
            return (*[max(sizes) for sizes in outer], rows, columns)
        raise SpecError(f"{a} and {b} do not fit together in matmul: {fault}")

    def _unequal(self, a: Shape, b: Shape, shared: int, also_shared: int) -> SpecError:
        """An error of the shared size, with another `transpose` if that is all it takes."""
        fault = f"rows of a have {shared:,} values, columns of b have {also_shared:,}"
        error = SpecError(f"{a} and {b} do not fit together in matmul: {fault}")
        for other in map(MatMul, (B, A, BOTH)):
            if other.turned(a[-2:], A)[1] == other.turned(b[-2:], B)[0]:
                return error.suggesting(transpose=other.transpose)
        return error

    def _products(self, shapes: Sequence[Shape]) -> int:
        _, shared = self.turned(shapes[0][-2:], A)
        return prod(self._joined(*shapes)) * shared


DECLARATIONS = (
    Declaration(
        "attention",
        Attention,
        "operands",
        {"operands": ParameterKind.OPERANDS, "heads": ParameterKind.WHOLE},
    ),
    Declaration(
        "matmul",
        MatMul,
        "operands",
        {"operands": ParameterKind.OPERANDS, "transpose": ParameterKind.CHOICE},
        choices={"transpose": TRANSPOSES},
    ),
)
