"""Reads lists of layers: each item is checked and becomes a step, once."""

from __future__ import annotations

from typing import Any

from convcalc.language.block_calls import BlockCallReader
from convcalc.language.constants import wrong_repeat
from convcalc.language.parameters import ParameterReader
from convcalc.language.problems import Problems, too_long
from convcalc.language.slips import unknown_operation
from convcalc.language.steps import BLOCK, BLOCK_CALL, BROKEN, COMMON, Operand, Scope, Step
from convcalc.layers import INPUT, LONGEST_NAME, NAME, Path
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS

COMMON_KEYS = frozenset(COMMON)
CONSTANTS = (int, str, bool, float)


def steps_of(items: Any, path: Path, scope: Scope, problems: Problems) -> list[Step]:
    """A list of layers; an invalid one is reported, and becomes a broken step."""
    if not isinstance(items, (list, tuple)):
        problems.add(path, "expected a list of layers")
        return []
    reader = _StepReader(scope, problems)
    return [
        (None if problems.full else reader.step((*path, at), item)) or _broken((*path, at), item)
        for at, item in enumerate(items)
    ]


def _broken(path: Path, item: Any) -> Step:
    name = item.get("name") if isinstance(item, dict) else None
    named = isinstance(name, str) and name != INPUT
    return Step(path, BROKEN, {}, name if named else None)


class _StepReader:
    """Reads layers in one scope."""

    def __init__(self, scope: Scope, problems: Problems) -> None:
        self.scope = scope
        self.problems = problems
        self.parameters = ParameterReader(scope, problems)
        self.calls = BlockCallReader(self.parameters)
        self.steps: dict[Any, Step] = {} if scope.steps is None else scope.steps
        """Steps by what a layer says apart from its names: many of a network are equal."""

    def step(self, path: Path, item: Any) -> Step | None:
        """One layer, or None if it is invalid."""
        if type(item) is str:
            return self._plain(path, item)
        if not isinstance(item, dict) or not item:
            expected = "a layer is a word such as relu, or a mapping such as {conv: 64, ...}"
            return self._refused(path, expected)
        signature = _signature(item)
        if signature in self.steps:
            return self._again(path, item, self.steps[signature])
        keys = [key for key in item if key in DECLARATIONS or key == BLOCK]
        if len(keys) != 1:
            return self._without_an_operation(path, item, keys)
        if keys[0] == BLOCK:
            return self._block(path, item)
        step = self._operation(path, item, DECLARATIONS[keys[0]])
        if step and signature:
            self.steps[signature] = step
        return step

    def _again(self, path: Path, item: dict[str, Any], equal: Step) -> Step | None:
        """A layer that says the same as an earlier one, apart from its names."""
        if not self._has_valid_names(path, item):
            return None
        _, declaration, values, _, _, repeat, first, operands, block, key = equal
        name, source = item.get("name"), item.get("from")
        return Step(path, declaration, values, name, source, repeat, first, operands, block, key)

    def _plain(self, path: Path, text: str) -> Step | None:
        """A layer that is a word."""
        if text in self.steps:
            return self.steps[text]._replace(path=path)
        declaration = DECLARATIONS.get(text)
        if declaration is None:
            if text in self.scope.blocks:
                return self._refused(path, f"{text} is a block: write {{block: {text}}}")
            return self._refused(path, unknown_operation(text))
        missing = self.parameters.missing(declaration, ())
        if missing:
            names = [name.partition(" ")[0] for name in missing]
            keys = [f"{text if name == declaration.main else name}: ..." for name in names]
            written = f"write {{{', '.join(keys)}}}"
            return self._refused(path, f"{text} needs {' and '.join(missing)}: {written}")
        self.steps[text] = Step(path, declaration, {}, key=text)
        return self.steps[text]

    def _operation(self, path: Path, item: dict[str, Any], declaration: Declaration) -> Step | None:
        if not self.parameters.has_valid_keys(path, item, declaration):
            return None
        word = declaration.word
        values: dict[str, Any] | None = {}
        operands: list[Operand] | None = None
        if declaration.main == "operands":
            operands = self._operands((*path, word), word, item[word])
            valid = operands is not None
        else:
            values = self.parameters.values_of(path, item, declaration)
            valid = values is not None
        if not COMMON_KEYS.isdisjoint(item):
            valid = self._has_valid_common_keys(path, item, declaration) and valid
        if not valid or values is None:
            return None
        return Step(
            path,
            declaration,
            values,
            item.get("name"),
            item.get("from"),
            item.get("repeat"),
            item.get("first") or {},
            operands,
            key=_key(declaration, values),
        )

    def _block(self, path: Path, item: dict[str, Any]) -> Step | None:
        valid = [
            self.calls.has_valid_keys(path, item),
            self._has_valid_common_keys(path, item, None),
            self.calls.has_valid_arguments(path, item),
        ]
        if not all(valid):
            return None
        return Step(
            path,
            BLOCK_CALL,
            item.get("with") or {},
            item.get("name"),
            item.get("from"),
            item.get("repeat"),
            item.get("first") or {},
            block=item[BLOCK],
        )

    def _operands(self, path: Path, word: str, operands: Any) -> list[Operand] | None:
        if isinstance(operands, list) and len(operands) == 1:
            written = f"write {word}: [[], ...]"
            message = f"{word} has one operand: [] is the current value, so {written}"
            self.problems.add(path, message)
            return None
        if not isinstance(operands, list) or len(operands) < 2:
            message = f"{word} takes a list of two operands or more: names, or lists of layers"
            self.problems.add(path, message)
            return None
        read = [self._operand((*path, at), operand) for at, operand in enumerate(operands)]
        valid = [operand for operand in read if operand is not None]
        return valid if len(valid) == len(read) else None

    def _operand(self, path: Path, operand: Any) -> Operand | None:
        if isinstance(operand, str) and NAME.fullmatch(operand):
            return operand
        if isinstance(operand, list):
            return steps_of(operand, path, self.scope, self.problems)
        message = "an operand is a name, or a list of layers; [] is the current value"
        if isinstance(operand, str) and operand.startswith("$"):
            message = "a name cannot be a $variable"
        self.problems.add(path, message)
        return None

    def _has_valid_common_keys(
        self, path: Path, item: dict[str, Any], declaration: Declaration | None
    ) -> bool:
        valid = [
            self._has_valid_names(path, item),
            self._is_repeat((*path, "repeat"), item.get("repeat")),
            self._has_valid_first(path, item, declaration),
        ]
        return all(valid)

    def _has_valid_names(self, path: Path, item: dict[str, Any]) -> bool:
        valid = True
        for key in ("name", "from"):
            message = _wrong_name(key, item[key]) if key in item else None
            if message:
                self.problems.add((*path, key), message)
                valid = False
        if item.get("name") == INPUT:
            self.problems.add((*path, "name"), "input is the name of the network's input")
            valid = False
        return valid

    def _is_repeat(self, path: Path, repeat: Any) -> bool:
        if not self.parameters.is_readable(path, repeat, ParameterKind.WHOLE):
            return False
        wrong = wrong_repeat(repeat)
        if wrong:
            self.problems.add(path, wrong)
        return not wrong

    def _has_valid_first(
        self, path: Path, item: dict[str, Any], declaration: Declaration | None
    ) -> bool:
        first = item.get("first")
        if first is None:
            return True
        if item.get("repeat") is None:
            message = "first applies to the first of several rounds: it needs repeat"
            self.problems.add((*path, "first"), message, at_key=True, absent=True)
            return False
        if type(first) is not dict:
            self.problems.add((*path, "first"), "expected a mapping, for the first round only")
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
            self.parameters.add_unknown_key(path, first, key, tuple(declaration.kinds))
            return False
        return self.parameters.is_valid((*path, key), declaration, key, first[key])

    def _without_an_operation(
        self, path: Path, item: dict[str, Any], keys: list[str]
    ) -> Step | None:
        if keys:
            message = f"{' and '.join(keys)} are {len(keys)} operations: a layer has exactly one"
            self.problems.add((*path, keys[1]), message, at_key=True)
            return None
        kinds = [key for declaration in DECLARATIONS.values() for key in declaration.kinds]
        parameters = {*COMMON, "with", *kinds}
        key = next((key for key in item if key not in parameters), None)
        if isinstance(key, str) and key in self.scope.blocks:
            message = f"{key} is a block: write {self.calls.suggestion(key, item[key])}"
            self.problems.add((*path, key), message, at_key=True)
        elif key is None:
            message = "a layer needs an operation, such as conv: 64, or relu: {}"
            self.problems.add(path, message, absent=True)
        else:
            self.problems.add((*path, key), unknown_operation(key), at_key=True)
        return None

    def _refused(self, path: Path, message: str) -> Step | None:
        self.problems.add(path, message)
        return None


def _wrong_name(key: str, value: Any) -> str | None:
    if not (isinstance(value, str) and NAME.fullmatch(value)):
        return f"{key} takes a letter or _, then letters, digits, _ - or ."
    return too_long(value) if len(value) > LONGEST_NAME else None


def _signature(item: dict[str, Any]) -> Any:
    """Equal for layers that say the same apart from their names; None unless all are constants."""
    parts: list[Any] = []
    for key, value in item.items():
        if key in ("name", "from"):
            continue
        kind = type(value)
        if kind not in CONSTANTS or (kind is str and "$" in value):
            return None
        parts += (key, value, kind)
    return tuple(parts)


def _key(declaration: Declaration, values: dict[str, Any]) -> Any:
    """Equal for operations that say the same in constants; None for any other."""
    for name, value in values.items():
        if isinstance(value, (list, dict)):
            return None
        if type(value) is str and ("$" in value or name in declaration.sizes_of):
            return None
    return (declaration.word, *values.items(), *map(type, values.values()))
