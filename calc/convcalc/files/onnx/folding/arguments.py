"""What operators do to sizes, by their attributes or by inputs: older files have the one or the
other.

Source: https://onnx.ai/onnx/operators/
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from convcalc.files.graph import arranging
from convcalc.files.onnx.arrays import Constant, NotConstantError, whole_numbers
from convcalc.files.onnx.model import Node, NodeError


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the start.

    Raises:
        NodeError: there is no such axis.

    >>> axis_of(-1, 4)
    3
    """
    if not -rank <= axis < rank:
        raise NodeError(f"axis {axis} is not one of {rank} axes")
    return axis % rank


def list_of(node: Node, inputs: Sequence[Any], at: int, attribute: str) -> list[int] | None:
    """Whole numbers that are an input, or an attribute in older files; None if there are none.

    Raises:
        NotConstantError: they depend on the network's input.
    """
    if len(inputs) > at and inputs[at] is not None:
        numbers = whole_numbers(inputs[at]) if isinstance(inputs[at], Constant) else None
        if numbers is None:
            raise NotConstantError
        return numbers
    return node.integers(attribute)


def axes_of(node: Node, inputs: Sequence[Any], rank: int) -> list[int] | None:
    """The axes of an operation; None if it has none.

    Raises:
        NotConstantError: they depend on the network's input.
        NodeError: there are no such axes.

    >>> axes_of(Node("Squeeze", "", "", (), (), {"axes": [0, -1]}), [], 4)
    [0, 3]
    """
    written = list_of(node, inputs, 1, "axes")
    return None if written is None else [axis_of(axis, rank) for axis in written]


def slices_of(node: Node, inputs: Sequence[Any], sizes: Sequence[int]) -> list[range]:
    """For each axis the places that a Slice takes.

    Raises:
        NotConstantError: they depend on the network's input.
        NodeError: there are no such axes.

    >>> slices_of(Node("Slice", "", "", (), (), {"starts": [-2], "ends": [99]}), [None], (5, 3))
    [range(3, 5), range(0, 3)]
    """
    starts, ends = (list_of(node, inputs, at, key) for at, key in ((1, "starts"), (2, "ends")))
    if starts is None or ends is None:
        raise NotConstantError
    axes = list_of(node, inputs, 3, "axes")
    steps = list_of(node, inputs, 4, "steps") or [1] * len(starts)
    axes = [*range(len(starts))] if axes is None else axes
    taken = [range(size) for size in sizes]
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        at = axis_of(axis, len(sizes))
        taken[at] = range(sizes[at])[slice(start, end, step)]
    return taken


def reshaped_sizes(
    before: Sequence[int], wanted: Sequence[int], *, keeps_zeros: bool = True
) -> list[int]:
    """The sizes that a Reshape gives: 0 keeps a size, one -1 takes what is left.

    Raises:
        NodeError: they hold another number of values.

    >>> reshaped_sizes((2, 3, 4), (0, -1))
    [2, 12]
    """
    try:
        return arranging.reshaped_sizes(before, wanted, keeps_zeros=keeps_zeros)
    except ValueError as error:
        raise NodeError(str(error)) from None


def unsqueezed_sizes(sizes: Sequence[int], axes: Sequence[int]) -> list[int]:
    """With sizes of 1 at some axes of the result.

    Raises:
        NodeError: there are no such axes.

    >>> unsqueezed_sizes((3, 4), [0, -1])
    [1, 3, 4, 1]
    """
    rank = len(sizes) + len(axes)
    new = {axis_of(axis, rank) for axis in axes}
    if len(new) < len(axes):
        raise NodeError(f"{[*axes]} has an axis twice")
    rest = iter(sizes)
    return [1 if at in new else next(rest) for at in range(rank)]


def squeezed_sizes(sizes: Sequence[int], axes: Sequence[int] | None) -> list[int]:
    """Without some axes of size 1, or without all of them.

    Raises:
        NodeError: an axis has another size.

    >>> squeezed_sizes((1, 3, 1), None), squeezed_sizes((1, 3, 1), [0])
    ([3], [3, 1])
    """
    gone = [at for at, size in enumerate(sizes) if size == 1] if axes is None else axes
    if any(sizes[at] != 1 for at in gone):
        raise NodeError(f"axes {[*gone]} of {tuple(sizes)} are not of size 1")
    return [size for at, size in enumerate(sizes) if at not in gone]


def split_lengths(node: Node, inputs: Sequence[Any], size: int) -> list[int]:
    """How long the parts of a Split are.

    Raises:
        NotConstantError: they depend on the network's input.
        NodeError: they are not all of the axis.

    >>> split_lengths(Node("Split", "", "", ("x",), ("a", "b"), {}), [None], 5)
    [3, 2]
    """
    lengths = list_of(node, inputs, 1, "split")
    if not lengths:
        count = node.integer("num_outputs", 0) or len(node.outputs)
        if not 0 < count <= len(node.outputs):
            raise NodeError(f"{count} parts are not for {len(node.outputs)} outputs")
        each = -(-size // count)
        lengths = [*[each] * (count - 1), size - each * (count - 1)]
    if sum(lengths) != size or min(lengths) < 0 or len(lengths) < len(node.outputs):
        raise NodeError(f"parts of {lengths} are not all of {size}")
    return lengths


def ends_of_clip(node: Node, inputs: Sequence[Any]) -> tuple[float, float] | None:
    """The least and the largest value that a Clip leaves; None if they are not known.

    >>> ends_of_clip(Node("Clip", "", "", ("x",), ("y",), {"max": 6.0}), [None])
    (-inf, 6.0)
    """
    ends = [node.real("min", -math.inf), node.real("max", math.inf)]
    for at, each in enumerate(inputs[1:3]):
        if each is None:
            continue
        if not isinstance(each, Constant) or not each.values:
            return None
        ends[at] = each.values[0]
    return ends[0], ends[1]


def sizes_constant(node: Node, sizes: Sequence[int]) -> Constant:
    """What a Shape gives.

    >>> sizes_constant(Node("Shape", "", "", ("x",), ("s",), {"start": 1}), (1, 3, 8)).values
    [3, 8]
    """
    start, end = node.integer("start", 0), node.integer("end", len(sizes))
    part = [*sizes][start:end]
    return Constant(node.outputs[0], (len(part),), part)
