"""Norms."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcalc.files.graph.norms import by_channel, layer_normalized, learned_function, normalized
from convcalc.files.graph.pointwise import computed
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.call import Call, Rule


def batch_norm(call: Call) -> list[Tensor]:
    """BatchNormalization: the mean and the variance are statistics, not learned."""
    tensor = call.tensor(0)
    weights = call.weights(1, 2)
    if len(weights) < 2 or any(weight.sizes != (tensor.sizes[1],) for weight in weights):
        made = learned_function(call.rows, "BatchNormalization", tensor, weights)
    else:
        made = normalized(call.rows, "batch_norm", tensor, weights)
    return [made] * max(len(call.node.outputs), 1)


def instance_norm(call: Call) -> Tensor:
    """InstanceNormalization: its numbers count as in the file, also where exporters put ones."""
    tensor, weights = call.tensor(0), call.weights(1, 2)
    if tensor.rank > 1 and all(each.sizes == (tensor.sizes[1],) for each in weights):
        return normalized(call.rows, "instance_norm", tensor, _plain(weights))
    return learned_function(call.rows, "InstanceNormalization", tensor, weights)


def _plain(weights: list[Weight]) -> list[Weight]:
    """Of a single channel too, where one number is not taken to be learned."""
    return [each if each.learned else each._replace(learned={each.name: 1}) for each in weights]


def layer_norm(call: Call, title: str = "LayerNormalization") -> list[Tensor]:
    """LayerNormalization: over all axes from `axis` on."""
    tensor = call.tensor(0)
    axes = range(call.axis(-1, tensor.rank), tensor.rank)
    weights = call.weights(1, 2)
    fits = weights and all(prod(each.sizes) == prod(tensor.sizes[axes[0] :]) for each in weights)
    if not fits or title != "LayerNormalization":
        made = learned_function(call.rows, title, tensor, weights)
    else:
        affine = True if len(weights) > 1 else "weight"
        made = layer_normalized(call.rows, tensor, weights, axes, affine=affine)
    return [made] * max(len(call.node.outputs), 1)


def group_norm(call: Call) -> Tensor:
    """GroupNormalization: up to opset 20 with a number for each group, then for each channel."""
    tensor, weights = call.tensor(0), call.weights(1, 2)
    groups = call.attribute("num_groups", 1)
    if len(weights) == 2 and all(each.sizes == (tensor.sizes[1],) for each in weights):
        return normalized(call.rows, "group_norm", tensor, weights, {"num_groups": groups})
    return learned_function(call.rows, "GroupNormalization", tensor, weights)


def _local_response(call: Call) -> Tensor:
    size = call.attribute("size", 1)
    return by_channel(call.rows, "local_response_norm", call.tensor(0), {"size": size})


RULES: Mapping[str, Rule] = {
    "BatchNormalization": batch_norm,
    "InstanceNormalization": instance_norm,
    "LayerNormalization": layer_norm,
    "SimplifiedLayerNormalization": lambda call: layer_norm(call, "RMSNormalization"),
    "RMSNormalization": lambda call: layer_norm(call, "RMSNormalization"),
    "GroupNormalization": group_norm,
    "LRN": _local_response,
    "LpNormalization": lambda call: computed(call.rows, "LpNormalization", call.tensor(0)),
    "MeanVarianceNormalization": lambda call: computed(
        call.rows, "MeanVarianceNormalization", call.tensor(0)
    ),
}
