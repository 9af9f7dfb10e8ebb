"""Reads lists of layers: each item is checked and becomes a step, once."""

from __future__ import annotations

from typing import Any

from convcalc.language import elsewhere
from convcalc.language.argument_reader import ArgumentReader
from convcalc.language.block_calls import BlockCallReader
from convcalc.language.common_keys import CommonKeyReader
from convcalc.language.expressions import lone_variable
from convcalc.language.operand_reader import OperandReader, wrong_number
from convcalc.language.parameters import ParameterReader
from convcalc.language.problems import Problems
from convcalc.language.slips import unknown_operation
from convcalc.language.steps import (
    ARGUMENT,
    BLOCK,
    BLOCK_CALL,
    BROKEN,
    COMMON,
    Operand,
    Scope,
    Step,
)
from convcalc.layers import INPUT, Path
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.operations.registry import DECLARATIONS

COMMON_KEYS = frozenset(COMMON)
ROUND_KEYS = COMMON_KEYS - {"name", "from", "weights"}
CONSTANTS = (int, str, bool, float)


def steps_of(items: Any, path: Path, scope: Scope, problems: Problems) -> list[Step]:
    """A list of layers; an invalid one is reported, and becomes a broken step."""
    if not isinstance(items, (list, tuple)):
        problems.add(path, "expected a list of layers")
        return []
    return _StepReader(scope, problems).layers(items, path)


def layers_of(written: Any, path: Path, scope: Scope, problems: Problems) -> list[Step]:
    """A layer, or a list of layers."""
    return _StepReader(scope, problems).layers(written, path)


def argument_reader(scope: Scope, problems: Problems) -> ArgumentReader:
    """What reads arguments in a scope."""
    return _StepReader(scope, problems).arguments


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
        self.arguments = ArgumentReader(self.parameters, self.layers)
        self.operands = OperandReader(self.parameters, self.layers)
        self.calls = BlockCallReader(self.parameters, self.arguments)
        self.common = CommonKeyReader(self.parameters, self.arguments)
        self.steps: dict[Any, Step] = {} if scope.steps is None else scope.steps
        """Steps by what a layer says apart from its names: many of a network are equal."""
        self._repeated: _StepReader | None = None

    def layers(self, written: Any, path: Path) -> list[Step]:
        """A layer or a list of layers; an invalid one is reported, and becomes a broken step."""
        if not isinstance(written, (list, tuple)):
            return [
                (None if self.problems.full else self.step(path, written)) or _broken(path, written)
            ]
        return [
            (None if self.problems.full else self.step((*path, at), item))
            or _broken((*path, at), item)
            for at, item in enumerate(written)
        ]

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
            return self._block(path, item, self._in_rounds(item))
        step = self._operation(path, item, DECLARATIONS[keys[0]], self._in_rounds(item))
        if step and signature:
            self.steps[signature] = step
        return step

    def _in_rounds(self, item: dict[str, Any]) -> _StepReader:
        """The reader for what is evaluated in each round of a layer."""
        each = item.get("each")
        names = [name for name in each if isinstance(name, str)] if type(each) is dict else []
        if not names and item.get("repeat") is None:
            return self
        if names:
            return _StepReader(self.scope.in_rounds(names), self.problems)
        if self._repeated is None:
            self._repeated = _StepReader(self.scope.in_rounds(()), self.problems)
        return self._repeated

    def _again(self, path: Path, item: dict[str, Any], equal: Step) -> Step | None:
        """A layer that says the same as an earlier one, apart from its names."""
        if not self.common.has_valid_names(path, item):
            return None
        _, declaration, values, _, _, *others = equal
        return Step(path, declaration, values, item.get("name"), item.get("from"), *others)

    def _plain(self, path: Path, text: str) -> Step | None:
        """A layer that is a word."""
        if text in self.steps:
            return self.steps[text]._replace(path=path)
        declaration = DECLARATIONS.get(text)
        if declaration is None:
            return self._argument(path, text)
        if declaration.takes_operands:
            return self._refused(path, str(wrong_number(declaration, None)))
        missing = self.parameters.missing(declaration, ())
        if missing:
            names = [name.partition(" ")[0] for name in missing]
            keys = [f"{text if name == declaration.main else name}: ..." for name in names]
            written = f"write {{{', '.join(keys)}}}"
            return self._refused(path, f"{text} needs {' and '.join(missing)}: {written}")
        self.steps[text] = Step(path, declaration, {}, key=text)
        return self.steps[text]

    def _argument(self, path: Path, text: str) -> Step | None:
        """A layer that is an argument, such as `$act`."""
        name = lone_variable(text)
        if name is None:
            if text in self.scope.blocks:
                return self._refused(path, f"{text} is a block: write {{block: {text}}}")
            return self._refused(path, unknown_operation(text))
        if not self.parameters.is_readable(path, text, ParameterKind.WHOLE):
            return None
        return Step(path, ARGUMENT, {}, block=f"${name}")

    def _operation(
        self, path: Path, item: dict[str, Any], declaration: Declaration, inner: _StepReader
    ) -> Step | None:
        if not self.parameters.has_valid_keys(path, item, declaration):
            return None
        word = declaration.word
        values: dict[str, Any] | None = None
        operands: list[Operand] | None = None
        if declaration.takes_operands:
            operands = inner.operands.operands((*path, word), declaration, item[word])
        valid = operands is not None or not declaration.takes_operands
        if valid:
            values = inner.parameters.values_of(path, item, declaration)
            valid = values is not None
        layers: dict[int, list[Step]] = {}
        if type(item.get("from")) is list:
            operands = self.common.sources((*path, "from"), item["from"], declaration)
            valid = valid and operands is not None
        if not COMMON_KEYS.isdisjoint(item):
            valid = self._has_valid_common_keys(path, item, declaration, inner, layers) and valid
        if not valid or values is None:
            return None
        key = _key(declaration, values)
        return _made(path, item, declaration, values, operands, key, layers)

    def _block(self, path: Path, item: dict[str, Any], inner: _StepReader) -> Step | None:
        layers: dict[int, list[Step]] = {}
        valid = [
            self.calls.has_valid_keys(path, item),
            self._has_valid_common_keys(path, item, None, inner, layers),
            inner.calls.has_valid_arguments(path, item, layers),
        ]
        if not all(valid):
            return None
        return _made(path, item, BLOCK_CALL, item.get("with") or {}, None, None, layers)

    def _has_valid_common_keys(
        self,
        path: Path,
        item: dict[str, Any],
        declaration: Declaration | None,
        inner: _StepReader,
        layers: dict[int, list[Step]],
    ) -> bool:
        """Whether the keys are valid that every layer can have; layers in them are added."""
        named = self.common.has_valid_names(path, item)
        if ROUND_KEYS.isdisjoint(item):
            return named
        valid = [
            named,
            self.common.has_valid_repeat(path, item),
            self.common.has_valid_each(path, item, layers),
            inner.common.has_valid_first(path, item, declaration),
            inner.common.has_valid_condition(path, item),
            self.common.is_training(path, item),
            self.common.has_valid_style(path, item, declaration),
        ]
        return all(valid)

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
        elif meant := next(filter(elsewhere.answer, filter(_is_text, item)), None):
            self.problems.add((*path, meant), unknown_operation(meant), at_key=True)
        elif key is None:
            message = "a layer needs an operation, such as conv: 64, or relu: {}"
            self.problems.add(path, message, absent=True)
        else:
            self.problems.add((*path, key), unknown_operation(key), at_key=True)
        return None

    def _refused(self, path: Path, message: str) -> Step | None:
        self.problems.add(path, message)
        return None


def _is_text(key: object) -> bool:
    return isinstance(key, str)


def _made(
    path: Path,
    item: dict[str, Any],
    declaration: Declaration,
    values: dict[str, Any],
    operands: list[Operand] | None,
    key: Any,
    layers: dict[int, list[Step]],
) -> Step:
    """The step of a layer whose keys are valid."""
    get = item.get
    source = get("from")
    return Step(
        path,
        declaration,
        values,
        get("name"),
        None if type(source) is list else source,
        get("repeat"),
        get("first") or {},
        operands,
        get(BLOCK, ""),
        key,
        get("each"),
        get("if"),
        layers,
        get("weights"),
        get("training") or False,
        get("as") or "",
    )


def _signature(item: dict[str, Any]) -> Any:
    """Equal for layers that say the same apart from their names; None unless all are constants."""
    parts: list[Any] = []
    for key, value in item.items():
        kind = type(value)
        if key == "name" or (key == "from" and kind is not list):
            continue
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
