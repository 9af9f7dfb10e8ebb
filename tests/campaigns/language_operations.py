"""The operations of network files on PyTorch's tensors, for the campaign of the language."""

from typing import Any

import torch
from torch.nn import functional

from campaigns.language_windows import (
    Given,
    Weights,
    conv,
    conv_transpose,
    crop_widths,
    cropped,
    dims,
    each,
    kind,
    need,
    padded,
    pads,
    pool,
)

MERGES = ("add", "subtract", "multiply", "maximum", "concat", "attention", "matmul")
ACTIVATIONS = ("relu", "gelu", "silu", "sigmoid", "tanh", "softmax", "hardswish", "mish")
SHARING = ("conv", "depthwise_conv", "conv_transpose", "linear")


def depthwise(w: Weights, xs: Any, g: Given) -> Any:
    channels = xs[0].shape[1]
    out = g.get("out_channels") or channels
    return conv(w, xs, {**g, "out_channels": out, "groups": channels})


def linear(w: Weights, xs: Any, g: Given) -> Any:
    need(dims(xs[0]) == 0, "not flat")
    return w.of(torch.nn.Linear(xs[0].shape[1], g["out_features"], bias=g.get("bias", True)))(xs[0])


def adaptive(name: str) -> Any:
    def make(_: Weights, xs: Any, g: Given) -> Any:
        size = tuple(each(g["output_size"], xs[0]))
        return kind(name, xs[0])(size)(xs[0])

    return make


def half(w: Weights, g: Given, shape: Any, default: bool = True) -> None:
    affine = g.get("affine", default)
    for name in ("weight", "bias"):
        if affine in (True, name):
            w.tensor(name, shape)


def norm(w: Weights, xs: Any, g: Given) -> Any:
    """Which values norms blend moves no figure; PyTorch's refuse single values as if it trained."""
    half(w, g, xs[0].shape[1:2], g["word"] != "instance_norm")
    if g["word"] == "group_norm":
        torch.nn.GroupNorm(g["num_groups"], xs[0].shape[1])
    return xs[0] * 1


def layer_norm(w: Weights, xs: Any, g: Given) -> Any:
    (x,) = xs
    half(w, g, x.shape[1:] if g.get("over") == "all" else x.shape[1:2])
    return x * 1


def layer_scale(w: Weights, xs: Any, _: Given) -> Any:
    (x,) = xs
    return x * w.tensor("weight", x.shape[1:2]).reshape(1, -1, *[1] * dims(x))


def activation(w: Weights, xs: Any, g: Given) -> Any:
    (x,) = xs
    word = g["word"]
    if word == "prelu":
        w.of(torch.nn.PReLU(g.get("num_parameters", 1), dtype=x.dtype))(x)
        return x * 1
    if word == "softmax":
        return x * 1 if w.plain else x.softmax(1)
    return x * 1 if w.plain else getattr(functional, word)(x)


def unchanged(_: Weights, xs: Any, __: Given) -> Any:
    return xs[0]


def upsample(_: Weights, xs: Any, g: Given) -> Any:
    (x,) = xs
    need(dims(x) > 0, "no positions")
    factor = g.get("scale_factor")
    size = None if g.get("size") is None else tuple(each(g["size"], x))
    scale = None if factor is None else tuple(map(float, each(factor, x)))
    return torch.nn.Upsample(size=size, scale_factor=scale, mode=g.get("mode", "nearest"))(x)


def crop(_: Weights, xs: Any, g: Given) -> Any:
    (x,) = xs
    need(dims(x) > 0, "no positions")
    return cropped(x, crop_widths(x, g))


def pad(_: Weights, xs: Any, g: Given) -> Any:
    need(dims(xs[0]) > 0, "no positions")
    return padded(xs[0], pads(g["widths"], xs[0]), g.get("mode", "zeros"))


def slice_(_: Weights, xs: Any, g: Given) -> Any:
    (x,), axis = xs, g.get("axis", 0) + 1
    need(axis < x.dim(), "no such axis")
    size = x.shape[axis]
    first, last = (end + size if end is not None and end < 0 else end for end in g["ends"])
    need(0 <= (first or 0) < (size if last is None else last) <= size, "no such places")
    return x[(*[slice(None)] * axis, slice(first, last, g.get("step", 1)))]


def channel_pad(_: Weights, xs: Any, g: Given) -> Any:
    (x,) = xs
    low, high = g["widths"]
    zeros = [torch.zeros(1, n, *x.shape[2:], dtype=x.dtype) for n in (low, high)]
    return torch.cat([zeros[0], x, zeros[1]], 1)


def channel_slice(_: Weights, xs: Any, g: Given) -> Any:
    return slice_(_, xs, {"ends": g["channels"], "axis": 0})


def shuffle(name: str) -> Any:
    def make(_: Weights, xs: Any, g: Given) -> Any:
        (x,) = xs
        if name == "ChannelShuffle":
            return torch.nn.ChannelShuffle(g["groups"])(x)
        need(dims(x) > 0, "no positions")
        if dims(x) == 2:
            return getattr(torch.nn, name)(g["factor"])(x)
        return shuffled(x, g["factor"], name == "PixelShuffle")

    return make


def shuffled(x: Any, factor: int, enlarges: bool) -> Any:
    """The shuffles that PyTorch has for two dimensions only."""
    n, sizes = dims(x), x.shape[2:]
    if enlarges:
        parts_ = x.reshape(1, -1, *[factor] * n, *sizes)
        pairs = [axis for at in range(n) for axis in (2 + n + at, 2 + at)]
        return parts_.permute(0, 1, *pairs).reshape(1, -1, *[size * factor for size in sizes])
    need(all(size % factor == 0 for size in sizes), "an odd size")
    split = [part for size in sizes for part in (size // factor, factor)]
    order = [*range(3, 3 + 2 * n, 2), *range(2, 2 + 2 * n, 2)]
    return (
        x.reshape(1, -1, *split)
        .permute(0, 1, *order)
        .reshape(1, -1, *[size // factor for size in sizes])
    )


def reduce(w: Weights, xs: Any, g: Given) -> Any:
    (x,), axes = xs, [axis + 1 for axis in g["axes"]]
    keep = g.get("keep", False)
    need(len(axes) < x.dim() - 1 or keep, "nothing is left")
    word = "sum" if w.plain else str({"max": "amax"}.get(g["reduction"], g["reduction"]))
    return getattr(torch, word)(x, dim=axes, keepdim=keep)


def permute(_: Weights, xs: Any, g: Given) -> Any:
    return xs[0].permute(0, *[axis + 1 for axis in g["axes"]])


def reshape(_: Weights, xs: Any, g: Given) -> Any:
    return xs[0].reshape(1, *g["shape"])


def flatten(_: Weights, xs: Any, g: Given) -> Any:
    need(g.get("over") != "positions" or dims(xs[0]) > 0, "no positions")
    return xs[0].flatten(2 if g.get("over") == "positions" else 1)


def merge(w: Weights, xs: Any, g: Given) -> Any:
    need(len(xs) > 1, "one operand")
    need(len({x.dim() for x in xs}) == 1, "values of other dimensions")
    word = g["word"]
    if word == "concat":
        return torch.cat(xs, g.get("axis", 0) + 1)
    if w.plain:
        word = "add"
    joined = {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul}
    found = xs[0]
    for x in xs[1:]:
        found = joined.get(word, torch.maximum)(found, x)
    return found


def attention(_: Weights, xs: Any, g: Given) -> Any:
    need(len(xs) == 3, "three operands")
    need(xs[1].shape[2:] == xs[2].shape[2:], "keys and values differ in positions")
    heads = g["heads"]
    need(not any(x.shape[1] % heads for x in xs), "heads do not divide the channels")
    need(xs[0].shape[1] == xs[1].shape[1], "queries and keys differ in channels")
    q, k, v = (x.reshape(heads, x.shape[1] // heads, -1).transpose(1, 2) for x in xs)
    found = torch.bmm(torch.bmm(q, k.transpose(1, 2)).softmax(-1), v)
    return found.transpose(1, 2).reshape(1, xs[2].shape[1], *xs[0].shape[2:])


def matmul(_: Weights, xs: Any, g: Given) -> Any:
    a, b = xs
    need(a.dim() == b.dim() > 2, "not matrices of as many axes")
    turn = g.get("transpose")
    a = a.transpose(-1, -2) if turn in ("a", "both") else a
    return torch.matmul(a, b.transpose(-1, -2) if turn in ("b", "both") else b)


def parameter(w: Weights, _: Any, g: Given) -> Any:
    return w.tensor("weight", g["shape"])[None]


OPERATIONS: dict[str, Any] = {
    "conv": (conv, "out_channels"),
    "depthwise_conv": (depthwise, "out_channels"),
    "conv_transpose": (conv_transpose, "out_channels"),
    "linear": (linear, "out_features"),
    "max_pool": (pool("MaxPool"), "kernel_size"),
    "avg_pool": (pool("AvgPool"), "kernel_size"),
    "adaptive_avg_pool": (adaptive("AdaptiveAvgPool"), "output_size"),
    "adaptive_max_pool": (adaptive("AdaptiveMaxPool"), "output_size"),
    **dict.fromkeys(("batch_norm", "instance_norm", "local_response_norm"), (norm, "size")),
    "local_response_norm": (unchanged, "size"),
    "group_norm": (norm, "num_groups"),
    "layer_norm": (layer_norm, None),
    "layer_scale": (layer_scale, None),
    **dict.fromkeys(ACTIVATIONS, (activation, None)),
    "prelu": (activation, "num_parameters"),
    "dropout": (unchanged, "p"),
    "identity": (unchanged, None),
    "flatten": (flatten, "over"),
    "pad": (pad, "widths"),
    "crop": (crop, "widths"),
    "upsample": (upsample, "scale_factor"),
    "pixel_shuffle": (shuffle("PixelShuffle"), "factor"),
    "pixel_unshuffle": (shuffle("PixelUnshuffle"), "factor"),
    "channel_shuffle": (shuffle("ChannelShuffle"), "groups"),
    "channel_slice": (channel_slice, "channels"),
    "channel_pad": (channel_pad, "widths"),
    "slice": (slice_, "ends"),
    "reduce": (reduce, "reduction"),
    "permute": (permute, "axes"),
    "reshape": (reshape, "shape"),
    "parameter": (parameter, "shape"),
    **dict.fromkeys(("add", "subtract", "multiply", "maximum", "concat"), (merge, "operands")),
    "attention": (attention, "operands"),
    "matmul": (matmul, "operands"),
    **dict.fromkeys(("self_attention", "separable_conv", "squeeze_excite"), (None, None)),
}


Parts = list[tuple[str, str, Given, tuple[str, ...]]]


def parts(word: str, g: Given) -> Parts:
    """What is written as one layer and runs as several: part, operation, parameters, sources."""
    if word == "self_attention":
        same = {"kernel_size": 1, "bias": g.get("bias", True), "out_channels": g["channels"]}
        rows: Parts = [(name, "conv", same, ("input",)) for name in ("query", "key", "value")]
        rows.append(("attention", "attention", {"heads": g["main"]}, ("query", "key", "value")))
        return [*rows, ("projection", "conv", same, ("attention",))]
    if word == "squeeze_excite":
        first, gate = g.get("activation", "relu"), g.get("gate", "sigmoid")
        last = gate if gate != first else f"{gate}_2"
        return [
            ("pool", "adaptive_avg_pool", {"output_size": 1}, ("input",)),
            ("reduce", "conv", {"out_channels": g["main"], "kernel_size": 1}, ("pool",)),
            (first, first, {}, ("reduce",)),
            ("expand", "conv", {"out_channels": g["channels"], "kernel_size": 1}, (first,)),
            (last, gate, {}, ("expand",)),
            ("multiply", "multiply", {}, ("input", last)),
        ]
    own = ("main", "word", "channels", "between", "bias")
    window = {name: value for name, value in g.items() if name not in own}
    bias = g.get("bias", True)
    rows = [("depthwise", "depthwise_conv", {**window, "bias": bias is True}, ("input",))]
    counts: dict[str, int] = {}
    for inner in g.get("between", ()):
        counts[inner] = counts.get(inner, 0) + 1
        rows.append((f"{inner}_{counts[inner]}", inner, {}, (rows[-1][0],)))
    point = {"out_channels": g["main"], "kernel_size": 1, "bias": bias is not False}
    return [*rows, ("pointwise", "conv", point, (rows[-1][0],))]
