"""The parameters of layers, checked as far as that is possible before the layers run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from convcalc.language.constants import NUMERIC, wrong_constant
from convcalc.language.expression_messages import meant_as_text, unknown_variables, unreadable
from convcalc.language.problems import Problems
from convcalc.language.slips import unknown_key
from convcalc.language.steps import COMMON, Scope
from convcalc.layers import Path
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.values import LARGEST


class ParameterReader:
    """Reads the parameters of layers in one scope, and reports what is wrong with them."""

    def __init__(self, scope: Scope, problems: Problems) -> None:
        self.scope = scope
        self.problems = problems
        self._keys: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}

    def has_valid_keys(self, path: Path, item: dict[str, Any], declaration: Declaration) -> bool:
        """Whether a layer has only keys that its operation takes."""
        valid, _ = self._keys_of(declaration)
        return item.keys() <= valid or self.require_keys(path, item, valid)

    def require_keys(self, path: Path, item: Mapping[str, Any], valid: Collection[str]) -> bool:
        """Whether a mapping has only valid keys; reports every other one."""
        unknown = [key for key in item if key not in valid]
        for key in unknown:
            self.add_unknown_key(path, item, key, valid)
        return not unknown

    def add_unknown_key(
        self, path: Path, item: Mapping[str, Any], key: str, valid: Collection[str]
    ) -> None:
        """Reports a key that is not valid."""
        self.problems.add((*path, key), unknown_key(item, key, valid), at_key=True)

    def values_of(
        self, path: Path, item: dict[str, Any], declaration: Declaration
    ) -> dict[str, Any] | None:
        """The parameters of a layer as they are written; None if any of them is wrong."""
        word, kinds = declaration.word, declaration.kinds
        values = {key: value for key, value in item.items() if key in kinds}
        if not self._add_main((*path, word), declaration, item[word], values):
            return None
        _, required = self._keys_of(declaration)
        if _surely_valid(values, kinds) and all(name in values for name in required):
            return values
        return values if self._are_valid(path, declaration, values) else None

    def missing(self, declaration: Declaration, values: Collection[str]) -> list[str]:
        """The required parameters that have no value, and no default for all layers."""
        given = {*values, *self.scope.defaults.get(declaration.word, {})}
        either = [pair for pair in declaration.sizes_of.items() if given.isdisjoint(pair)]
        required = [name for name in declaration.required if name not in given]
        return [*required, *[" or ".join(pair) for pair in either]]

    def is_valid(self, place: Path, declaration: Declaration, name: str, value: Any) -> bool:
        """Whether a parameter can be right, as far as that is known before the layer runs."""
        if not self.is_readable(place, value, declaration.kinds[name]):
            return False
        wrong = wrong_constant(declaration, name, value)
        if wrong:
            self.problems.add(place, wrong)
        return not wrong

    def is_readable(self, path: Path, value: Any, kind: ParameterKind) -> bool:
        """Whether the expressions in a value can be read, and all their variables are there."""
        if isinstance(value, list):
            return all(self.is_readable((*path, at), item, kind) for at, item in enumerate(value))
        if not isinstance(value, str) or meant_as_text(value, kind):
            return True
        message = unreadable(value, kind, self.scope.variables)
        if message:
            self.problems.add(path, message)
            return False
        unknown = unknown_variables(value, self.scope.variables)
        for message in unknown:
            self.problems.add(path, message, absent=True)
        return not unknown

    def _keys_of(self, declaration: Declaration) -> tuple[frozenset[str], tuple[str, ...]]:
        """The keys that a layer can have, and the parameters that it must have."""
        word = declaration.word
        if word not in self._keys:
            valid = frozenset((word, *COMMON, *declaration.kinds)) - {"operands"}
            self._keys[word] = valid, tuple(self.missing(declaration, ()))
        return self._keys[word]

    def _add_main(
        self, path: Path, declaration: Declaration, main: Any, values: dict[str, Any]
    ) -> bool:
        """Adds the value of the operation's key to the parameters."""
        word, name = declaration.word, declaration.main
        if main is None or main == {} or declaration.takes_operands:
            return True
        if name is None:
            self.problems.add(path, f"{word} takes no argument here")
            return False
        if isinstance(main, dict):
            own = "..." if name in declaration.required else ""
            shown = f"{{{word}: {own}, {next(iter(main))}: ...}}"
            self.problems.add(path, f"write parameters beside the operation: {shown}")
            return False
        if name in values:
            message = f"{name} is given twice: {word} has it already"
            self.problems.add((*path[:-1], name), message, at_key=True)
            return False
        values[name] = main
        return True

    def _are_valid(self, path: Path, declaration: Declaration, values: dict[str, Any]) -> bool:
        checks = [
            self.is_valid(
                (*path, declaration.word if name == declaration.main else name),
                declaration,
                name,
                value,
            )
            for name, value in values.items()
        ]
        if not all(checks):
            return False
        missing = self.missing(declaration, values)
        place = (*path, declaration.word)
        for name in missing:
            message = f"{declaration.word} needs {name}"
            self.problems.add(place, message, at_key=True, absent=True)
        return not missing


def _surely_valid(values: Mapping[str, Any], kinds: Mapping[str, ParameterKind]) -> bool:
    """Whether all values are numbers that are valid for such parameters, as most of them are."""
    return all(
        kinds[name] in NUMERIC and type(value) is int and 0 < value <= LARGEST
        for name, value in values.items()
    )
