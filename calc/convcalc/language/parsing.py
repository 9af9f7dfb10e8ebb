"""Parses expressions: from text to tokens, from tokens to a program for a stack machine."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn, TypeAlias

from convcalc.language.functions import FUNCTIONS, PRODUCTS, SUMS, Number, exact
from convcalc.suggestions import closest

LONGEST_TEXT = 1_000
DEEPEST_NESTING = 50
MOST_KEPT = 500_000
"""Characters of the expressions that are kept as programs, all together."""
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


# From text to tokens.

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
    | (?P<power> \*\*|\^ )
    | (?P<sign> //|[-+*/%(),] )
    | (?P<comparison> [<>=!]=|[<>] )
    | (?P<stray> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int

    @property
    def span(self) -> Span:
        return self.start, self.start + len(self.text)


def _tokens(text: str) -> list[_Token]:
    tokens = [
        _Token(found.lastgroup or "", found[0], found.start()) for found in TOKEN.finditer(text)
    ]
    tokens = [token for token in tokens if token.kind != "space"]
    for token in tokens:
        if token.kind in REFUSALS:
            raise error_at(REFUSALS[token.kind](token.text), token.span)
    return [*tokens, _Token("end", "", len(text))]


def _without_braces(text: str) -> str:
    inner = text[2:].removesuffix("}").strip()
    name = inner if re.fullmatch(NAME, inner) else "name"
    return f"write ${clipped(name)}, without braces"


REFUSALS: dict[str, Callable[[str], str]] = {
    "exponent": lambda text: f"{clipped(text)} has an exponent; write the number out",
    "braces": _without_braces,
    "dollar": lambda _: "$ needs a name right after it",
    "attribute": lambda _: "attributes are not supported",
    "power": lambda _: "powers are not supported",
    "comparison": lambda _: "comparisons are not supported",
    "stray": lambda text: f"{text!r} is not allowed in an expression",
}


# From tokens to a program for a machine with a stack.


class Step(NamedTuple):
    """Pushes a number: a constant, a variable's value, or the result of a function.

    A function takes its arguments from the top of the stack.
    """

    number: Number
    name: str | None
    function: Callable[..., Number] | None
    arity: int
    spans: tuple[Span, ...]
    """The part of the text that gives the number, then the parts of the arguments."""


class Program(NamedTuple):
    """An expression as steps, which leave its value on the stack."""

    steps: tuple[Step, ...]
    variables: frozenset[str]


class _Programs(dict[str, Program]):
    """Programs by their text, parsed on first use; all of them are dropped at a limit."""

    __slots__ = ("characters",)

    def __init__(self) -> None:
        super().__init__()
        self.characters = 0

    def __missing__(self, text: str) -> Program:
        made = _parsed(text)
        self.characters += len(text)
        if self.characters > MOST_KEPT:
            self.clear()
            self.characters = len(text)
        self[text] = made
        return made


PROGRAMS = _Programs()
"""The programs of all expressions so far, by their text."""


def _parsed(text: str) -> Program:
    if len(text) > LONGEST_TEXT:
        raise error_at(f"more than {LONGEST_TEXT:,} characters", (LONGEST_TEXT, len(text)))
    parser = _Parser(text)
    steps = parser.parse()
    return Program(steps, frozenset(step.name for step in steps if step.name is not None))


class _Parser:
    """A recursive descent parser; each method returns the part of the text that it has read."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        if len(self.tokens) == 1:
            raise error_at("the expression is empty", (0, len(text)))
        self.position = 0
        self.opened: list[_Token] = []
        self.steps: list[Step] = []

    def parse(self) -> tuple[Step, ...]:
        self._sum()
        if self._next.kind != "end":
            self._refuse_continuation()
        return tuple(self.steps)

    @property
    def _next(self) -> _Token:
        return self.tokens[self.position]

    def _take(self) -> _Token:
        token = self._next
        self.position += 1
        return token

    def _call(self, function: Callable[..., Number], whole: Span, *arguments: Span) -> Span:
        self.steps.append(Step(0, None, function, len(arguments), (whole, *arguments)))
        return whole

    def _sum(self) -> Span:
        left = self._product()
        while self._next.text in SUMS:
            function = SUMS[self._take().text]
            right = self._product()
            left = self._call(function, (left[0], right[1]), left, right)
        return left

    def _product(self) -> Span:
        left = self._signed()
        while self._next.text in PRODUCTS:
            function = PRODUCTS[self._take().text]
            right = self._signed()
            left = self._call(function, (left[0], right[1]), left, right)
        return left

    def _signed(self) -> Span:
        start, negative = self._next.start, False
        while self._next.text in SUMS:
            negative ^= self._take().text == "-"
        operand = self._operand()
        whole = start, operand[1]
        return self._call(operator.neg, whole, operand) if negative else whole

    def _operand(self) -> Span:
        token = self._next
        if token.kind == "number":
            return self._number()
        if token.kind == "variable":
            self.steps.append(Step(0, token.text[1:], None, 0, (token.span,)))
            return self._take().span
        if token.kind == "name":
            return self._function()
        if token.text != "(":
            self._refuse_operand()
        self._open()
        self._sum()
        return token.start, self._close()

    def _number(self) -> Span:
        token = self._take()
        if not DECIMAL.fullmatch(token.text):
            raise error_at(f"{clipped(token.text)} is not a decimal number", token.span)
        digits = token.text.replace("_", "")
        number = exact(digits) if "." in digits else int(digits)
        self.steps.append(Step(number, None, None, 0, (token.span,)))
        return token.span

    def _function(self) -> Span:
        token = self._take()
        if self._next.text != "(":
            raise BareNameError(token.text, token.start)
        if token.text not in FUNCTIONS:
            raise error_at(_unknown_function(token.text), token.span)
        self._open()
        arguments = self._arguments()
        whole = token.start, self._close()
        function, arity = FUNCTIONS[token.text]
        if len(arguments) != arity and (arity or not arguments):
            raise error_at(_wrong_arity(token.text, arity, len(arguments)), whole)
        return self._call(function, whole, *arguments)

    def _arguments(self) -> list[Span]:
        if self._next.text == ")":
            return []
        arguments = [self._sum()]
        while self._next.text == ",":
            self._take()
            arguments.append(self._sum())
        return arguments

    def _open(self) -> None:
        token = self._take()
        self.opened.append(token)
        if len(self.opened) > DEEPEST_NESTING:
            raise error_at(f"more than {DEEPEST_NESTING} parentheses in each other", token.span)

    def _close(self) -> int:
        if self._next.text != ")":
            self._refuse_continuation()
        self.opened.pop()
        return self._take().span[1]

    def _refuse_continuation(self) -> NoReturn:
        """Fails after a complete number, for what cannot follow it."""
        token = self._next
        self._refuse_parentheses(token)
        if token.text == ",":
            raise error_at(
                "a comma is only allowed between the arguments of a function", token.span
            )
        raise error_at(f"an operator is missing before {clipped(token.text)}", token.span)

    def _refuse_operand(self) -> NoReturn:
        """Fails where a number is expected."""
        token = self._next
        self._refuse_parentheses(token)
        if token.kind == "end":
            before = self.tokens[self.position - 1]
            raise error_at(f"a number is missing after {before.text}", before.span)
        raise error_at(f"a number is missing before {token.text}", token.span)

    def _refuse_parentheses(self, token: _Token) -> None:
        if token.kind == "end" and self.opened:
            raise error_at(
                "this ( is never closed; an expression with a comma needs quotes inside {...}",
                self.opened[-1].span,
            )
        if token.text == ")" and not self.opened:
            raise error_at("this ) has no opening parenthesis", token.span)


def _unknown_function(name: str) -> str:
    message = f"unknown function {clipped(name)}"
    close = closest(name, FUNCTIONS)
    if close:
        return f"{message}; did you mean {close}?"
    return f"{message}; known: {', '.join(FUNCTIONS)}"


def _wrong_arity(name: str, arity: int | None, given: int) -> str:
    if arity is None:
        return f"{name} takes 1 or more arguments, not {given}"
    return f"{name} takes {arity} argument{'s' if arity > 1 else ''}, not {given}"
