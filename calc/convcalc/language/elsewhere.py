"""What other libraries and formats have, recognised before a similar word is suggested."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NUMBERED = r"(?<=[a-z])[123]d$"

MULTIHEAD = "write {self_attention: HEADS}, or {attention: [q, k, v], heads: HEADS}"
TRANSFORMER = (
    "write self_attention, layer_norm, add and two convolutions with kernel_size 1 as a block"
)
PRODUCT = "write {matmul: [a, b]}, with transpose: b for the transpose of b"
CROSS = "write {attention: [q, k, v], heads: HEADS}"
RECURRENT = "recurrent layers cannot be expressed"
POOLED = "write {adaptive_avg_pool: 1}"
MEAN = "write {reduce: mean, axes: [...]}, or {adaptive_avg_pool: 1} for all positions"
LARGEST = "write {reduce: max, axes: [...]}, or {adaptive_max_pool: 1} for all positions"
SUM = "write {reduce: sum, axes: [...]}"
MODES = {"reflection": "reflect", "replication": "replicate", "circular": "circular"}
FIRST_AXES = "axes count from the channels, 0"
GATE = "write {squeeze_excite: CHANNELS}, the channels between its two convolutions"
SAMPLED = "sampling at learned positions cannot be expressed"
SEVERAL = "write {conv: ...}, batch_norm and relu as layers of their own, or as a block"
TABLES = "tables of learned vectors cannot be expressed"
ELEMENTWISE = "maximum has the same shape, params and MACs"

ANSWERS = {
    **dict.fromkeys(("multiheadattention", "multiheadselfattention", "mha", "mhsa"), MULTIHEAD),
    **dict.fromkeys(("multiheadselfattn", "selfattn", "attn"), MULTIHEAD),
    **dict.fromkeys(("crossattention", "scaleddotproductattention", "sdpa"), CROSS),
    **dict.fromkeys(
        ("transformer", "transformerencoder", "transformerencoderlayer", "transformerlayer"),
        TRANSFORMER,
    ),
    **dict.fromkeys(("bmm", "einsum", "dot", "dotproduct", "baddbmm", "gemm", "mm"), PRODUCT),
    **dict.fromkeys(("lstm", "gru", "rnn", "bilstm", "convlstm"), RECURRENT),
    **dict.fromkeys(("embedding", "embed"), TABLES),
    "centercrop": "write {crop: , size: [H, W]}",
    **{f"{word}pad": f"write {{pad: ..., mode: {mode}}}" for word, mode in MODES.items()},
    **dict.fromkeys(
        ("narrow", "stridedslice"),
        f"write {{slice: [start, stop], axis: ...}}; {FIRST_AXES}",
    ),
    **dict.fromkeys(
        ("transpose", "moveaxis", "movedim", "swapaxes"),
        f"write {{permute: [...]}}, the input's axes in their new order; {FIRST_AXES}",
    ),
    **dict.fromkeys(
        ("squeeze", "unsqueeze", "expanddims", "rearrange"),
        "write {reshape: [C, ...]}, and permute if the order of the values changes",
    ),
    **dict.fromkeys(
        ("gap", "globalavgpool", "globalaveragepool", "globalaveragepooling"),
        POOLED,
    ),
    **dict.fromkeys(("globalmaxpool", "globalmaxpooling"), "write {adaptive_max_pool: 1}"),
    **dict.fromkeys(("mean", "reducemean"), MEAN),
    **dict.fromkeys(("max", "reducemax", "amax"), LARGEST),
    "reducesum": SUM,
    **dict.fromkeys(
        ("se", "seblock", "selayer", "semodule", "squeezeexcitation", "squeezeandexcitation"),
        GATE,
    ),
    **dict.fromkeys(("minimum", "min"), ELEMENTWISE),
    **dict.fromkeys(("deformconv", "deformableconv", "dcn", "dcnv2", "gridsample"), SAMPLED),
    **dict.fromkeys(("convbnrelu", "convbn", "convbnact", "convblock", "cbr", "cbs"), SEVERAL),
    "glu": "write channel_slice twice, sigmoid and multiply",
    "activation": "an activation is a layer of its own, such as relu",
}
"""By the word without its capitals, underscores and number of dimensions."""

ULTRALYTICS = ("backbone", "head", "nc")
KERAS = ("class_name", "config", "keras_version")


def answer(word: str) -> str | None:
    """The answer to a word of other libraries for which there is no operation.

    >>> answer("GlobalAveragePooling2D"), answer("reluu")
    ('write {adaptive_avg_pool: 1}', None)
    """
    return ANSWERS.get(re.sub(NUMBERED, "", word[:60].lower().replace("_", "").replace("-", "")))


def format_of(content: Mapping[Any, Any]) -> tuple[str, str] | None:
    """The key that shows a mapping to be of another tool, and a message; None if it shows none.

    >>> format_of({"nc": 80, "backbone": {}, "head": {}})[0]
    'backbone'
    """
    if "layers" in content:
        return None
    if sum(key in content for key in ULTRALYTICS) >= 2:
        message = "this looks like an Ultralytics model file, but has no lists of rows: write "
        example = "backbone: [[-1, 1, Conv, [64, 3, 2]], ...] and head: [...]"
        return next(key for key in ULTRALYTICS if key in content), message + example
    if sum(key in content for key in KERAS) >= 2:
        message = "this looks like a Keras model, which convcalc reads from .json and .keras files"
        return next(key for key in KERAS if key in content), message
    return None
