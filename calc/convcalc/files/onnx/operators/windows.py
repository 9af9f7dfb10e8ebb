"""Convolutions and poolings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from convcalc.files.graph.opaque import moved, opaque
from convcalc.files.graph.shapes import padded, reduced
from convcalc.files.graph.tensors import Tensor, Weight
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.graph.windows import Window, conv_transposed, convolved, pooled
from convcalc.files.onnx.arrays import Constant
from convcalc.files.onnx.call import Call, Rule, as_weight
from convcalc.operations.windows import pooled_size

LEAST_RANK = 3


def _window(call: Call, kernel: Sequence[int], sizes: Sequence[int]) -> Window:
    """How the kernel slides, with automatic padding in numbers where the language has no word."""
    count = len(kernel)
    stride = tuple(call.node.integers("strides") or (1,) * count)
    dilation = tuple(call.node.integers("dilations") or (1,) * count)
    if not len(stride) == len(dilation) == count == len(sizes):
        raise call.fail(f"strides or dilations do not fit a kernel of {count} dimensions")
    pads: Sequence[tuple[int, int]] | str
    match call.node.text("auto_pad", "NOTSET"):
        case "SAME_UPPER":
            pads = "same"
        case "SAME_LOWER":
            pads = [
                _same_lower(*each) for each in zip(sizes, kernel, stride, dilation, strict=True)
            ]
        case "VALID":
            pads = [(0, 0)] * count
        case _:
            pads = _pads(call, count)
    return Window(tuple(kernel), stride, pads, dilation)


def _pads(call: Call, count: int) -> list[tuple[int, int]]:
    written = call.node.integers("pads") or [0] * (2 * count)
    if len(written) != 2 * count:
        raise call.fail(f"pads of {written} do not fit a kernel of {count} dimensions")
    return list(zip(written[:count], written[count:], strict=True))


def _same_lower(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total - total // 2, total // 2


def _with_bias(call: Call, weight: Weight, at: int) -> list[Weight]:
    """The weight, and the bias if it is learned."""
    constant = call.constant(at)
    bias = None if constant is None else as_weight(constant.as_learned)
    if bias is not None and not bias.learned:
        call.rows.note("the bias of a single number is not counted as a parameter")
    return [weight, bias] if bias is not None and bias.learned else [weight]


def conv(call: Call, weight_at: int = 1, bias_at: int = 2) -> Tensor:
    """Conv: the kernel's sizes are those of the weight."""
    tensor, constant = call.tensor(0), call.constant(weight_at)
    weight = call.value(weight_at)
    groups = call.integer("group", 1)
    if len(weight.sizes) < LEAST_RANK:
        raise call.fail(f"a weight of the sizes {weight.sizes} is no kernel")
    out, per_group, *kernel = weight.sizes
    if tensor.rank != len(weight.sizes) or tensor.sizes[1] != per_group * groups:
        raise call.fail(
            f"a weight of {weight.sizes} in {groups} groups does not fit a value of {tensor.sizes}"
        )
    _require_kernel_shape(call, kernel)
    window = _window(call, kernel, tensor.sizes[2:])
    if constant is None:
        return _of_values(call, tensor, call.tensor(weight_at), window, groups)
    weights = _with_bias(call, as_weight(constant.as_learned), bias_at)
    return convolved(call.rows, tensor, window, weights, out_channels=out, groups=groups)


def _require_kernel_shape(call: Call, kernel: Sequence[int]) -> None:
    written = call.node.integers("kernel_shape")
    if written and written != [*kernel]:
        raise call.fail(f"kernel_shape is {written}, but the weight has a kernel of {[*kernel]}")


def _probed(call: Call, tensor: Tensor, window: Window, out: int, groups: int) -> tuple[Any, Any]:
    """The sizes and the multiply-accumulates of a convolution, without a row."""
    parameters = {"out_channels": out, **window.parameters, "groups": groups}
    operation = call.rows.operation("conv", [tensor.sizes[1:]], parameters)
    return operation.output_shape(tensor.sizes[1:]), operation.macs(tensor.sizes[1:])


def _of_values(call: Call, tensor: Tensor, weight: Tensor, window: Window, groups: int) -> Tensor:
    """A convolution with a kernel that depends on the input."""
    shape, macs = _probed(call, tensor, window, weight.sizes[0], groups)
    sizes = (tensor.sizes[0], *shape)
    macs = macs * tensor.sizes[0] // (1 if tensor.batch_axis is None else call.rows.batch)
    return opaque(call.rows, "Conv", [tensor, weight], sizes, params=0, macs=macs)


def _deformed(call: Call) -> Tensor:
    """DeformConv: a convolution whose places the input moves."""
    tensor, weight = call.tensor(0), call.value(1)
    if len(weight.sizes) != tensor.rank:
        raise call.fail(f"a weight of {weight.sizes} does not fit a value of {tensor.sizes}")
    window = _window(call, weight.sizes[2:], tensor.sizes[2:])
    shape, macs = _probed(call, tensor, window, weight.sizes[0], call.integer("group", 1))
    weights = [each for each in call.weights(1, 3) if each.learned]
    sizes = (tensor.sizes[0], *shape)
    return weighted_opaque(call.rows, "DeformConv", call.tensors, sizes, weights, macs=macs)


def conv_transpose(call: Call) -> Tensor:
    """ConvTranspose: `output_shape` wins over the padding."""
    tensor, value = call.tensor(0), call.value(1)
    groups = call.integer("group", 1)
    if isinstance(value, Constant):
        weight = as_weight(value.as_learned)
    else:  # computed from the input
        weight = Weight(value.row, value.sizes)
    if len(weight.sizes) < LEAST_RANK or tensor.rank != len(weight.sizes):
        raise call.fail(f"a weight of {weight.sizes} does not fit a value of {tensor.sizes}")
    channels, per_group, *kernel = weight.sizes
    if tensor.sizes[1] != channels:
        raise call.fail(f"a weight of {weight.sizes} does not fit a value of {tensor.sizes}")
    _require_kernel_shape(call, kernel)
    window = _window(call, kernel, tensor.sizes[2:])
    more = list(call.node.integers("output_padding") or (0,) * len(kernel))
    pads = _crops(call, window, tensor.sizes[2:], more)
    return _with_possible_pads(call, tensor, weight, window, pads, more, per_group * groups)


def _crops(
    call: Call, window: Window, sizes: Sequence[int], more: Sequence[int]
) -> list[tuple[int, int]]:
    """What is cut off at both sides of each dimension; below zero where something is added."""
    wanted = call.node.integers("output_shape")
    mode = call.node.text("auto_pad", "NOTSET")
    if not wanted and mode not in ("SAME_UPPER", "SAME_LOWER"):
        return list(window.pads) if not isinstance(window.pads, str) else []
    if not wanted:
        wanted = [size * step for size, step in zip(sizes, window.stride, strict=True)]
    found = []
    columns = (sizes, window.kernel, window.stride, window.dilation, more, wanted[-len(sizes) :])
    for size, kernel, stride, dilation, extra, whole in zip(*columns, strict=True):
        total = (size - 1) * stride + extra + dilation * (kernel - 1) + 1 - whole
        low = total // 2 if mode == "SAME_UPPER" else total - total // 2
        found.append((low, total - low))
    return found


def _with_possible_pads(
    call: Call,
    tensor: Tensor,
    weight: Weight,
    window: Window,
    crops: Sequence[tuple[int, int]],
    more: Sequence[int],
    out: int,
) -> Tensor:
    """What is cut off cannot be negative: then values are added at the high side, or padded."""
    extra, pads, output_padding = [(0, 0)] * 2, [], []
    columns = (crops, more, window.stride, window.dilation)
    for (low, high), own, stride, dilation in zip(*columns, strict=True):
        after = max(-high, 0)
        within = min(after, max(max(stride, dilation) - 1 - own, 0))
        output_padding.append(own + within)
        extra.append((max(-low, 0), after - within))
        pads.append((max(low, 0), max(high, 0)))
    made = conv_transposed(
        call.rows,
        tensor,
        window._replace(pads=pads),
        _with_bias(call, weight, 2),
        out_channels=out,
        groups=call.integer("group", 1),
        output_padding=output_padding,
    )
    return padded(call.rows, made, extra, helper="pad")


def _pool_window(call: Call, tensor: Tensor) -> Window:
    kernel = call.node.integers("kernel_shape") or []
    if not kernel or tensor.rank != len(kernel) + 2:
        raise call.fail(f"a kernel of {kernel} does not fit a value of {tensor.sizes}")
    return _window(call, kernel, tensor.sizes[2:])


def _pool(word: str) -> Rule:
    def rule(call: Call) -> list[Tensor | None]:
        tensor = call.tensor(0)
        window = _pool_window(call, tensor)
        ceil_mode = bool(call.integer("ceil_mode")) and window.pads != "same"
        made = pooled(call.rows, word, tensor, window, ceil_mode=ceil_mode)
        found: list[Tensor | None] = [made]
        if len(call.node.outputs) > 1 and call.is_read(1):  # the places of the largest values
            found.append(moved(call.rows, "MaxPool places", [tensor], made.sizes))
        return found

    return rule


def _norm_pool(call: Call) -> Tensor:
    """LpPool: the language has no word for it."""
    tensor = call.tensor(0)
    window = _pool_window(call, tensor)
    columns = zip(tensor.sizes[2:], window.kernel, window.stride, window.dilation, strict=True)
    if isinstance(window.pads, str):
        spatial = [-(-size // stride) for size, _, stride, _ in columns]
    else:
        ceil_mode = bool(call.integer("ceil_mode"))
        spatial = [
            pooled_size(size, kernel, stride, pads, dilation, ceil_mode)
            for (size, kernel, stride, dilation), pads in zip(columns, window.pads, strict=True)
        ]
    return moved(call.rows, "LpPool", [tensor], (*tensor.sizes[:2], *spatial))


def _over_all(kind: str) -> Rule:
    def rule(call: Call) -> Tensor:
        tensor = call.tensor(0)
        return reduced(call.rows, tensor, kind, range(2, tensor.rank), is_pool=True)

    return rule


def _unpooled(call: Call) -> Tensor:
    """MaxUnpool: back to the sizes that were pooled, or to given ones."""
    tensor = call.tensor(0)
    if call.has(2):
        sizes = call.list_of(2, "")
    else:
        window = _pool_window(call, tensor)
        pads = [(0, 0)] * len(window.kernel) if isinstance(window.pads, str) else window.pads
        spatial = [
            (size - 1) * stride + kernel - sum(each)
            for size, stride, kernel, each in zip(
                tensor.sizes[2:], window.stride, window.kernel, pads, strict=True
            )
        ]
        sizes = [*tensor.sizes[:2], *spatial]
    return moved(call.rows, "MaxUnpool", call.tensors, sizes or ())


def _of_regions(call: Call) -> Tensor:
    """RoiAlign and MaxRoiPool: each region of an image at the same size."""
    tensor, regions = call.tensor(0), call.value(1)
    shape = call.node.integers("pooled_shape") or [
        call.integer("output_height", 1),
        call.integer("output_width", 1),
    ]
    sizes = (regions.sizes[0], tensor.sizes[1], *shape)
    return moved(call.rows, call.node.operator, call.tensors, sizes)


def _columns(call: Call) -> Tensor:
    """Col2Im: columns that overlap are added to an image."""
    tensor = call.tensor(0)
    image, block = call.list_of(1, "") or [], call.list_of(2, "") or [1]
    sizes = (tensor.sizes[0], tensor.sizes[1] // prod(block), *image)
    return moved(call.rows, "Col2Im", [tensor], sizes)


RULES: Mapping[str, Rule] = {
    "Conv": conv,
    "QLinearConv": lambda call: conv(call, weight_at=3, bias_at=8),
    "ConvInteger": lambda call: conv(call, bias_at=len(call.inputs)),
    "ConvTranspose": conv_transpose,
    "DeformConv": _deformed,
    "MaxPool": _pool("max_pool"),
    "AveragePool": _pool("avg_pool"),
    "LpPool": _norm_pool,
    "MaxUnpool": _unpooled,
    "GlobalAveragePool": _over_all("mean"),
    "GlobalMaxPool": _over_all("max"),
    "GlobalLpPool": _over_all("LpPool"),
    "RoiAlign": _of_regions,
    "MaxRoiPool": _of_regions,
    "Col2Im": _columns,
}
