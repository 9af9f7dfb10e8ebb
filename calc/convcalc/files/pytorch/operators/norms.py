"""Norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from convcalc.files.graph.norms import by_channel, layer_normalized, normalized
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.pytorch.operators.rule import Rule
from convcalc.files.pytorch.values import Operation


def _affine(op: Operation) -> bool | str:
    """Which of the two arrays is learned, as the language has it."""
    there = [name for name in ("weight", "bias") if op.weights(name)]
    return True if len(there) == 2 else there[0] if there else False


def _norm(
    op: Operation, word: str, parameters: Mapping[str, Any] | None = None, name: str = "input"
) -> Tensor:
    weights = op.weights("weight", "bias")
    return normalized(op.rows, word, op.tensor(name), weights, parameters, affine=_affine(op))


def _batch_norm(op: Operation) -> Tensor:
    """aten::native_batch_norm and its kin; with the input's own statistics it is another norm."""
    return _norm(op, "instance_norm" if op.get("training", False) else "batch_norm")


def _layer_norm(op: Operation) -> Tensor:
    """aten::native_layer_norm: over the last axes."""
    tensor = op.tensor("input")
    shape: Sequence[int] = op.get("normalized_shape")
    axes = range(tensor.rank - len(shape), tensor.rank)
    weights: list[Weight] = op.weights("weight", "bias")
    return layer_normalized(op.rows, tensor, weights, axes, affine=_affine(op))


def _group_norm(op: Operation) -> Tensor:
    """aten::native_group_norm."""
    return _norm(op, "group_norm", {"num_groups": op.get("group", op.get("num_groups", 1))})


def _prelu(op: Operation) -> Tensor:
    """PReLU, with a slope for all channels or for each."""
    weights = op.weights("weight")
    count = prod(weights[0].sizes) if weights else 1
    return by_channel(op.rows, "prelu", op.tensor(), {"num_parameters": count}, weights)


def _local_response_norm(op: Operation) -> Tensor:
    size = {"size": op.get("size", 1)}
    return by_channel(op.rows, "local_response_norm", op.tensor(), size)


BATCH_NORMS = (
    "native_batch_norm",
    "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training",
    "_native_batch_norm_legit_functional",
    "_batch_norm_no_update",
    "_batch_norm_with_update",
    "cudnn_batch_norm",
    "miopen_batch_norm",
    "batch_norm",
)

RULES: Mapping[str, Rule] = {
    **dict.fromkeys(BATCH_NORMS, _batch_norm),
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
    "_prelu_kernel": _prelu,
    "prelu": _prelu,
    "local_response_norm": _local_response_norm,
}
