"""Calls that reorder, cut, join and reduce values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.merging import joined, stacked
from convcalc.files.graph.shapes import expanded, reduced, sliced
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.windows import pooled_to
from convcalc.files.pytorch.operators.rule import Rule
from convcalc.files.pytorch.values import AnyValue, Operation, as_tensor

SAME = """
    clone contiguous _to_copy alias alias_copy detach detach_copy lift_fresh lift to dropout
    feature_dropout alpha_dropout _conj resolve_conj resolve_neg
"""
VIEWS = """
    view _unsafe_view reshape _reshape_alias _reshape_copy unsqueeze squeeze flatten unflatten
    view_as view_copy unsqueeze_copy squeeze_copy
"""
SPLITS = """
    split split_with_sizes chunk split_copy split_with_sizes_copy unsafe_split unsafe_chunk
    unsafe_split_with_sizes
"""
IMAGES = 4
"""Axes of a batch of images."""
ORDERS = ("t", "transpose", "permute", "swapaxes", "numpy_T", "t_copy", "permute_copy")


def _same(op: Operation) -> Tensor:
    return op.tensor("input" if "input" in op.arguments else "self")


def _view(op: Operation) -> Tensor:
    return reshaped(op.rows, op.tensor(), op.sizes)


def _turned(op: Operation, rank: int) -> list[int]:
    """The order of axes that a call gives."""
    order = [*range(rank)]
    if op.name.startswith("permute"):
        return [axis % rank for axis in op.get("dims")]
    if rank < 2:
        return order
    one, other = op.get("dim0", 0) % rank, op.get("dim1", 1) % rank
    order[one], order[other] = order[other], order[one]
    return order


def _transposed(op: Operation) -> Tensor:
    tensor = op.tensor()
    return tensor.transposed(_turned(op, tensor.rank))


def _concat(op: Operation) -> Tensor:
    """aten::cat; empty values are left out."""
    values = [each for each in op.arguments["tensors"] if 0 not in each.sizes]
    rank = len(op.sizes)
    if not any(isinstance(each, Tensor) for each in values):
        values[0] = as_tensor(op.rows, values[0])
    return joined(op.rows, values, op.get("dim", 0) % rank)


def _stack(op: Operation) -> Tensor:
    """aten::stack."""
    values = [as_tensor(op.rows, each) for each in op.arguments["tensors"]]
    return stacked(op.rows, values, op.get("dim", 0))


def _split(op: Operation) -> list[AnyValue]:
    tensor = op.tensor()
    axis = op.get("dim", 0) % tensor.rank
    return _parts(op, tensor, axis, [each.sizes[axis] for each in op.call.outputs])


def _unbound(op: Operation) -> list[AnyValue]:
    """aten::unbind: an axis goes."""
    tensor = op.tensor()
    axis = op.get("dim", 0) % tensor.rank
    parts = _parts(op, tensor, axis, [1] * tensor.sizes[axis])
    return [
        reshaped(op.rows, part, each.sizes) if isinstance(part, Tensor) else part
        for part, each in zip(parts, op.call.outputs, strict=True)
    ]


def _parts(op: Operation, tensor: Tensor, axis: int, lengths: Sequence[int]) -> list[AnyValue]:
    """Parts of an axis one after the other, a row each, but for what is never read."""
    parts: list[AnyValue] = []
    start = 0
    for length, output in zip(lengths, op.call.outputs, strict=True):
        stop = start + length
        if output.is_wanted:
            parts.append(sliced(op.rows, tensor, axis, start, stop))
        else:
            parts.append(Weight(op.name, output.sizes))
        start = stop
    return parts


def _cut(op: Operation) -> Tensor:
    """aten::slice."""
    tensor = op.tensor()
    axis = op.get("dim", 0) % tensor.rank
    size, step = tensor.sizes[axis], op.get("step", 1)
    start, stop, _ = slice(op.get("start"), op.get("end"), 1).indices(size)
    return sliced(op.rows, tensor, axis, start, stop, step)


def _selected(op: Operation) -> Tensor:
    """aten::select: one place of an axis, which goes."""
    tensor = op.tensor()
    axis = op.get("dim", 0) % tensor.rank
    at = op.get("index", 0) % tensor.sizes[axis]
    return reshaped(op.rows, sliced(op.rows, tensor, axis, at, at + 1), op.sizes)


def _reduction(kind: str) -> Callable[[Operation], Tensor]:
    def rule(op: Operation) -> Tensor:
        tensor = op.tensor()
        written = op.get("dim", [])
        axes = [written] if isinstance(written, int) else list(written)
        own = [axis % tensor.rank for axis in axes] or [*range(tensor.rank)]
        return reduced(op.rows, tensor, kind, own, keep=bool(op.get("keepdim", False)))

    return rule


def _mean(op: Operation) -> Tensor:
    """aten::mean, also of an adaptive pool to one position, which is a row in any case."""
    tensor = op.tensor()
    if op.call.written.function == "adaptive_avg_pool2d" and tensor.rank == IMAGES:
        return pooled_to(op.rows, "adaptive_avg_pool", tensor, (1, 1))
    return _reduction("mean")(op)


def _expand(op: Operation) -> Tensor:
    tensor = op.tensor()
    more = len(op.sizes) - tensor.rank
    if more:
        tensor = reshaped(op.rows, tensor, (1,) * more + tuple(tensor.sizes))
    return expanded(op.rows, tensor, op.sizes)


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(SAME.split(), _same),
    **dict.fromkeys(VIEWS.split(), _view),
    **dict.fromkeys(ORDERS, _transposed),
    "cat": _concat,
    "stack": _stack,
    **dict.fromkeys(SPLITS.split(), _split),
    **dict.fromkeys(("unbind", "unbind_copy"), _unbound),
    **dict.fromkeys(("slice", "slice_copy"), _cut),
    **dict.fromkeys(("select", "select_copy"), _selected),
    "mean": _mean,
    "sum": _reduction("sum"),
    "amax": _reduction("max"),
    "expand": _expand,
}
