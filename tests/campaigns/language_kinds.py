"""Draws random layers of each kind, and random inputs, for the campaign of the language."""

import random
from typing import Any

from campaigns.language_frames import Frame, Row
from campaigns.language_interpreter import Interpreter
from campaigns.language_operations import ACTIVATIONS

Layer = Any


class Kinds(random.Random):
    """Random layers of one kind each; whether they fit, running them tells."""

    content: dict[str, Any]
    interpreter: Interpreter
    dims: int

    @property
    def single(self) -> bool:
        return not isinstance(self.content["input"], dict)

    def inputs(self) -> Any:
        def shape(dims: int) -> list[int]:
            most = {0: 12, 1: 24, 2: 12, 3: 6}[dims]
            same = self.randint(max(2, most // 3), most)
            sizes = [same if self.random() < 0.7 else self.randint(2, most) for _ in range(dims)]
            return [self.choice([1, 2, 3, 4, 4, 6, 8]), *sizes]

        first = shape(self.dims)
        if self.random() < 0.7:
            return first
        found = {"left": first}
        for name in ("right", "third")[: self.randint(1, 2)]:
            draw = self.random()
            found[name] = first if draw < 0.4 else shape(self.dims if draw < 0.9 else 1)
            if draw < 0.2:
                found[name] = [self.randint(1, 6), *first[1:]]
        return found

    def defaults(self) -> dict[str, Any]:
        every = {
            "conv": self.choice([{"bias": False}, {"padding": "same"}, {"stride": 2}]),
            "batch_norm": {"affine": self.choice([False, "weight"])},
            "max_pool": {"ceil_mode": True, "stride": 2},
            "attention": {"heads": 2},
            "pad": {"mode": "replicate"},
        }
        return {word: every[word] for word in every if self.random() < 0.5}

    def name(self, frame: Frame) -> str:
        """Something that can be read here."""
        names = [name for scope in frame.chain() for name in scope.values]
        prefix = frame.prefix
        names += [
            name.removeprefix(prefix)
            for name in self.interpreter.instances
            if "." in name and name.startswith(prefix)
        ]
        names += [f"${name}" for name in ("skip",) if name in frame.arguments] * 3
        able = [name for name in names if name != "input" or self.single]
        return str(self.choice(able or ["input"]))

    def number(self, frame: Frame) -> Any:
        """Channels: a number, or an expression of what there is."""
        texts = ["$w", "$in_channels", "$in_channels * 2", "max($w, 2)"]
        texts += ["$c"] * 4 if "c" in frame.variables else []
        return self.choice(texts) if self.random() < 0.35 else self.choice([2, 3, 4, 4, 6, 8])

    def draw_conv(self, current: Row, frame: Frame) -> Layer:
        word = self.choice(["conv"] * 5 + ["depthwise_conv", "conv_transpose", "separable_conv"])
        if len(current.shape) == 1:
            return {"linear": self.number(frame), "bias": self.random() < 0.5}
        dims = len(current.shape) - 1
        sizes = [self.randint(1, 3) for _ in range(dims)]
        layer: dict[str, Any] = {word: None if word == "depthwise_conv" else self.number(frame)}
        layer["kernel_size"] = sizes if self.random() < 0.2 else self.choice([1, 1, 2, 3, 3, 4])
        every: dict[str, Any] = {
            "stride": self.choice([1, 2, 2, 3]),
            "padding": self.padding(dims),
            "dilation": self.randint(1, 2),
            "bias": self.random() < 0.5,
        }
        often = {"stride": 0.25, "padding": 0.6, "dilation": 0.15, "bias": 0.4}
        layer |= {name: one for name, one in every.items() if self.random() < often[name]}
        if word == "conv_transpose":
            return self.transposed(layer)
        if self.random() < 0.2:
            layer["padding_mode"] = self.choice(["reflect", "replicate", "circular", "zeros"])
        if word == "conv" and self.random() < 0.2:
            layer["groups"] = self.choice([1, 2, 2, "$in_channels"])
        if word == "separable_conv":
            if self.random() < 0.4:
                layer["bias"] = "pointwise"
            layer["between"] = self.sample(["batch_norm", "relu", "gelu"], self.randint(0, 2))
        return layer

    def padding(self, dims: int) -> Any:
        pairs = [[self.randint(0, 2), self.randint(0, 2)] for _ in range(dims)]
        every = [1, 1, 2, "same", "same", "same", "valid", pairs]
        return self.choice([*every, *["causal"] * 3 * (dims == 1)])

    def transposed(self, layer: dict[str, Any]) -> Layer:
        layer["stride"] = self.choice([1, 2, 2, 3])
        if layer.get("padding") in ("causal", "valid"):
            layer["padding"] = "same"
        if self.random() < 0.2:
            layer["output_padding"] = 1
        if self.random() < 0.2:
            layer["groups"] = 2
        return layer

    def draw_pool(self, current: Row, _: Frame) -> Layer:
        dims = max(len(current.shape) - 1, 1)
        kernel = self.randint(1, 3)
        layer: dict[str, Any] = {self.choice(["max_pool", "avg_pool"]): kernel}
        if self.random() < 0.5:
            layer["stride"] = self.randint(1, 3)
        if self.random() < 0.5:
            pair = [[self.randint(0, 1), 0]] * dims if dims < 3 else 0
            layer["padding"] = self.choice([kernel // 2, kernel // 2, "same", pair])
        if self.random() < 0.3 and not isinstance(layer.get("padding"), (str, list)):
            layer["ceil_mode"] = True
        if isinstance(layer.get("padding"), (str, list)):
            layer["ceil_mode"] = False
        if "max_pool" in layer and self.random() < 0.15:
            layer["dilation"] = 2
        adaptive = {self.choice(["adaptive_avg_pool", "adaptive_max_pool"]): self.randint(1, 4)}
        return adaptive if self.random() < 0.15 else layer

    def draw_norm(self, _: Row, __: Frame) -> Layer:
        affine = self.choice([True, False, "weight", "bias"])
        return self.choice(
            [
                "batch_norm",
                {"batch_norm": None, "affine": affine},
                {"layer_norm": None, "affine": affine, "over": self.choice(["all", "channels"])},
                {"group_norm": self.choice([1, 2, "$in_channels"]), "affine": affine},
                "instance_norm",
                {"instance_norm": None, "affine": affine},
                {"local_response_norm": 3},
                "layer_scale",
            ]
        )

    def draw_act(self, _: Row, __: Frame) -> Layer:
        slopes = {"prelu": self.choice([1, "$in_channels"])}
        return self.choice([*ACTIVATIONS, "identity", "identity", slopes, {"dropout": 0.2}])

    def draw_sizes(self, current: Row, frame: Frame) -> Layer:
        dims = len(current.shape) - 1
        if not dims:
            return self.draw_conv(current, frame)
        pairs = [[self.randint(0, 2), self.randint(0, 2)] for _ in range(dims)]
        mode = self.choice(
            {1: ["nearest", "linear"], 2: ["nearest", "bilinear", "bicubic"]}.get(dims, ["nearest"])
        )
        factor = self.choice(
            [2, 2, 1.5, 0.5, 0.75, 3, "1 + $w / 2" if self.random() < 0.3 else 2.5]
        )
        size = [self.randint(1, 12) for _ in range(dims)]
        name = self.name(frame)
        return self.choice(
            [
                {"upsample": factor, "mode": mode},
                {"upsample": None, "size": size, "mode": mode},
                {"upsample": name.lstrip("$"), "mode": mode},
                {"crop": pairs},
                {"crop": self.randint(0, 2)},
                {"crop": None, "size": size},
                {"crop": name.lstrip("$")},
                {"pad": pairs, "mode": self.choice(["zeros", "reflect", "replicate", "circular"])},
                {"pad": 1},
            ]
        )

    def draw_channels(self, current: Row, _: Frame) -> Layer:
        channels = current.shape[0]
        start = self.randrange(channels)
        return self.choice(
            [
                {"channel_slice": [start, self.randint(start, channels) + (start == channels)]},
                {"channel_pad": [self.randint(0, 2), self.randint(0, 2)]},
                {"channel_shuffle": self.choice([2, 2, 3])},
                {"slice": [start, None]},
                {"pixel_shuffle": 2},
                {"pixel_unshuffle": 2},
            ]
        )

    def draw_axes(self, current: Row, _: Frame) -> Layer:
        axes = len(current.shape)
        axis = self.randrange(axes)
        low, high = self.choice([0, 1, None, -2]), self.choice([None, None, -1, 3])
        some = self.sample(range(axes), self.randint(1, axes))
        word = self.choice(["mean", "max", "sum"])
        kept = {"reduce": word, "axes": [0], "keep": True}
        return self.choice(
            [
                {"slice": [low, high], "axis": axis, "step": self.randint(1, 2)},
                {"slice": [low, high], "axis": axis},
                kept,
                {"reduce": word, "axes": some, "keep": self.random() < 0.5},
            ]
        )

    def draw_whole(self, current: Row, _: Frame) -> Layer:
        """Layers after which positions are no longer what they were: not many of them."""
        if self.random() < 0.5:
            return self.draw_axes(current, _)
        axes = len(current.shape)
        shapes = [[-1, *current.shape[1:][::-1]], [current.shape[0], -1], [-1], [2, -1, 2]]
        return self.choice(
            [
                "flatten",
                {"flatten": "positions"},
                {"permute": self.sample(range(axes), axes)},
                {"reshape": self.choice(shapes)},
            ]
        )

    def draw_other(self, _: Row, frame: Frame) -> Layer:
        gate = {
            "activation": self.choice(["relu", "silu"]),
            "gate": self.choice(["sigmoid", "relu"]),
        }
        return self.choice([{"squeeze_excite": self.number(frame), **gate}, {"squeeze_excite": 2}])
