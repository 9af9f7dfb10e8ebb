"""Reads the operands of merges: names, layers, lists of layers, and all rounds of a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.language.expressions import lone_variable
from convcalc.language.parameters import ParameterReader
from convcalc.language.slips import alone
from convcalc.language.steps import Operand, Rounds, Step
from convcalc.layers import NAME, Path
from convcalc.operations.declarations import Declaration, ParameterKind
from convcalc.wording import NUMBERS

ROUNDS = "rounds"


class OperandReader:
    """Reads operands in one scope, and reports what is wrong with them.

    Args:
        parameters: checks variables.
        layers_of: reads a layer, or a list of layers.
    """

    def __init__(
        self, parameters: ParameterReader, layers_of: Callable[[Any, Path], list[Step]]
    ) -> None:
        self._parameters = parameters
        self._problems = parameters.problems
        self._layers_of = layers_of

    def operands(self, path: Path, declaration: Declaration, operands: Any) -> list[Operand] | None:
        """The operands of an operation; None if any of them cannot be one."""
        wrong = wrong_number(declaration, operands)
        if wrong:
            self._problems.add(path, wrong)
            return None
        read = [self._operand((*path, at), operand) for at, operand in enumerate(operands)]
        valid = [operand for operand in read if operand is not None]
        return valid if len(valid) == len(read) else None

    def _operand(self, path: Path, operand: Any) -> Operand | None:
        if isinstance(operand, str):
            return self._name(path, operand)
        if _are_rounds(operand):
            return self._rounds(path, operand)
        if isinstance(operand, (list, dict)):
            return self._layers_of(operand, path)
        self._refuse(path)
        return None

    def _name(self, path: Path, text: str) -> Operand | None:
        argument = lone_variable(text)
        if argument is not None:
            readable = self._parameters.is_readable(path, text, ParameterKind.WHOLE)
            return f"${argument}" if readable else None
        if NAME.fullmatch(text):
            return text
        self._refuse(path)
        return None

    def _rounds(self, path: Path, written: dict[str, Any]) -> Rounds | None:
        if not self._parameters.require_keys(path, written, (ROUNDS,)):
            return None
        name = written[ROUNDS]
        if isinstance(name, str) and NAME.fullmatch(name):
            return Rounds(name)
        message = "rounds takes the name of a layer that is repeated, such as {rounds: unit}"
        self._problems.add((*path, ROUNDS), message)
        return None

    def _refuse(self, path: Path) -> None:
        message = "an operand is a name, a layer or a list of layers; [] is the current value"
        self._problems.add(path, message)


def wrong_number(declaration: Declaration, operands: Any) -> str | None:
    """What is wrong with the number of operands, if anything is.

    >>> from convcalc.operations.registry import DECLARATIONS
    >>> wrong_number(DECLARATIONS["add"], [[]])
    'add has one operand: [] is the current value, so write add: [[], ...]'
    """
    word, (least, most) = declaration.word, declaration.operands
    given = len(operands) if isinstance(operands, list) else 0
    if given and any(map(_are_rounds, operands)):
        return None  # as many as there are rounds
    if given == 1 and least == 2:
        return f"{word} has one operand: [] is the current value, so write {word}: [[], ...]"
    if given >= least and (most is None or given <= most):
        return None
    number = f"{NUMBERS[least]} operands{' or more' if most is None else ''}"
    kinds = "names, layers or lists of layers"
    return f"{word} takes a list of {number}: {kinds}{alone(word, operands)}"


def _are_rounds(operand: Any) -> bool:
    return isinstance(operand, dict) and ROUNDS in operand
