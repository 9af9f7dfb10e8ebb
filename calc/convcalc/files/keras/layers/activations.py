"""Activations, as layers and as arguments of other layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.errors import value_text
from convcalc.files.graph.norms import by_channel, learned_function
from convcalc.files.graph.pointwise import activated, computed, softmax
from convcalc.files.graph.rows import Rows
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.faults import KerasError
from convcalc.files.keras.legacy import modern_class
from convcalc.files.keras.site import Mapper, Site

WORDS = {
    "gelu": "gelu",
    "hard_sigmoid": "hardsigmoid",
    "hard_silu": "hardswish",
    "hard_swish": "hardswish",
    "linear": "identity",
    "mish": "mish",
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "softplus": "softplus",
    "swish": "silu",
    "tanh": "tanh",
}
"""Activations that the network language has, by their names in Keras."""

SOFTMAX = "softmax"
SIX = 6.0


def activation(rows: Rows, tensor: Tensor, name: str) -> Tensor:
    """A row for an activation by its name in Keras.

    >>> rows = Rows()
    >>> _ = activation(rows, rows.input("x", (1, 8, 8, 4), channel_axis=3), "swish")
    >>> rows.layers[0]
    {'silu': None, 'name': 'layer'}
    """
    if name == SOFTMAX:
        return softmax(rows, tensor, -1)
    if name == "leaky_relu":
        return activated(rows, name, tensor, {"negative_slope": 0.2})
    if name == "elu":
        return activated(rows, name, tensor, {"alpha": 1.0})
    word = WORDS.get(name)
    return activated(rows, word, tensor) if word else computed(rows, name, tensor)


def fused(site: Site, tensor: Tensor, key: str = "activation") -> Tensor:
    """The output of a layer with the activation that its config names; none if it is linear.

    >>> rows = Rows()
    >>> image = rows.input("x", (1, 8, 8, 4), channel_axis=3)
    >>> fused(Site.alone(rows, "Dense", {"activation": "linear"}, image), image) == image
    True
    """
    name = activation_name(site.fields.get(key))
    return tensor if name == "linear" else activation(site.rows, tensor, name)


def activation_name(value: Any) -> str:
    """The name of an activation: a text, or what a registered function or layer is written as.

    >>> activation_name({"class_name": "function", "config": "relu6"}), activation_name(None)
    ('relu6', 'linear')
    """
    if isinstance(value, dict):
        config = value.get("config")
        value = config if isinstance(config, str) else _layer_name(value)
    if value is None:
        return "linear"
    if not isinstance(value, str) or not value:
        raise KerasError(f"activation is {value_text(value)}, not the name of one")
    return value.rpartition(">")[2]


def _layer_name(value: Mapping[str, Any]) -> Any:
    """The activation that a layer in its place is."""
    name = value.get("class_name")
    own = modern_class(name) if isinstance(name, str) else name
    config = value.get("config")
    if own == "Activation" and isinstance(config, dict):
        return activation_name(config.get("activation"))
    known = {"ELU": "elu", "LeakyReLU": "leaky_relu", "ReLU": "relu", "Softmax": "softmax"}
    return known.get(str(own), own)


def _activation(site: Site) -> Tensor:
    return activation(site.rows, site.tensor, activation_name(site.fields.get("activation")))


def _relu(site: Site) -> Tensor:
    fields = site.fields
    slope = fields.number("negative_slope", 0.0)
    limit, threshold = fields.number("max_value", None), fields.number("threshold", 0.0)
    if limit == SIX and not slope and not threshold:
        return activated(site.rows, "relu6", site.tensor)
    if limit is not None or threshold:
        return computed(site.rows, "ReLU", site.tensor)
    if slope:
        return activated(site.rows, "leaky_relu", site.tensor, {"negative_slope": slope})
    return activated(site.rows, "relu", site.tensor)


def _leaky_relu(site: Site) -> Tensor:
    slope = site.fields.number("negative_slope", 0.3)
    return activated(site.rows, "leaky_relu", site.tensor, {"negative_slope": slope})


def _elu(site: Site) -> Tensor:
    return activated(site.rows, "elu", site.tensor, {"alpha": site.fields.number("alpha", 1.0)})


def _softmax(site: Site) -> Tensor:
    axes = site.axes("axis", site.tensor)
    if len(axes) == 1:
        return softmax(site.rows, site.tensor, axes[0])
    return computed(site.rows, "Softmax", site.tensor)


def _prelu(site: Site) -> Tensor:
    """One slope a value, but for axes that share it."""
    tensor = site.tensor
    shared = site.axes("shared_axes", tensor) if site.fields.get("shared_axes") else ()
    own = [axis for axis in range(site.head, tensor.rank) if axis not in shared]
    sizes = [tensor.sizes[axis] for axis in own]
    weight = site.weight("alpha", *sizes)
    channel = tensor.rank - 1 if tensor.rank - 1 in own else site.head
    if not own or own == [channel]:
        slopes = {"num_parameters": weight.params}
        return by_channel(
            site.rows, "prelu", tensor, slopes, [weight], channel_axis=channel, title="PReLU"
        )
    return learned_function(site.rows, "PReLU", tensor, [weight])


def _thresholded(site: Site) -> Tensor:
    return computed(site.rows, "ThresholdedReLU", site.tensor)


LAYERS: Mapping[str, Mapper] = {
    "Activation": _activation,
    "ELU": _elu,
    "LeakyReLU": _leaky_relu,
    "PReLU": _prelu,
    "ReLU": _relu,
    "Softmax": _softmax,
    "ThresholdedReLU": _thresholded,
}
