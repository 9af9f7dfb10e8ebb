"""Runs network files on tensors, by the rules of the language, for its campaign.

It knows names, rounds, arguments, conditions and shared weights; shapes are PyTorch's.
"""

import re
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from campaigns.language_frames import (
    COMMON,
    LAYERS,
    NAMES,
    Frame,
    Row,
    Written,
    evaluated,
    names_of,
)
from campaigns.language_operations import MERGES, OPERATIONS, SHARING, parts
from campaigns.language_windows import Weights, need


class Interpreter:
    """Runs a network; its rows are those of `convcalc`, by the rules as they are documented."""

    def __init__(
        self,
        content: dict[str, Any],
        *,
        plain: bool = False,
        gates: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        self.content, self.plain, self.gates = content, plain, gates
        self.rows: list[Row] = []
        self.written: list[Written] = []
        self.names: set[str] = {"input"}
        self.instances: dict[str, tuple[Row, tuple[int, int] | None]] = {}
        self.training = False
        self.counter: FlopCounterMode | None = None
        written = content["input"]
        shapes = written if isinstance(written, dict) else {"input": written}
        number = torch.double if plain else None
        self.inputs = [
            Row(name, "", [], {}, torch.rand(1, *shape, dtype=number).requires_grad_(plain))
            for name, shape in shapes.items()
        ]
        self.top = Frame("", dict(content.get("vars", {})))
        self.top.taken = names_of(content["layers"])
        self.top.values = {row.name: row for row in self.inputs}
        self.top.values["input"] = self.inputs[0]
        self.names |= set(shapes)

    def run(self) -> Row:
        current = self.layers(self.content["layers"], self.inputs[0], self.top)
        need(any(not row.training for row in self.rows), "nothing runs")
        return current

    def outputs(self, last: Row) -> dict[str, Row]:
        names = self.content.get("outputs")
        if not names:
            need(not last.training, "an output of training")
            return {"": last}
        found = {}
        for name in names:
            found[name] = self.top.values[name] if name in self.top.values else self.inner(name, "")
            need(not found[name].training, "an output of training")
        return found

    # Layers.

    def layers(self, items: Any, current: Row, frame: Frame) -> Row:
        for item in items:
            current = self.layer(item, current, frame)
        return current

    def layer(self, item: Any, current: Row, frame: Frame) -> Row:
        if isinstance(item, str) and item.startswith("$"):
            return self.argument(item[1:], current, frame)
        step: dict[str, Any] = {item: None} if isinstance(item, str) else item
        before, was = current, self.training
        if "from" in step:
            current = self.found(step["from"], frame)
        self.training = was or bool(step.get("training"))
        start = len(self.written)
        if "repeat" in step or "each" in step:
            current = self.rounds(step, current, frame)
        elif self.holds(step, current, frame):
            name = step.get("name") or self.numbered(step, frame)
            current = self.round(step, current, frame, name, {}, {})
        self.training = was
        span = (start, len(self.written))
        if "weights" in step:
            self.share(step["weights"], span, frame)
        if "name" in step:
            frame.values[step["name"]] = current
            frame.spans[step["name"]] = span
            self.instances[frame.prefix + step["name"]] = current, span
        return before if step.get("training") and not was else current

    def holds(self, step: Any, current: Row, frame: Frame) -> bool:
        frame.variables["in_channels"] = current.shape[0]
        return bool(evaluated(step.get("if", True), frame.variables))

    def numbered(self, step: Any, frame: Frame) -> str:
        label = step["block"] if "block" in step else self.word(step)
        number = frame.counts.get(label, 0) + 1
        while f"{label}_{number}" in frame.taken:
            number += 1
        frame.counts[label] = number
        return f"{label}_{number}"

    def word(self, step: Any) -> str:
        return next(str(key) for key in step if key in OPERATIONS)

    def rounds(self, step: Any, current: Row, frame: Frame) -> Row:
        frame.variables["in_channels"] = current.shape[0]
        each = step.get("each") or {}
        times = evaluated(step.get("repeat"), frame.variables)
        if each:
            times = len(next(iter(each.values())))
        kept = dict(frame.variables)
        outputs: list[tuple[str, Row]] = []
        name = step.get("name")
        for number in range(times):
            frame.variables.clear()
            frame.variables.update(kept | {"in_channels": current.shape[0]})
            entries = {
                key: values[number]
                if key in LAYERS or key in NAMES
                else evaluated(values[number], frame.variables)
                for key, values in each.items()
            }
            frame.variables.update(entries)
            frame.variables["round"] = number
            if not self.holds(step, current, frame):
                continue
            name = name or self.numbered(step, frame)
            first = step.get("first", {}) if number == 0 else {}
            row = f"{name}.{number}"
            current = self.round(step, current, frame, row, first, entries)
            outputs.append((row, current))
            if "name" in step:
                self.instances[f"{frame.prefix}{row}"] = current, None
        frame.variables.clear()
        frame.variables.update(kept)
        if "name" in step:
            frame.outputs[step["name"]] = outputs
        return current

    def round(
        self, step: Any, current: Row, frame: Frame, name: str, first: Any, entries: Any
    ) -> Row:
        if "block" in step:
            return self.block(step, current, frame, name, first, entries)
        word = self.word(step)
        if word in MERGES:
            sources = self.operands(step[word], current, frame)
        else:
            sources = [] if word == "parameter" else [current]
        context = sources[0] if sources else current
        given = self.given(word, step, first, frame, context)
        return self.noted(word, given, sources, frame.prefix + name)

    def given(self, word: str, step: Any, first: Any, frame: Frame, about: Row) -> dict[str, Any]:
        """The parameters by name, worked out; `NAME` of a crop or a resize becomes its sizes."""
        main = OPERATIONS[word][1] or "main"
        own = {main if key == word else key: value for key, value in step.items()}
        if own.get(main) is None:
            own.pop(main, None)
        defaults = self.content.get("defaults", {}).get(word, {})
        every = {**defaults, **own, **first}
        every = {key: value for key, value in every.items() if key not in COMMON}
        every.pop("operands", None)
        frame.variables["in_channels"] = about.shape[0]
        name = every.get(main) if word in ("crop", "upsample") else None
        if isinstance(name, str) and re.fullmatch(r"[A-Za-z_][\w.-]*", name):
            like = self.found(every.pop(main), frame)
            need(len(like.shape) == len(about.shape), "other dimensions")
            every["size"] = list(like.shape[1:])
        return {key: evaluated(value, frame.variables) for key, value in every.items()}

    def noted(self, word: str, given: dict[str, Any], sources: list[Row], name: str) -> Row:
        """Runs an operation, as its parts where it has any, and notes the rows."""
        need(name not in self.names, "the name is taken")
        self.names.add(name)
        full = {**given, "word": word}
        if OPERATIONS[word][0] is not None:
            rows = [self.row(name, word, full, sources)]
        else:
            need(sources[0].value.dim() > 2, "no positions")
            rows = self.composite(name, {**full, "channels": sources[0].shape[0]}, sources)
        self.written.append(Written(name, word, given, sources, rows, self.training))
        return rows[-1]

    def composite(self, name: str, given: dict[str, Any], sources: list[Row]) -> list[Row]:
        values = {"input": sources[0]}
        for part, word, own, reads in parts(given["word"], given):
            row = f"{name}.{part}"
            need(row not in self.names, "the name is taken")
            self.names.add(row)
            read = [values[source] for source in reads]
            values[part] = self.row(row, word, {**own, "word": word}, read)
        return list(values.values())[1:]

    def row(self, name: str, word: str, given: dict[str, Any], sources: list[Row]) -> Row:
        for source in sources:
            need(self.training or not source.training, "only runs in training")
        weights = Weights(self.plain)
        start = self.counter.get_total_flops() if self.counter else 0
        values = [
            source.value.detach() if (name, at) in self.gates else source.value
            for at, source in enumerate(sources)
        ]
        value = OPERATIONS[word][0](weights, values, given)
        need(0 not in value.shape, "nothing is left")
        flops = self.counter.get_total_flops() - start if self.counter else 0
        if self.plain:
            value = value + value.mean(1, keepdim=True)
        found = Row(name, word, sources, given, value, weights.made, self.training, flops)
        self.rows.append(found)
        return found

    # Names.

    def found(self, name: str, frame: Frame) -> Row:
        if name.startswith("$"):
            value, where = self.passed(name[1:], frame)
            return self.found(value, where)
        for scope in frame.chain():
            if name in scope.values:
                return scope.values[name]
        for scope in frame.chain() if "." in name else ():
            if scope.prefix + name in self.instances:
                return self.inner(name, scope.prefix)
        raise KeyError(name)

    def inner(self, name: str, prefix: str) -> Row:
        return self.instances[prefix + name][0]

    def passed(self, name: str, frame: Frame) -> tuple[Any, Frame]:
        """An argument where it was written, however often it was passed on."""
        for scope in frame.chain():
            if name in scope.arguments:
                value, where = scope.arguments[name]
                if isinstance(value, str) and value.startswith("$"):
                    return self.passed(value[1:], where)
                return value, where
        raise KeyError(name)

    def argument(self, name: str, current: Row, frame: Frame) -> Row:
        value, where = self.passed(name, frame)
        inner = Frame(frame.prefix, where.variables)
        inner.counts, inner.outer, inner.taken = frame.counts, where, frame.taken
        items = value if isinstance(value, list) else [value]
        return self.layers(items, current, inner)

    def operands(self, operands: Any, current: Row, frame: Frame) -> list[Row]:
        found = []
        for each in operands:
            if isinstance(each, str) and each[1:] in LAYERS:
                value, where = self.passed(each[1:], frame)
                word = isinstance(value, str)
                made = self.found(value, where) if word else self.argument(each[1:], current, frame)
                found.append(made)
            elif isinstance(each, str):
                found.append(self.found(each, frame))
            elif isinstance(each, dict) and "rounds" in each:
                found += self.all_rounds(each["rounds"], frame)
            else:
                items = each if isinstance(each, list) else [each]
                found.append(self.layers(items, current, frame))
        return found

    def all_rounds(self, text: str, frame: Frame) -> list[Row]:
        name, _, inner = text.partition(".")
        for scope in frame.chain():
            if name in scope.outputs:
                rounds = scope.outputs[name]
                return [scope.inside[row][inner] if inner else value for row, value in rounds]
        raise KeyError(text)

    # Blocks and weights.

    def block(
        self, step: Any, current: Row, frame: Frame, name: str, first: Any, entries: Any
    ) -> Row:
        block = self.content["blocks"][step["block"]]
        inner = self.block_frame(block, step, current, frame, name, (first, entries))
        result = self.layers(block["layers"], current, inner)
        if "name" in step and ("repeat" in step or "each" in step):
            frame.inside[name] = inner.values
        return result

    def block_frame(
        self, block: Any, step: Any, current: Row, frame: Frame, name: str, round_: Any
    ) -> Frame:
        first, entries = round_
        inner = Frame(f"{frame.prefix}{name}.", {})
        inner.values["input"] = current
        inner.taken = names_of(block["layers"])
        top = dict(self.content.get("vars", {}))
        if "round" in frame.variables:
            inner.variables["round"] = frame.variables["round"]
        inner.variables.update(top)
        inner.variables.update(entries)
        channels = {"in_channels": current.shape[0]}
        given = {**step.get("with", {}), **first}
        for key, default in block["args"].items():
            need(key in given or key in entries or default is not None, "an argument is missing")
            if key in given:
                value, where = given[key], frame
                scope = {**frame.variables, **channels}
            elif key in entries:
                value, where, scope = entries[key], frame, {}
            else:
                value, where, scope = default, Frame(inner.prefix, top), {**top, **channels}
                where.values = inner.values
            if key in LAYERS or key in NAMES:
                inner.arguments[key] = (value, where)
            else:
                inner.variables[key] = evaluated(value, scope)
        return inner

    def share(self, name: str, span: tuple[int, int], frame: Frame) -> None:
        owner = next((scope.spans[name] for scope in frame.chain() if name in scope.spans), None)
        if owner is None:
            owner = self.instances[frame.prefix + name][1]
        need(owner is not None, "not a layer")
        mine, theirs = self.written[slice(*span)], self.written[slice(*owner)]  # type: ignore[misc]
        if len(theirs) == 1:
            theirs = theirs * len(mine)
        need(len(mine) == len(theirs), "another number of layers")
        found = False
        for one, other in zip(mine, theirs, strict=True):
            if any(row.weights for row in (*one.rows, *other.rows)):
                self.share_layer(one, other)
                found = True
        need(found, "no weights to share")

    def share_layer(self, one: Written, other: Written) -> None:
        need(one.word == other.word or {one.word, other.word} <= {*SHARING}, "other operations")
        for each in (one, other):
            need(any(row.weights for row in each.rows), "one has no weights")
        need(one.training or not other.training, "weights of a layer for training")
        one.owner = other.name
        theirs = {row.name.removeprefix(other.name): row for row in other.rows}
        for row in one.rows:
            source = theirs.get(row.name.removeprefix(one.name))
            if not row.weights:
                continue
            need(source is not None, "other parts")
            row.owner = source.name  # type: ignore[union-attr]
            for key, weight in row.weights.items():
                has = source.weights.get(key)  # type: ignore[union-attr]
                need(has is not None or len(one.rows) == 1, "a part lacks it")
                same = has is not None and has.shape == weight.shape
                need(same or has is None or key == "bias", "weights of other shapes")
                if same:
                    row.weights[key] = has
