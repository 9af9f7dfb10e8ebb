"""Arrays that do not depend on the network's input, with their numbers where there are few."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from convcalc.files.onnx.model import Array, NodeError
from convcalc.records import NamedTuple

MOST_VALUES = 4_096
"""Numbers of an array that are computed; a larger one is known by its sizes."""


class NotConstantError(Exception):
    """The output of an operation is not computed here."""


class Constant(NamedTuple):
    """An array that does not depend on the network's input."""

    name: str
    sizes: tuple[int, ...]
    values: list[Any] | None
    """Its numbers, if there are few."""
    is_float: bool = False
    learned: Mapping[object, int] = {}
    """The arrays of the file that it is made of, if they are learned, and their numbers."""

    @property
    def numbers(self) -> int:
        """How many numbers it holds.

        >>> Constant("w", (2, 3), None).numbers
        6
        """
        return prod(self.sizes)

    @property
    def as_learned(self) -> Constant:
        """The same as a weight: there, whole numbers are learned too.

        >>> Constant("w", (2, 3), None).as_learned.learned
        {'w': 6}
        """
        if self.learned or self.is_float or self.numbers < 2:
            return self
        return self._replace(learned={self.name: self.numbers})


def constant_of(array: Array) -> Constant:
    """An array of the file; more than one number with a fraction is taken to be learned.

    >>> constant_of(Array("w", (2, 3), True, None)).learned
    {'w': 6}
    """
    count = prod(array.sizes)
    learned: Mapping[object, int] = {array.name: count} if array.is_float and count > 1 else {}
    values = array.values if are_few(array.sizes) else None
    return Constant(array.name, array.sizes, values, array.is_float, learned)


def are_few(sizes: Sequence[int]) -> bool:
    """Whether the numbers of such an array are computed.

    >>> are_few([64, 64]), are_few([64, 64, 2]), are_few([0, 10**9])
    (True, False, False)
    """
    return prod([max(size, 1) for size in sizes]) <= MOST_VALUES


def whole_numbers(constant: Constant | None) -> list[int] | None:
    """The numbers of an array of sizes or axes; None if they are not known, or not whole.

    >>> whole_numbers(Constant("", (2,), [1.0, 2.0])), whole_numbers(Constant("", (1,), [0.5]))
    ([1, 2], None)
    """
    if constant is None or constant.values is None:
        return None
    values = constant.values
    if not all(isinstance(value, int) or float(value).is_integer() for value in values):
        return None
    return [int(value) for value in values]


def broadcast(shapes: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """The sizes of arrays that are combined value by value.

    Raises:
        NodeError: they do not fit together.

    >>> broadcast([(3, 1), (4,)])
    (3, 4)
    """
    shapes = [*shapes]
    rank = max(map(len, shapes), default=0)
    full = [(*(1,) * (rank - len(shape)), *shape) for shape in shapes]
    for sizes in zip(*full, strict=True):
        if len({*sizes} - {1}) > 1:
            texts = " and ".join(str(tuple(shape)) for shape in shapes)
            raise NodeError(f"{texts} do not fit together")
    return tuple([0 if 0 in sizes else max(sizes) for sizes in zip(*full, strict=True)])


def all_learned(constants: Iterable[Constant | None]) -> dict[object, int]:
    """The learned arrays that any of some arrays is made of."""
    return {key: size for each in constants if each for key, size in each.learned.items()}


def steps_of(sizes: Sequence[int]) -> list[int]:
    """How far two neighbours along each axis are apart.

    >>> steps_of((2, 3, 4))
    [12, 4, 1]
    """
    return [prod(sizes[at + 1 :]) for at in range(len(sizes))]


def picked(
    name: str,
    data: Constant,
    sizes: Sequence[int],
    place: Callable[[tuple[int, ...]], Sequence[int]],
) -> Constant:
    """An array whose numbers come from other places of the same array.

    Args:
        name: what it is called.
        data: where its numbers come from.
        sizes: its sizes.
        place: the place in `data` of a place in it.

    >>> picked("", Constant("", (3,), [1, 2, 3]), (3,), lambda at: [2 - at[0]]).values
    [3, 2, 1]
    """
    values = None
    if data.values is not None and are_few(sizes):
        steps = steps_of(data.sizes)
        values = [
            data.values[sum(map(operator.mul, steps, place(at)))]
            for at in product(*map(range, sizes))
        ]
    return Constant(name, tuple(sizes), values, data.is_float, data.learned)


def spread(constant: Constant, sizes: Sequence[int]) -> Constant:
    """An array that is repeated along its axes of size 1.

    >>> spread(Constant("", (2, 1), [1, 2]), (2, 2)).values
    [1, 1, 2, 2]
    """
    if tuple(sizes) == constant.sizes:
        return constant
    own = (*(1,) * (len(sizes) - len(constant.sizes)), *constant.sizes)
    aligned = constant._replace(sizes=own)
    return picked(
        constant.name,
        aligned,
        sizes,
        lambda at: [0 if size == 1 else i for i, size in zip(at, own, strict=True)],
    )
