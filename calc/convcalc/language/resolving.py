"""Values as they are written, with their expressions worked out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Any

from convcalc.errors import SpecError
from convcalc.language.expression_messages import expression_message, meant_as_text
from convcalc.language.expressions import complexity, evaluate, lone_variable
from convcalc.language.tokens import ExpressionError
from convcalc.operations.declarations import ParameterKind
from convcalc.records import NamedTuple

FRACTION = 3
"""The steps that a part of an expression costs where there are fractions."""

WHOLE = 3
"""The parts of an expression that are a step where there are none."""


def resolved(value: Any, kind: ParameterKind, names: Mapping[str, Any]) -> Any:
    """A parameter's value; a variable alone may stand for anything.

    Raises:
        SpecError: an expression cannot be worked out, or does not evaluate to a whole number.

    >>> resolved(["$k", 3], ParameterKind.SIZES, {"k": 5})
    [5, 3]
    >>> resolved("$mid * 4", ParameterKind.WHOLE, {"mid": 64})
    256
    """
    if isinstance(value, list):
        return [resolved(item, kind, names) for item in value]
    if not isinstance(value, str) or meant_as_text(value, kind):
        return value
    name = lone_variable(value)
    if name is not None and name in names and not isinstance(names[name], (float, Fraction)):
        if isinstance(names[name], Mapping):
            raise SpecError(f"{value} is a layer, not {kind.value}")
        return names[name]
    return _number(value, evaluated(value, names), kind)


def argument(value: Any, names: Mapping[str, Any], done: dict[int, Any] | None = None) -> Any:
    """What a block's argument stands for: a number where it can be one, else as it is.

    Args:
        value: the argument as it is written.
        names: what the variables stand for.
        done: lists that were worked out with these variables, by their identity.

    >>> argument("$width * 8", {"width": 2}), argument("same", {}), argument([1, "$p"], {"p": 2})
    (16, 'same', [1, 2])
    """
    if isinstance(value, list):
        done = {} if done is None else done
        if id(value) not in done:
            done[id(value)] = [argument(item, names, done) for item in value]
        return done[id(value)]
    if not isinstance(value, str):
        return value
    if "$" in value:
        name = lone_variable(value)
        return names[name] if name is not None and name in names else evaluated(value, names)
    try:
        return evaluate(value, names)
    except ExpressionError:
        return value


def evaluated(text: str, names: Mapping[str, Any]) -> int | Fraction:
    """What an expression comes to.

    Raises:
        SpecError: it cannot be worked out.
    """
    try:
        return evaluate(text, names)
    except ExpressionError as error:
        raise SpecError(expression_message(text, error)) from error


def _number(text: str, number: int | Fraction, kind: ParameterKind) -> int | float | Fraction:
    if kind is ParameterKind.NUMBER:
        return float(number) if isinstance(number, Fraction) else number
    if kind is ParameterKind.FACTORS:
        return number
    if isinstance(number, Fraction):
        raise SpecError(f"{text} evaluates to {float(number):g}, not a whole number")
    return number


class Variables(dict[str, Any]):
    """What names stand for in one place, and behind that what they stand for everywhere.

    >>> names = Variables({"mid": 64}, {"width": 2, "mid": 1})
    >>> names["mid"], names["width"], "depth" in names, list(names), len(names)
    (64, 2, False, ['width', 'mid'], 2)
    """

    __slots__ = ("everywhere",)

    def __init__(self, own: Mapping[str, Any], everywhere: Mapping[str, Any]) -> None:
        super().__init__(own)
        self.everywhere = everywhere

    @property
    def own(self) -> AbstractSet[str]:
        """The names that are of this place."""
        return super().keys()

    def found(self, name: str) -> Any:
        """What a name stands for; None if it is not there."""
        try:
            return self[name]
        except KeyError:
            return None

    def __missing__(self, name: str) -> Any:
        return self.everywhere[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.everywhere

    def __iter__(self) -> Iterator[str]:
        yield from self.everywhere
        yield from [name for name in super().__iter__() if name not in self.everywhere]

    def __len__(self) -> int:
        return len(self.everywhere) + sum(name not in self.everywhere for name in self.own)


class Varying(NamedTuple):
    """An argument that comes to something else wherever the variables do."""

    value: Any
    size: int
    """What it takes to work out the lists in it, each once."""

    def cost(self, names: Mapping[str, Any]) -> int:
        """The steps that it takes."""
        return self.size or cost(self.value, names)

    def worked_out(self, names: Mapping[str, Any], done: dict[int, Any]) -> Any:
        """What it comes to."""
        return argument(self.value, names, done)


class Given(NamedTuple):
    """The arguments of a block: what they came to once for all, and those with variables."""

    constant: dict[str, Any]
    varying: dict[str, Varying]


def given(written: Mapping[str, Any], layers: Collection[int] = ()) -> Given:
    """Arguments as they are written, those without variables worked out.

    Args:
        written: the arguments.
        layers: the identities of those that are layers, and stay as they are.

    >>> given({"mid": "2 * 32", "out": "$width"})
    Given(constant={'mid': 64}, varying={'out': Varying(value='$width', size=0)})
    """
    constant: dict[str, Any] = {}
    varying: dict[str, Varying] = {}
    varies: dict[int, bool] = {}
    done: dict[int, Any] = {}
    for name, value in written.items():
        if id(value) in layers:
            constant[name] = value
        elif _varies(value, varies):
            varying[name] = Varying(value, _size(value, set()) if isinstance(value, list) else 0)
        else:
            constant[name] = argument(value, {}, done)
    return Given(constant, varying)


def _varies(value: Any, checked: dict[int, bool]) -> bool:
    """Whether there is a variable in a value; each list is looked into once."""
    if isinstance(value, list):
        if id(value) not in checked:
            checked[id(value)] = False  # while it is being looked into
            checked[id(value)] = any(_varies(item, checked) for item in value)
        return checked[id(value)]
    return isinstance(value, str) and "$" in value


def _size(value: Any, seen: set[int]) -> int:
    if isinstance(value, list):
        if id(value) in seen:
            return 1
        seen.add(id(value))
        return 1 + sum([_size(item, seen) for item in value])
    return FRACTION * len(value) if isinstance(value, str) and "$" in value else 1


def cost(value: Any, names: Mapping[str, Any]) -> int:
    """The steps that it takes to work out a value.

    >>> cost(3, {}), cost([1, [2, 3]], {}), cost("$a + $b", {"a": 1, "b": 2})
    (1, 5, 3)
    >>> cost("$a / 4 * 3 + 1", {"a": 1}), cost("$a * 4 * 3 + 1", {"a": 1.5})  # seven parts each
    (21, 21)
    """
    if isinstance(value, list):
        return 1 + sum([cost(item, names) for item in value])
    if not isinstance(value, str):
        return 1
    try:
        steps, used = complexity(value)
    except ExpressionError:
        return len(value) // 10 + 1
    values = [names[name] for name in used if name in names]
    exact = "/" in value or "." in value or any(type(each) is not int for each in values)
    return FRACTION * steps if exact and steps > 1 else steps // WHOLE + 2
