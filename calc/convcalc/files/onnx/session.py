"""Running through a graph: a row for each operation, in the order of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.rows import Rows
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.call import AnyValue, Call, Rule, as_weight
from convcalc.files.onnx.constants import Constant, NotConstantError, constant_of, folded
from convcalc.files.onnx.model import Array, Function, Graph, Model, Node, Reference, known
from convcalc.files.onnx.operators import norms, picking, pointwise, products, shapes, windows
from convcalc.files.places import NamedPlace

RULES: Mapping[str, Rule] = {
    **windows.RULES,
    **products.RULES,
    **norms.RULES,
    **pointwise.RULES,
    **shapes.RULES,
    **picking.RULES,
}
STANDARD = ("", "com.microsoft", "com.microsoft.nchwc", "pkg.onnxscript.torch_lib")
DEEPEST = 20


class Session:
    """The values of a graph as far as it has run.

    Args:
        model: the file.
        rows: where rows are made.
        checks_sizes: whether the sizes that the file tells are those of this run.
    """

    def __init__(self, model: Model, rows: Rows, *, checks_sizes: bool) -> None:
        self.model = model
        self.rows = rows
        self.values: dict[str, AnyValue] = {}
        self._told: dict[str, tuple[int, ...]] = {}
        self._checks_sizes = checks_sizes
        self._position = 0
        self._biases: dict[str, tuple[str, Weight]] = {}
        self._depth = 0

    def run(self, graph: Graph) -> None:
        """Makes the rows of all operations of a graph.

        Raises:
            GraphError: an operation cannot be, with its place.
        """
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.rows.fail(f"graphs are nested deeper than {DEEPEST} levels")
        for name, array in graph.arrays.items():
            self.values[name] = constant_of(array)
        for value in graph.shapes.values():
            sizes = known(value.sizes)
            if sizes is not None:
                self._told[value.name] = sizes
        self._find_biases(graph)
        for node in graph.nodes:
            self._position += 1
            name = node.name or f"{node.operator} {next(iter(node.outputs), '')}".strip()
            row = node.name or next(iter(node.outputs), "") or node.operator
            with self.rows.source(row, NamedPlace("node", name, self._position)):
                self._run(node)
        self._depth -= 1

    def _run(self, node: Node) -> None:
        if node.domain not in STANDARD or (node.domain, node.operator) in self.model.functions:
            function = self.model.functions.get((node.domain, node.operator))
            if function is not None:
                self._inline(node, function)
                return
        inputs = [self._value(name) for name in node.inputs]
        if node.operator == "If":
            self._branch(node, inputs[0] if inputs else None)
            return
        outputs = self._outputs(node, inputs)
        for name, value in zip(node.outputs, outputs, strict=False):
            if name:
                self._check(name, value)
                self.values[name] = value

    def _outputs(self, node: Node, inputs: Sequence[AnyValue | None]) -> Sequence[AnyValue]:
        if all(each is None or isinstance(each, Constant) for each in inputs):
            try:
                return folded(node, [each for each in inputs if not isinstance(each, Tensor)])
            except NotConstantError:
                pass
        call = Call(self.rows, node, inputs, self._told)
        if node.outputs and node.outputs[0] in self._biases and node.operator == "MatMul":
            added, bias = self._biases[node.outputs[0]]
            made = products.product(call, bias=bias)
            self.values[added] = made
            return [made]
        if node.outputs and node.outputs[0] in self.values and node.operator == "Add":
            return [self.values[node.outputs[0]]]
        rule = RULES.get(node.operator) if node.domain in STANDARD else None
        if rule is None:
            return self._unknown(call)
        outputs = rule(call)
        return outputs if isinstance(outputs, list) else [outputs]

    def _unknown(self, call: Call) -> list[AnyValue]:
        """A row for an operation without a rule, with the shape that the file tells."""
        node = call.node
        title = f"{node.domain}.{node.operator}" if node.domain else node.operator
        reads = [each for each in call.inputs if isinstance(each, Tensor)]
        params: Any = "unknown"
        made: list[AnyValue] = []
        for at, name in enumerate(node.outputs):
            if not name:
                made.append(Constant("", (), None))
                continue
            sizes = call.sizes(at)
            if sizes is None:
                raise self.rows.fail(
                    f"convcalc has no rule for {title}, and the file does not tell the shape of "
                    f"its output {name}: nothing after it can be known"
                )
            if made and params == "unknown":  # its figures are those of one row
                made.append(opaque(self.rows, title, reads, sizes, params=0, macs="none"))
            else:
                made.append(opaque(self.rows, title, reads, sizes, params=params))
        return made

    def _value(self, name: str) -> AnyValue | None:
        if not name:
            return None
        if name not in self.values:
            raise self.rows.fail(f"{name} is read, but nothing before this node gives it")
        return self.values[name]

    def _check(self, name: str, value: AnyValue) -> None:
        told = self._told.get(name)
        if told is None or not self._checks_sizes or isinstance(value, Constant):
            return
        if told != tuple(value.sizes) and len(told) > 0:
            raise self.rows.fail(
                f"the file says that {name} has the shape {told}, it is {value.sizes}"
            )

    def _branch(self, node: Node, condition: AnyValue | None) -> None:
        """The branch of an If whose condition is a constant."""
        if not isinstance(condition, Constant) or not condition.values:
            raise self.rows.fail("the condition of this If depends on values")
        graph = node.attributes["then_branch" if condition.values[0] else "else_branch"]
        if not isinstance(graph, Graph):
            raise self.rows.fail("this If has no such branch")
        self.run(graph)
        for name, inner in zip(node.outputs, graph.outputs, strict=False):
            self.values[name] = self._value(inner.name) or self.values[inner.name]

    def _inline(self, node: Node, function: Function) -> None:
        """The operations of a function that the file itself defines."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.rows.fail(f"functions are nested deeper than {DEEPEST} levels")
        outer = self.values
        given = [self._value(name) for name in node.inputs]
        pairs = zip(function.inputs, given, strict=False)
        self.values = {name: value for name, value in pairs if value is not None}
        attributes = {**function.defaults, **node.attributes}
        for inner in function.nodes:
            own = {
                name: attributes.get(value.name) if isinstance(value, Reference) else value
                for name, value in inner.attributes.items()
            }
            with self.rows.named(f"{node.name or node.operator}/{inner.name or inner.operator}"):
                self._run(inner._replace(attributes=own))
        made = [self._value(name) for name in function.outputs]
        self.values = outer
        for name, value in zip(node.outputs, made, strict=False):
            if value is not None:
                self.values[name] = value
        self._depth -= 1

    def _find_biases(self, graph: Graph) -> None:
        """The constants that are added to the product with a matrix alone, by the product."""
        constants = {
            node.outputs[0]: node.attributes.get("value")
            for node in graph.nodes
            if node.operator == "Constant" and node.outputs
        }
        arrays: dict[str, Any] = {**constants, **graph.arrays}
        reads = Counter([name for node in graph.nodes for name in node.inputs])
        reads.update([value.name for value in graph.outputs])
        matrices = {
            node.outputs[0]: arrays.get(node.inputs[1])
            for node in graph.nodes
            if node.operator == "MatMul" and len(node.inputs) == 2 and node.outputs
        }
        for node in graph.nodes:
            if node.operator != "Add" or len(node.inputs) != 2 or not node.outputs:
                continue
            for product, other in (node.inputs, node.inputs[::-1]):
                matrix, bias = matrices.get(product), arrays.get(other)
                if not isinstance(matrix, Array) or not isinstance(bias, Array):
                    continue
                if (
                    len(matrix.sizes) == 2
                    and bias.sizes == matrix.sizes[1:]
                    and reads[product] == 1
                ):
                    weight = as_weight(constant_of(bias)._replace(name=bias.name or other))
                    self._biases[product] = (node.outputs[0], weight)
