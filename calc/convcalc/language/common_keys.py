"""The keys that every layer can have: its name, what it reads, its rounds and its condition."""

from __future__ import annotations

from typing import Any

from convcalc.language.argument_reader import ArgumentReader
from convcalc.language.constants import wrong_condition, wrong_repeat
from convcalc.language.expressions import lone_variable
from convcalc.language.names import is_variable, wrong_name
from convcalc.language.parameters import ParameterReader
from convcalc.language.problems import too_long, value_written
from convcalc.language.steps import Operand, Step
from convcalc.language.styles import wrong_style
from convcalc.layers import INPUT, LONGEST_NAME, NAME, Path
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.wording import counted

NAMES = ("name", "from", "weights")
OPAQUE = "opaque"
"""The operation that may read several values by `from`."""


class CommonKeyReader:
    """Checks these keys in one scope, and reports what is wrong with them."""

    def __init__(self, parameters: ParameterReader, arguments: ArgumentReader) -> None:
        self._parameters = parameters
        self._problems = parameters.problems
        self._arguments = arguments

    def has_valid_names(self, path: Path, item: dict[str, Any]) -> bool:
        """Whether `name`, `from` and `weights` are names, or an argument for one."""
        valid = True
        for key in NAMES:
            if key not in item:
                continue
            value = item[key]
            if type(value) is str and len(value) <= LONGEST_NAME and NAME.fullmatch(value):
                continue  # as nearly always
            listed = key == "from" and type(value) is list
            if not listed and not self._is_name((*path, key), key, value):
                valid = False
        if item.get("name") == INPUT:
            self._problems.add((*path, "name"), "input is the name of the network's input")
            valid = False
        return valid

    def _is_name(self, path: Path, key: str, value: Any) -> bool:
        if key == "from" and isinstance(value, str) and lone_variable(value) is not None:
            return self._parameters.is_readable(path, value, ParameterKind.WHOLE)
        message = _wrong_name(key, value)
        if message:
            self._problems.add(path, message)
        return not message

    def sources(
        self, path: Path, names: list[Any], declaration: Declaration
    ) -> list[Operand] | None:
        """What an operation that takes any number of values is to read; None if it is wrong."""
        if declaration.word != OPAQUE:
            self._problems.add(path, f"{declaration.word} reads one value: from takes one name")
            return None
        if not names:
            self._problems.add(path, "from is an empty list")
            return None
        checks = [self._is_name((*path, at), "from", name) for at, name in enumerate(names)]
        return list(names) if all(checks) else None

    def is_training(self, path: Path, item: dict[str, Any]) -> bool:
        """Whether `training` is true or false."""
        training = item.get("training")
        if training is None or type(training) is bool:
            return True
        message = f"training={value_written(training)} is neither true nor false"
        self._problems.add((*path, "training"), message)
        return False

    def has_valid_style(
        self, path: Path, item: dict[str, Any], declaration: Declaration | None
    ) -> bool:
        """Whether a layer of PyTorch can be written as `as` says."""
        style = item.get("as")
        wrong = None
        if style is not None:
            wrong = wrong_style(declaration.word if declaration else "block", style)
        if wrong:
            self._problems.add((*path, "as"), wrong)
        return not wrong

    def has_valid_repeat(self, path: Path, item: dict[str, Any]) -> bool:
        """Whether a layer can be repeated so often."""
        repeat = item.get("repeat")
        if not self._parameters.is_readable((*path, "repeat"), repeat, ParameterKind.WHOLE):
            return False
        wrong = wrong_repeat(repeat)
        if wrong:
            self._problems.add((*path, "repeat"), wrong)
        return not wrong

    def has_valid_each(
        self, path: Path, item: dict[str, Any], layers: dict[int, list[Step]]
    ) -> bool:
        """Whether there are lists of equal length for the rounds; their layers are added."""
        each = item.get("each")
        if each is None:
            return True
        place = (*path, "each")
        if item.get("repeat") is not None:
            message = "a layer has either repeat or each: each makes a round of each entry"
            self._problems.add(place, message, at_key=True)
            return False
        if not isinstance(each, dict) or not each:
            self._problems.add(place, "each takes lists by name, such as {d: [1, 2, 4]}")
            return False
        checks = [self._is_entries((*place, name), name, each[name], layers) for name in each]
        return all(checks) and self._are_equally_long(place, each)

    def _is_entries(
        self, path: Path, name: Any, entries: Any, layers: dict[int, list[Step]]
    ) -> bool:
        wrong = wrong_name(str(name), isinstance(name, str) and is_variable(name), "a variable")
        if wrong:
            self._problems.add(path, wrong, at_key=True)
            return False
        if isinstance(entries, str) and lone_variable(entries) is not None:
            return self._parameters.is_readable(path, entries, ParameterKind.WHOLE)
        if not isinstance(entries, list):
            self._problems.add(path, f"each takes a list for {name}, with an entry for each round")
            return False
        checks = [
            self._arguments.is_valid((*path, at), entry, layers)
            for at, entry in enumerate(entries)
            if isinstance(entry, (str, list, dict))
        ]
        return all(checks)

    def _are_equally_long(self, path: Path, each: dict[str, Any]) -> bool:
        lists = {name: entries for name, entries in each.items() if isinstance(entries, list)}
        first = next(iter(lists), "")
        for name, entries in lists.items():
            if len(entries) != len(lists[first]):
                message = unequal_entries(first, len(lists[first]), name, len(entries))
                self._problems.add((*path, name), message)
                return False
        return True

    def has_valid_condition(self, path: Path, item: dict[str, Any]) -> bool:
        """Whether `if` is a number, an expression, true or false."""
        condition = item.get("if")
        if not self._parameters.is_readable((*path, "if"), condition, ParameterKind.WHOLE):
            return False
        wrong = wrong_condition(condition)
        if wrong:
            self._problems.add((*path, "if"), wrong)
        return not wrong

    def has_valid_first(
        self, path: Path, item: dict[str, Any], declaration: Declaration | None
    ) -> bool:
        """Whether an operation takes the parameters of `first`; those of blocks are not checked."""
        first = item.get("first")
        if first is None:
            return True
        if item.get("repeat") is None and item.get("each") is None:
            message = "first applies to the first of several rounds: it needs repeat"
            self._problems.add((*path, "first"), message, at_key=True, absent=True)
            return False
        if type(first) is not dict:
            self._problems.add((*path, "first"), "expected a mapping, for the first round only")
            return False
        if declaration is None:
            return True
        checks = [
            self._is_valid_in_first((*path, "first"), declaration, first, key) for key in first
        ]
        return all(checks)

    def _is_valid_in_first(
        self, path: Path, declaration: Declaration, first: dict[str, Any], key: str
    ) -> bool:
        if key not in declaration.kinds or key == "operands":
            self._parameters.add_unknown_key(path, first, key, tuple(declaration.kinds))
            return False
        return self._parameters.is_valid((*path, key), declaration, key, first[key])


def _wrong_name(key: str, value: Any) -> str | None:
    if not (isinstance(value, str) and NAME.fullmatch(value)):
        return f"{key} takes a letter or _, then letters, digits, _ - or ."
    return too_long(value) if len(value) > LONGEST_NAME else None


def unequal_entries(one: str, its: int, other: str, others: int) -> str:
    """What is wrong with lists of `each` that are not equally long.

    >>> unequal_entries("d", 3, "k", 1)
    'd has 3 rounds, k has 1 round: the lists of each are equally long'
    """
    rounds = f"{one} has {counted(its, 'round')}, {other} has {counted(others, 'round')}"
    return f"{rounds}: the lists of each are equally long"
