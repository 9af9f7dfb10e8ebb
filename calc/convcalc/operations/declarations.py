"""How operations are written in network files: their names, main arguments and parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any

from convcalc.records import NamedTuple
from convcalc.values import choice_text
from convcalc.wording import number_text


class ParameterKind(Enum):
    """What a parameter may be."""

    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    SIZES = "a whole number, or one for each dimension"
    PADDING = "a number, one for each dimension, [low, high] pairs, same, valid or causal"
    WIDTHS = "a number, one for each dimension, or [low, high] pairs"
    CUTS = "a number, one for each dimension, [low, high] pairs, or the name of a value"
    FACTORS = "a number, one for each dimension, or the name of a value"
    NUMBERS = "a list of whole numbers"
    SHAPE = "a list of whole numbers, one of which may be -1"
    ENDS = "[start, stop], null for an open end"
    CHOICE = "one of"
    WORDS = "a list of words such as batch_norm or relu"
    TEXT = "a name"
    OUTPUT_SHAPE = "channels and spatial sizes, or same"
    KNOWN = "a whole number, or unknown"
    KNOWN_MACS = "a whole number, none or unknown"
    OPERANDS = "names, layers or lists of layers"


class Declaration(NamedTuple):
    """An operation of the language: its name, its parameters, and the function that makes it."""

    word: str
    """Its name in network files."""
    make: Callable[..., Any]
    """Called with the parameters, and with what it `needs` of the current value."""
    main: str | None = None
    """The parameter that is the value of the operation's key, as 64 is in `conv: 64`."""
    kinds: Mapping[str, ParameterKind] = {}
    """The parameters that a file can set."""
    needs: tuple[str, ...] = ()
    """What comes from the current value: its channels, by any name, its `dims` and its `shape`."""
    choices: Mapping[str, tuple[str | bool, ...]] = {}
    """What a parameter that is a choice may be."""
    sizes_of: Mapping[str, str] = {}
    """Parameters that may be the name of a value, and the one that takes its spatial sizes then;
    exactly one of the two is given."""

    @property
    def takes_operands(self) -> bool:
        """Whether the operation's key has a list of operands."""
        return ParameterKind.OPERANDS in self.kinds.values()

    @property
    def operands(self) -> tuple[int, int | None]:
        """How many operands there are, at least and at most; None for any number."""
        return self.make.least_inputs, self.make.most_inputs  # type: ignore[attr-defined]

    @property
    def stands_alone(self) -> bool:
        """Whether the word is a layer without parameters."""
        return not (self.required or self.sizes_of or self.takes_operands)

    def usage(self, name: str) -> str:
        """What a parameter may be, in words."""
        kind = self.kinds[name]
        usage: str = kind.value
        if kind is ParameterKind.CHOICE:
            return f"{usage} {', '.join(map(choice_text, self.choices[name]))}"
        if kind is ParameterKind.OPERANDS:
            return f"a list of {number_text(*self.operands)} {usage}"
        return usage

    @property
    def reads(self) -> bool:
        """Whether it reads the current value."""
        return getattr(self.make, "most_inputs", 1) != 0

    @property
    def required(self) -> tuple[str, ...]:
        """The parameters that have no default."""
        return _required(self.make, tuple(self.kinds))

    @property
    def defaults(self) -> dict[str, Any]:
        """The defaults of the optional parameters."""
        return {
            name: parameter.default
            for name, parameter in _parameters(self.make).items()
            if name in self.kinds and parameter.default is not parameter.empty
        }

    def least(self, name: str) -> int:
        """The smallest whole number that may stand in a parameter: counts and sizes begin at 1."""
        counts = self.kinds[name] in (ParameterKind.WHOLE, ParameterKind.SIZES)
        return 1 if counts and self.defaults.get(name, ...) != 0 else 0


@cache
def _required(make: Callable[..., Any], names: tuple[str, ...]) -> tuple[str, ...]:
    parameters = _parameters(make)
    empty = inspect.Parameter.empty
    return tuple([n for n in names if n in parameters and parameters[n].default is empty])


@cache
def _parameters(make: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    constructor: Any = make.__init__
    if constructor is object.__init__:
        return {}  # what inspect would find, by parsing text for 2 ms
    return inspect.signature(make).parameters
