"""Parses expressions: from tokens to a program for a machine with a stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from convcalc.language.functions import (
    COMPARISON,
    FUNCTIONS,
    LOGIC,
    OPERATORS,
    SIGNS,
    Number,
    Operator,
    exact,
)
from convcalc.language.tokens import (
    DECIMAL,
    LONGEST_TEXT,
    BareNameError,
    Span,
    Token,
    clipped,
    error_at,
    tokens_of,
)
from convcalc.records import NamedTuple
from convcalc.suggestions import closest

DEEPEST_NESTING = 50
MOST_KEPT = 500_000
"""Characters of the expressions that are kept as programs, all together."""


class Step(NamedTuple):
    """Pushes a number: a constant, a variable's value, or the result of a function.

    A function takes its arguments from the top of the stack.
    """

    number: Number
    name: str | None
    function: Callable[..., Number] | None
    arity: int
    """How many arguments a function takes; 1 for a variable that may be true or false."""
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


class _Waiting(NamedTuple):
    """An operator whose right side is not complete yet."""

    operator: Operator
    token: Token


class _Opened(NamedTuple):
    """A parenthesis that is not closed yet, with the function before it."""

    token: Token
    function: Token | None
    waiting: int
    """Operators that wait outside it."""
    values: int
    """Values that are complete outside it."""


class _Parser:
    """A shunting-yard parser: operators wait until all that binds tighter has become steps.

    It does not call itself, so that no text is nested too deeply for it.
    """

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        if len(self.tokens) == 1:
            raise error_at("the expression is empty", (0, len(text)))
        self.position = 0
        self.opened: list[_Opened] = []
        self.waiting: list[_Waiting] = []
        self.values: list[Span] = []
        """The parts of the text that the values on the stack come from."""
        self.steps: list[Step] = []

    def parse(self) -> tuple[Step, ...]:
        self._operand()
        while self._next.kind != "end" or self.opened:
            token = self._next
            if token.text in OPERATORS:
                self._operator()
            elif token.text == ")" and self.opened:
                self._close()
            elif token.text == "," and self.opened and self.opened[-1].function:
                self._reduce(0)
                self._take()
                self._operand()
            else:
                self._refuse_continuation()
        self._reduce(0)
        return tuple(self.steps)

    @property
    def _next(self) -> Token:
        return self.tokens[self.position]

    def _take(self) -> Token:
        token = self._next
        self.position += 1
        return token

    # Operands.

    def _operand(self) -> None:
        """Reads signs, parentheses and functions up to a number; and that, unless there is none."""
        while self._is_prefix():
            pass
        token = self._next
        if token.kind == "number":
            self._number()
        elif token.kind == "variable":
            self._push(Step(0, token.text[1:], None, 0, (self._take().span,)))
        elif not (token.text == ")" and self.opened and self._begins_arguments()):
            self._refuse_operand()

    def _is_prefix(self) -> bool:
        """Reads what may come before a number, if it is there."""
        token = self._next
        if token.text in SIGNS:
            self._signs()
        elif token.text == "not":
            self._not()
        elif token.text == "(":
            self._open(None)
        elif token.kind == "name" and token.text not in OPERATORS:
            self._function()
        else:
            return False
        return True

    def _begins_arguments(self) -> bool:
        before = self.position - 1
        return self.opened[-1].function is not None and self.tokens[before] == self.opened[-1].token

    def _signs(self) -> None:
        first, negative = self._next, False
        while self._next.text in SIGNS:
            negative ^= self._take().text == "-"
        self.waiting.append(_Waiting(SIGNS["-" if negative else "+"], first))

    def _not(self) -> None:
        token = self._take()
        if len(self.waiting) > self._outside and self.waiting[-1].operator.binds > LOGIC.binds:
            before = self.waiting[-1].token.text
            raise error_at(f"not needs parentheses after {before}", token.span)
        self.waiting.append(_Waiting(LOGIC, token))

    def _number(self) -> None:
        token = self._take()
        if not DECIMAL.fullmatch(token.text):
            raise error_at(f"{clipped(token.text)} is not a decimal number", token.span)
        digits = token.text.replace("_", "")
        number = exact(digits) if "." in digits else int(digits)
        self._push(Step(number, None, None, 0, (token.span,)))

    def _function(self) -> None:
        token = self._take()
        if self._next.text != "(":
            raise BareNameError(token.text, token.start)
        if token.text not in FUNCTIONS:
            raise error_at(_unknown_function(token.text), token.span)
        self._open(token)

    def _push(self, step: Step) -> None:
        self.steps.append(step)
        self.values.append(step.spans[0])

    # Operators.

    def _operator(self) -> None:
        token = self._take()
        operator = OPERATORS[token.text]
        self._reduce(operator.joins)
        if operator.binds == COMPARISON and len(self.waiting) > self._outside:
            before = self.waiting[-1]
            if before.operator.binds == COMPARISON:
                message = "comparisons cannot be chained; join two of them with and"
                raise error_at(message, token.span)
        if operator.is_logic:
            self._may_be_truth()
        self.waiting.append(_Waiting(operator, token))
        self._operand()

    @property
    def _outside(self) -> int:
        return self.opened[-1].waiting if self.opened else 0

    def _reduce(self, binds: int) -> None:
        """Turns the waiting operators that bind as tightly, or tighter, into steps."""
        while len(self.waiting) > self._outside and self.waiting[-1].operator.binds >= binds:
            self._apply(*self.waiting.pop())

    def _apply(self, operator: Operator, token: Token) -> None:
        if operator.is_logic:
            self._may_be_truth()
        right = self.values.pop()
        left = [] if operator.is_prefix else [self.values.pop()]
        start = left[0][0] if left else token.start
        self._call(operator.apply, (start, right[1]), *left, right)

    def _may_be_truth(self) -> None:
        """Lets the last value be true or false, if it is a variable."""
        if self.steps[-1].name is not None:
            self.steps[-1] = self.steps[-1]._replace(arity=1)

    def _call(self, function: Callable[..., Number] | None, whole: Span, *arguments: Span) -> None:
        if function is not None:
            self.steps.append(Step(0, None, function, len(arguments), (whole, *arguments)))
        self.values.append(whole)

    # Parentheses.

    def _open(self, function: Token | None) -> None:
        token = self._take()
        self.opened.append(_Opened(token, function, len(self.waiting), len(self.values)))
        if len(self.opened) > DEEPEST_NESTING:
            raise error_at(f"more than {DEEPEST_NESTING} parentheses in each other", token.span)

    def _close(self) -> None:
        self._reduce(0)
        end = self._take().span[1]
        token, function, _, outside = self.opened.pop()
        arguments = self.values[outside:]
        del self.values[outside:]
        if function is None:
            self._call(None, (token.start, end))
            return
        apply, arity = FUNCTIONS[function.text]
        whole = function.start, end
        if len(arguments) != arity and (arity or not arguments):
            raise error_at(_wrong_arity(function.text, arity, len(arguments)), whole)
        self._call(apply, whole, *arguments)

    # What is wrong.

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

    def _refuse_parentheses(self, token: Token) -> None:
        if token.kind == "end" and self.opened:
            raise error_at(
                "this ( is never closed; an expression with a comma needs quotes inside {...}",
                self.opened[-1].token.span,
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
