"""Several values made one: sums and products place by place, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.files.graph.arranging import arranged, reshaped
from convcalc.files.graph.learned import parameter, whole
from convcalc.files.graph.opaque import moved, opaque
from convcalc.files.graph.pointwise import activated
from convcalc.files.graph.rows import MOST_AXES, Rows
from convcalc.files.graph.tensors import BATCH, UNIT, Tensor, Weight
from convcalc.values import Shape

MERGES = ("add", "subtract", "multiply", "maximum")


def merged(rows: Rows, word: str, operands: Sequence[Tensor | Weight]) -> Tensor:
    """Values that are combined place by place, with sizes of 1 serving every place.

    Args:
        rows: where rows are made.
        word: `add`, `subtract`, `multiply`, `maximum`, or what another operation is called.
        operands: values, and learned values, at least one of them a value.

    Raises:
        GraphError: their sizes do not fit together.

    >>> rows = Rows()
    >>> tokens = rows.input("x", (1, 197, 768), channel_axis=2)
    >>> positions = Weight("pos", (1, 197, 768), {"pos": 151296})
    >>> merged(rows, "add", [tokens, positions]).sizes, rows.layers[0]["parameter"]
    ((1, 197, 768), [768, 197])
    """
    sizes = _broadcast(rows, [operand.sizes for operand in operands])
    tensors = [each for each in operands if isinstance(each, Tensor)]
    if not any(isinstance(each, Tensor) or each.params for each in operands[1:]):
        return _with_constants(rows, word, tensors, sizes)
    ranked = [_ranked(each, len(sizes)) for each in operands]
    leader = max([each for each in ranked if isinstance(each, Tensor)], key=_values)
    order = _order(leader, ranked, sizes)
    if order is None or _mix_batch(ranked, sizes):
        return _unplaced(rows, word, operands, sizes)
    placed = [_placed(rows, each, order) for each in ranked]
    own = [each for each in placed if each is not None]
    if len(own) < 2:
        return _with_constants(rows, word, own, sizes)
    if word not in MERGES or len(own) < len(placed):
        after = _after(own[0], order, sizes, leader)
        return opaque(rows, word, own, sizes, params=0, macs="none", like=after)
    row = rows.add(word, own)
    return _after(own[0], order, sizes, leader)._replace(row=row.name, shape=row.shape)


def _values(tensor: Tensor) -> int:
    return prod(tensor.shape)


def _broadcast(rows: Rows, shapes: Sequence[Shape]) -> Shape:
    rank = max(map(len, shapes))
    full = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    for sizes in zip(*full, strict=True):
        if len({*sizes} - {1}) > 1:
            texts = " and ".join(map(str, shapes))
            raise rows.fail(f"{texts} do not fit together")
    return tuple([max(sizes) for sizes in zip(*full, strict=True)])


def _with_constants(rows: Rows, word: str, tensors: Sequence[Tensor], sizes: Shape) -> Tensor:
    """A value combined with numbers that are not learned: the same but for its numbers."""
    if tensors[0].sizes == sizes:
        return activated(rows, "identity", tensors[0])
    return moved(rows, word, tensors, sizes)


def _mix_batch(operands: Sequence[Tensor | Weight], sizes: Shape) -> bool:
    """Whether the batch of one operand is an axis of another that is longer."""
    tensors = [each for each in operands if isinstance(each, Tensor)]
    batches = [(each.batch_axis, each) for each in tensors]
    return any(axis is not None and each.sizes[axis] != sizes[axis] for axis, each in batches)


def _ranked(operand: Tensor | Weight, rank: int) -> Tensor | Weight:
    more = (1,) * (rank - len(operand.sizes))
    if isinstance(operand, Weight):
        return operand.reshaped(more + operand.sizes)
    if not more:
        return operand
    units = (UNIT,) * len(more)
    return operand._replace(sizes=more + operand.sizes, axes=units + operand.axes)


def _order(leader: Tensor, operands: Sequence[Tensor | Weight], sizes: Shape) -> list[int] | None:
    """The axes of the file in the order of the largest operand's row; None if there are too many.

    Axes that are longer in another operand come last.
    """
    batches = {each.batch_axis for each in operands if isinstance(each, Tensor)} - {None}
    if leader.is_loose:
        order = [axis for axis in range(len(sizes)) if axis not in batches and sizes[axis] > 1]
    else:
        order = sorted(
            [axis for axis in range(len(sizes)) if leader.axes[axis] >= 0],
            key=lambda axis: leader.axes[axis],
        )
        order += [
            axis
            for axis in range(len(sizes))
            if sizes[axis] > 1 and axis not in order and axis not in batches
        ]
    order = order or [*range(len(sizes))][-1:]
    return order if len(order) <= MOST_AXES else None


def _placed(rows: Rows, operand: Tensor | Weight, order: Sequence[int]) -> Tensor | None:
    """An operand with its axes in that order; None for numbers that are not learned."""
    if isinstance(operand, Tensor):
        exact = [operand.axes[axis] for axis in order] == [*range(len(operand.shape))]
        return operand if exact or not order else arranged(rows, operand, order)
    return parameter(rows, operand, order) if operand.learned else None


def _after(first: Tensor, order: Sequence[int], sizes: Shape, leader: Tensor) -> Tensor:
    axes = [UNIT] * len(sizes)
    for at, axis in enumerate(order):
        axes[axis] = at
    if leader.batch_axis is not None:
        axes[leader.batch_axis] = BATCH
    elif first.batch_axis is not None:
        axes[first.batch_axis] = BATCH
    shape = tuple([sizes[axis] for axis in order]) or (1,)
    return Tensor(first.row, shape, sizes, tuple(axes))


def _unplaced(rows: Rows, word: str, operands: Sequence[Tensor | Weight], sizes: Shape) -> Tensor:
    """Operands with too many axes for one row of the language."""
    tensors = [each for each in operands if isinstance(each, Tensor)]
    tensors += [whole(rows, each) for each in operands if isinstance(each, Weight) and each.learned]
    return moved(rows, word, tensors, sizes)


def joined(rows: Rows, operands: Sequence[Tensor | Weight], axis: int) -> Tensor:
    """Values one after the other along an axis of the file.

    Raises:
        GraphError: their other sizes differ.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8, 8), channel_axis=1)
    >>> joined(rows, [image, image], 1).sizes, rows.layers[0]
    ((1, 8, 8, 8), {'concat': ['x', 'x'], 'name': 'layer'})
    """
    tensors = [each for each in operands if isinstance(each, Tensor)]
    leader = max(tensors, key=_values)
    along = axis % leader.rank
    sizes = _joined_sizes(rows, operands, along)
    if len(operands) == 1:
        return leader
    together = leader._replace(sizes=sizes)
    order = _order(together, operands, sizes)
    if order is None or along not in order:
        return _unplaced(rows, "Concat", operands, sizes)
    placed = [_placed(rows, each, order) for each in operands]
    own = [each for each in placed if each is not None]
    if len(own) < len(placed):
        return moved(rows, "Concat", own, sizes)
    at = order.index(along)
    row = rows.add("concat", own, {"axis": at} if at else {})
    return _after(own[0], order, sizes, leader)._replace(row=row.name, shape=row.shape)


def _joined_sizes(rows: Rows, operands: Sequence[Tensor | Weight], along: int) -> Shape:
    first = operands[0].sizes
    total = 0
    for each in operands:
        rest = (*each.sizes[:along], *each.sizes[along + 1 :])
        if rest != (*first[:along], *first[along + 1 :]):
            texts = " and ".join(str(operand.sizes) for operand in operands)
            raise rows.fail(f"{texts} do not fit together along axis {along}")
        total += each.sizes[along]
    return (*first[:along], total, *first[along + 1 :])


def stacked(rows: Rows, operands: Sequence[Tensor], axis: int) -> Tensor:
    """Values one after the other along a new axis of the file.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 4, 8), channel_axis=1)
    >>> stacked(rows, [image, image], 1).sizes
    (1, 2, 4, 8)
    """
    at = axis % (operands[0].rank + 1)
    sizes = [(*each.sizes[:at], 1, *each.sizes[at:]) for each in operands]
    return joined(
        rows, [reshaped(rows, each, size) for each, size in zip(operands, sizes, strict=True)], at
    )
