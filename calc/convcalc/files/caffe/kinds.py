"""Which types of Caffe's layers are which rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from convcalc.files.caffe import layers, shaping
from convcalc.files.caffe.site import Site

PLAIN = {
    "Sigmoid": "sigmoid",
    "TanH": "tanh",
    "ReLU6": "relu6",
    "Swish": "silu",
    "Mish": "mish",
    "Identity": "identity",
}
COMPUTED = ("AbsVal", "BNLL", "Clip", "Exp", "Log", "Power", "Threshold")

KINDS: dict[str, Callable[[Site], Any]] = {
    "Convolution": layers.convolution,
    "ConvolutionDepthwise": layers.depthwise,
    "DepthwiseConvolution": layers.depthwise,
    "Deconvolution": layers.deconvolution,
    "Pooling": layers.pooling,
    "InnerProduct": layers.inner_product,
    "BatchNorm": layers.batch_norm,
    "BN": layers.bn,
    "Scale": layers.scale,
    "Bias": layers.bias,
    "ReLU": shaping.relu,
    "ELU": shaping.elu,
    "PReLU": shaping.prelu,
    "Dropout": shaping.dropout,
    "SpatialDropout": shaping.dropout,
    "LRN": shaping.lrn,
    "MVN": shaping.mvn,
    "Normalize": shaping.normalize,
    "Softmax": shaping.softmax,
    "Eltwise": shaping.eltwise,
    "Axpy": shaping.axpy,
    "Concat": shaping.concat,
    "Slice": shaping.slice_,
    "Split": shaping.split,
    "Reshape": shaping.reshape,
    "Flatten": shaping.flatten,
    "Permute": shaping.permute,
    "Crop": shaping.crop,
    "Upsample": shaping.upsample,
    "Interp": shaping.interp,
    "Reduction": shaping.reduction,
    "Tile": shaping.tile,
    "ArgMax": shaping.argmax,
    "ShuffleChannel": shaping.shuffle,
    **{kind: partial(shaping.activation, word) for kind, word in PLAIN.items()},
    **{kind: partial(shaping.function, kind) for kind in COMPUTED},
}
"""What makes the rows of a layer: one value, or a list with one for each top."""

DATA = (
    *("Data", "DummyData", "HDF5Data", "ImageData", "Input", "MemoryData", "WindowData"),
    *("AnnotatedData", "DenseImageData", "ImageSegData", "VideoData"),
)
"""Layers that are the network's inputs."""

BOXES = ("DetectionEvaluate", "DetectionOutput", "PriorBox")
"""Layers that make boxes. They learn nothing and multiply nothing, and are left out."""

BETWEEN = frozenset(
    ("BatchNorm", "BN", "Concat", "Dropout", "ELU", "LRN", "Pooling", "PReLU", "ReLU", "Scale")
)
"""Layers whose values are hardly ever wanted themselves: another layer reads them."""

LEARNING = frozenset(
    ("Convolution", "ConvolutionDepthwise", "DepthwiseConvolution", "Deconvolution")
) | {"InnerProduct", "BN", "Scale", "Bias", "PReLU", "Normalize"}
"""Layers that cannot be left out because what they read is."""

_BY_LETTERS = {kind.lower(): kind for kind in (*KINDS, *DATA, "Accuracy", "Silence")}


def type_of(written: str) -> str:
    """The type of a layer, which files of the first version have in capitals.

    >>> type_of("INNER_PRODUCT"), type_of("SOFTMAX_LOSS"), type_of("InnerProduct")
    ('InnerProduct', 'SoftmaxLoss', 'InnerProduct')
    """
    if written != written.upper():
        return written
    letters = written.replace("_", "").lower()
    if written.endswith("_LOSS"):
        return written.title().replace("_", "")
    return _BY_LETTERS.get(letters, written)


def is_dropped(kind: str) -> bool:
    """Whether a layer is there for training or for printing alone.

    >>> is_dropped("SoftmaxWithLoss"), is_dropped("Softmax")
    (True, False)
    """
    return kind.endswith("Loss") or kind in ("Accuracy", "Silence", "HDF5Output", "SegAccuracy")
