"""Random layers of all kinds beside PyTorch's own: refusals, shapes, weights, params, MACs.

Run by hand, where PyTorch is installed: `python tests/campaigns/agreement.py [LAYERS] [SEED]`.
"""

import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc")]

import torch  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

import convcalc  # noqa: E402
from convcalc import SpecError  # noqa: E402
from convcalc.operations.base import Operation  # noqa: E402
from convcalc.operations.reshaping import (  # noqa: E402
    Flatten,
    PixelShuffle,
    PixelUnshuffle,
)
from convcalc.operations.resizing import Upsample  # noqa: E402

Shape = tuple[int, ...]
Pair = tuple[Callable[[], Operation], Callable[[], Any], Shape]
"""What makes our layer, what makes PyTorch's, and the input of both."""

REFUSALS = (SpecError, RuntimeError, ValueError, TypeError, ZeroDivisionError, AssertionError)


class Chosen(random.Random):
    """Random parameters, now and then one that cannot be."""

    def each(self, dims: int, least: int, most: int) -> Shape:
        return tuple(self.randint(least, most) for _ in range(dims))

    def odd(self, number: int, *others: int) -> int:
        return self.choice(others) if self.random() < 0.03 else number


def convolution(chosen: Chosen) -> Pair:
    dims, groups = chosen.randint(1, 3), chosen.choice([1, 1, 2, 3, 4])
    parameters: dict[str, Any] = {
        "in_channels": groups * chosen.randint(1, 4),
        "out_channels": groups * chosen.randint(1, 4),
        "kernel_size": chosen.each(dims, 1, 4),
        "stride": chosen.each(dims, 1, 3),
        "padding": chosen.each(dims, 0, 3),
        "dilation": chosen.each(dims, 1, 3),
        "groups": chosen.odd(groups, 0, 5, 7),
        "bias": chosen.random() < 0.5,
    }
    up = chosen.random() < 0.4
    if up:
        parameters["output_padding"] = chosen.each(dims, 0, chosen.choice([0, 1, 3]))
    elif chosen.random() < 0.2:
        parameters |= {"padding": chosen.choice(["same", "valid"]), "stride": (1,) * dims}
    elif chosen.random() < 0.03:
        parameters["padding"] = (-1,) * dims
    shape = (
        chosen.odd(parameters["in_channels"], 1, 9),
        *chosen.each(dims, 1, {1: 20, 2: 9, 3: 5}[dims]),
    )
    name = "ConvTranspose" if up else "Conv"
    mine = convcalc.ConvTranspose if up else convcalc.Conv
    theirs = getattr(torch.nn, f"{name}{dims}d")
    return lambda: mine(**parameters), lambda: theirs(**parameters), shape


def pooling(chosen: Chosen) -> Pair:
    dims = chosen.randint(1, 3)
    kernel = chosen.each(dims, 1, 5)
    parameters: dict[str, Any] = {
        "kernel_size": kernel,
        "stride": chosen.each(dims, 1, 4),
        "padding": tuple(chosen.odd(chosen.randint(0, k // 2), k, k + 1) for k in kernel),
        "ceil_mode": chosen.random() < 0.5,
    }
    largest = chosen.random() < 0.5
    if largest:
        parameters["dilation"] = chosen.each(dims, 1, 3)
    shape = (chosen.randint(1, 4), *chosen.each(dims, 1, {1: 20, 2: 9, 3: 6}[dims]))
    mine = convcalc.MaxPool if largest else convcalc.AvgPool
    theirs = getattr(torch.nn, f"{'Max' if largest else 'Avg'}Pool{dims}d")
    return lambda: mine(**parameters), lambda: theirs(**parameters), shape


def adaptive(chosen: Chosen) -> Pair:
    dims = chosen.randint(1, 3)
    size, shape = chosen.each(dims, 1, 7), (chosen.randint(1, 4), *chosen.each(dims, 1, 9))
    average = chosen.random() < 0.5
    mine = convcalc.AdaptiveAvgPool if average else convcalc.AdaptiveMaxPool
    theirs = getattr(torch.nn, f"Adaptive{'Avg' if average else 'Max'}Pool{dims}d")
    return lambda: mine(size, dims=dims), lambda: theirs(size), shape


def norm(chosen: Chosen) -> Pair:
    dims, channels = chosen.randint(1, 3), chosen.randint(1, 12)
    shape = (channels, *chosen.each(dims, 2, 6))
    affine = chosen.random() < 0.5
    kind = chosen.choice(["Batch", "Group", "Instance"])
    if kind == "Group":
        groups = chosen.randint(1, 6)
        return (
            lambda: convcalc.GroupNorm(channels, groups, affine=affine),
            lambda: torch.nn.GroupNorm(groups, channels, affine=affine),
            shape,
        )
    mine = convcalc.BatchNorm if kind == "Batch" else convcalc.InstanceNorm
    theirs = getattr(torch.nn, f"{kind}Norm{dims}d")
    return (
        lambda: mine(channels, affine=affine),
        lambda: theirs(channels, affine=affine).eval(),
        shape,
    )


def linear(chosen: Chosen) -> Pair:
    inputs, outputs, bias = chosen.randint(1, 60), chosen.randint(1, 60), chosen.random() < 0.5
    shape = (chosen.odd(inputs, inputs + 1),)
    return (
        lambda: convcalc.Linear(inputs, outputs, bias=bias),
        lambda: torch.nn.Linear(inputs, outputs, bias=bias),
        shape,
    )


def reshaping(chosen: Chosen) -> Pair:
    dims, factor = chosen.randint(1, 3), chosen.randint(1, 4)
    kind = chosen.choice(["up", "up", "shuffle", "unshuffle", "flatten"])
    if kind == "up":
        blended = {1: "linear", 2: "bilinear", 3: "trilinear"}[dims]
        mode = chosen.choice(["nearest", blended])
        shape = (chosen.randint(1, 4), *chosen.each(dims, 1, 6))
        return (
            lambda: Upsample(factor, mode=mode, dims=dims),
            lambda: torch.nn.Upsample(scale_factor=factor, mode=mode),
            shape,
        )
    if kind == "flatten":
        return Flatten, torch.nn.Flatten, (chosen.randint(1, 4), *chosen.each(dims, 1, 6))
    shape = (chosen.randint(1, 36), *chosen.each(2, 1, 12))
    if kind == "shuffle":
        return lambda: PixelShuffle(factor), lambda: torch.nn.PixelShuffle(factor), shape
    return lambda: PixelUnshuffle(factor), lambda: torch.nn.PixelUnshuffle(factor), shape


KINDS: list[Callable[[Chosen], Pair]] = [
    *([convolution] * 6),
    *([pooling] * 2),
    adaptive,
    norm,
    linear,
    reshaping,
]


def ours(make: Callable[[], Operation], shape: Shape) -> Any:
    """Output shape, weight shapes, params and MACs; or that it is refused."""
    try:
        layer = make()
        output, macs = layer.output_shape(shape), layer.macs(shape)
    except REFUSALS:
        return "refused"
    return output, sorted(layer.weights.values()), layer.params, macs or 0


def theirs(make: Callable[[], Any], shape: Shape) -> Any:
    """The same, found by running PyTorch's layer."""
    try:
        module = make()
        with FlopCounterMode(display=False) as counter:
            output = tuple(module(torch.zeros(1, *shape)).shape[1:])
    except REFUSALS:
        return "refused"
    if 0 in output:
        return "refused"  # PyTorch lets a transposed convolution crop everything away
    weights = [tuple(each.shape) for each in module.parameters()]
    params = sum(each.numel() for each in module.parameters())
    return output, sorted(weights), params, counter.get_total_flops() // 2


def run(layers: int, seed: int) -> int:
    """Compares and prints; the number of layers on which the two differ."""
    chosen = Chosen(seed)
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    for _ in range(layers):
        kind = chosen.choice(KINDS)
        make, their_make, shape = kind(chosen)
        mine, other = ours(make, shape), theirs(their_make, shape)
        same = "refused by both" if mine == "refused" else "agree"
        counts[f"{kind.__name__}: {same if mine == other else 'DIFFER'}"] += 1
        if mine != other:
            try:
                told = repr(make())
            except SpecError as error:
                told = str(error)
            print(f"{told} on {shape}: ours {mine}, PyTorch {other}")
    for name, number in sorted(counts.items()):
        print(f"{name:32} {number:,}")
    return sum(number for name, number in counts.items() if name.endswith("DIFFER"))


if __name__ == "__main__":
    layers, seed, *_ = [*map(int, sys.argv[1:]), *(20_000, 1)[len(sys.argv) - 1 :]]
    sys.exit(run(layers, seed) > 0)
