"""Fields that a layer has and that nothing reads: which of them are slips for one that is read."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from convcalc.errors import shortened
from convcalc.files.caffe.layers import TYPES
from convcalc.files.caffe.text import Field
from convcalc.files.graph.rows import Rows
from convcalc.files.places import SourceFault
from convcalc.wording import did_you_mean

LAYER_FIELDS = ("name", "type", "bottom", "top", "param", "include", "exclude")
PARAMETERS = tuple({name for name, _ in TYPES.values() if name})
_WRITTEN = """
accuracy_param annotated_data_param batch_norm_param bias_param bn_param clip_param
contrastive_loss_param data_param dummy_data_param embed_param exp_param hdf5_data_param
hinge_loss_param image_data_param infogain_loss_param input_param log_param memory_data_param
mvn_param parameter_param power_param python_param recurrent_param reduction_param relu_param
sigmoid_param swish_param tanh_param threshold_param tile_param window_data_param
axis beta bias_filler bias_term eps engine filler force_nd_im2col k moving_average_fraction
normalize_variance blobs_lr blob_share_mode loss_weight loss_param phase propagate_down
scale_filler shift_filler stable_prod_grad transform_param transpose use_global_stats
variance_norm weight_decay weight_filler
"""
OTHER_FIELDS = frozenset(_WRITTEN.split())
"""Fields that change no figure of a network."""
MOST_SLIPS = 20
"""Fields of a message that are looked at."""


def note_slips(rows: Rows, layer: Field, part: Field) -> None:
    """Notes unknown fields that are like one that is read: Caffe itself reads no such file.

    Args:
        rows: where notes go.
        layer: the layer.
        part: the message with the parameters of its type, which its rule has looked at.
    """
    _note(rows, layer, (*LAYER_FIELDS, *PARAMETERS))
    _note(rows, part, part.asked)


def _note(rows: Rows, message: Field, known: Collection[str]) -> None:
    unknown = [name for name in message.fields if name not in known and name not in OTHER_FIELDS]
    for name in islice(unknown, MOST_SLIPS):
        if hint := did_you_mean(name, known):
            text = f"unknown field {shortened(name)}{hint}"
            rows.notes.append(SourceFault(text, message.place_of(name)))
