"""Named lists of layers with arguments, as `blocks` defines them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from convcalc.errors import shortened
from convcalc.language.entry_names import BodyVariables, DefaultVariables, EntryNames
from convcalc.language.expressions import ROUND
from convcalc.language.names import VARIABLE, is_variable, wrong_name
from convcalc.language.problems import Problems
from convcalc.language.slips import unknown_key
from convcalc.language.step_reader import argument_reader, steps_of
from convcalc.language.steps import IN_CHANNELS, Scope, Step, every_step, with_arguments
from convcalc.layers import NAME, Path
from convcalc.records import NamedTuple

BLOCK_KEYS = ("args", "layers")


class Block(NamedTuple):
    """A named list of layers with arguments; those without a default are required."""

    arguments: Mapping[str, Any]
    required: frozenset[str]
    steps: list[Step]
    layers: Mapping[int, list[Step]] = {}
    """The layers among the arguments, by the identity of what is written."""

    @property
    def every_step(self) -> Iterator[Step]:
        """All its layers, those in arguments too."""
        for layers in (*self.layers.values(), self.steps):
            yield from with_arguments(layers)


class BlockReader:
    """Reads the blocks of a specification, and reports what is wrong with them."""

    def __init__(
        self,
        variables: Mapping[str, Any],
        defaults: Mapping[str, Mapping[str, Any]],
        problems: Problems,
        entries: EntryNames,
    ) -> None:
        self._variables = variables
        self._defaults = defaults
        self._problems = problems
        self._entries = entries

    def blocks(self, written: Any) -> dict[str, Block]:
        """The blocks by name."""
        found = self._problems.mapping(("blocks",), written)
        return {name: self._block(("blocks", name), block, found) for name, block in found.items()}

    def _block(self, path: Path, block: Any, blocks: Mapping[str, Any]) -> Block:
        name = str(path[-1])
        wrong = wrong_name(name, NAME.fullmatch(name), "a block's name")
        if wrong:
            self._problems.add(path, wrong, at_key=True)
        content = self._problems.mapping(path, block)
        self._check_keys(path, content)
        arguments = self._arguments((*path, "args"), content.get("args"))
        own = dict.fromkeys((*arguments, IN_CHANNELS, ROUND))
        names = BodyVariables(own, self._variables, name, self._entries)
        self._check_names((*path, "args"), arguments)
        scope = Scope(names, blocks, self._defaults)
        steps = steps_of(content.get("layers", []), (*path, "layers"), scope, self._problems)
        require_distinct_names(steps, self._problems)
        given = {name: value for name, value in arguments.items() if value is not None}
        layers = self._read_defaults((*path, "args"), given, blocks, arguments.keys())
        return Block(given, frozenset(arguments.keys() - given.keys()), steps, layers)

    def _check_keys(self, path: Path, content: Mapping[str, Any]) -> None:
        for key in content:
            if key not in BLOCK_KEYS:
                message = unknown_key(content, key, BLOCK_KEYS)
                self._problems.add((*path, key), message, at_key=True)
        if "layers" not in content:
            message = f"block {path[-1]} needs layers"
            self._problems.add(path, message, at_key=True, absent=True)

    def _arguments(self, path: Path, written: Any) -> dict[str, Any]:
        """The arguments by name; None for those without a default."""
        if isinstance(written, list) and all(
            isinstance(name, str) and VARIABLE.fullmatch(name) for name in written
        ):
            shown = ", ".join([f"{name}: " for name in written])
            message = f"args are a mapping: write {{{shortened(shown)}}}"
            self._problems.add(path, message)
            return dict.fromkeys(written)
        return self._problems.mapping(path, written)

    def _check_names(self, path: Path, arguments: Mapping[str, Any]) -> None:
        for name in arguments:
            wrong = wrong_name(name, is_variable(name), "an argument")
            if wrong:
                self._problems.add((*path, name), wrong, at_key=True)

    def _read_defaults(
        self,
        path: Path,
        given: Mapping[str, Any],
        blocks: Mapping[str, Any],
        arguments: Collection[str],
    ) -> dict[int, list[Step]]:
        """The layers among the defaults; reports defaults that cannot be read."""
        names = DefaultVariables({IN_CHANNELS: None}, self._variables, arguments)
        reader = argument_reader(Scope(names, blocks, self._defaults), self._problems)
        layers: dict[int, list[Step]] = {}
        for name, value in given.items():
            reader.is_valid((*path, name), value, layers)
        return layers


def require_distinct_names(steps: list[Step], problems: Problems) -> None:
    """Reports layers that have the name of an earlier one."""
    names: set[str] = set()
    for step in every_step(steps):
        if step.name in names:
            problems.add((*step.path, "name"), f"the name {step.name} is already used")
        if step.name:
            names.add(step.name)


def contain_themselves(blocks: Mapping[str, Block], problems: Problems) -> bool:
    """Whether any block leads back to itself; reports each that does."""
    circular = False
    done: set[str] = set()
    for start in blocks:
        way = {} if start in done else {start: blocks[start].every_step}
        while way:
            name = next(reversed(way))
            step = _next_call(way[name])
            if step is None:
                done.add(name)
                del way[name]
            elif step.block in way:
                problems.add((*step.path, "block"), f"block {step.block} contains itself")
                circular = True
            elif step.block in blocks and step.block not in done:
                way[step.block] = blocks[step.block].every_step
    return circular


def _next_call(steps: Iterator[Step]) -> Step | None:
    return next((step for step in steps if step.block), None)
