"""Norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.files.graph.norms import (
    by_channel,
    layer_normalized,
    learned_function,
    normalized,
)
from convcalc.files.graph.pointwise import activated, computed
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.keras.site import Mapper, Site


def _affine(
    site: Site, axes: Sequence[int], *, only_scale: bool = False
) -> tuple[list[Weight], bool | str]:
    """What a norm learns, and how the network language has it."""
    fields, sizes = site.fields, [site.tensor.sizes[axis] for axis in axes]
    scale = only_scale or fields.flag("scale", True)
    center = not only_scale and fields.flag("center", True)
    weights = [site.weight("gamma", *sizes)] if scale else []
    weights += [site.weight("beta", *sizes)] if center else []
    if scale == center:
        return weights, scale
    return weights, "weight" if scale else "bias"


def _batch_norm(site: Site) -> Tensor:
    tensor = site.tensor
    axes = site.axes("axis", tensor)
    weights, affine = _affine(site, axes)
    if len(axes) > 1:
        return learned_function(site.rows, "BatchNormalization", tensor, weights)
    return normalized(site.rows, "batch_norm", tensor, weights, affine=affine, channel_axis=axes[0])


def _layer_norm(site: Site) -> Tensor:
    tensor = site.tensor
    axes = sorted(site.axes("axis", tensor))
    only_scale = site.fields.flag("rms_scaling", False)
    weights, affine = _affine(site, axes, only_scale=only_scale)
    if only_scale:
        return learned_function(site.rows, "LayerNormalization", tensor, weights)
    return layer_normalized(
        site.rows, tensor, weights, axes, affine=affine, title="LayerNormalization"
    )


def _group_norm(site: Site) -> Tensor:
    tensor = site.tensor
    axis = site.axis("axis", tensor)
    fields = site.fields
    groups = fields.get("groups")
    number = tensor.sizes[axis] if groups == -1 else fields.whole("groups", 32)
    weights, affine = _affine(site, [axis])
    return normalized(
        site.rows,
        "group_norm",
        tensor,
        weights,
        {"num_groups": number},
        affine=affine,
        channel_axis=axis,
    )


def _instance_norm(site: Site) -> Tensor:
    """As TensorFlow Addons and keras-contrib have it: an axis, scale and center."""
    tensor = site.tensor
    axis = site.axis("axis", tensor)
    weights, affine = _affine(site, [axis])
    return normalized(site.rows, "instance_norm", tensor, weights, affine=affine, channel_axis=axis)


def _rms_norm(site: Site) -> Tensor:
    tensor = site.tensor
    sizes = [tensor.sizes[axis] for axis in site.axes("axis", tensor)]
    return learned_function(site.rows, "RMSNormalization", tensor, [site.weight("scale", *sizes)])


def _unit_norm(site: Site) -> Tensor:
    return computed(site.rows, "UnitNormalization", site.tensor)


def _statistics(site: Site) -> Tensor:
    """Scaled by statistics of the data, which nothing learns."""
    return activated(site.rows, "identity", site.tensor)


def _layer_scale(site: Site) -> Tensor:
    tensor = site.tensor
    weight = site.weight("gamma", site.fields.whole("projection_dim", tensor.sizes[-1]))
    return by_channel(site.rows, "layer_scale", tensor, {}, [weight], channel_axis=tensor.rank - 1)


LAYERS: Mapping[str, Mapper] = {
    "BatchNormalization": _batch_norm,
    "GroupNormalization": _group_norm,
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "LayerScale": _layer_scale,
    "Normalization": _statistics,
    "RMSNormalization": _rms_norm,
    "UnitNormalization": _unit_norm,
}
