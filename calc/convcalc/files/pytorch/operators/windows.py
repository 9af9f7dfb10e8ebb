"""Pads, pools, and what changes the sizes of positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convcalc.files.graph.shapes import folded, padded, resized
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.windows import Window, pooled, pooled_to
from convcalc.files.pytorch.operators.rule import Rule
from convcalc.files.pytorch.values import Operation

MODES = {
    "trilinear": "trilinear",
    "bilinear": "bilinear",
    "linear": "linear",
    "cubic": "bicubic",
}
PAD_MODES = {"reflection": "reflect", "replication": "replicate", "constant": "zeros"}


def _pad(op: Operation) -> Tensor:
    """Pads of the last axes, the last one first."""
    tensor = op.tensor()
    written: Sequence[int] = op.get("pad", op.get("padding", []))
    pads = [(0, 0)] * tensor.rank
    for at in range(len(written) // 2):
        pads[-1 - at] = (written[2 * at], written[2 * at + 1])
    return padded(op.rows, tensor, pads, PAD_MODES[op.name.partition("_")[0]])


def _upsampled(op: Operation) -> Tensor:
    """aten::upsample and its kin."""
    mode = next((mode for word, mode in MODES.items() if word in op.name), "nearest")
    return resized(op.rows, op.tensor(), op.sizes, mode, to_size=op.call.written.has_size)


def _numbers(value: Sequence[int] | int | None, count: int, default: int) -> tuple[int, ...]:
    if value is None or value == []:
        return (default,) * count
    if isinstance(value, int):
        return (value,) * count
    return tuple(value) * count if len(value) == 1 else tuple(value)


def _pool(word: str, count: int) -> Rule:
    def rule(op: Operation) -> list[Tensor]:
        tensor = op.tensor()
        kernel = _numbers(op.get("kernel_size"), count, 1)
        stride = op.get("stride")
        window = Window(
            kernel,
            kernel if not stride else _numbers(stride, count, 1),
            [(each, each) for each in _numbers(op.get("padding"), count, 0)],
            _numbers(op.get("dilation"), count, 1),
        )
        axis, ceil = tensor.rank - count - 1, bool(op.get("ceil_mode", False))
        return [pooled(op.rows, word, tensor, window, channel_axis=axis, ceil_mode=ceil)]

    return rule


def _adaptive(word: str, count: int) -> Rule:
    def rule(op: Operation) -> list[Tensor]:
        tensor = op.tensor()
        axis = tensor.rank - count - 1
        return [pooled_to(op.rows, word, tensor, op.sizes[-count:], channel_axis=axis)]

    return rule


def _fold(word: str, argument: str) -> Rule:
    return lambda op: folded(op.rows, word, op.tensor(), op.tensor().rank - 3, op.get(argument, 1))


RESIZES = """
    upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d
    _upsample_nearest_exact2d _upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d
    _upsample_bilinear2d_aa upsample_trilinear3d upsample_bicubic2d _upsample_bicubic2d_aa
    _upsample_lanczos2d_aa
"""

RULES: Mapping[str, Rule] = {
    "constant_pad_nd": _pad,
    **{f"{mode}_pad{n}d": _pad for mode in ("reflection", "replication") for n in (1, 2, 3)},
    **dict.fromkeys(RESIZES.split(), _upsampled),
    **{f"max_pool{n}d_with_indices": _pool("max_pool", n) for n in (2, 3)},
    **{f"max_pool{n}d": _pool("max_pool", n) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": _pool("avg_pool", n) for n in (1, 2, 3)},
    **{f"_adaptive_avg_pool{n}d": _adaptive("adaptive_avg_pool", n) for n in (2, 3)},
    **{f"adaptive_avg_pool{n}d": _adaptive("adaptive_avg_pool", n) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive("adaptive_max_pool", n) for n in (1, 2, 3)},
    "pixel_shuffle": _fold("pixel_shuffle", "upscale_factor"),
    "pixel_unshuffle": _fold("pixel_unshuffle", "downscale_factor"),
}
