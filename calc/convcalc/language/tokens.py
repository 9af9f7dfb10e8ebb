"""From the text of an expression to its tokens, and what is wrong with a part of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from convcalc.language.functions import FUNCTIONS
from convcalc.records import NamedTuple

LONGEST_TEXT = 1_000
LONGEST_NAME = 60

Span: TypeAlias = tuple[int, int]
"""Where a part of the text begins and where it has ended."""


class ExpressionError(ValueError):
    """An expression that has no value.

    Args:
        message: what is wrong, in a few words.
        start: the first wrong character of the text.
        length: how many characters are wrong.

    >>> error = ExpressionError("division by zero", 4, 1)
    >>> str(error), error.start, error.length
    ('division by zero', 4, 1)
    """

    def __init__(self, message: str, start: int, length: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.length = length


class BareNameError(ExpressionError):
    """A name without `$`; whether a variable was meant depends on the variables."""

    def __init__(self, name: str, start: int) -> None:
        shown = clipped(name)
        if name in FUNCTIONS:
            message = f"{shown} needs its arguments in parentheses"
        else:
            message = f"{shown} is neither a number nor a function; variables are written with a $"
        super().__init__(message, start, len(name))
        self.name = name

    def among(self, names: Mapping[str, object]) -> ExpressionError:
        """The error with a suggestion, if the name is one of those."""
        if self.name not in names:
            return self
        shown = clipped(self.name)
        kind = "not a number" if self.name in FUNCTIONS else "neither a number nor a function"
        return ExpressionError(
            f"{shown} is {kind}; did you mean ${shown}?", self.start, self.length
        )


def clipped(text: str) -> str:
    """A text cut to the length of a name.

    >>> clipped("x" * 100) == "x" * 60 + "..."
    True
    """
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."


def error_at(message: str, span: Span) -> ExpressionError:
    """An error about a part of the text.

    >>> error_at("a number is missing after +", (4, 5)).start
    4
    """
    start, end = span
    return ExpressionError(message, start, end - start)


SPACE = r"[ \t\r\n]"
NAME = r"[A-Za-z_][A-Za-z0-9_]*"
DIGITS = r"[0-9]+(?:_[0-9]+)*"
LONE_VARIABLE = re.compile(rf"{SPACE}*\$({NAME}){SPACE}*")
DECIMAL = re.compile(rf"{DIGITS}(?:\.{DIGITS})?|\.{DIGITS}")
TOKEN = re.compile(
    rf"""
    (?P<space> {SPACE}+ )
    | (?P<exponent> \.?[0-9][0-9_.]*[eE][+-]?[0-9]+ )
    | (?P<number> \.?[0-9][0-9A-Za-z_.]* )
    | (?P<variable> \${NAME} )
    | (?P<braces> \$\{{[^}}]*\}}? )
    | (?P<dollar> \$ )
    | (?P<name> {NAME} )
    | (?P<attribute> \.{NAME} )
    | (?P<sign> //|\*\*|[<>=!]=|[-+*/%(),<>] )
    | (?P<stray> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A word, a number or a sign of an expression."""

    kind: str
    text: str
    start: int

    @property
    def span(self) -> Span:
        """Where it begins and where it has ended."""
        return self.start, self.start + len(self.text)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, and one that stands for its end.

    Raises:
        ExpressionError: there is something that no expression contains.

    >>> [token.text for token in tokens_of("2 ** $n")]
    ['2', '**', '$n', '']
    """
    tokens = [
        Token(found.lastgroup or "", found[0], found.start()) for found in TOKEN.finditer(text)
    ]
    tokens = [token for token in tokens if token.kind != "space"]
    for token in tokens:
        if token.kind in REFUSALS:
            raise error_at(REFUSALS[token.kind](token.text), token.span)
    return [*tokens, Token("end", "", len(text))]


def _without_braces(text: str) -> str:
    inner = text[2:].removesuffix("}").strip()
    name = inner if re.fullmatch(NAME, inner) else "name"
    return f"write ${clipped(name)}, without braces"


MEANT = {
    "^": "; powers are written **",
    "=": "; equality is written ==",
    "!": "; write not, or !=",
    "&": "; write and",
    "|": "; write or",
}
REFUSALS: dict[str, Callable[[str], str]] = {
    "exponent": lambda text: f"{clipped(text)} has an exponent; write the number out",
    "braces": _without_braces,
    "dollar": lambda _: "$ needs a name right after it",
    "attribute": lambda _: "attributes are not supported",
    "stray": lambda text: f"{text!r} is not allowed in an expression{MEANT.get(text, '')}",
}
