"""Calls that pick, reorder or reduce values: they multiply nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.files.graph.opaque import moved
from convcalc.files.graph.shapes import expanded
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.pytorch.operators.rule import Rule
from convcalc.files.pytorch.recording import IN_PLACE
from convcalc.files.pytorch.values import AnyValue, Operation, as_tensor

BAGS = ("_embedding_bag", "_embedding_bag_forward_only")


def _embedding(op: Operation) -> list[Tensor]:
    """aten::embedding: rows of a table, picked by ids."""
    ids, weights = op.tensor("indices"), op.weights("weight")
    return [weighted_opaque(op.rows, "Embedding", [ids], op.sizes, weights, macs="none")]


def _all_moved(op: Operation) -> list[AnyValue]:
    """What a call gives, a row each, but for what is never read."""
    tensors = [*op.tensors, *[as_tensor(op.rows, each) for each in op.learned]]
    return [
        moved(op.rows, op.name, tensors, each.sizes)
        if each.is_wanted
        else Weight(op.name, each.sizes)
        for each in op.call.outputs
    ]


def _strided(op: Operation) -> Sequence[AnyValue]:
    """aten::as_strided, which an adaptive pool of channels last ends with: one axis is itself."""
    tensor = op.value()
    is_line = sum(size > 1 for size in op.sizes) == 1
    return [tensor] if is_line and tensor.sizes == op.sizes else _all_moved(op)


def _copied(op: Operation) -> AnyValue:
    """aten::copy: the value takes the place of another."""
    source = op.value("src")
    if isinstance(source, Tensor) and source.sizes != op.sizes:
        return expanded(op.rows, source, op.sizes)
    return source._replace(sizes=op.sizes) if isinstance(source, Weight) else source


MOVES = """
    roll flip rot90 gather index index_select scatter scatter_add scatter_reduce index_put
    _unsafe_index _unsafe_index_put index_add index_copy index_fill take take_along_dim
    _unsafe_masked_index masked_select nonzero topk sort argsort argmax argmin max min amin
    aminmax median nanmedian mode kthvalue cumsum cumprod cummax cummin logcumsumexp logsumexp
    prod var std var_mean std_mean norm linalg_vector_norm any all unfold im2col col2im
    as_strided_scatter tril triu diag diagonal diagonal_copy diag_embed
    repeat_interleave unique_consecutive _unique2 unique_dim bincount histc searchsorted
    bucketize one_hot grid_sampler_2d grid_sampler_3d _grid_sampler_2d_cpu_fallback
    affine_grid_generator _log_softmax fold repeat tile native_channel_shuffle channel_shuffle
    _local_scalar_dense max_unpool2d max_unpool3d fractional_max_pool2d bernoulli normal uniform
    exponential multinomial poisson isnan isinf isfinite slice_scatter select_scatter
    diagonal_scatter complex polar nan_to_num real imag view_as_real view_as_complex _fft_r2c
    _fft_c2r _fft_c2c cross linalg_cross masked_scatter put renorm count_nonzero argwhere nansum
    embedding_renorm nextafter glu softmax log_softmax _masked_softmax masked_fill scatter_mul
    segment_reduce mse_loss smooth_l1_loss trace expand_copy repeat_copy torchvision::nms
    torchvision::roi_align torchvision::roi_pool torchvision::ps_roi_align
    torchvision::ps_roi_pool
"""

RULES: Mapping[str, Rule] = {
    **dict.fromkeys(MOVES.split(), _all_moved),
    IN_PLACE: _all_moved,
    "as_strided": _strided,
    "copy": _copied,
    **dict.fromkeys(("embedding", *BAGS), _embedding),
}
