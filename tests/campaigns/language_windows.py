"""Convolutions and pooling of network files on PyTorch's tensors, for the language's campaign.

Shapes, refusals and weights are PyTorch's. In `plain` runs nothing cancels and nothing saturates:
weights are positive, what only scales a value is left out and channels are mixed, so a gradient is
zero only where an output does not depend on an input position.
"""

from typing import Any

import torch
from torch.nn import functional

Given = dict[str, Any]


class RefusedError(ValueError):
    """What the language's own rules refuse."""


def need(condition: Any, why: str) -> None:
    if not condition:
        raise RefusedError(why)


class Weights:
    """Makes the learned tensors of a row, which are kept by their names."""

    def __init__(self, plain: bool) -> None:
        self.plain = plain
        self.made: dict[str, Any] = {}

    def of(self, module: Any) -> Any:
        for name, weight in module.named_parameters():
            self.made[name] = weight
            if self.plain:
                weight.data = torch.rand_like(weight, dtype=torch.double) + 0.5
        return module

    def tensor(self, name: str, shape: Any) -> Any:
        made = torch.rand(tuple(shape), dtype=torch.double if self.plain else None) + 0.5
        self.made[name] = made
        return made


def dims(x: Any) -> int:
    return int(x.dim() - 2)


def kind(name: str, x: Any) -> Any:
    need(dims(x) > 0, "no positions")
    return getattr(torch.nn, f"{name}{dims(x)}d")


def each(value: Any, x: Any) -> list[Any]:
    """One value for each dimension."""
    values = list(value) if isinstance(value, (list, tuple)) else [value] * dims(x)
    need(len(values) == dims(x), "another number of dimensions")
    return values


def pads(value: Any, x: Any) -> list[tuple[int, int]]:
    """Low and high padding by dimension, in numbers."""
    return [tuple(one) if isinstance(one, list) else (one, one) for one in each(value, x)]


def window_pads(g: Given, x: Any) -> list[tuple[int, int]]:
    kernel, steps = each(g["kernel_size"], x), each(g.get("stride") or 1, x)
    spread = each(g.get("dilation", 1), x)
    padding = g.get("padding", 0)
    reach = [d * (k - 1) for k, d in zip(kernel, spread, strict=True)]
    if padding == "valid":
        return [(0, 0)] * dims(x)
    if padding == "causal":
        need(dims(x) == 1, "causal in one dimension only")
        return [(reach[0], 0)]
    if padding != "same":
        return pads(padding, x)
    found = []
    for size, step, far in zip(x.shape[2:], steps, reach, strict=True):
        total = max(((size + step - 1) // step - 1) * step + far + 1 - size, 0)
        found.append((total // 2, total - total // 2))
    return found


def padded(x: Any, widths: Any, mode: str = "zeros", value: float = 0.0) -> Any:
    flat = [width for pair in reversed(widths) for width in pair]
    if mode == "zeros":
        return functional.pad(x, flat, value=value)
    return functional.pad(x, flat, mode=mode) if any(flat) else x


def conv(w: Weights, xs: Any, g: Given) -> Any:
    (x,) = xs
    steps = each(g.get("stride", 1), x)
    around = padded(x, window_pads(g, x), g.get("padding_mode", "zeros"))
    names = ("kernel_size", "dilation", "groups", "bias")
    rest = {name: g[name] for name in names if name in g}
    make = kind("Conv", x)
    whole = {**rest, "stride": tuple(steps)}
    for name in ("kernel_size", "dilation"):
        if name in whole:
            whole[name] = tuple(each(whole[name], x))
    return w.of(make(x.shape[1], g["out_channels"], **whole))(around)


def conv_transpose(w: Weights, xs: Any, g: Given) -> Any:
    (x,) = xs
    k, s, d = (each(g.get(name, 1), x) for name in ("kernel_size", "stride", "dilation"))
    extra = each(g.get("output_padding", 0), x)
    cut = pads(0 if g.get("padding") in ("same", None) else g["padding"], x)
    if g.get("padding") == "same":
        need(not any(extra), "same with output padding")
        over = [b * (a - 1) + 1 - c for a, b, c in zip(k, d, s, strict=True)]
        cut = [(max(more, 0) // 2, max(more, 0) - max(more, 0) // 2) for more in over]
        extra = [max(-more, 0) for more in over]
    module = kind("ConvTranspose", x)(
        x.shape[1],
        g["out_channels"],
        tuple(k),
        stride=tuple(s),
        dilation=tuple(d),
        output_padding=tuple(extra),
        groups=g.get("groups", 1),
        bias=g.get("bias", True),
    )
    return cropped(w.of(module)(x), cut)


def cropped(x: Any, cut: Any) -> Any:
    for axis, (low, high) in enumerate(cut, 2):
        need(x.shape[axis] > low + high, "all cropped")
        x = x.narrow(axis, low, x.shape[axis] - low - high)
    return x


def crop_widths(x: Any, g: Given) -> list[tuple[int, int]]:
    if g.get("size") is None:
        return pads(g["widths"], x)
    more = [there - size for there, size in zip(x.shape[2:], each(g["size"], x), strict=True)]
    need(min(more) >= 0, "larger than the input")
    return [(over // 2, over - over // 2) for over in more]


def pool(name: str) -> Any:
    def make(w: Weights, xs: Any, g: Given) -> Any:
        (x,) = xs
        kernel = each(g["kernel_size"], x)
        steps = each(g.get("stride") or g["kernel_size"], x)
        around = window_pads({**g, "stride": steps}, x)
        exact = {"kernel_size": tuple(kernel), "stride": tuple(steps)}
        if g.get("dilation", 1) != 1:
            exact["dilation"] = tuple(each(g["dilation"], x))
        if all(low == high for low, high in around) and g.get("padding") != "same":
            sides = tuple(low for low, _ in around)
            every = {**exact, "padding": sides, "ceil_mode": g.get("ceil_mode", False)}
            found = kind(name, x)(**every)(x)
            return _summed(w, x, g, around, found)
        need(not g.get("ceil_mode"), "uneven padding with ceil mode is not drawn")
        half = all(max(pair) <= k // 2 for pair, k in zip(around, kernel, strict=True))
        need(half or g.get("padding") == "same", "more than half of the kernel")
        found = kind(name, x)(**exact)(padded(x, around, value=-1e9 if name == "MaxPool" else 0))
        return _summed(w, x, g, around, found)

    return make


def _summed(w: Weights, x: Any, g: Given, around: Any, found: Any) -> Any:
    """In plain runs the sum over each window, so that a gradient goes to all of it."""
    if not w.plain:
        return found
    channels = x.shape[1]
    k, s = each(g["kernel_size"], x), each(g.get("stride") or g["kernel_size"], x)
    d = each(g.get("dilation", 1), x)
    ones = torch.ones((channels, 1, *k), dtype=x.dtype)
    further = [(low, high + 8) for low, high in around]  # a last window may hang over in ceil mode
    run = getattr(functional, f"conv{dims(x)}d")
    total = run(padded(x, further), ones, stride=tuple(s), dilation=tuple(d), groups=channels)
    return total[(slice(None), slice(None), *[slice(size) for size in found.shape[2:]])]
