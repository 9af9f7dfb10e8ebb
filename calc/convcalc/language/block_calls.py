"""Layers that stand for the layers of a block: `{block: NAME, with: {...}}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.language.argument_reader import ArgumentReader
from convcalc.language.parameters import ParameterReader
from convcalc.language.problems import value_written
from convcalc.language.slips import cut_off
from convcalc.language.steps import BLOCK, COMMON, Step
from convcalc.layers import Path
from convcalc.wording import did_you_mean

CALL_KEYS = (BLOCK, "with", *COMMON)


class BlockCallReader:
    """Checks calls of blocks in one scope, and reports what is wrong with them."""

    def __init__(self, parameters: ParameterReader, arguments: ArgumentReader) -> None:
        self._parameters = parameters
        self._arguments = arguments
        self._problems = parameters.problems
        self._blocks = parameters.scope.blocks

    def has_valid_keys(self, path: Path, item: dict[str, Any]) -> bool:
        """Whether a call has only valid keys and the name of a block."""
        name = item[BLOCK]
        exists = isinstance(name, str) and name in self._blocks
        arguments = arguments_of(self._blocks[name]) if exists else None
        valid = self._require_keys(path, item, arguments)
        if not exists:
            hint = did_you_mean(name, self._blocks) if isinstance(name, str) else ""
            message = f"unknown block {value_written(name)}{hint}"
            self._problems.add((*path, BLOCK), message, absent=True)
        given = item.get("with")
        if given is not None and type(given) is not dict:
            self._problems.add((*path, "with"), "expected a mapping of arguments")
            return False
        return valid and exists

    def has_valid_arguments(
        self, path: Path, item: dict[str, Any], layers: dict[int, list[Step]]
    ) -> bool:
        """Whether the block takes the arguments, and they can be read; their layers are added."""
        name = item[BLOCK]
        exists = isinstance(name, str) and name in self._blocks
        arguments = arguments_of(self._blocks[name]) if exists else None
        checks = [
            self._are_valid((*path, part), item[part], name, arguments, layers)
            for part in ("with", "first")
            if type(item.get(part)) is dict
        ]
        return all(checks)

    def suggestion(self, name: str, value: Any) -> str:
        """The call of a block whose name was written as if it were an operation."""
        arguments = [*(arguments_of(self._blocks[name]) or ())]
        given = value if isinstance(value, dict) else {}
        if arguments and isinstance(value, (int, float, str)):
            given = {arguments[0]: value}
        pairs = ", ".join([f"{key}: {value_written(item)}" for key, item in given.items()])
        return f"{{block: {name}, with: {{{pairs}}}}}" if given else f"{{block: {name}}}"

    def _require_keys(self, path: Path, item: dict[str, Any], arguments: Any) -> bool:
        unknown = [key for key in item if key not in CALL_KEYS]
        for key in unknown:
            if arguments is not None and key in arguments:
                hint = "the arguments of a block go into with: {...}"
                message = f"unknown key {key}: {hint}"
                self._problems.add((*path, key), message, at_key=True)
            else:
                self._parameters.add_unknown_key(path, item, key, CALL_KEYS)
        return not unknown

    def _are_valid(
        self,
        path: Path,
        given: Mapping[Any, Any],
        block: Any,
        arguments: Any,
        layers: dict[int, list[Step]],
    ) -> bool:
        valid = True
        for name, value in given.items():
            if cut_off(name, given):
                valid = False
                continue
            if arguments is not None and name not in arguments:
                message = f"{block} has no argument {name}{did_you_mean(name, arguments)}"
                self._problems.add((*path, name), message, at_key=True)
                valid = False
            valid = self._arguments.is_valid((*path, name), value, layers) and valid
        return valid


def arguments_of(block: Any) -> Mapping[str, Any] | None:
    """The arguments of a block as it is written; None if they are not a mapping.

    >>> arguments_of({"args": {"mid": None}}), arguments_of({"args": ["mid"]})
    ({'mid': None}, None)
    """
    arguments = (block.get("args") or {}) if isinstance(block, dict) else None
    return arguments if isinstance(arguments, dict) else None
