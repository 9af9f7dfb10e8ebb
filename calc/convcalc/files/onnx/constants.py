"""Numbers that do not depend on the input: the sizes that a graph computes for its own operations.

Source: https://onnx.ai/onnx/operators/
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from convcalc.files.onnx.model import Array, Node

MOST_VALUES = 4_096
"""Values that are computed; larger arrays are known by their sizes."""


class Constant(NamedTuple):
    """An array that does not depend on the input."""

    name: str
    sizes: tuple[int, ...]
    values: list[Any] | None
    """Its numbers, if there are few."""
    is_float: bool = False
    learned: Mapping[object, int] = {}
    """The arrays of the file that it is made of, if they are learned, and their numbers."""

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return prod(self.sizes)


class NotConstantError(Exception):
    """Something is not computed here."""


Folded = Constant | list[Constant]
Fold = Callable[[Node, Sequence[Constant | None]], Folded]


def constant_of(array: Array) -> Constant:
    """An array of the file; more than one number with a fraction is taken to be learned.

    >>> constant_of(Array("w", (2, 3), True, None)).learned
    {'w': 6}
    """
    count = prod(array.sizes)
    learned: Mapping[object, int] = {array.name: count} if array.is_float and count > 1 else {}
    return Constant(array.name, array.sizes, array.values, array.is_float, learned)


def whole_numbers(constant: Constant | None) -> list[int] | None:
    """The numbers of an array of sizes or axes; None if they are not known."""
    if constant is None or constant.values is None:
        return None
    return [int(value) for value in constant.values]


def folded(node: Node, inputs: Sequence[Constant | None]) -> list[Constant]:
    """The outputs of an operation on constants.

    Raises:
        NotConstantError: there is no rule for it.
    """
    fold = FOLDS.get(node.operator)
    if fold is None or node.domain:
        raise NotConstantError
    try:
        made = fold(node, inputs)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise NotConstantError from error
    outputs = made if isinstance(made, list) else [made]
    if any(each.numbers > 10**15 for each in outputs):
        raise NotConstantError
    return outputs


def _given(constant: Constant | None) -> Constant:
    if constant is None:
        raise NotConstantError
    return constant


def broadcast(shapes: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """The sizes of arrays that are combined value by value.

    Raises:
        ValueError: they do not fit together.

    >>> broadcast([(3, 1), (4,)])
    (3, 4)
    """
    shapes = [*shapes]
    rank = max(map(len, shapes), default=0)
    full = [(*(1,) * (rank - len(shape)), *shape) for shape in shapes]
    for sizes in zip(*full, strict=True):
        if len({*sizes} - {1}) > 1:
            raise ValueError(sizes)
    return tuple([0 if 0 in sizes else max(sizes) for sizes in zip(*full, strict=True)])


def _spread(constant: Constant, sizes: Sequence[int]) -> list[Any]:
    """The numbers of an array that is repeated to some sizes."""
    values = constant.values or []
    if tuple(sizes) == constant.sizes:
        return values
    own = (*(1,) * (len(sizes) - len(constant.sizes)), *constant.sizes)
    steps = _steps(own)
    return [
        values[sum(s * at for s, at, size in zip(steps, place, own, strict=True) if size > 1)]
        for place in product(*map(range, sizes))
    ]


def _steps(sizes: Sequence[int]) -> list[int]:
    return [prod(sizes[at + 1 :]) for at in range(len(sizes))]


def _computed(function: Callable[..., Any], is_float: bool | None = None) -> Fold:
    """A function of each value, or of each pair of them."""

    def fold(node: Node, inputs: Sequence[Constant | None]) -> Constant:
        given = [_given(each) for each in inputs]
        sizes = broadcast([each.sizes for each in given])
        learned = {key: size for each in given for key, size in each.learned.items()}
        known = all(each.values is not None for each in given) and prod(sizes) <= MOST_VALUES
        values = None
        if known:
            spread = [_spread(each, sizes) for each in given]
            values = [function(*each) for each in zip(*spread, strict=True)]
        floats = any(each.is_float for each in given) if is_float is None else is_float
        return Constant(node.outputs[0], sizes, values, floats, learned)

    return fold


def _divided(one: Any, other: Any) -> Any:
    if isinstance(one, int) and isinstance(other, int):
        quotient = abs(one) // abs(other)
        return quotient if (one < 0) == (other < 0) else -quotient
    return one / other


def _power(one: Any, other: Any) -> Any:
    if abs(other) > 64 or abs(one) > 10**9:
        raise NotConstantError
    return one**other


def _gathered(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data, places = map(_given, inputs[:2])
    axis = node.attributes.get("axis", 0) % max(len(data.sizes), 1)
    sizes = (*data.sizes[:axis], *places.sizes, *data.sizes[axis + 1 :])
    values = None
    if data.values is not None and places.values is not None and prod(sizes) <= MOST_VALUES:
        outer, inner, size = prod(data.sizes[:axis]), prod(data.sizes[axis + 1 :]), data.sizes[axis]
        values = [
            data.values[(o * size + int(at) % size) * inner + i]
            for o in range(outer)
            for at in places.values
            for i in range(inner)
        ]
    return Constant(node.outputs[0], sizes, values, data.is_float, data.learned)


def _joined(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    parts = [_given(each) for each in inputs]
    rank = len(parts[0].sizes)
    axis = node.attributes["axis"] % rank
    total = sum(each.sizes[axis] for each in parts)
    sizes = (*parts[0].sizes[:axis], total, *parts[0].sizes[axis + 1 :])
    values: list[Any] | None = None
    if all(each.values is not None for each in parts) and prod(sizes) <= MOST_VALUES:
        values = []
        for outer in range(prod(sizes[:axis])):
            for each in parts:
                length = prod(each.sizes[axis:])
                values += (each.values or [])[outer * length : (outer + 1) * length]
    learned = {key: size for each in parts for key, size in each.learned.items()}
    return Constant(node.outputs[0], sizes, values, parts[0].is_float, learned)


def _picked(
    node: Node,
    data: Constant,
    sizes: Sequence[int],
    place: Callable[[tuple[int, ...]], Sequence[int]],
) -> Constant:
    """An array whose values come from other places of the same array."""
    values = None
    if data.values is not None and prod(sizes) <= MOST_VALUES:
        steps = _steps(data.sizes)
        values = [
            data.values[sum(map(operator.mul, steps, place(at)))]
            for at in product(*map(range, sizes))
        ]
    return Constant(node.outputs[0], tuple(sizes), values, data.is_float, data.learned)


def slices_of(node: Node, inputs: Sequence[Any], sizes: Sequence[int]) -> list[range]:
    """For each axis the places that a Slice takes.

    Raises:
        NotConstantError: they are not known.
    """
    if len(inputs) > 1:
        rows = [whole_numbers(each) for each in inputs[1:5]]
        starts, ends = rows[0], rows[1]
        axes = rows[2] if len(inputs) > 3 and inputs[3] is not None else None
        steps = rows[3] if len(inputs) > 4 and inputs[4] is not None else None
        wanted = inputs[1:]
        if any(each is not None and row is None for each, row in zip(wanted, rows, strict=False)):
            raise NotConstantError
    else:
        starts, ends = node.attributes.get("starts"), node.attributes.get("ends")
        axes, steps = node.attributes.get("axes"), None
    if starts is None or ends is None:
        raise NotConstantError
    axes = axes if axes is not None else [*range(len(starts))]
    steps = steps if steps is not None else [1] * len(starts)
    taken = [range(size) for size in sizes]
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        at = axis % len(sizes)
        taken[at] = range(sizes[at])[slice(_bounded(start), _bounded(end), step)]
    return taken


def _bounded(number: int) -> int:
    return max(min(number, 2**62), -(2**62))


def _sliced(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data = _given(inputs[0])
    taken = slices_of(node, inputs, data.sizes)
    return _picked(
        node,
        data,
        [len(each) for each in taken],
        lambda at: [places[i] for places, i in zip(taken, at, strict=True)],
    )


def _transposed(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data = _given(inputs[0])
    order = node.attributes.get("perm") or [*range(len(data.sizes))][::-1]
    sizes = [data.sizes[axis] for axis in order]

    def place(at: tuple[int, ...]) -> list[int]:
        back = [0] * len(order)
        for i, axis in zip(at, order, strict=True):
            back[axis] = i
        return back

    return _picked(node, data, sizes, place)


def _expanded(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data, wanted = _given(inputs[0]), whole_numbers(inputs[1])
    if wanted is None:
        raise NotConstantError
    sizes = broadcast([data.sizes, wanted])
    values = None
    if data.values is not None and prod(sizes) <= MOST_VALUES:
        values = _spread(data, sizes)
    return Constant(node.outputs[0], sizes, values, data.is_float, data.learned)


def _tiled(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data, times = _given(inputs[0]), whole_numbers(inputs[1]) or []
    sizes = [size * time for size, time in zip(data.sizes, times, strict=True)]
    return _picked(
        node, data, sizes, lambda at: [i % s for i, s in zip(at, data.sizes, strict=True)]
    )


def resized(node: Node, data: Constant, sizes: Sequence[int]) -> Constant:
    """The same numbers with other sizes."""
    if prod(sizes) != data.numbers:
        raise NotConstantError
    return Constant(node.outputs[0], tuple(sizes), data.values, data.is_float, data.learned)


def reshaped_sizes(
    before: Sequence[int], wanted: Sequence[int], *, keeps_zeros: bool = True
) -> list[int]:
    """The sizes that a Reshape gives: 0 keeps a size, one -1 takes what is left.

    Raises:
        ValueError: they hold another number of values.

    >>> reshaped_sizes((2, 3, 4), (0, -1))
    [2, 12]
    """
    sizes = [
        before[at] if size == 0 and keeps_zeros and at < len(before) else size
        for at, size in enumerate(wanted)
    ]
    if sizes.count(-1) == 1:
        rest = prod(size for size in sizes if size != -1)
        sizes[sizes.index(-1)] = prod(before) // rest if rest else 0
    if prod(sizes) != prod(before) or min(sizes, default=1) < 0:
        raise ValueError(sizes)
    return sizes


def _reshaped(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data, wanted = _given(inputs[0]), whole_numbers(inputs[1])
    if wanted is None:
        raise NotConstantError
    return resized(node, data, reshaped_sizes(data.sizes, wanted))


def axes_of(node: Node, inputs: Sequence[Any], rank: int, at: int = 1) -> list[int] | None:
    """The axes of an operation, an attribute in older files and an input in newer ones."""
    if len(inputs) > at and isinstance(inputs[at], Constant):
        written = whole_numbers(inputs[at])
    else:
        written = node.attributes.get("axes")
    return None if written is None else [axis % rank for axis in written]


def unsqueezed_sizes(sizes: Sequence[int], axes: Sequence[int]) -> list[int]:
    """With sizes of 1 at some axes of the result.

    >>> unsqueezed_sizes((3, 4), [0, 3])
    [1, 3, 4, 1]
    """
    rest = iter(sizes)
    return [1 if at in axes else next(rest) for at in range(len(sizes) + len(axes))]


def _unsqueezed(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data = _given(inputs[0])
    count = len(whole_numbers(inputs[1]) or ()) if len(inputs) > 1 else len(node.attributes["axes"])
    axes = axes_of(node, inputs, len(data.sizes) + count) or []
    return resized(node, data, unsqueezed_sizes(data.sizes, axes))


def _squeezed(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data = _given(inputs[0])
    axes = axes_of(node, inputs, len(data.sizes))
    gone = axes if axes is not None else [at for at, size in enumerate(data.sizes) if size == 1]
    return resized(node, data, [s for at, s in enumerate(data.sizes) if at not in gone])


def _kept(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data = _given(inputs[0])
    return data._replace(name=node.outputs[0])


CAST_TO_FLOAT = frozenset({1, 10, 11, 16})


def _cast(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data = _given(inputs[0])
    floats = node.attributes.get("to", 1) in CAST_TO_FLOAT
    change: Callable[[Any], Any] = float if floats else int
    values = None if data.values is None else [change(value) for value in data.values]
    return Constant(node.outputs[0], data.sizes, values, floats, data.learned)


def _filled(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    sizes = whole_numbers(inputs[0])
    if sizes is None:
        raise NotConstantError
    value = node.attributes.get("value")
    number, floats = (value.values[0], value.is_float) if value and value.values else (0.0, True)
    count = prod(sizes)
    values = [number] * count if count <= MOST_VALUES else None
    return Constant(node.outputs[0], tuple(sizes), values, floats)


def _ranged(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    start, stop, step = [(_given(each).values or [None])[0] for each in inputs]
    count = max(math.ceil((stop - start) / step), 0)
    values = [start + step * at for at in range(count)] if count <= MOST_VALUES else None
    return Constant(node.outputs[0], (count,), values, isinstance(start, float))


def _written(node: Node, _: Sequence[Constant | None]) -> Constant:
    for key, value in node.attributes.items():
        match key:
            case "value":
                return constant_of(value)._replace(name=node.outputs[0])
            case "value_int" | "value_float":
                return Constant(node.outputs[0], (), [value], key == "value_float")
            case "value_ints" | "value_floats":
                return Constant(node.outputs[0], (len(value),), value, key == "value_floats")
    raise NotConstantError


def _reduced(function: Callable[[list[Any]], Any]) -> Fold:
    def fold(node: Node, inputs: Sequence[Constant | None]) -> Constant:
        data = _given(inputs[0])
        axes = axes_of(node, inputs, len(data.sizes))
        gone = axes if axes is not None else [*range(len(data.sizes))]
        keep = node.attributes.get("keepdims", 1)
        sizes = [1 if at in gone else size for at, size in enumerate(data.sizes)]
        values = None
        if data.values is not None and len(gone) == len(data.sizes):
            values = [function(data.values)]
        if not keep:
            sizes = [size for at, size in enumerate(sizes) if at not in gone]
        return Constant(node.outputs[0], tuple(sizes), values, data.is_float, data.learned)

    return fold


def _split(node: Node, inputs: Sequence[Constant | None]) -> list[Constant]:
    data = _given(inputs[0])
    axis = node.attributes.get("axis", 0) % len(data.sizes)
    made, start = [], 0
    for name, length in zip(
        node.outputs, split_lengths(node, inputs, data.sizes[axis]), strict=True
    ):
        sizes = [*data.sizes]
        sizes[axis] = length

        def place(at: tuple[int, ...], begin: int = start) -> list[int]:
            return [i + begin if axis == a else i for a, i in enumerate(at)]

        made.append(_picked(node, data, sizes, place)._replace(name=name))
        start += length
    return made


def split_lengths(node: Node, inputs: Sequence[Any], size: int) -> list[int]:
    """How long the parts of a Split are.

    >>> split_lengths(Node("Split", "", "", ("x",), ("a", "b"), {}), [None], 5)
    [3, 2]
    """
    given = node.attributes.get("split")
    if len(inputs) > 1 and isinstance(inputs[1], Constant):
        given = whole_numbers(inputs[1])
    if given:
        return list(given)
    count = node.attributes.get("num_outputs", len(node.outputs))
    each = -(-size // count)
    return [*[each] * (count - 1), size - each * (count - 1)]


def _where(condition: Any, one: Any, other: Any) -> Any:
    return one if condition else other


def _size_of(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data = _given(inputs[0])
    return Constant(node.outputs[0], (), [data.numbers])


def _shape_of(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    return sizes_constant(node, _given(inputs[0]).sizes)


def sizes_constant(node: Node, sizes: Sequence[int]) -> Constant:
    """What a Shape gives.

    >>> sizes_constant(Node("Shape", "", "", ("x",), ("s",), {"start": 1}), (1, 3, 8)).values
    [3, 8]
    """
    start, end = node.attributes.get("start", 0), node.attributes.get("end")
    part = [*sizes][start:end]
    return Constant(node.outputs[0], (len(part),), part)


def _clipped(node: Node, inputs: Sequence[Constant | None]) -> Constant:
    data = _given(inputs[0])
    low, high = ends_of_clip(node, inputs)
    values = None
    if data.values is not None:
        values = [min(max(value, low), high) for value in data.values]
    return Constant(node.outputs[0], data.sizes, values, data.is_float, data.learned)


def ends_of_clip(node: Node, inputs: Sequence[Any]) -> tuple[float, float]:
    """The least and the largest value that a Clip leaves."""
    ends = [node.attributes.get("min", -math.inf), node.attributes.get("max", math.inf)]
    for at, each in enumerate(inputs[1:3]):
        if isinstance(each, Constant) and each.values:
            ends[at] = each.values[0]
    return ends[0], ends[1]


FOLDS: Mapping[str, Fold] = {
    "Constant": _written,
    "ConstantOfShape": _filled,
    "Shape": _shape_of,
    "Size": _size_of,
    "Range": _ranged,
    "Gather": _gathered,
    "Concat": _joined,
    "Slice": _sliced,
    "Transpose": _transposed,
    "Expand": _expanded,
    "Tile": _tiled,
    "Reshape": _reshaped,
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
    "Identity": _kept,
    "Dropout": _kept,
    "DequantizeLinear": lambda node, inputs: _kept(node, inputs)._replace(is_float=True),
    "QuantizeLinear": _kept,
    "Cast": _cast,
    "CastLike": _kept,
    "Split": _split,
    "ReduceProd": _reduced(prod),
    "ReduceSum": _reduced(sum),
    "ReduceMax": _reduced(max),
    "ReduceMin": _reduced(min),
    "ReduceMean": _reduced(lambda values: sum(values) / len(values)),
    "ReduceL2": _reduced(lambda values: math.sqrt(sum(v * v for v in values))),
    "Add": _computed(operator.add),
    "Sub": _computed(operator.sub),
    "Mul": _computed(operator.mul),
    "Div": _computed(_divided),
    "Mod": _computed(operator.mod),
    "Pow": _computed(_power),
    "Min": _computed(min),
    "Max": _computed(max),
    "Neg": _computed(operator.neg),
    "Abs": _computed(abs),
    "Floor": _computed(lambda value: float(math.floor(value))),
    "Ceil": _computed(lambda value: float(math.ceil(value))),
    "Round": _computed(lambda value: float(round(value))),
    "Sqrt": _computed(math.sqrt, is_float=True),
    "Reciprocal": _computed(lambda value: 1 / value, is_float=True),
    "Exp": _computed(math.exp, is_float=True),
    "Log": _computed(math.log, is_float=True),
    "Sin": _computed(math.sin, is_float=True),
    "Cos": _computed(math.cos, is_float=True),
    "Sigmoid": _computed(lambda value: 1 / (1 + math.exp(-value)), is_float=True),
    "Tanh": _computed(math.tanh, is_float=True),
    "Relu": _computed(lambda value: max(value, 0)),
    "Sign": _computed(lambda value: (value > 0) - (value < 0)),
    "Equal": _computed(operator.eq, is_float=False),
    "Greater": _computed(operator.gt, is_float=False),
    "GreaterOrEqual": _computed(operator.ge, is_float=False),
    "Less": _computed(operator.lt, is_float=False),
    "LessOrEqual": _computed(operator.le, is_float=False),
    "And": _computed(lambda one, other: bool(one and other), is_float=False),
    "Or": _computed(lambda one, other: bool(one or other), is_float=False),
    "Not": _computed(operator.not_, is_float=False),
    "Where": _computed(_where),
    "Clip": _clipped,
}
