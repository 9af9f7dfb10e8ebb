"""What other libraries and formats have, recognised before a similar word is suggested."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NUMBERED = re.compile(r"(?<=[a-z])[123]d$")

PRODUCTS = "products of activations cannot be expressed"
RECURRENT = "recurrent layers cannot be expressed"
POOLED = "write {adaptive_avg_pool: 1}"
MODES = {"reflection": "reflect", "replication": "replicate", "circular": "circular"}
FIRST_AXES = "axes count from the channels, 0"
GATE = (
    "write multiply with adaptive_avg_pool and two convolutions, as in convcalc examples "
    "efficientnet-b0"
)
SAMPLED = "sampling at learned positions cannot be expressed"
SEVERAL = "write {conv: ...}, batch_norm and relu as layers of their own, or as a block"
TABLES = "tables of learned vectors cannot be expressed"
ELEMENTWISE = "add has the same shape, params and MACs"

ANSWERS = {
    **dict.fromkeys(
        (
            *("attention", "selfattention", "multiheadattention", "mha", "transformer"),
            *("matmul", "bmm", "einsum", "dot", "crossattention"),
        ),
        PRODUCTS,
    ),
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
        ("mean", "reducemean", "gap", "globalavgpool", "globalaveragepool"),
        POOLED,
    ),
    "globalaveragepooling": POOLED,
    **dict.fromkeys(
        ("globalmaxpool", "globalmaxpooling", "reducemax"), "write {adaptive_max_pool: 1}"
    ),
    "max": "max_pool takes the largest of each window, adaptive_max_pool: 1 of all positions",
    **dict.fromkeys(
        ("se", "seblock", "selayer", "squeezeexcite", "squeezeexcitation"),
        GATE,
    ),
    **dict.fromkeys(("subtract", "sub", "maximum", "minimum"), ELEMENTWISE),
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
    return ANSWERS.get(NUMBERED.sub("", word[:60].lower().replace("_", "").replace("-", "")))


def format_of(content: Mapping[Any, Any]) -> tuple[str, str] | None:
    """The key that shows a mapping to be of another tool, and what it is; None if it shows none.

    >>> format_of({"nc": 80, "backbone": [], "head": []})
    ('backbone', 'an Ultralytics model file')
    """
    if "layers" in content:
        return None
    if sum(key in content for key in ULTRALYTICS) >= 2:
        return next(key for key in ULTRALYTICS if key in content), "an Ultralytics model file"
    if sum(key in content for key in KERAS) >= 2:
        return next(key for key in KERAS if key in content), "a Keras model"
    return None
