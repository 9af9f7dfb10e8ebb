"""Which operators are folded."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.files.onnx.arrays import Constant, NotConstantError
from convcalc.files.onnx.folding import places, values
from convcalc.files.onnx.folding.values import Fold, Inputs
from convcalc.files.onnx.model import LARGEST, Node

FOLDS: Mapping[str, Fold] = {**values.FOLDS, **places.FOLDS}


def folded(node: Node, inputs: Inputs) -> list[Constant]:
    """The outputs of an operation on constants.

    Raises:
        NotConstantError: there is no rule for it, or it is not for these constants.

    >>> node = Node("Div", "", "", ("a", "b"), ("c",), {})
    >>> folded(node, [Constant("a", (), [-7]), Constant("b", (2,), [2, 7])])[0].values
    [-3, -1]
    """
    fold = FOLDS.get(node.operator)
    if fold is None or node.domain or not node.outputs:
        raise NotConstantError
    try:
        made = fold(node, inputs)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise NotConstantError from error
    outputs = made if isinstance(made, list) else [made]
    if any(each.numbers > LARGEST for each in outputs):
        raise NotConstantError
    return outputs
