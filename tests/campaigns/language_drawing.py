"""Draws random network files: each layer is tried on the interpreter before it is kept."""

import copy
from collections.abc import Callable
from typing import Any

from campaigns.language_frames import Frame, Row
from campaigns.language_interpreter import Interpreter
from campaigns.language_kinds import Kinds, Layer
from campaigns.language_operations import MERGES

REFUSALS = (RuntimeError, ValueError, TypeError, LookupError, AssertionError, ZeroDivisionError)
MOST = 1_500
"""Values of one layer."""


class Trial:
    """What a trial may change, to be put back."""

    def __init__(self, run: Interpreter, frame: Frame) -> None:
        self.run, self.frame = run, frame
        self.lengths = len(run.rows), len(run.written)
        self.names, self.instances = set(run.names), dict(run.instances)
        self.training = run.training
        parts = ("values", "counts", "outputs", "inside", "spans", "variables")
        self.parts = {part: dict(getattr(frame, part)) for part in parts}

    def undo(self) -> None:
        run, (rows, written) = self.run, self.lengths
        del run.rows[rows:], run.written[written:]
        run.names, run.instances = set(self.names), dict(self.instances)
        run.training = self.training
        for part, kept in self.parts.items():
            mine = getattr(self.frame, part)
            mine.clear()
            mine.update(kept)


class Drawn(Kinds):
    """Random networks of the whole language."""

    def network(self) -> dict[str, Any]:
        self.count = 0
        self.inside: list[str] = []
        self.kept: list[Layer] = []
        self.dims = self.choice([0, 1, 1, 1, 2, 2, 2, 2, 2, 3])
        content: dict[str, Any] = {"input": self.inputs(), "vars": {"w": self.randint(1, 6)}}
        if self.random() < 0.25:
            content["defaults"] = self.defaults()
        content |= {"blocks": {}, "layers": []}
        self.content = content
        self.interpreter = Interpreter(content)
        frame = self.interpreter.top
        start = self.interpreter.inputs[0]
        content["layers"], _ = self.layers(self.randint(2, 9), start, frame)
        if self.random() < 0.06:
            self.mistake(content, frame)
        self.outputs(content, frame)
        return content

    def outputs(self, content: dict[str, Any], frame: Frame) -> None:
        names = [name for name, row in frame.values.items() if not row.training]
        names += [name for name, (row, _) in self.interpreter.instances.items() if "." in name]
        names = [name for name in dict.fromkeys(names) if name != "input" or self.single]
        if names and self.random() < 0.35:
            content["outputs"] = self.sample(names, min(len(names), self.randint(1, 3)))

    def mistake(self, content: dict[str, Any], frame: Frame) -> None:
        """Adds a layer that is refused."""
        last = self.last
        for _ in range(30):
            layer = self.dressed(self.layer(last, frame), frame)
            trial = Trial(self.interpreter, frame)
            try:
                self.interpreter.layer(layer, last, frame)
            except REFUSALS:
                content["layers"].append(layer)
                return
            finally:
                trial.undo()

    # Lists of layers.

    def layers(self, number: int, current: Row, frame: Frame) -> tuple[list[Layer], Row]:
        """As many layers as were found to run one after the other."""
        found: list[Layer] = []
        if frame is self.interpreter.top and not self.inside:
            self.kept = found
        for _ in range(number):
            for _ in range(8):
                layer = self.dressed(self.layer(current, frame), frame)
                made = self.tried(layer, current, frame)
                if made is not None:
                    found.append(layer)
                    current = made
                    break
        if frame is self.interpreter.top and not self.inside:
            self.last = current
        return found, current

    def tried(self, layer: Layer, current: Row, frame: Frame) -> Row | None:
        run = self.interpreter
        trial = Trial(run, frame)
        try:
            made = run.layer(layer, current, frame)
        except REFUSALS:
            trial.undo()
            return None
        rows = run.rows[trial.lengths[0] :]
        small = all(row.value.numel() <= MOST for row in rows) and len(run.rows) <= 60
        return made if small else trial.undo()  # type: ignore[func-returns-value]

    def scratch(self, number: int, current: Row, frame: Frame) -> list[Layer]:
        """Layers that run from here, without a trace of them."""
        trial = Trial(self.interpreter, frame)
        found, _ = self.layers(number, current, frame)
        trial.undo()
        return found

    def dressed(self, layer: Layer, frame: Frame) -> Layer:
        """A layer with the keys that all layers can have."""
        if isinstance(layer, str) and layer.startswith("$"):
            return layer
        written: dict[str, Any] = {layer: None} if isinstance(layer, str) else layer
        if written.keys() & {"repeat", "each", "weights"}:
            return layer
        keys = {**self.name_keys(frame), **self.round_keys(written)}
        if self.random() < 0.07:
            keys["if"] = self.condition(bool(keys.keys() & {"repeat", "each"}))
        if self.random() < 0.05:
            keys["training"] = True
        return {**written, **keys} if keys else layer

    def name_keys(self, frame: Frame) -> dict[str, Any]:
        keys: dict[str, Any] = {}
        if self.random() < 0.3:
            self.count += 1
            keys["name"] = f"n{self.count}" if self.random() < 0.95 else f"relu_{self.count}"
        if self.random() < 0.12:
            keys["from"] = self.name(frame)
        return keys

    def round_keys(self, written: dict[str, Any]) -> dict[str, Any]:
        """Rounds; a number of the layer may depend on them."""
        draw = self.random()
        if draw < 0.14:
            if self.random() < 0.4:
                self.vary(written, self.choice(["$round + 1", "2 ** $round", "1 + $round % 2"]))
            return {"repeat": self.choice([0, 1, 2, 2, 3, "$w // 3"])}
        if draw < 0.18 and "block" not in written:
            self.vary(written, "$e")
            return {"each": {"e": self.choice([[1, 2], [1, 2, 3], [2, "$w"]])}}
        return {}

    def condition(self, rounds: bool) -> Any:
        always = [True, False, "$w > 3", "$in_channels == 4", "not $w < 2 and $w != 5"]
        return self.choice([*always, *["$round != 0", "$round < 1 or $w > 4"] * 2 * rounds])

    def vary(self, layer: dict[str, Any], text: str) -> None:
        """Puts an expression in place of a number."""
        keys = [
            key for key in ("dilation", "kernel_size", "out_channels", "padding") if key in layer
        ]
        word = next(iter(layer))
        if word in ("conv", "depthwise_conv"):
            layer[self.choice(keys or [word])] = text

    def layer(self, current: Row, frame: Frame) -> Layer:
        deep = len(self.inside)
        kinds = ["conv"] * 5 + ["pool", "norm", "norm", "act", "act", "sizes", "sizes", "axes"]
        kinds += ["channels", "whole", "other"]
        kinds += ["merge"] * 5 + ["products"] * 2 if deep < 2 else []
        kinds += ["block"] * 4 if deep < 2 else []
        kinds += ["given"] * 4 if frame.arguments else []
        kinds += ["shared"] * 3
        draw: Callable[[Row, Frame], Layer] = getattr(self, f"draw_{self.choice(kinds)}")
        return draw(current, frame)

    def draw_products(self, _: Row, frame: Frame) -> Layer:
        heads = self.choice([1, 2, 2])
        if self.random() < 0.3:
            return {"self_attention": heads, "bias": self.random() < 0.5}
        point = {"conv": "$in_channels", "kernel_size": 1}
        others = [[], [], [point], point, self.name(frame), ["relu"]]
        if self.random() < 0.5:
            pooled = self.choice([{"max_pool": 2}, point])
            keys = self.choice([[pooled], self.name(frame), []])
            values = keys if self.random() < 0.7 else [pooled, {"conv": 4, "kernel_size": 1}]
            return {"attention": [self.choice(others), keys, values], "heads": heads}
        turn = {"transpose": self.choice(["a", "b", "b", "both"])} if self.random() < 0.8 else {}
        return {"matmul": [self.choice(others), self.choice(others)], **turn}

    def draw_merge(self, current: Row, frame: Frame) -> Layer:
        word = self.choice(["add", "add", "subtract", "multiply", "maximum", "concat", "concat"])
        operands: list[Any] = [[]]
        operands += [self.operand(current, frame) for _ in range(self.randint(1, 2))]
        self.shuffle(operands)
        layer: dict[str, Any] = {word: operands}
        if word == "concat" and self.random() < 0.25:
            layer["axis"] = self.randrange(len(current.shape))
        return layer

    def operand(self, current: Row, frame: Frame) -> Any:
        draw = self.random()
        if draw < 0.3:
            return self.name(frame)
        if draw < 0.4 and frame.outputs:
            name = self.choice([*frame.outputs])
            inner = {one for values in frame.inside.values() for one in values} - {"input"}
            parts = [name, name, *[f"{name}.{one}" for one in inner]]
            return {"rounds": self.choice(parts)}
        if draw < 0.5:
            shape = [self.choice([1, size]) for size in current.shape]
            return self.choice([{"parameter": shape}, [{"parameter": shape}, "relu"]])
        if draw < 0.6 and len(current.shape) > 1:
            point = {"conv": "$in_channels", "kernel_size": 1}
            return [{"adaptive_avg_pool": 1}, point, "sigmoid"]
        if draw < 0.75 and len(current.shape) > 1:
            return {"conv": "$in_channels", "kernel_size": 3, "padding": "same"}
        if draw < 0.85 and any(name in frame.arguments for name in ("act", "gate")):
            return self.choice([f"${name}" for name in ("act", "gate") if name in frame.arguments])
        self.inside.append("operand")
        found = self.scratch(self.randint(1, 2), current, frame)
        self.inside.pop()
        return found

    # Blocks.

    def draw_given(self, current: Row, frame: Frame) -> Layer:
        layers = [name for name in ("act", "gate") if name in frame.arguments]
        if layers and self.random() < 0.6:
            return f"${self.choice(layers)}"
        if "skip" in frame.arguments:
            return self.choice(
                [{self.choice(["add", "concat"]): ["$skip", []]}, {"relu": None, "from": "$skip"}]
            )
        return self.draw_conv(current, frame)

    def draw_shared(self, current: Row, frame: Frame) -> Layer:
        """A layer or a block that uses the weights of an earlier one."""
        places = [
            (name, span)
            for name, (_, span) in self.interpreter.instances.items()
            if span is not None and name.startswith(frame.prefix)
        ]
        if not places:
            return self.draw_conv(current, frame)
        full, span = self.choice(places)
        name = full.removeprefix(frame.prefix)
        same = [one for one in self.known if frame.prefix == "" and not one.keys() & {*MERGES}]
        if same:
            blocks = [one for one in same if "block" in one]
            same = [self.choice(blocks if blocks and self.random() < 0.6 else same)]
            name = same[0]["name"]
            layer = copy.deepcopy(same[0])
            layer.pop("name")
            layer.pop("from", None)
            return {**layer, "weights": name}
        written = self.interpreter.written[slice(*span)]
        if len(written) == 1 and written[0].rows[0].weights and len(written[0].rows) == 1:
            g = {k: v for k, v in written[0].given.items() if k not in ("word", "main")}
            main = {"conv": "out_channels", "linear": "out_features"}.get(written[0].word)
            if main and main in g:
                return {written[0].word: g.pop(main), **g, "weights": name}
        return self.draw_conv(current, frame)

    @property
    def known(self) -> list[Layer]:
        return [one for one in self.kept if isinstance(one, dict) and "name" in one]

    def draw_block(self, current: Row, frame: Frame) -> Layer:
        names = [name for name in self.content["blocks"] if name not in self.inside]
        if names and self.random() < 0.55:
            return self.call(self.choice(names), current, frame)
        name = f"b{len(self.content['blocks'])}"
        every: dict[str, tuple[float, list[Any]]] = {
            "c": (0.5, [None, 4, "$in_channels"]),
            "act": (0.4, [None, "relu", ["batch_norm", "gelu"], []]),
            "skip": (0.4, [None, "input"]),
            "on": (0.2, [True, False]),
        }
        arguments = {
            key: self.choice(values)
            for key, (often, values) in every.items()
            if self.random() < often
        }
        block: dict[str, Any] = {"args": arguments, "layers": []}
        self.content["blocks"][name] = block
        call = self.call(name, current, frame)
        self.inside.append(name)
        run = self.interpreter
        trial = Trial(run, frame)
        try:
            entries = {key: values[0] for key, values in call.get("each", {}).items()}
            once = (call.get("first", {}), entries)
            inner = run.block_frame(block, call, current, frame, f"{name}_draft", once)
            if "repeat" in call or "each" in call:
                inner.variables["round"] = 0
            block["layers"], _ = self.layers(self.randint(1, 4), current, inner)
            if "on" in arguments and block["layers"]:
                self.switched(block["layers"])
        except REFUSALS:
            pass
        trial.undo()
        self.inside.pop()
        return call

    def switched(self, layers: list[Layer]) -> None:
        at = self.randrange(len(layers))
        if isinstance(layers[at], dict):
            layers[at]["if"] = "$on"

    def call(self, name: str, current: Row, frame: Frame) -> Layer:
        arguments = self.content["blocks"][name]["args"]
        layer: dict[str, Any] = {"block": name}
        given: dict[str, Any] = {}
        for key, default in arguments.items():
            if default is None or self.random() < 0.4:
                given[key] = self.value(key, current, frame)
        if given:
            layer["with"] = given
        if self.random() < 0.35:
            if self.random() < 0.6 or not arguments:
                layer["repeat"] = self.choice([1, 2, 2, 3])
            else:
                key = self.choice([*arguments])
                given.pop(key, None)
                values = [self.value(key, current, frame) for _ in range(self.randint(1, 3))]
                layer["each"] = {key: values}
                layer["with"] = given
            if arguments and "each" not in layer and self.random() < 0.3:
                key = self.choice([*arguments])
                layer["first"] = {key: self.value(key, current, frame)}
        return layer

    def value(self, key: str, current: Row, frame: Frame) -> Any:
        """An argument of a block."""
        if key == "c":
            return self.number(frame)
        if key == "on":
            return self.choice([True, False, "$w > 3", 1])
        if key == "skip":
            return self.name(frame)
        self.inside.append("argument")
        layers = self.scratch(self.randint(1, 2), current, frame) if self.random() < 0.5 else []
        self.inside.pop()
        simple = [
            "relu",
            [],
            {"prelu": 1},
            ["batch_norm", "relu"],
            {"conv": "$in_channels", "kernel_size": 1},
        ]
        passed = ["$act"] if "act" in frame.arguments else []
        return self.choice([*simple, *[layers] * 4, *passed * 3])
