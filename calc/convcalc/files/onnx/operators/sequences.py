"""Sequences: several values that are read as one."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import joined, stacked
from convcalc.files.graph.shapes import split
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.arrays import Constant, NotConstantError
from convcalc.files.onnx.call import AnyValue, Call, Rule, Values, as_tensor, as_weight
from convcalc.files.onnx.folding.arguments import axis_of

MOST_ITEMS = 10_000


def _items(call: Call) -> list[Tensor | Constant]:
    value = call.inputs[0] if call.has(0) else None
    if not isinstance(value, Values):
        raise call.fail(f"the first input of {call.node.operator} is no sequence")
    return [*value.items]


def _constructed(call: Call) -> Values:
    """SequenceConstruct."""
    return Values(tuple(call.values))


def _split(call: Call) -> Values:
    """SplitToSequence: parts of the lengths that are given, or of one length."""
    tensor = call.tensor(0)
    axis = call.axis(0, tensor.rank)
    size = tensor.sizes[axis]
    given = call.list_of(1, "") or [1]
    is_one = not call.has(1) or call.value(1).sizes == ()
    if min(given) < 1 or size // given[0] > MOST_ITEMS:
        raise call.fail(f"{size} cannot be split in parts of {given}")
    lengths = [min(given[0], size - at) for at in range(0, size, given[0])] if is_one else given
    if sum(lengths) != size:
        raise call.fail(f"parts of {lengths} are not all of {size}")
    keeps = bool(call.integer("keepdims", 1)) or call.has(1)
    parts = split(call.rows, tensor, axis, lengths)
    if keeps:
        return Values(tuple(parts))
    sizes = (*tensor.sizes[:axis], *tensor.sizes[axis + 1 :])
    return Values(tuple([reshaped(call.rows, part, sizes) for part in parts]))


def _at(call: Call) -> Tensor | Constant:
    """SequenceAt."""
    items, place = _items(call), call.list_of(1, "")
    if not place:
        raise NotConstantError
    return items[axis_of(place[0], len(items))]


def _joined(call: Call) -> Tensor:
    """ConcatFromSequence: along an axis, or along a new one."""
    items = _items(call)
    if not items:
        raise call.fail("an empty sequence cannot be joined")
    if call.integer("new_axis"):
        tensors = [_row(call, each) for each in items]
        return stacked(call.rows, tensors, call.axis(0, tensors[0].rank + 1))
    if not any(isinstance(each, Tensor) for each in items):
        items[0] = _row(call, items[0])
    operands = [each if isinstance(each, Tensor) else as_weight(each) for each in items]
    return joined(call.rows, operands, call.axis(0, len(items[0].sizes)))


def _row(call: Call, value: Tensor | Constant) -> Tensor:
    return value if isinstance(value, Tensor) else as_tensor(call.rows, value)


def _length(call: Call) -> Constant:
    """SequenceLength."""
    return Constant(call.node.outputs[0], (), [len(_items(call))])


def _inserted(call: Call) -> Values:
    """SequenceInsert: at the end, or at a place."""
    items = _items(call)
    place = call.list_of(2, "")
    at = len(items) if not place else place[0]
    if len(items) == MOST_ITEMS:
        raise call.fail(f"a sequence has more than {MOST_ITEMS:,} values")
    items.insert(at, call.value(1))
    return Values(tuple(items))


def _erased(call: Call) -> Values:
    """SequenceErase: the last value, or that at a place."""
    items = _items(call)
    place = call.list_of(1, "")
    del items[axis_of(place[0] if place else -1, len(items))]
    return Values(tuple(items))


def _empty(_: Call) -> AnyValue:
    return Values(())


RULES: Mapping[str, Rule] = {
    "SequenceConstruct": _constructed,
    "SequenceEmpty": _empty,
    "SplitToSequence": _split,
    "SequenceAt": _at,
    "SequenceLength": _length,
    "SequenceInsert": _inserted,
    "SequenceErase": _erased,
    "ConcatFromSequence": _joined,
}
