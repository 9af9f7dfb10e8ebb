"""Older dialects of Keras JSON: their names become those of Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.files.keras.faults import KerasError

CLASSES = {
    "AtrousConv1D": "Conv1D",
    "AtrousConv2D": "Conv2D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "CuDNNGRU": "GRU",
    "CuDNNLSTM": "LSTM",
    "Deconv2D": "Conv2DTranspose",
    "Deconv3D": "Conv3DTranspose",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "SyncBatchNormalization": "BatchNormalization",
    "TimeDistributedDense": "Dense",
}
"""Other names of layers."""

KEYS = {
    "atrous_rate": "dilation_rate",
    "bias": "use_bias",
    "border_mode": "padding",
    "filter_length": "kernel_size",
    "inner_activation": "recurrent_activation",
    "nb_filter": "filters",
    "p": "rate",
    "pool_length": "pool_size",
    "stride": "strides",
    "subsample": "strides",
    "subsample_length": "strides",
}
"""Other names of keys; a key that already has its name keeps its value."""

KERNEL_KEYS = (
    ("nb_row", "nb_col"),
    ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
)
"""Keys that together are the kernel size."""

ORDERS = {"tf": "channels_last", "th": "channels_first"}
"""Values of `dim_ordering`."""

OWN_KEYS: Mapping[str, Mapping[str, str]] = {
    "Dense": {"output_dim": "units"},
    "GRU": {"output_dim": "units"},
    "LSTM": {"output_dim": "units"},
    "SimpleRNN": {"output_dim": "units"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "UpSampling1D": {"length": "size"},
}
"""Other names of keys that mean something else in other layers."""


def modern_class(class_name: str) -> str:
    """The name that Keras 3 gives a class; registered classes lose their package.

    >>> modern_class("Convolution2D"), modern_class("Custom>Scale")
    ('Conv2D', 'Scale')
    """
    own = class_name.rpartition(">")[2]
    return CLASSES.get(own, own)


def modern_config(class_name: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The config of a layer with the keys of Keras 3.

    Args:
        class_name: as `modern_class` gives it.
        config: as the file has it.

    Raises:
        KerasError: a value of an older dialect is impossible.

    >>> modern_config("Conv2D", {"nb_filter": 8, "nb_row": 3, "nb_col": 5, "dim_ordering": "tf"})
    {'filters': 8, 'kernel_size': [3, 5], 'data_format': 'channels_last'}
    """
    names = OWN_KEYS.get(class_name, {})
    if not _is_older(config, names):
        return config
    found: dict[str, Any] = {}
    for key, value in config.items():
        new = names.get(key) or KEYS.get(key, key)
        if new == key or new not in config:
            found[new] = value
    for keys in KERNEL_KEYS:
        if all(key in found for key in keys):
            found["kernel_size"] = [found.pop(key) for key in keys]
    if "dim_ordering" in found:
        found["data_format"] = _order(found.pop("dim_ordering"))
    return found


def _is_older(config: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    keys = config.keys()
    return not (
        keys.isdisjoint(KEYS)
        and keys.isdisjoint(names)
        and "nb_row" not in keys
        and "kernel_dim1" not in keys
        and "dim_ordering" not in keys
    )


def _order(value: object) -> str:
    if not isinstance(value, str) or value not in (*ORDERS, *ORDERS.values()):
        raise KerasError("dim_ordering is neither tf nor th")
    return ORDERS.get(value, value)
