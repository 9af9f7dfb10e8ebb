"""Which sections of a Darknet file are which layers."""

from __future__ import annotations

from collections.abc import Callable

from convcalc.files.darknet import heads, joins, layers
from convcalc.files.darknet.site import Site
from convcalc.files.graph.tensors import Tensor
from convcalc.records import NamedTuple


class Kind(NamedTuple):
    """A kind of layer."""

    title: str
    """What Darknet calls it."""
    convert: Callable[[Site], Tensor] | None
    """Makes its rows; None where there is no rule."""
    is_head: bool = False
    """Whether its value is an output of the network."""


NETWORK = ("net", "network")
"""The words of the section that a file begins with."""

KINDS: tuple[Kind, ...] = (
    Kind("convolutional", layers.convolutional),
    Kind("connected", layers.connected),
    Kind("local", layers.local),
    Kind("maxpool", layers.maxpool),
    Kind("local_avgpool", layers.local_avgpool),
    Kind("avgpool", layers.avgpool),
    Kind("upsample", layers.upsample),
    Kind("reorg", layers.reorg),
    Kind("reorg3d", layers.reorg),
    Kind("crop", layers.crop),
    Kind("batchnorm", layers.batchnorm),
    Kind("normalization", layers.normalization),
    Kind("activation", layers.activation),
    Kind("dropout", layers.dropout),
    Kind("softmax", layers.softmax),
    Kind("empty", layers.same),
    Kind("implicit", layers.implicit),
    Kind("route", joins.route),
    Kind("shortcut", joins.shortcut),
    Kind("scale_channels", joins.scale_channels),
    Kind("sam", joins.sam),
    Kind("yolo", heads.yolo, is_head=True),
    Kind("Gaussian_yolo", heads.gaussian_yolo, is_head=True),
    Kind("region", heads.region, is_head=True),
    Kind("detection", heads.detection, is_head=True),
    Kind("cost", layers.loss),
    Kind("contrastive", layers.loss),
    *(Kind(title, None) for title in ("rnn", "gru", "lstm", "crnn", "conv_lstm", "history")),
    *(Kind(title, None) for title in ("deconvolutional", "iseg", "l2norm", "logistic", "logxent")),
)

SHORT = {
    "conv": "convolutional",
    "conn": "connected",
    "max": "maxpool",
    "avg": "avgpool",
    "local_avg": "local_avgpool",
    "lrn": "normalization",
    "soft": "softmax",
    "silence": "empty",
    "deconv": "deconvolutional",
}
"""Other words for some of them."""

BY_TITLE = {kind.title: kind for kind in KINDS}


def kind_of(word: str) -> Kind | None:
    """The kind of a section.

    >>> kind_of("conv").title, kind_of("flake8")
    ('convolutional', None)
    """
    return BY_TITLE.get(SHORT.get(word, word))
