"""Random networks in the language beside PyTorch: refusals, every row's shape, params, MACs.

The mapping is run on tensors by an interpreter of its own, which knows the language's rules and
leaves every shape and every refusal to PyTorch.

Run by hand, where PyTorch is installed: `python tests/campaigns/network_agreement.py [NETWORKS]
[SEED]`.
"""

import json
import random
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "calc")]

import torch  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

import convcalc  # noqa: E402
from convcalc import SpecError  # noqa: E402

Layer = Any
REFUSALS = (RuntimeError, ValueError, TypeError, LookupError, AssertionError, ZeroDivisionError)
ACTIVATIONS = ("relu", "gelu", "sigmoid", "tanh", "softmax", "hardswish", "identity", "mish")
MERGES = ("add", "multiply", "concat")


class RefusedError(ValueError):
    """What the language's own rules refuse."""


class Chosen(random.Random):
    """Random networks; most of them fit together."""

    def network(self) -> dict[str, Any]:
        self.dims = self.choice([1, 2, 2, 2, 3])
        self.names = 0
        most = {1: 24, 2: 12, 3: 7}[self.dims]
        size = self.randint(2, most)
        sizes = [size if self.random() < 0.7 else self.randint(1, most) for _ in range(self.dims)]
        blocks = {
            f"b{at}": {
                "args": {"c": self.choice([None, *[4] * 5, *[6] * 5]), "k": 1},
                "layers": self.layers(self.randint(0, 3), ["input"], block=True),
            }
            for at in range(2)
        }
        layers = self.layers(self.randint(1, 7), ["input"])
        if self.random() < 0.2:
            layers += [{"adaptive_avg_pool": 1}, "flatten", {"linear": self.randint(1, 9)}]
        return {"input": [self.choice([1, 3, 4, 6]), *sizes], "blocks": blocks, "layers": layers}

    def layers(
        self, number: int, names: list[str], *, block: bool = False, depth: int = 0
    ) -> list[Layer]:
        found = []
        for _ in range(number):
            layer = self.layer(names, block=block, depth=depth)
            if self.random() < 0.3:
                if isinstance(layer, str):
                    layer = {layer: None}
                self.names += 1
                layer["name"] = f"n{self.names}"
            if self.random() < 0.15 and isinstance(layer, dict):
                layer["from"] = self.choice(names)
            if self.random() < 0.2 and isinstance(layer, dict):
                layer["repeat"] = self.choice([0, 0, 1, 2, 3])
            if isinstance(layer, dict) and "name" in layer:
                names.append(layer["name"])
            found.append(layer)
        return found

    def layer(self, names: list[str], *, block: bool, depth: int) -> Layer:
        kinds = ["conv"] * 5 + ["pool"] * 2 + ["norm", "act", "act", "shape", "other"]
        kinds += ["merge"] * 2 if depth < 2 else []
        kinds += [] if block else ["block"]
        return getattr(self, self.choice(kinds))(names, block, depth)

    def channels(self, block: bool) -> Any:
        return "$c" if block and self.random() < 0.4 else self.choice([2, 3, 4, 6, 8])

    def window(self, block: bool) -> dict[str, Any]:
        kernel = "$k" if block and self.random() < 0.3 else self.choice([1, 2, 3, 3])
        sizes = [self.randint(1, 3) for _ in range(self.dims)]
        every = {
            "kernel_size": sizes if self.random() < 0.2 else kernel,
            "stride": self.randint(1, 3),
            "padding": self.randint(0, 2),
            "dilation": self.randint(1, 2),
            "bias": self.random() < 0.5,
        }
        often = {"kernel_size": 1.0, "stride": 0.2, "padding": 0.4, "dilation": 0.1, "bias": 0.3}
        return {name: each for name, each in every.items() if self.random() < often[name]}

    def conv(self, _: list[str], block: bool, __: int) -> Layer:
        words = ["conv", "conv", "conv", "conv_transpose", "depthwise_conv", "separable"]
        word = self.choice(words)
        layer = self.window(block)
        if word == "depthwise_conv":
            return {word: None, **layer}
        if word == "separable":
            return {"separable_conv": self.channels(block), **layer}
        if self.random() < 0.2:
            layer["groups"] = self.choice([1, 2, 2, 3])
        if word == "conv" and "stride" not in layer and self.random() < 0.7:
            layer["padding"] = self.choice(["same", "same", "same", "valid"])
        if word == "conv_transpose" and self.random() < 0.3:
            layer["output_padding"] = self.randint(0, 2)
        return {word: self.channels(block), **layer}

    def pool(self, _: list[str], __: bool, ___: int) -> Layer:
        word = self.choice(["max_pool", "avg_pool"])
        kernel = self.randint(1, 3)
        layer: dict[str, Any] = {word: kernel}
        if self.random() < 0.5:
            layer["stride"] = self.randint(1, 3)
        if self.random() < 0.4:
            layer["padding"] = self.randint(0, kernel // 2)
        if self.random() < 0.4:
            layer["ceil_mode"] = True
        if word == "max_pool" and self.random() < 0.2:
            layer["dilation"] = 2
        return layer

    def norm(self, _: list[str], __: bool, ___: int) -> Layer:
        return self.choice(
            [
                "batch_norm",
                "layer_norm",
                {"group_norm": self.choice([1, 2, 3])},
                {"instance_norm": None, "affine": True},
                "layer_scale",
            ]
        )

    def act(self, _: list[str], __: bool, ___: int) -> Layer:
        return self.choice([*ACTIVATIONS, {"prelu": self.choice([1, 4])}, {"dropout": 0.2}])

    def shape(self, _: list[str], __: bool, ___: int) -> Layer:
        low, high = self.randint(0, 2), self.randint(0, 2)
        return self.choice(
            [
                {"upsample": self.randint(1, 3)},
                {"pad": [[low, high]] * self.dims},
                {"adaptive_avg_pool": self.randint(1, 5)},
                {"adaptive_max_pool": self.randint(1, 5)},
            ]
        )

    def other(self, _: list[str], __: bool, ___: int) -> Layer:
        return self.choice(
            [
                {"channel_slice": [0, self.randint(1, 4)]},
                {"channel_shuffle": 2},
                *([{"pixel_shuffle": 2}, {"pixel_unshuffle": 2}] if self.dims == 2 else []),
            ]
        )

    def merge(self, names: list[str], block: bool, depth: int) -> Layer:
        operands: list[Any] = [[]]
        for _ in range(self.randint(1, 2)):
            if self.random() < 0.3:
                operands.append(self.choice(names))
            else:
                inner = self.layers(self.randint(1, 2), names, block=block, depth=depth + 1)
                operands.append(inner)
        self.shuffle(operands)
        return {self.choice([*MERGES, "concat"]): operands}

    def block(self, _: list[str], __: bool, ___: int) -> Layer:
        layer: dict[str, Any] = {"block": self.choice(["b0", "b1"])}
        given = {name: self.randint(1, 4) for name in ("c", "k") if self.random() < 0.4}
        if given:
            layer["with"] = given
        return layer


class Interpreter:
    """Runs a mapping on tensors, as the language's rules say."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        self.params = 0
        self.shapes: list[tuple[int, ...]] = []

    def run(self) -> Any:
        value = torch.zeros(1, *self.content["input"])
        value = self.layers(self.content["layers"], value, {"input": value}, {}, set())
        if not self.shapes:
            raise RefusedError("no layer")
        return value

    def layers(self, items: Any, value: Any, names: Any, variables: Any, once: set[int]) -> Any:
        for item in items:
            layer: dict[str, Any] = {item: None} if isinstance(item, str) else item
            if "from" in layer:
                value = names[layer["from"]]
            times: int = layer.get("repeat", 1)
            for _ in range(times):
                if "name" in layer and id(item) in once and "block" not in layer:
                    raise RefusedError("the name is taken by an earlier round")
                value = self.layer(layer, value, names, variables, once)
            if "name" in layer:
                if times and id(item) in once:
                    raise RefusedError("the name is taken by an earlier round")
                names[layer["name"]] = value
                if times:
                    once.add(id(item))
        return value

    def layer(self, layer: Any, value: Any, names: Any, variables: Any, once: set[int]) -> Any:
        if "block" in layer:
            block = self.content["blocks"][layer["block"]]
            given = {k: v for k, v in block["args"].items() if v is not None}
            given |= layer.get("with", {})
            if "c" not in given:
                raise RefusedError("an argument is missing")
            return self.layers(block["layers"], value, {"input": value}, given, set())
        word = next(key for key in layer if key in DECLARATIONS or key in MERGES)
        if word in MERGES:
            result = self.merge(word, layer[word], value, names, variables, once)
        else:
            given = {
                key: variables[item[1:]] if isinstance(item, str) and item[:1] == "$" else item
                for key, item in layer.items()
                if key not in ("name", "from", "repeat")
            }
            result = DECLARATIONS[word](self, given.pop(word), value, given)
            if word == "separable_conv":  # its two rows are noted where they are made
                return result
        return self.noted(result)

    def noted(self, value: Any) -> Any:
        if 0 in value.shape:
            raise RefusedError("nothing is left")
        self.shapes.append(tuple(value.shape[1:]))
        return value

    def merge(
        self, word: str, operands: Any, value: Any, names: Any, variables: Any, once: set[int]
    ) -> Any:
        values = [
            names[each]
            if isinstance(each, str)
            else self.layers(each, value, names, variables, once)
            for each in operands
        ]
        if len({each.dim() for each in values}) > 1:
            raise RefusedError("values of other dimensions")
        if word == "concat":
            return torch.cat(values, 1)
        result = values[0]
        for each in values[1:]:
            result = result + each if word == "add" else result * each
        return result

    def module(self, module: Any, value: Any) -> Any:
        self.count(module)
        return module(value)

    def count(self, module: Any) -> None:
        self.params += sum(each.numel() for each in module.parameters())


def kind(name: str, value: Any) -> Any:
    return getattr(torch.nn, f"{name}{value.dim() - 2}d")


def conv(run: Interpreter, main: Any, value: Any, given: Any) -> Any:
    return run.module(kind("Conv", value)(value.shape[1], main, **given), value)


def conv_transpose(run: Interpreter, main: Any, value: Any, given: Any) -> Any:
    return run.module(kind("ConvTranspose", value)(value.shape[1], main, **given), value)


def depthwise(run: Interpreter, main: Any, value: Any, given: Any) -> Any:
    channels = value.shape[1]
    module = kind("Conv", value)(channels, main or channels, groups=channels, **given)
    return run.module(module, value)


def separable(run: Interpreter, main: Any, value: Any, given: Any) -> Any:
    value = run.noted(depthwise(run, None, value, given))
    bias = given.get("bias", True)
    return run.noted(conv(run, main, value, {"kernel_size": 1, "bias": bias}))


def pool(name: str) -> Any:
    def make(run: Interpreter, main: Any, value: Any, given: Any) -> Any:
        return run.module(kind(name, value)(main, **given), value)

    return make


def norm(name: str) -> Any:
    def make(run: Interpreter, _: Any, value: Any, given: Any) -> Any:
        run.count(getattr(torch.nn, name)(value.shape[1], **given))
        return value  # PyTorch refuses single values as if it trained, which moves no shape

    return make


def group_norm(run: Interpreter, main: Any, value: Any, _: Any) -> Any:
    run.count(torch.nn.GroupNorm(main, value.shape[1]))
    return value


def layer_scale(run: Interpreter, _: Any, value: Any, __: Any) -> Any:
    run.params += value.shape[1]
    return value * torch.ones(value.shape[1], *[1] * (value.dim() - 2))


def linear(run: Interpreter, main: Any, value: Any, _: Any) -> Any:
    if value.dim() != 2:
        raise RefusedError("not flat")
    return run.module(torch.nn.Linear(value.shape[1], main), value)


def pad(_: Interpreter, main: Any, value: Any, __: Any) -> Any:
    if value.dim() != len(main) + 2:
        raise RefusedError("another number of dimensions")
    return functional.pad(value, [width for pair in reversed(main) for width in pair])


def upsample(_: Interpreter, main: Any, value: Any, __: Any) -> Any:
    return torch.nn.Upsample(scale_factor=main)(value)


def channel_slice(_: Interpreter, main: Any, value: Any, __: Any) -> Any:
    if main[1] > value.shape[1]:
        raise RefusedError("no such channels")
    return value[:, main[0] : main[1]]


def plain(name: str) -> Any:
    def make(run: Interpreter, main: Any, value: Any, _: Any) -> Any:
        module = getattr(torch.nn, name)
        return run.module(module() if main is None else module(main), value)

    return make


def softmax(_: Interpreter, __: Any, value: Any, ___: Any) -> Any:
    return value.softmax(1)


DECLARATIONS: dict[str, Any] = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "depthwise_conv": depthwise,
    "separable_conv": separable,
    "max_pool": pool("MaxPool"),
    "avg_pool": pool("AvgPool"),
    "adaptive_avg_pool": pool("AdaptiveAvgPool"),
    "adaptive_max_pool": pool("AdaptiveMaxPool"),
    "batch_norm": norm("BatchNorm2d"),
    "layer_norm": norm("LayerNorm"),
    "instance_norm": norm("InstanceNorm2d"),
    "group_norm": group_norm,
    "layer_scale": layer_scale,
    "linear": linear,
    "flatten": plain("Flatten"),
    "upsample": upsample,
    "pad": pad,
    "pixel_shuffle": plain("PixelShuffle"),
    "pixel_unshuffle": plain("PixelUnshuffle"),
    "channel_shuffle": plain("ChannelShuffle"),
    "channel_slice": channel_slice,
    "prelu": plain("PReLU"),
    "dropout": plain("Dropout"),
    "relu": plain("ReLU"),
    "gelu": plain("GELU"),
    "sigmoid": plain("Sigmoid"),
    "tanh": plain("Tanh"),
    "hardswish": plain("Hardswish"),
    "mish": plain("Mish"),
    "identity": plain("Identity"),
    "softmax": softmax,
}


def ours(content: dict[str, Any]) -> tuple[Any, str]:
    """Output shape, every row's shape, params and MACs; or that it is refused, and why."""
    try:
        facts = convcalc.network(content).audit()
    except SpecError as error:
        return "refused", str(error)
    shapes = [row.output_shape for row in facts.layers]
    totals = facts.totals
    return (totals.output_shape, shapes, totals.params, totals.macs), ""


def theirs(content: dict[str, Any]) -> tuple[Any, str]:
    """The same, found by running PyTorch's layers."""
    run = Interpreter(content)
    try:
        with FlopCounterMode(display=False) as counter:
            output = tuple(run.run().shape[1:])
    except REFUSALS as error:
        return "refused", str(error)
    return (output, run.shapes, run.params, counter.get_total_flops() // 2), ""


def run(networks: int, seed: int) -> int:
    """Compares and prints; the number of networks on which the two differ."""
    chosen = Chosen(seed)
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    for _ in range(networks):
        content = chosen.network()
        (mine, why), (other, reason) = ours(content), theirs(content)
        same = "refused by both" if mine == "refused" else "agree"
        counts[same if mine == other else "DIFFER"] += 1
        if mine != other:
            print(json.dumps(content))
            print(f"    ours {mine} {why}\n    PyTorch {other} {reason}")
    for name, number in sorted(counts.items()):
        print(f"{name:32} {number:,}")
    return counts["DIFFER"]


if __name__ == "__main__":
    networks, seed, *_ = [*map(int, sys.argv[1:]), *(3_000, 1)[len(sys.argv) - 1 :]]
    sys.exit(run(networks, seed) > 0)
