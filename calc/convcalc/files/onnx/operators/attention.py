"""Attention as one operator: products of queries, keys and values."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.files.graph.opaque import moved, opaque
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.call import AnyValue, Call, Rule
from convcalc.files.onnx.operators.products import batch_of

BY_HEADS = 4


def _attention(call: Call) -> list[AnyValue | None]:
    """Attention: scores of all queries and keys by head, and sums of the values by them."""
    queries, keys, values = call.tensor(0), call.tensor(1), call.tensor(2)
    ranks = {queries.rank, keys.rank, values.rank}
    if ranks == {BY_HEADS}:
        heads, length, width = queries.sizes[1:]
        steps, out = keys.sizes[2], values.sizes[3]
        sizes = (*queries.sizes[:3], out)
    elif ranks == {BY_HEADS - 1}:
        heads = call.integer("q_num_heads", 1)
        others = call.integer("kv_num_heads", heads)
        if min(heads, others) < 1 or queries.sizes[2] % heads or values.sizes[2] % others:
            raise call.fail(f"{heads} and {others} heads do not divide the features")
        length, width = queries.sizes[1], queries.sizes[2] // heads
        steps, out = keys.sizes[1], values.sizes[2] // others
        sizes = (*queries.sizes[:2], heads * out)
    else:
        raise call.fail(f"{queries.sizes}, {keys.sizes} and {values.sizes} are no attention")
    if call.has(4):
        steps += call.value(4).sizes[2]
    macs = queries.sizes[0] * heads * length * steps * (width + out)
    macs //= batch_of(call, [queries, keys, values])
    reads = [queries, keys, values]
    made = opaque(call.rows, "Attention", reads, sizes, params=0, macs=macs)
    return [made, *[_other(call, at, made) for at in range(1, len(call.node.outputs))]]


def _other(call: Call, at: int, made: Tensor) -> AnyValue | None:
    sizes = call.sizes(at)
    if not call.is_read(at):
        return None
    if sizes is None:
        raise call.fail(f"the file does not give the shape of {call.node.outputs[at]}")
    return moved(call.rows, "Attention state", [made], sizes)


RULES: Mapping[str, Rule] = {"Attention": _attention}
