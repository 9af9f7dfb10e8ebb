"""Modules as blocks of the network language: those of the package, and the user's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from convcalc.files.yaml_reader import read_text
from convcalc.records import NamedTuple

FOLDER = FilePath(__file__).parent
ROWS, PARTS = "modules.yaml", "parts.yaml"
CLASSIC = ("classic.yaml", "yolov7.yaml")
KEPT = ("args", "layers")
"""What of a module the network language knows; the rest says how a row gives the arguments."""

CHANNELS_IN, CHANNELS_OUT, REPEATS, GROUPS = "c1", "c2", "n", "g"
START = re.compile(r"^(?=[A-Za-z])", re.MULTILINE)


class Module(NamedTuple):
    """A block, and how a row of a model gives its arguments."""

    name: str
    block: Mapping[str, Any]
    keys: Mapping[str, Any]
    """What modules.yaml says besides the block."""
    then: tuple[Any, ...] = ()
    """Layers of the user's own behind those of the block."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments and their defaults; one without a default is None."""
        given = self.block.get("args")
        return given if isinstance(given, dict) else {}

    @property
    def repeats_inside(self) -> bool:
        """Whether the module takes the repeats of a row itself."""
        return self.keys.get("repeats") == "inside"

    @property
    def is_scaled(self) -> bool:
        """Whether the width of the model changes its channels."""
        return self.keys.get("scaled", True) is not False

    @property
    def positions(self) -> list[str]:
        """The arguments that a row gives, in order."""
        left_out = {
            CHANNELS_IN: self.keys.get("c1") != "given",
            REPEATS: self.repeats_inside,
            GROUPS: self.keys.get("groups") == "gcd",
        }
        return [name for name in self.arguments if not left_out.get(name)]

    @property
    def main(self) -> str:
        """The argument with the channels that go out."""
        names = self.positions
        return CHANNELS_OUT if CHANNELS_OUT in names or not names else names[0]

    def as_block(self, activation: Any) -> dict[str, Any]:
        """The block, with the activation that a model has in place of SiLU."""
        block = {key: self.block[key] for key in KEPT if key in self.block}
        if self.then:
            block["layers"] = [*block.get("layers", []), *self.then]
        if activation is not None and self.arguments.get("act") == "silu" and self.follows:
            block["args"] = {**self.arguments, "act": activation}
        return block

    @property
    def follows(self) -> bool:
        """Whether the activation of a model is its default too."""
        return self.name not in ("ConvTranspose", "ConvTransposeBias", "RepConv")


@lru_cache
def _texts(file: str) -> Mapping[str, str]:
    """The text of each module of a packaged file, to be parsed when it is used."""
    text = (FOLDER / file).read_text(encoding="utf-8")
    parts = START.split(text)
    return {part[: part.index(":")]: part for part in parts if part[:1].isalpha()}


@lru_cache
def _packaged(file: str, name: str) -> Module:
    content = read_text(_texts(file)[name].encode()).content[name]
    return module_of(name, content)


def module_of(name: str, content: Mapping[str, Any]) -> Module:
    """The module that a mapping describes.

    >>> module_of("Thin", {"args": {"c2": None, "n": 1}, "repeats": "inside"}).positions
    ['c2']
    """
    keys = {key: value for key, value in content.items() if key not in KEPT}
    return Module(name, content, keys)


class Library:
    """The modules that a model can use.

    Args:
        classic: whether the model is one of YOLOv5's own repository.
        declared: the user's own modules.

    >>> Library(classic=False).row("C2f").positions
    ['c2', 'shortcut', 'g', 'e']
    >>> Library(classic=False).row("CBAM") is None
    True
    """

    def __init__(self, *, classic: bool, declared: Mapping[str, Module] | None = None) -> None:
        self.declared = dict(declared or {})
        self.is_classic = classic
        self._files = (*CLASSIC, ROWS, PARTS) if classic else (ROWS, PARTS, *CLASSIC)
        self._row_files = (*CLASSIC, ROWS) if classic else (ROWS,)

    def row(self, name: str) -> Module | None:
        """The module that a row can name, if there is one."""
        return self.declared.get(name) or _found(name, self._row_files)

    def any(self, name: str) -> Module | None:
        """A module, or a part of one."""
        return self.declared.get(name) or _found(name, self._files)

    @property
    def row_names(self) -> list[str]:
        """The names that rows can have."""
        return [*self.declared, *[name for file in self._row_files for name in _texts(file)]]

    def blocks(self, used: Collection[Module], activation: Any) -> dict[str, Any]:
        """The blocks of modules that are used, and of all that they use."""
        found: dict[str, Any] = {}
        left = list(used)
        while left:
            module = left.pop(0)
            if module.name not in found:
                found[module.name] = block = module.as_block(activation)
                inner = [self.any(name) for name in calls(block)]
                left += [each for each in inner if each is not None]
        return found


def _found(name: str, files: Collection[str]) -> Module | None:
    return next((_packaged(file, name) for file in files if name in _texts(file)), None)


def calls(written: Any) -> Iterator[str]:
    """The names of the blocks in some layers, at any depth.

    >>> [*calls({"layers": [{"block": "Conv"}, {"add": [[{"block": "SPP"}], "input"]}]})]
    ['SPP', 'Conv']
    """
    left = [written]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            if isinstance(each.get("block"), str):
                yield each["block"]
            left += each.values()
        elif isinstance(each, list):
            left += each
