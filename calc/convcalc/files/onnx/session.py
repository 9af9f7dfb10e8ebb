"""Running through a graph: a row for each operation, in the order of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcalc.errors import SpecError
from convcalc.files.graph.rows import Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.apart import made_apart
from convcalc.files.onnx.arrays import Constant, NotConstantError
from convcalc.files.onnx.biases import added_bias
from convcalc.files.onnx.call import AnyValue, Call, Rule, Values
from convcalc.files.onnx.control import branch, inlined, loop
from convcalc.files.onnx.folding.table import folded
from convcalc.files.onnx.model import LARGEST, Array, Function, Graph, Model, Node, NodeError
from convcalc.files.onnx.operators import products
from convcalc.files.onnx.operators.table import RULES
from convcalc.files.onnx.operators.unknown import as_in_file, unknown
from convcalc.files.onnx.scope import Names, Scope
from convcalc.files.places import NamedPlace

DEEPEST = 20
MOST_INSIDE = 20_000
"""Operations in branches, loops and functions that run, once for each time."""
FIRST_ONLY = frozenset({"CastLike"})
"""Operators whose other inputs only give a type."""
CONTROL = {"If": branch, "Loop": loop}


class Session:
    """The values of a graph as far as it has run.

    Args:
        model: the file.
        rows: where rows are made.
        file_sizes: sizes of values in the file.
        values: the inputs of the graph.
    """

    def __init__(
        self,
        model: Model,
        rows: Rows,
        file_sizes: Mapping[str, tuple[int, ...]],
        values: Mapping[str, AnyValue],
    ) -> None:
        self.model = model
        self.rows = rows
        self._names: dict[int, Names] = {}
        self.scope = Scope(self._graph_names(model.graph))
        self._file_sizes = file_sizes
        self._inside = 0
        self._depth = 0
        for name, value in values.items():
            self.scope.put(name, value)

    def run(self) -> dict[str, AnyValue]:
        """Makes the rows of all operations, and gives the graph's outputs.

        Raises:
            GraphError: an operation cannot be, with its place.
        """
        for position, node in enumerate(self.model.graph.nodes, start=1):
            output = next(filter(None, node.outputs), "")
            name = node.name or f"{node.operator} {output}".strip()
            place = NamedPlace("node", name, position)
            with self.rows.source(node.name or output or node.operator, place):
                self._run(node)
        found: dict[str, AnyValue] = {}
        for value in self.model.graph.outputs:
            made = self.scope.get(value.name)
            if made is None:
                raise self.rows.fail(f"no node gives the output {value.name}")
            found[value.name] = made
        return found

    def inner_scope(self, graph: Graph) -> Scope:
        """A scope for a graph inside the one that runs."""
        return Scope(self._graph_names(graph), self.scope)

    def _graph_names(self, graph: Graph) -> Names:
        outputs = [value.name for value in graph.outputs]
        return self._known_names(graph.nodes, outputs, graph.arrays)

    def names_of(self, function: Function) -> Names:
        """The names of a function."""
        return self._known_names(function.nodes, function.outputs, {})

    def _known_names(
        self, nodes: list[Node], outputs: Sequence[str], arrays: Mapping[str, Array]
    ) -> Names:
        """The names of operations, which are gathered once, however often they run."""
        if id(nodes) not in self._names:
            self._names[id(nodes)] = Names(nodes, outputs, arrays)
        return self._names[id(nodes)]

    def run_inside(
        self, scope: Scope, nodes: Sequence[Node], names: Sequence[str]
    ) -> list[AnyValue]:
        """Runs operations in a scope of their own, and gives the values of some names.

        Raises:
            GraphError: one of them cannot be, or graphs are nested too deeply.
        """
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.rows.fail(f"graphs are nested deeper than {DEEPEST} levels")
        self._inside += len(nodes)
        if self._inside > MOST_INSIDE:
            raise self.rows.fail(
                f"more than {MOST_INSIDE:,} operations would run in branches, loops and functions"
            )
        before = self.scope
        self.scope = scope
        for node in nodes:
            with self.rows.named(node.name or next(filter(None, node.outputs), node.operator)):
                self._run(node)
        found = [self._needed(name) for name in names]
        self.scope = before
        self._depth -= 1
        return found

    def _run(self, node: Node) -> None:
        if self.scope.sums.intersection(node.outputs):
            self.scope.sums.difference_update(node.outputs)
            return  # it was made with the product that it adds to
        try:
            self._put(node, self._outputs(node))
        except SpecError:
            raise  # with the place from further out
        except NodeError as error:
            raise self.rows.fail(f"{node.operator}: {error}") from error
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise self.rows.fail(
                f"the inputs or attributes of this {node.operator} do not fit together"
            ) from error

    def _put(self, node: Node, outputs: Sequence[AnyValue | None]) -> None:
        for name, value in zip(node.outputs, outputs, strict=False):
            if not name or value is None:
                continue
            if self.scope.has_own(name):
                raise self.rows.fail(f"{name} is given a second time")
            self._check(name, value)
            self.scope.put(name, value)

    def _outputs(self, node: Node) -> Sequence[AnyValue | None]:
        inputs = [self._needed(name) if name else None for name in node.inputs]
        read = [self.scope.names.reads(name) for name in node.outputs]
        sizes = {} if self._depth else self._file_sizes
        call = Call(self.rows, node, inputs, sizes, read, self.model.opset)
        function = self.model.functions.get((node.domain, node.operator))
        if function is not None:
            return inlined(self, call, function)
        if node.operator in CONTROL and not node.domain:
            return CONTROL[node.operator](self, call)
        constants = _constants(node, inputs)
        if constants is not None:
            try:
                return folded(node, constants)
            except NotConstantError:
                pass
        rule = RULES.get(node.domain, {}).get(node.operator)
        if rule is None:
            return unknown(call)
        try:
            return self._made(rule, call, constants)
        except NotConstantError:
            return as_in_file(call)

    def _made(
        self, rule: Rule, call: Call, constants: Sequence[Constant | None] | None
    ) -> Sequence[AnyValue | None]:
        """The outputs of an operation by its rule."""
        apart = None if constants is None else made_apart(rule, call, constants)
        if apart is not None:
            return apart
        found = added_bias(self.scope, call.node)
        if found is not None:
            made = products.product(call, bias=found.bias)
            self._check(found.output, made)
            self.scope.put(found.output, made)
            self.scope.sums.add(found.output)
            return [made]
        outputs = rule(call)
        return [outputs] if isinstance(outputs, (Tensor, Constant, Values)) else outputs

    def _needed(self, name: str) -> AnyValue:
        found = self.scope.get(name)
        if found is None:
            raise self.rows.fail(f"{name} is read, but nothing before this node gives it")
        return found

    def _check(self, name: str, value: AnyValue) -> None:
        if prod(value.sizes) > LARGEST:
            raise self.rows.fail(f"{name} has the impossible sizes {tuple(value.sizes)}")
        if not isinstance(value, Tensor):
            return
        if 0 in value.sizes:
            raise self.rows.fail(f"{name} is empty: its sizes are {tuple(value.sizes)}")
        in_file = None if self._depth else self._file_sizes.get(name)
        if in_file is not None and in_file != tuple(value.sizes):
            raise self.rows.fail(
                f"{name} has the shape {in_file} in the file, but it is {tuple(value.sizes)}"
            )


def _constants(node: Node, inputs: Sequence[AnyValue | None]) -> list[Constant | None] | None:
    """The inputs if none of them depends on the network's input."""
    used = inputs[:1] if node.operator in FIRST_ONLY else inputs
    found = [each for each in used if each is None or isinstance(each, Constant)]
    return found if len(found) == len(used) else None
