"""Norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcalc.files.graph.norms import by_channel, layer_normalized, learned_function, normalized
from convcalc.files.graph.opaque import moved
from convcalc.files.graph.pointwise import computed
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.onnx.arrays import Constant
from convcalc.files.onnx.call import AnyValue, Call, Rule


def _affine(call: Call) -> tuple[list[Weight], bool | str]:
    """What is learned of the second and the third input, and how the language has it."""
    found = {"weight": call.weight(1), "bias": call.weight(2)}
    learned = {name: weight for name, weight in found.items() if weight and weight.learned}
    if len(learned) == 1:
        return [*learned.values()], next(iter(learned))
    return [*learned.values()], bool(learned)


def _are(weights: Sequence[Weight], count: int) -> bool:
    return all(prod(weight.sizes) == count for weight in weights)


def _of_channels(word: str) -> Rule:
    """BatchNormalization and InstanceNormalization; statistics are not learned."""

    def rule(call: Call) -> list[AnyValue | None]:
        tensor = call.tensor(0)
        if tensor.rank < 2 or any(call.value(at).sizes != tensor.sizes[1:2] for at in (1, 2)):
            raise call.fail(f"scale and bias do not fit a value of {tensor.sizes}")
        weights, affine = _affine(call)
        made = normalized(call.rows, word, tensor, weights, affine=affine)
        statistics = [Constant(name, tensor.sizes[1:2], None) for name in call.node.outputs[1:]]
        return [made, *statistics]

    return rule


def layer_norm(call: Call) -> list[AnyValue | None]:
    """LayerNormalization: over all axes from `axis` on."""
    tensor = call.tensor(0)
    return [normalized_from(call, tensor), *_statistics(call, tensor)]


def _statistics(call: Call, tensor: Tensor) -> list[AnyValue | None]:
    """The mean and the deviation, if something reads them."""
    axis = call.axis(-1, tensor.rank)
    sizes = (*tensor.sizes[:axis], *[1] * (tensor.rank - axis))
    return [
        moved(call.rows, "statistics", [tensor], sizes) if call.is_read(at) else None
        for at in range(1, len(call.node.outputs))
    ]


def normalized_from(call: Call, tensor: Tensor) -> Tensor:
    """A value after a norm whose scale and bias are the second and the third input."""
    axes = range(call.axis(-1, tensor.rank), tensor.rank)
    weights, affine = _affine(call)
    title = "LayerNormalization"
    if not _are(weights, prod(tensor.sizes[axes[0] :])):
        return learned_function(call.rows, title, tensor, weights)
    return layer_normalized(call.rows, tensor, weights, axes, affine=affine, title=title)


def _mean_square(call: Call) -> list[AnyValue | None]:
    """RMSNormalization."""
    tensor = call.tensor(0)
    made = learned_function(call.rows, "RMSNormalization", tensor, _affine(call)[0])
    return [made, *_statistics(call, tensor)]


def _group_norm(call: Call) -> Tensor:
    """GroupNormalization: up to opset 20 with a number for each group, then for each channel."""
    tensor, groups = call.tensor(0), call.integer("num_groups", 1)
    weights, affine = _affine(call)
    if _are(weights, tensor.sizes[1]):
        given = {"num_groups": groups}
        return normalized(call.rows, "group_norm", tensor, weights, given, affine=affine)
    return learned_function(call.rows, "GroupNormalization", tensor, weights)


def _local_response(call: Call) -> Tensor:
    size = call.integer("size", 1)
    return by_channel(call.rows, "local_response_norm", call.tensor(0), {"size": size})


def _function(call: Call) -> Tensor:
    return computed(call.rows, call.node.operator, call.tensor(0))


RULES: Mapping[str, Rule] = {
    "BatchNormalization": _of_channels("batch_norm"),
    "InstanceNormalization": _of_channels("instance_norm"),
    "LayerNormalization": layer_norm,
    "RMSNormalization": _mean_square,
    "SimplifiedLayerNormalization": _mean_square,
    "GroupNormalization": _group_norm,
    "LRN": _local_response,
    "LpNormalization": _function,
    "MeanVarianceNormalization": _function,
}
