"""Ultralytics' GFLOPs: twice what its own version of thop counts, of one input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, prod

from convcalc.others import causes
from convcalc.others.rows import Row
from convcalc.others.rules import by_operation, each_input, norm, softmax, unseen, upsample
from convcalc.others.tool import NOTHING, Additions, Tool
from convcalc.styles import FUNCTIONAL, MEAN, METHOD
from convcalc.values import Shape


def avg_pool(row: Row) -> Additions:
    """The values under each window, which end at the padding, and a division."""
    pool = row.operation
    sizes = (row.input_spatial, row.output_spatial, pool.kernel_size, pool.stride, pool.padding)
    windows = prod(map(_windows, *sizes))
    return ((causes.POOLS, row.channels * windows * row.batch + row.outputs),)


def _windows(size: int, outputs: int, kernel: int, stride: int, pads: tuple[int, int]) -> int:
    """Positions under all windows of a dimension; only the last one can hang over the end."""
    last = min(kernel, size + sum(pads) - (outputs - 1) * stride)
    return (outputs - 1) * kernel + last


def adaptive_avg_pool(row: Row) -> Additions:
    """The values under each window, and a division."""
    windows = prod(map(_adaptive_windows, row.input_spatial, row.output_spatial))
    return ((causes.ADAPTIVE_POOLS, row.channels * windows * row.batch + row.outputs),)


def _adaptive_windows(size: int, outputs: int) -> int:
    """The sum over j of `ceil((j + 1) * size / outputs) - floor(j * size / outputs)`."""
    return size + outputs - gcd(size, outputs)


IMAGE = 3
PRODUCTS = ("attention", "matmul")
NORM = norm(4, 2)
RULES = {
    **dict.fromkeys(("batch_norm", "instance_norm", "layer_norm", "group_norm"), NORM),
    "prelu": each_input(causes.ACTIVATIONS),
    "softmax": softmax,
    "avg_pool": avg_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "upsample": upsample(linear=5, bilinear=11, bicubic=259, trilinear=31),
}


def prints_zero(rows: Iterable[Row], inputs: Sequence[Shape]) -> bool:
    """Whether the image that it makes, with channels by the first parameter, does not fit."""
    first = next((row for row in rows if row.params), None)
    weight = next(iter(first.weights.values()), ()) if first else ()
    return len(inputs) != 1 or len(inputs[0]) != IMAGE or weight[1:2] != inputs[0][:1]


def functional(row: Row) -> Additions:
    """Of functions it knows products of matrices only."""
    return NOTHING if row.word in ("linear", *PRODUCTS) else unseen(row)


MACS = by_operation(RULES, {FUNCTIONAL: functional, METHOD: unseen, MEAN: unseen})


def _adds(row: Row) -> Additions | None:
    counted = MACS(row)
    return None if counted is None else [(cause, 2 * amount) for cause, amount in counted]


TOOL = Tool(
    name="ultralytics",
    version="8.4.190",
    package="ultralytics 8.4.190 with ultralytics-thop 2.2.3",
    source="https://pypi.org/project/ultralytics-thop/2.2.3/",
    word="GFLOPs",
    unit="FLOPs",
    factor=2,
    scales=False,
    adds=_adds,
    rules={
        "all layers": "twice what follows, which is what ultralytics-thop counts as MACs",
        "convolutions, transposed ones, linear": "MACs",
        "norms": "4 for each value, 2 without weights",
        "prelu": "1 for each value",
        "softmax": "3C - 1 for each position",
        "avg_pool, adaptive_avg_pool": "the values under each window, and 1 for each output",
        "upsample": "for each output 0 nearest, 5 linear, 11 bilinear, 259 bicubic, 31 trilinear",
        "functional, method, mean": "nothing, but for linear layers, matmul and attention: MACs",
        "not an image, or a first layer that does not read all of its channels": "0.0 is printed",
        "subclass": "as the nn layer",
    },
    printed=lambda total: f"{total / 10**9:.1f} GFLOPs",
    prints_zero=prints_zero,
    more=PRODUCTS,
    note="what it prints of a model file is worked out from small images",
)
