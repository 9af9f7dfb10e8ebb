"""Recurrent layers: products with the weights of all gates, once a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.tensors import BATCH, UNIT, Tensor
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.onnx.call import AnyValue, Call, Rule
from convcalc.records import NamedTuple

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
STATES = {"LSTM": 2, "GRU": 1, "RNN": 1}
RANK = 3


class Recurrence(NamedTuple):
    """The sizes of a recurrent layer."""

    steps: int
    directions: int
    batch: int
    hidden: int
    products: int
    """Multiply-accumulates of a step in one direction."""
    is_batch_first: bool


def _recurrence(call: Call, tensor: Tensor, operator: str) -> Recurrence:
    weight, again = call.value(1), call.value(2)
    if not tensor.rank == len(weight.sizes) == len(again.sizes) == RANK:
        raise call.fail(f"{tensor.sizes}, {weight.sizes} and {again.sizes} do not have three axes")
    directions, gates, features = weight.sizes
    hidden = again.sizes[2]
    if gates != GATES[operator] * hidden or features != tensor.sizes[2]:
        raise call.fail(f"weights of {weight.sizes} do not fit a value of {tensor.sizes}")
    is_batch_first = bool(call.integer("layout"))
    steps, batch = tensor.sizes[1::-1] if is_batch_first else tensor.sizes[:2]
    return Recurrence(steps, directions, batch, hidden, gates * (features + hidden), is_batch_first)


def recurrent(call: Call, operator: str) -> list[AnyValue | None]:
    """LSTM, GRU and RNN: the states at all steps, and those after the last one.

    The multiply-accumulates are those of each step's input and state with the weights of all gates.
    """
    tensor = call.tensor(0)
    own = _recurrence(call, tensor, operator)
    has_batch = tensor.batch_axis is not None
    if has_batch and tensor.batch_axis != (0 if own.is_batch_first else 1):
        raise call.fail(f"the steps of {tensor.sizes} are its batch")
    first = _states(call, tensor, own, has_batch=has_batch)
    states = [
        _last(call, first, own, has_batch=has_batch) if call.is_read(at) else None
        for at in range(1, 1 + STATES[operator])
    ]
    return [first, *states]


def _states(call: Call, tensor: Tensor, own: Recurrence, *, has_batch: bool) -> Tensor:
    steps, directions, batch, hidden, products, is_batch_first = own
    weights = [each for each in call.weights(1, 2, 3, 7) if each.learned]
    sizes: tuple[int, ...] = (steps, directions, batch, hidden)
    order = [2, 0, BATCH if has_batch else 3, 1]
    if is_batch_first:
        sizes, order = (batch, steps, directions, hidden), [order[2], 2, 0, 1]
    macs = steps * directions * products * (1 if has_batch else batch)
    title, like = call.node.operator, _laid_out(sizes, order)
    return weighted_opaque(call.rows, title, [tensor], sizes, weights, macs=macs, like=like)


def _laid_out(sizes: Sequence[int], order: Sequence[int]) -> Tensor:
    """A value with such axes; those of size 1 are left out."""
    long = sorted(at for at, size in zip(order, sizes, strict=True) if at >= 0 and size > 1)
    axes = [at if at == BATCH else long.index(at) if at in long else UNIT for at in order]
    return Tensor("", (1,) * max(len(long), 1), tuple(sizes), tuple(axes))


def _last(call: Call, first: Tensor, own: Recurrence, *, has_batch: bool) -> Tensor:
    """The states after the last step."""
    sizes = (own.directions, own.batch, own.hidden)
    order = [0, BATCH if has_batch else 2, 1]
    if own.is_batch_first:
        sizes, order = (own.batch, own.directions, own.hidden), [order[1], 0, 1]
    like = _laid_out(sizes, order)
    title = f"{call.node.operator} state"
    return opaque(call.rows, title, [first], sizes, params=0, macs="none", like=like)


def _rule(call: Call) -> list[AnyValue | None]:
    return recurrent(call, call.node.operator)


RULES: Mapping[str, Rule] = dict.fromkeys(GATES, _rule)
