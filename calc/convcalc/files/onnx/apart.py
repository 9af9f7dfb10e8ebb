"""Operations on constants that are not computed: the sizes of their outputs, without rows."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.files.graph.rows import GraphError, Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.onnx.arrays import Constant, all_learned
from convcalc.files.onnx.call import AnyValue, Call, Rule, Values

MULTIPLYING = frozenset(
    (
        "Conv",
        "ConvTranspose",
        "ConvInteger",
        "QLinearConv",
        "FusedConv",
        "Gemm",
        "MatMul",
        "MatMulInteger",
        "QLinearMatMul",
        "FusedMatMul",
        "FusedGemm",
        "Einsum",
        "LSTM",
        "GRU",
        "RNN",
        "Attention",
        "If",
        "Loop",
        "Scan",
    )
)
"""Operators whose multiply-accumulates count even if nothing of them depends on the input."""


def made_apart(
    rule: Rule, call: Call, constants: Sequence[Constant | None]
) -> list[AnyValue | None] | None:
    """The outputs as constants of those sizes, made of the same learned arrays.

    Args:
        rule: the rule of the operator.
        call: the node.
        constants: what it reads.

    Returns:
        None if the operation needs rows.
    """
    node = call.node
    if node.operator in MULTIPLYING or not constants:
        return None
    rows = Rows()
    rows.input("x", (1, 1), channel_axis=1)
    plain = [None if each is None else each._replace(learned={}) for each in constants]
    try:
        made = rule(Call(rows, node, plain, opset=call.opset))
    except GraphError as error:
        raise call.fail(error.fault.message) from error
    outputs = [made] if isinstance(made, (Tensor, Constant, Values)) else made
    learned = all_learned(constants)
    is_float = any(each.is_float for each in constants if each)
    found: list[AnyValue | None] = []
    for name, value in zip(node.outputs, outputs, strict=False):
        if isinstance(value, Values):
            return None
        sizes = None if value is None else tuple(value.sizes)
        found.append(None if sizes is None else Constant(name, sizes, None, is_float, learned))
    return found
