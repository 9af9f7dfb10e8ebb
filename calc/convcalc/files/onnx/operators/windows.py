"""Convolutions and poolings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from convcalc.files.graph.arranging import reshaped
from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.shapes import padded, reduced
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.windows import Window, conv_transposed, convolved, pooled
from convcalc.files.onnx.call import Call, Rule


def _window(call: Call, kernel: Sequence[int], sizes: Sequence[int]) -> Window:
    """How the kernel slides, with automatic padding in numbers where the language has no word."""
    count = len(kernel)
    stride = tuple(call.attribute("strides") or (1,) * count)
    dilation = tuple(call.attribute("dilations") or (1,) * count)
    written = call.attribute("pads") or (0,) * (2 * count)
    if not len(stride) == len(dilation) == count == len(written) / 2 == len(sizes):
        raise call.fail(f"strides, dilations or pads do not fit a kernel of {count} dimensions")
    pads: Sequence[tuple[int, int]] | str
    pads = [(written[at], written[at + count]) for at in range(count)]
    match call.attribute("auto_pad", "NOTSET"):
        case "SAME_UPPER":
            pads = "same"
        case "SAME_LOWER":
            pads = [
                _same_lower(*each) for each in zip(sizes, kernel, stride, dilation, strict=True)
            ]
        case "VALID":
            pads = [(0, 0)] * count
    return Window(tuple(kernel), stride, pads, dilation)


def _same_lower(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total - total // 2, total // 2


def conv(call: Call, weight_at: int = 1, bias_at: int = 2) -> Tensor:
    """Conv: the kernel's sizes are those of the weight."""
    tensor = call.tensor(0)
    weight = call.weight(weight_at)
    if weight is None:
        return _of_values(call, tensor, call.tensor(weight_at))
    if len(weight.sizes) < 3:
        raise call.fail(f"a weight of the sizes {weight.sizes} is no kernel")
    out, per_group, *kernel = weight.sizes
    groups = call.attribute("group", 1)
    if tensor.rank != len(weight.sizes) or tensor.sizes[1] != per_group * groups:
        raise call.fail(
            f"a weight of {weight.sizes} in {groups} groups does not fit a value of {tensor.sizes}"
        )
    window = _window(call, kernel, tensor.sizes[2:])
    weights = [weight, *call.weights(bias_at)]
    return convolved(call.rows, tensor, window, weights, out_channels=out, groups=groups)


def _of_values(call: Call, tensor: Tensor, weight: Tensor) -> Tensor:
    """A convolution with a kernel that depends on the input."""
    out, per_group, *kernel = weight.sizes
    window = _window(call, kernel, tensor.sizes[2:])
    probe = call.rows.operation(
        "conv",
        [(per_group, *tensor.sizes[2:])],
        {"out_channels": out, **window.parameters},
    )
    spatial = probe.output_shape((per_group, *tensor.sizes[2:]))[1:]
    macs = out * prod(spatial) * per_group * prod(kernel)
    sizes = (tensor.sizes[0], out, *spatial)
    return opaque(call.rows, "Conv", [tensor, weight], sizes, params=0, macs=macs)


def conv_transpose(call: Call) -> Tensor:
    """ConvTranspose: `output_shape` wins over the padding."""
    tensor, weight = call.tensor(0), call.weight(1)
    if weight is None or len(weight.sizes) < 3 or tensor.rank != len(weight.sizes):
        raise call.fail("the weight of a transposed convolution has to be known")
    _, per_group, *kernel = weight.sizes
    groups, count = call.attribute("group", 1), len(kernel)
    window = _window(call, kernel, tensor.sizes[2:])
    more = list(call.attribute("output_padding") or (0,) * count)
    wanted = call.attribute("output_shape")
    mode = call.attribute("auto_pad", "NOTSET")
    if wanted or window.pads == "same" or mode == "SAME_LOWER":
        sizes = tensor.sizes[2:]
        wanted = wanted or [size * step for size, step in zip(sizes, window.stride, strict=True)]
        pads = []
        for at in range(count):
            reach = window.dilation[at] * (kernel[at] - 1) + 1
            total = (sizes[at] - 1) * window.stride[at] + more[at] + reach - wanted[-count + at]
            low = total // 2 if mode == "SAME_UPPER" else total - total // 2
            pads.append((low, total - low))
        window = window._replace(pads=pads)
    return _with_possible_pads(call, tensor, weight, window, more, per_group * groups, groups)


def _with_possible_pads(
    call: Call,
    tensor: Tensor,
    weight: Weight,
    window: Window,
    more: list[int],
    out: int,
    groups: int,
) -> Tensor:
    """What is cut off cannot be negative: then values are added at the high side, or padded."""
    extra = [(0, 0)] * 2
    pads = []
    numbers = [] if isinstance(window.pads, str) else window.pads
    for at, (low, high) in enumerate(numbers):
        after = max(-high, 0)
        room = max(window.stride[at], window.dilation[at]) - 1 - more[at]
        more[at] += min(after, max(room, 0))
        extra.append((max(-low, 0), after - min(after, max(room, 0))))
        pads.append((max(low, 0), max(high, 0)))
    made = conv_transposed(
        call.rows,
        tensor,
        window._replace(pads=pads),
        [weight, *call.weights(2)],
        out_channels=out,
        groups=groups,
        output_padding=more,
    )
    return padded(call.rows, made, extra, helper="pad")


def pool(call: Call, word: str) -> Tensor:
    """MaxPool and AveragePool."""
    tensor = call.tensor(0)
    kernel = call.attribute("kernel_shape")
    if not kernel or tensor.rank != len(kernel) + 2:
        raise call.fail(f"a kernel of {kernel} does not fit a value of {tensor.sizes}")
    window = _window(call, kernel, tensor.sizes[2:])
    ceil_mode = bool(call.attribute("ceil_mode", 0)) and window.pads != "same"
    return pooled(call.rows, word, tensor, window, ceil_mode=ceil_mode)


def _max_pool(call: Call) -> list[Tensor]:
    """MaxPool: the places of the largest values are a second output."""
    made = pool(call, "max_pool")
    return [made] * max(len(call.node.outputs), 1)


def _over_all(kind: str) -> Rule:
    def rule(call: Call) -> Tensor:
        tensor = call.tensor(0)
        return reduced(call.rows, tensor, kind, range(2, tensor.rank))

    return rule


def _quantized(call: Call) -> Tensor:
    """QLinearConv: the weight is the fourth input, the bias the ninth."""
    return conv(call, weight_at=3, bias_at=8)


def _whole_conv(call: Call) -> Tensor:
    """ConvInteger: the third and fourth inputs are zero points."""
    return conv(call, bias_at=99)


def depth_last(call: Call) -> Tensor:
    """Flatten to two axes."""
    tensor = call.tensor(0)
    at = call.attribute("axis", 1)
    at = at + tensor.rank if at < 0 else at
    return reshaped(call.rows, tensor, [prod(tensor.sizes[:at]), prod(tensor.sizes[at:])])


RULES: Mapping[str, Rule] = {
    "Conv": conv,
    "FusedConv": conv,
    "QLinearConv": _quantized,
    "ConvInteger": _whole_conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": _max_pool,
    "AveragePool": lambda call: pool(call, "avg_pool"),
    "GlobalAveragePool": _over_all("mean"),
    "GlobalMaxPool": _over_all("max"),
    "GlobalLpPool": _over_all("LpPool"),
    "Flatten": depth_last,
}
