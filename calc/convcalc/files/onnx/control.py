"""Operators that run other operations: branches, loops, and functions that the file defines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from convcalc.files.graph.merging import stacked
from convcalc.files.onnx.arrays import Constant
from convcalc.files.onnx.call import AnyValue, Call, Values, as_tensor
from convcalc.files.onnx.model import Function, Graph, Node, Reference
from convcalc.files.onnx.operators.unknown import unknown
from convcalc.files.onnx.scope import Names, Scope

MOST_ROUNDS = 256
MOST_CARRIED = 20_000
"""Values that all rounds of a loop give."""
FIRST_CARRIED = 2
"""Inputs of a Loop, and of its body, before those that are carried from round to round."""


class Runner(Protocol):
    """What runs operations."""

    def inner_scope(self, graph: Graph) -> Scope:
        """A scope for a graph inside the one that runs."""

    def names_of(self, function: Function) -> Names:
        """The names of a function."""

    def run_inside(self, scope: Scope, nodes: Sequence[Node], names: Sequence[str]) -> list[Any]:
        """Runs operations in a scope of their own, and gives the values of some names."""


def branch(runner: Runner, call: Call) -> Sequence[AnyValue | None]:
    """If: the branch that runs, when the condition is a constant."""
    condition = call.constant(0)
    if condition is None or not condition.values:
        return unknown(call)
    graph = _graph(call, "then_branch" if condition.values[0] else "else_branch")
    return _run(runner, graph, runner.inner_scope(graph))


def _graph(call: Call, name: str) -> Graph:
    found = call.node.attributes.get(name)
    if not isinstance(found, Graph):
        raise call.fail(f"this {call.node.operator} has no {name}")
    return found


def _run(runner: Runner, graph: Graph, scope: Scope) -> list[AnyValue]:
    return runner.run_inside(scope, graph.nodes, [value.name for value in graph.outputs])


def loop(runner: Runner, call: Call) -> Sequence[AnyValue | None]:
    """Loop: round by round, when it is known how many there are."""
    rounds = _rounds(call)
    if rounds is None:
        return unknown(call)
    going, body = call.constant(1), _graph(call, "body")
    carried: list[AnyValue] = [value for value in call.inputs[FIRST_CARRIED:] if value is not None]
    if len(body.inputs) != len(carried) + FIRST_CARRIED:
        raise call.fail("the body of this Loop has other inputs than the Loop")
    scanned: list[list[AnyValue]] = [[] for _ in body.outputs[len(carried) + 1 :]]
    for number in range(rounds):
        if going is not None and going.values and not going.values[0]:
            break
        scope = runner.inner_scope(body)
        at = Constant("", call.value(0).sizes, [number])
        goes = going or Constant("", (), [True])
        for value, own in zip(body.inputs, [at, goes, *carried], strict=True):
            scope.put(value.name, own)
        first, *others = _run(runner, body, scope)
        if not isinstance(first, Constant) or not first.values:
            raise call.fail("the condition of this Loop is computed from the input")
        going, carried = first, others[: len(carried)]
        for values, each in zip(scanned, others[len(carried) :], strict=True):
            values.append(each)
    return [*carried, *[_stacked(call, values) for values in scanned]]


def _rounds(call: Call) -> int | None:
    """How many rounds a Loop has at the most; None if that is unknown, or too many."""
    times, going = call.numbers(0), call.constant(1)
    is_open = call.has(1) and (going is None or not going.values)
    if not times or is_open or times[0] > MOST_ROUNDS:
        return None
    return times[0] if times[0] * len(_graph(call, "body").outputs) <= MOST_CARRIED else None


def _stacked(call: Call, values: Sequence[AnyValue]) -> AnyValue | None:
    """What all rounds give, along a new first axis."""
    if not values or any(isinstance(each, Values) for each in values):
        return None
    tensors = [as_tensor(call.rows, v) if isinstance(v, Constant) else v for v in values]
    return stacked(call.rows, [each for each in tensors if not isinstance(each, Values)], 0)


def inlined(runner: Runner, call: Call, function: Function) -> Sequence[AnyValue | None]:
    """The operations of a function that the file itself defines."""
    scope = Scope(runner.names_of(function))
    for name, value in zip(function.inputs, call.inputs, strict=False):
        if value is not None:
            scope.put(name, value)
    attributes = {**function.defaults, **call.node.attributes}
    nodes = [
        inner._replace(
            name=f"{call.node.name or call.node.operator}/{inner.name or inner.operator}",
            attributes=_filled(inner.attributes, attributes),
        )
        for inner in function.nodes
    ]
    return runner.run_inside(scope, nodes, function.outputs)


def _filled(attributes: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes with those of the function's node in place of references to them."""
    filled = {
        name: outer.get(value.name) if isinstance(value, Reference) else value
        for name, value in attributes.items()
    }
    return {name: value for name, value in filled.items() if value is not None}
