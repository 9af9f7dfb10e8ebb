"""Poolings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.windows import Window, pooled, pooled_to
from convcalc.files.keras.layers.convolutions import PADDINGS
from convcalc.files.keras.site import Mapper, Site

NAMES = {"Average": "avg", "Max": "max"}


def _pool(site: Site, word: str, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    fields = site.fields
    kernel = fields.sizes("pool_size", dims, 2)
    strides = kernel if fields.get("strides") is None else fields.sizes("strides", dims)
    same = fields.word("padding", PADDINGS, "valid") == "same"
    slides = Window(kernel, strides, "same" if same else [(0, 0)] * dims, (1,) * dims)
    return pooled(site.rows, word, tensor, slides, channel_axis=site.channel_axis(tensor))


def _global_pool(site: Site, word: str, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    channel = site.channel_axis(tensor)
    made = pooled_to(site.rows, word, tensor, (1,) * dims, channel_axis=channel)
    if site.fields.flag("keepdims", False):
        return made
    return reshaped(site.rows, made, [*tensor.sizes[: site.head], tensor.sizes[channel]])


def _adaptive_pool(site: Site, word: str, dims: int) -> Tensor:
    tensor = site.with_dims(dims)
    sizes = site.fields.sizes("output_size", dims)
    return pooled_to(site.rows, word, tensor, sizes, channel_axis=site.channel_axis(tensor))


def _layers() -> Mapping[str, Mapper]:
    found: dict[str, Mapper] = {}
    for kind, short in NAMES.items():
        for dims in (1, 2, 3):
            pool, to = f"{short}_pool", f"adaptive_{short}_pool"
            found[f"{kind}Pooling{dims}D"] = partial(_pool, word=pool, dims=dims)
            found[f"Global{kind}Pooling{dims}D"] = partial(_global_pool, word=to, dims=dims)
            found[f"Adaptive{kind}Pooling{dims}D"] = partial(_adaptive_pool, word=to, dims=dims)
    return found


LAYERS = _layers()
