"""The bias of a matrix product: in the file it is an addition of its own."""

from __future__ import annotations

from math import prod

from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.arrays import Constant, NotConstantError
from convcalc.files.onnx.call import as_weight
from convcalc.files.onnx.folding.table import folded
from convcalc.files.onnx.model import Node
from convcalc.files.onnx.scope import Scope
from convcalc.records import NamedTuple


class AddedBias(NamedTuple):
    """What is added to a product, and the name of the sum."""

    output: str
    bias: Weight


def added_bias(scope: Scope, node: Node) -> AddedBias | None:
    """The bias of a product with a matrix, if an addition of one alone reads the product."""
    if node.operator != "MatMul" or node.domain or len(node.inputs) != 2 or not node.outputs:
        return None
    value, matrix = (scope.get(name) for name in node.inputs)
    readers = scope.names.readers(node.outputs[0])
    if not isinstance(matrix, Constant) or len(matrix.sizes) != 2 or not readers:
        return None
    if not isinstance(value, Tensor) or len(readers) > 1 or not _adds(readers[0]):
        return None
    others = [name for name in readers[0].inputs if name != node.outputs[0]]
    bias = _constant(scope, others[0]) if len(others) == 1 else None
    if bias is None or not bias.learned or len(bias.sizes) > value.rank:
        return None
    if prod(bias.sizes) != bias.sizes[-1] or bias.sizes[-1] != matrix.sizes[1]:
        return None
    return AddedBias(readers[0].outputs[0], as_weight(bias)._replace(sizes=bias.sizes[-1:]))


def _adds(node: Node) -> bool:
    is_addition = node.operator == "Add" and not node.domain and not node.attributes
    return is_addition and len(node.outputs) == 1


def _constant(scope: Scope, name: str) -> Constant | None:
    """A constant, which a node may give that comes later."""
    found = scope.get(name)
    if found is None and name in scope.names.constants:
        try:
            return folded(scope.names.constants[name], [])[0]
        except NotConstantError:
            return None
    return found if isinstance(found, Constant) else None
