"""Arithmetic in network files: `divisible(64 * $width, 8)`, exact and bounded."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeAlias

from convcalc.suggestions import closest

if TYPE_CHECKING:  # its import takes longer than most files need in all
    from fractions import Fraction

LONGEST_TEXT = 1_000
DEEPEST_NESTING = 50
LARGEST_NUMBER = 10**40
MOST_KEPT = 500_000
"""Characters of the expressions that are kept as programs, all together."""
KEPT_DECIMALS = 512
LONGEST_NAME = 60
FEW_VARIABLES = 5

Number: TypeAlias = "int | Fraction"
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


class _BareNameError(ExpressionError):
    """A name without `$`: only who knows the variables can say what was meant."""

    def __init__(self, name: str, start: int) -> None:
        told = _clipped(name)
        if name in FUNCTIONS:
            message = f"{told} needs its arguments in parentheses"
        else:
            message = f"{told} is neither a number nor a function; variables are written with a $"
        super().__init__(message, start, len(name))
        self.name = name

    def among(self, names: Mapping[str, object]) -> ExpressionError:
        if self.name not in names:
            return self
        told = _clipped(self.name)
        kind = "not a number" if self.name in FUNCTIONS else "neither a number nor a function"
        return ExpressionError(f"{told} is {kind}; did you mean ${told}?", self.start, self.length)


class _Unfit(Exception):  # noqa: N818 -- not an error yet: it becomes one where the text is known
    """A function cannot take its arguments; `part` says which one."""

    def __init__(self, message: str, part: int) -> None:
        super().__init__(message)
        self.message = message
        self.part = part


def evaluate(text: str, names: Mapping[str, object]) -> int | Fraction:
    """The exact value of an expression; a whole one is an int.

    Args:
        text: the expression.
        names: what each `$name` stands for, without the `$`.

    Raises:
        ExpressionError: the text is no expression, or has no value with these variables.

    >>> evaluate("divisible(32 * $width, 8)", {"width": 0.35})
    16
    >>> evaluate("$mid / 3", {"mid": 4})
    Fraction(4, 3)
    >>> evaluate("$mid * 4", {"mif": 4})
    Traceback (most recent call last):
    convcalc.language.expressions.ExpressionError: unknown variable $mid; did you mean $mif?
    """
    try:
        steps = _programs[text].steps
    except _BareNameError as error:
        raise error.among(names) from None
    stack: list[Number] = []
    for number, name, function, arity, spans in steps:
        if function is not None:
            arguments = stack[-arity:]
            del stack[-arity:]
            number = _applied(function, arguments, spans)
        elif name is not None:
            number = _variable(name, names, spans[0])
        if type(number) is not int or not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
            number = _bounded(number, spans[0])
        stack.append(number)
    return stack[0]


def variables(text: str) -> frozenset[str]:
    """The names that an expression uses as `$name`.

    Raises:
        ExpressionError: the text is no expression.

    >>> sorted(variables("max($low, 2 * $mid) + $low"))
    ['low', 'mid']
    """
    return _programs[text].variables


def complexity(text: str) -> tuple[int, frozenset[str]]:
    """How many numbers and functions an expression has, and the names that it uses.

    Raises:
        ExpressionError: the text is no expression.

    >>> complexity("max(2, 3 * 4)")
    (5, frozenset())
    """
    program = _programs[text]
    return len(program.steps), program.variables


def lone_variable(text: str) -> str | None:
    """The name, if the text is a variable and nothing else.

    >>> lone_variable(" $bias "), lone_variable("-$bias")
    ('bias', None)
    """
    found = LONE_VARIABLE.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    return found[1] if found else None


def _applied(
    function: Callable[..., Number], arguments: list[Number], spans: tuple[Span, ...]
) -> Number:
    try:
        return function(*arguments)
    except ZeroDivisionError:
        raise _error("division by zero", spans[2]) from None
    except _Unfit as unfit:
        raise _error(unfit.message, spans[unfit.part]) from None


def _variable(name: str, names: Mapping[str, object], span: Span) -> Number:
    try:
        value = names[name]
    except KeyError:
        raise _error(_unknown_variable(name, names), span) from None
    return value if type(value) is int else _converted(name, value, span)


def _converted(name: str, value: object, span: Span) -> Number:
    from fractions import Fraction

    if isinstance(value, bool):
        truth = "true" if value else "false"
        raise _error(f"${_clipped(name)} is {truth}, not a number", span)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Fraction):
        return value
    try:
        if isinstance(value, float):
            return _decimal(value)
    except ValueError:  # infinite, or not a number even as a float
        pass
    raise _error(f"${_clipped(name)} is not a number", span)


@lru_cache(maxsize=KEPT_DECIMALS)
def _decimal(value: float) -> Fraction:
    return _exact(str(value))


def _bounded(number: Number, span: Span) -> Number:
    if max(abs(number.numerator), number.denominator) > LARGEST_NUMBER:
        raise _error("a number exceeds 10^40", span)
    return number.numerator if number.denominator == 1 else number


def _unknown_variable(name: str, names: Mapping[str, object]) -> str:
    message = f"unknown variable ${_clipped(name)}"
    close = closest(name, names)
    if close:
        return f"{message}; did you mean ${_clipped(close)}?"
    if not names:
        return f"{message}; no variables are known here"
    if len(names) > FEW_VARIABLES:
        return message
    return f"{message}; known: {', '.join(f'${_clipped(known)}' for known in names)}"


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."


def _error(message: str, span: Span) -> ExpressionError:
    start, end = span
    return ExpressionError(message, start, end - start)


# What the operators and functions do.


def _quotient(x: Number, y: Number) -> Number:
    if type(x) is not int or type(y) is not int:
        return _exact(x) / y
    return x // y if x % y == 0 else _exact(x) / y


def _exact(x: Number | str) -> Fraction:
    from fractions import Fraction

    return Fraction(x)


def _least(*numbers: Number) -> Number:
    return min(numbers)


def _greatest(*numbers: Number) -> Number:
    return max(numbers)


def _floor(x: Number) -> int:
    return x.numerator // x.denominator


def _ceil(x: Number) -> int:
    return -(-x.numerator // x.denominator)


def _round(x: Number) -> int:
    return (2 * x.numerator + x.denominator) // (2 * x.denominator)


def _divisible(x: Number, d: Number) -> int:
    if type(d) is not int or d < 1:
        raise _Unfit("divisible needs a whole number of at least 1 here", part=2)
    top, bottom = x.numerator, x.denominator
    nearest = max(d, (2 * top + bottom * d) // (2 * bottom * d) * d)
    return nearest + d if 10 * bottom * nearest < 9 * top else nearest


class _Function(NamedTuple):
    apply: Callable[..., Number]
    arity: int | None
    """How many arguments it takes; None is 1 or more."""


FUNCTIONS = {
    "min": _Function(_least, None),
    "max": _Function(_greatest, None),
    "round": _Function(_round, 1),
    "floor": _Function(_floor, 1),
    "ceil": _Function(_ceil, 1),
    "divisible": _Function(_divisible, 2),
}
SUMS: dict[str, Callable[..., Number]] = {"+": operator.add, "-": operator.sub}
PRODUCTS: dict[str, Callable[..., Number]] = {
    "*": operator.mul,
    "/": _quotient,
    "//": operator.floordiv,
    "%": operator.mod,
}


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
            raise _error(REFUSALS[token.kind](token.text), token.span)
    return [*tokens, _Token("end", "", len(text))]


def _without_braces(text: str) -> str:
    inner = text[2:].removesuffix("}").strip()
    name = inner if re.fullmatch(NAME, inner) else "name"
    return f"write ${_clipped(name)}, without braces"


REFUSALS: dict[str, Callable[[str], str]] = {
    "exponent": lambda text: f"{_clipped(text)} has an exponent; write the number out",
    "braces": _without_braces,
    "dollar": lambda _: "$ needs a name right after it",
    "attribute": lambda _: "attributes are not supported",
    "power": lambda _: "powers are not supported",
    "comparison": lambda _: "comparisons are not supported",
    "stray": lambda text: f"{text!r} is not allowed in an expression",
}


# From tokens to a program for a machine with a stack.


class _Step(NamedTuple):
    """Puts a number on the stack: itself, a variable's, or what a function makes of the last."""

    number: Number
    name: str | None
    function: Callable[..., Number] | None
    arity: int
    spans: tuple[Span, ...]
    """The part of the text that the number comes from, then each argument's."""


class _Program(NamedTuple):
    steps: tuple[_Step, ...]
    variables: frozenset[str]


class _Programs(dict[str, _Program]):
    """Programs by their text, made when they are first asked for; all are dropped at a limit."""

    __slots__ = ("characters",)

    def __init__(self) -> None:
        super().__init__()
        self.characters = 0

    def __missing__(self, text: str) -> _Program:
        made = _parsed(text)
        self.characters += len(text)
        if self.characters > MOST_KEPT:
            self.clear()
            self.characters = len(text)
        self[text] = made
        return made


_programs = _Programs()


def _parsed(text: str) -> _Program:
    if len(text) > LONGEST_TEXT:
        raise _error(f"more than {LONGEST_TEXT:,} characters", (LONGEST_TEXT, len(text)))
    parser = _Parser(text)
    steps = parser.parse()
    return _Program(steps, frozenset(step.name for step in steps if step.name is not None))


class _Parser:
    """Descends through sums, products, signs and operands, adding steps on its way back.

    Each method returns the part of the text that it has read.
    """

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        if len(self.tokens) == 1:
            raise _error("the expression is empty", (0, len(text)))
        self.position = 0
        self.opened: list[_Token] = []
        self.steps: list[_Step] = []

    def parse(self) -> tuple[_Step, ...]:
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
        self.steps.append(_Step(0, None, function, len(arguments), (whole, *arguments)))
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
            self.steps.append(_Step(0, token.text[1:], None, 0, (token.span,)))
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
            raise _error(f"{_clipped(token.text)} is not a decimal number", token.span)
        digits = token.text.replace("_", "")
        number = _exact(digits) if "." in digits else int(digits)
        self.steps.append(_Step(number, None, None, 0, (token.span,)))
        return token.span

    def _function(self) -> Span:
        token = self._take()
        if self._next.text != "(":
            raise _BareNameError(token.text, token.start)
        if token.text not in FUNCTIONS:
            raise _error(_unknown_function(token.text), token.span)
        self._open()
        arguments = self._arguments()
        whole = token.start, self._close()
        function, arity = FUNCTIONS[token.text]
        if len(arguments) != arity and (arity or not arguments):
            raise _error(_wrong_arity(token.text, arity, len(arguments)), whole)
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
            raise _error(f"more than {DEEPEST_NESTING} parentheses in each other", token.span)

    def _close(self) -> int:
        if self._next.text != ")":
            self._refuse_continuation()
        self.opened.pop()
        return self._take().span[1]

    def _refuse_continuation(self) -> NoReturn:
        """A number is complete, and what follows is none of what may follow."""
        token = self._next
        self._refuse_parentheses(token)
        if token.text == ",":
            raise _error("a comma is only allowed between the arguments of a function", token.span)
        raise _error(f"an operator is missing before {_clipped(token.text)}", token.span)

    def _refuse_operand(self) -> NoReturn:
        """A number has to come, and does not."""
        token = self._next
        self._refuse_parentheses(token)
        if token.kind == "end":
            before = self.tokens[self.position - 1]
            raise _error(f"a number is missing after {before.text}", before.span)
        raise _error(f"a number is missing before {token.text}", token.span)

    def _refuse_parentheses(self, token: _Token) -> None:
        if token.kind == "end" and self.opened:
            raise _error(
                "this ( is never closed; an expression with a comma needs quotes inside {...}",
                self.opened[-1].span,
            )
        if token.text == ")" and not self.opened:
            raise _error("this ) has no opening parenthesis", token.span)


def _unknown_function(name: str) -> str:
    message = f"unknown function {_clipped(name)}"
    close = closest(name, FUNCTIONS)
    if close:
        return f"{message}; did you mean {close}?"
    return f"{message}; known: {', '.join(FUNCTIONS)}"


def _wrong_arity(name: str, arity: int | None, given: int) -> str:
    if arity is None:
        return f"{name} takes 1 or more arguments, not {given}"
    return f"{name} takes {arity} argument{'s' if arity > 1 else ''}, not {given}"
