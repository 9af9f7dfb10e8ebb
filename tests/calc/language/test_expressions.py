"""Expressions against the arithmetic of fractions, and every way in which they are refused."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.language import parsing
from convcalc.language.expressions import NO_ROUND, evaluate, lone_variable, variables
from convcalc.language.tokens import ExpressionError

NAMES: Mapping[str, object] = MappingProxyType(
    {"mid": 64, "width": 0.35, "ratio": Fraction(-7, 3), "_n2": -5, "big": 10**30}
)

# Trees: a leaf is (text, value); a node is (what it does, a tree for each argument).

OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)


class WrongExponentError(Exception):
    """An exponent that is not a whole number from 0 to 64."""


def power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator > 1 or not 0 <= exponent <= 64:
        raise WrongExponentError(exponent)
    return math.prod([base] * int(exponent), start=Fraction(1))


BINARY: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "+": (SUM, operator.add),
    "-": (SUM, operator.sub),
    "*": (PRODUCT, operator.mul),
    "/": (PRODUCT, operator.truediv),
    "//": (PRODUCT, operator.floordiv),
    "%": (PRODUCT, operator.mod),
    "**": (POWER, power),
    "or": (OR, lambda x, y: max(x != 0, y != 0)),
    "and": (AND, lambda x, y: min(x != 0, y != 0)),
    "==": (COMPARISON, lambda x, y: x - y == 0),
    "!=": (COMPARISON, lambda x, y: x - y != 0),
    "<": (COMPARISON, lambda x, y: x - y < 0),
    "<=": (COMPARISON, lambda x, y: x - y <= 0),
    ">": (COMPARISON, lambda x, y: x - y > 0),
    ">=": (COMPARISON, lambda x, y: x - y >= 0),
}


def mobile_net_rule(x: Fraction, d: Fraction) -> Fraction:
    if d < 1 or d.denominator > 1:
        raise ValueError
    nearest = max(d, math.floor(x / d + Fraction(1, 2)) * d)
    return nearest + d if nearest < Fraction(9, 10) * x else nearest


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": lambda *numbers: min(numbers),
    "max": lambda *numbers: max(numbers),
    "round": lambda x: math.floor(x + Fraction(1, 2)),
    "floor": math.floor,
    "ceil": math.ceil,
    "divisible": mobile_net_rule,
}
REFUSED: dict[type[Exception], str] = {
    ZeroDivisionError: "division by zero",
    OverflowError: "a number exceeds 10^40",
    ValueError: "divisible needs a whole number of at least 1 here",
}

whole_numbers = st.integers(0, 10**6).flatmap(
    lambda n: st.sampled_from([(str(n), Fraction(n)), (f"{n:_}", Fraction(n))])
)
decimal_numbers = st.builds(
    lambda whole, digits: (
        f"{whole}.{digits}",
        int(whole or 0) + Fraction(int(digits), 10 ** len(digits)),
    ),
    st.sampled_from(["", "0", "3", "1_000"]),
    st.text("0123456789", min_size=1, max_size=4),
)
used_variables = st.sampled_from(
    [(f"${name}", Fraction(str(value))) for name, value in NAMES.items()]
)


def nodes(trees: Any) -> Any:
    return st.one_of(
        st.tuples(st.sampled_from(sorted(BINARY)), st.tuples(trees, trees)),
        st.tuples(st.sampled_from(["negative", "positive", "not"]), st.tuples(trees)),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(trees, min_size=1, max_size=3)),
        st.tuples(st.sampled_from(["round", "floor", "ceil"]), st.tuples(trees)),
        st.tuples(st.just("divisible"), st.tuples(trees, whole_numbers | trees)),
    )


expression_trees = st.recursive(
    whole_numbers | decimal_numbers | used_variables, nodes, max_leaves=15
)


def value_of(tree: Any) -> Fraction:
    what, inner = tree
    if isinstance(inner, Fraction):
        return inner
    arguments = [value_of(argument) for argument in inner]
    if what in BINARY:
        value = Fraction(BINARY[what][1](*arguments))
    elif what in FUNCTIONS:
        value = Fraction(FUNCTIONS[what](*arguments))
    elif what == "not":
        value = Fraction(1 if arguments[0] == 0 else 0)
    else:
        value = -arguments[0] if what == "negative" else arguments[0]
    if abs(value.numerator) > 10**40 or value.denominator > 10**40:
        raise OverflowError
    return value


def value_or_refusal(tree: Any) -> Fraction | str:
    try:
        return value_of(tree)
    except WrongExponentError as refused:
        return f"an exponent is a whole number from 0 to 64, not {refused}"
    except tuple(REFUSED) as refused:
        return REFUSED[type(refused)]


def value_or_error(text: str) -> int | Fraction | ExpressionError:
    try:
        return evaluate(text, NAMES)
    except ExpressionError as error:
        return error


def written(tree: Any, weakest: int, random: Random) -> str:
    """The tree as text, with the parentheses that it needs and some that it does not."""
    text, strength = unwrapped(tree, random)
    space = random.choice(["", "", " ", "  ", "\n"])
    if strength < weakest or random.random() < 0.1:
        text = f"({text})"
    return f"{space}{text}{space}"


def unwrapped(tree: Any, random: Random) -> tuple[str, int]:
    what, inner = tree
    if isinstance(inner, Fraction):
        return what, ATOM
    if what in BINARY:
        strength = BINARY[what][0]
        left, right = inner
        left_text = written(left, strength + (strength in (COMPARISON, POWER)), random)
        right_text = written(right, SIGN if strength == POWER else strength + 1, random)
        space = " " if what.isalpha() else ""
        return f"{left_text}{space}{what}{space}{right_text}", strength
    if what in FUNCTIONS:
        return f"{what}({','.join(written(item, OR, random) for item in inner)})", ATOM
    if what == "not":
        return f"not {written(inner[0], NOT, random)}", NOT
    return f"{'-' if what == 'negative' else '+'}{written(inner[0], SIGN, random)}", SIGN


@given(expression_trees, st.randoms(use_true_random=False))
def test_every_expression_has_the_value_of_its_tree(tree: Any, random: Random) -> None:
    expected = value_or_refusal(tree)
    value = value_or_error(written(tree, OR, random))
    if isinstance(value, ExpressionError):
        assert value.message == expected
    else:
        assert value == expected
        assert type(value) is (int if value.denominator == 1 else Fraction)


def python_value(node: ast.expr) -> int:
    """What a tree of Python's own parser comes to; truth is 1 or 0."""
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.BinOp(left, sign, right):
            signs = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Pow: "**"}
            apply = BINARY[signs[type(sign)]][1]
            return int(apply(Fraction(python_value(left)), Fraction(python_value(right))))
        case ast.UnaryOp(ast.Not(), inner):
            return int(python_value(inner) == 0)
        case ast.UnaryOp(ast.USub(), inner):
            return -python_value(inner)
        case ast.BoolOp(which, parts):
            truths = [python_value(part) != 0 for part in parts]
            return int(all(truths) if isinstance(which, ast.And) else any(truths))
        case ast.Compare(left, [ast.Lt()], [right]):
            return int(python_value(left) < python_value(right))
        case ast.Compare(left, [ast.Eq()], [right]):
            return int(python_value(left) == python_value(right))
    raise NotImplementedError(ast.dump(node))


python_words = st.lists(
    st.tuples(
        st.sampled_from(["", "", "", "-", "not", "not -", "- -"]),
        st.sampled_from("0123"),
        st.sampled_from(["+", "-", "*", "**", "<", "==", "and", "or"]),
    ),
    min_size=2,
    max_size=7,
)


@given(python_words)
def test_operators_bind_as_in_python(words: list[tuple[str, str, str]]) -> None:
    text = " ".join([part for word in words for part in word][:-1])
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        expected = python_value(tree)
    except (SyntaxError, NotImplementedError, WrongExponentError):
        with pytest.raises(ExpressionError):
            evaluate(text, {})
    else:
        value = value_or_error(text)
        assert value == expected or str(value) == GROWS


def test_a_variable_may_be_true_or_false_beside_and_or_and_not() -> None:
    names = {"yes": True, "no": False}
    assert evaluate("$yes and not $no", names) == 1
    assert evaluate("$no or ($no)", names) == 0
    assert evaluate("not $yes == 1", {"yes": 1}) == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14),
        ("2 - 3 - 4", -5),
        ("24 / 4 / 2", 3),
        ("7 // 2 * 2", 6),
        ("-7 // 2", -4),
        ("7 % -3", -2),
        ("-7 % 3", 2),
        ("2 --3", 5),
        ("- + -3", 3),
        ("1 / 3", Fraction(1, 3)),
        ("1 / 3 * 3", 1),
        ("0.1 + 0.2", Fraction(3, 10)),
        (".5 * 4", 2),
        ("3.0", 3),
        ("012", 12),
        ("1_000_000", 10**6),
        ("1_0.2_5", Fraction(41, 4)),
        ("round(2.5)", 3),
        ("round(-2.5)", -2),
        ("round(2.49)", 2),
        ("floor(-0.5)", -1),
        ("ceil(-0.5)", 0),
        ("ceil(7 / 2)", 4),
        ("min(3)", 3),
        ("-2 ** 2", -4),
        ("(-2) ** 2", 4),
        ("2 ** 3 ** 2", 512),
        ("2 ** -0", 1),
        ("0 ** 0", 1),
        ("(1 / 2) ** 3", Fraction(1, 8)),
        ("1 + 1 == 2", 1),
        ("1 - 0.9 == 0.1", 1),
        ("3 < 2.5", 0),
        ("not 3", 0),
        ("not not 3", 1),
        ("not 1 == 2", 1),
        ("2 and 3", 1),
        ("0 or 0.5", 1),
        ("1 or 0 and 0", 1),
        ("2 * (3 > 2)", 2),
        ("max(1, 2.5, 2)", Fraction(5, 2)),
        ("10_000 * 10_000 * 100_000_000 * 100_000_000 * 10_000_000_000_000_000", 10**40),
    ],
)
def test_known_values(text: str, value: int | Fraction) -> None:
    assert evaluate(text, {}) == value
    assert type(evaluate(text, {})) is type(value)


@pytest.mark.parametrize(
    ("width", "channels"),
    [  # MobileNetV2's layers at the widths its authors published
        ("0.35", {32: 16, 16: 8, 24: 8, 64: 24, 96: 32, 160: 56, 320: 112}),
        ("0.5", {32: 16, 16: 8, 24: 16, 64: 32, 96: 48, 160: 80, 320: 160}),
        ("0.75", {32: 24, 16: 16, 24: 24, 64: 48, 96: 72, 160: 120, 320: 240}),
        ("1.0", {32: 32, 16: 16, 24: 24, 64: 64, 96: 96, 160: 160, 320: 320}),
        ("1.4", {32: 48, 16: 24, 24: 32, 64: 88, 96: 136, 160: 224, 320: 448, 1280: 1792}),
    ],
)
def test_divisible_is_the_rule_of_mobile_net(width: str, channels: dict[int, int]) -> None:
    for channel, expected in channels.items():
        assert evaluate(f"divisible({channel} * {width}, 8)", {}) == expected
        assert evaluate(f"divisible({channel} * $w, 8)", {"w": float(width)}) == expected


@pytest.mark.parametrize(
    ("x", "d", "value"),
    [(0, 8, 8), (-20, 8, 8), (11, 8, 16), (12, 8, 16), (10, 8, 16), (8, 8, 8), (90, 100, 100)],
)
def test_divisible_at_its_edges(x: int, d: int, value: int) -> None:
    assert evaluate(f"divisible({x}, {d})", {}) == value


def test_a_result_just_at_nine_tenths_stays() -> None:
    assert evaluate("divisible(80 / 9, 8)", {}) == 8
    assert evaluate("divisible(80 / 9 + 0.001, 8)", {}) == 16


def test_numbers_that_variables_may_be() -> None:
    class Kind(int):
        pass

    names = {"i": 3, "f": 0.1, "whole": 3.0, "q": Fraction(1, 3), "kind": Kind(5)}
    assert evaluate("$i", names) == 3
    assert evaluate("$f", names) == Fraction(1, 10)
    assert evaluate("$q", names) == Fraction(1, 3)
    for name, value in (("whole", 3), ("kind", 5)):
        assert evaluate(f"${name}", names) == value
        assert type(evaluate(f"${name}", names)) is int


def test_variables() -> None:
    assert variables("1 + 2") == frozenset()
    assert variables("max($a, $b_2 * $a, round($_C))") == {"a", "b_2", "_C"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("$x", "x"),
        (" \t$in_channels\n", "in_channels"),
        ("$x + 1", None),
        ("($x)", None),
        ("-$x", None),
        ("x", None),
        ("$", None),
        ("", None),
        ("${x}", None),
        ("$x $y", None),
        ("$é", None),
        ("$" + "x" * 999, "x" * 999),
        ("$" + "x" * 1000, None),
    ],
)
def test_lone_variable(text: str, name: str | None) -> None:
    assert lone_variable(text) == name


def test_what_was_read_before_is_kept_up_to_a_number_of_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parsing, "MOST_KEPT", 10)
    kept = parsing._Programs()
    texts = ["1+1", "2*22", "3-3", "4", "5*5", "666666"]
    for text, number in zip(texts, [1, 2, 3, 1, 2, 3], strict=True):
        assert kept[text] is kept[text]
        assert len(kept) == number


UNCLOSED = "this ( is never closed; an expression with a comma needs quotes inside {...}"
NEITHER = "is neither a number nor a function; variables are written with a $"
GROWS = "a number exceeds 10^40"
WHOLE_DIVISOR = "divisible needs a whole number of at least 1 here"


@pytest.mark.parametrize(
    ("text", "start", "length", "message"),
    [
        ("", 0, 0, "the expression is empty"),
        ("  ", 0, 2, "the expression is empty"),
        ("1" + " " * 1001, 1000, 2, "more than 1,000 characters"),
        ("(" * 51 + "1", 50, 1, "more than 50 parentheses in each other"),
        ("round(" * 51 + "1", 305, 1, "more than 50 parentheses in each other"),
        ("2 ^ 3", 2, 1, "'^' is not allowed in an expression; powers are written **"),
        ("1 = 2", 2, 1, "'=' is not allowed in an expression; equality is written =="),
        ("!1", 0, 1, "'!' is not allowed in an expression; write not, or !="),
        ("1 && 2", 2, 1, "'&' is not allowed in an expression; write and"),
        ("1 || 2", 2, 1, "'|' is not allowed in an expression; write or"),
        ("1 < 2 < 3", 6, 1, "comparisons cannot be chained; join two of them with and"),
        ("1 == 2 + 1 != 3", 11, 2, "comparisons cannot be chained; join two of them with and"),
        ("1 + not 2", 4, 3, "not needs parentheses after +"),
        ("1 == not 2", 5, 3, "not needs parentheses after =="),
        ("- not 2", 2, 3, "not needs parentheses after -"),
        ("1 and", 2, 3, "a number is missing after and"),
        ("or 1", 0, 2, "a number is missing before or"),
        ("1 not 2", 2, 3, "an operator is missing before not"),
        ("1 <> 2", 3, 1, "a number is missing before >"),
        ("1 ** ** 2", 5, 2, "a number is missing before **"),
        ("3 \u00d7 4", 2, 1, "'\u00d7' is not allowed in an expression"),
        ("\x1b", 0, 1, "'\\x1b' is not allowed in an expression"),
        ("\ud800", 0, 1, "'\\ud800' is not allowed in an expression"),
        ("2 * ${x}", 4, 4, "write $x, without braces"),
        ("${ x } + 1", 0, 6, "write $x, without braces"),
        ("${x", 0, 3, "write $x, without braces"),
        ("${x + 1}", 0, 8, "write $name, without braces"),
        ("1 + $", 4, 1, "$ needs a name right after it"),
        ("$1", 0, 1, "$ needs a name right after it"),
        ("$x.shape", 2, 6, "attributes are not supported"),
        ("3 .", 2, 1, "'.' is not allowed in an expression"),
        ("2 * 1e3", 4, 3, "1e3 has an exponent; write the number out"),
        ("1.5E-3", 0, 6, "1.5E-3 has an exponent; write the number out"),
        ("0x10", 0, 4, "0x10 is not a decimal number"),
        ("1.2.3", 0, 5, "1.2.3 is not a decimal number"),
        ("5.", 0, 2, "5. is not a decimal number"),
        ("1__0", 0, 4, "1__0 is not a decimal number"),
        ("3x5", 0, 3, "3x5 is not a decimal number"),
        ("1" * 70 + "k", 0, 71, "1" * 60 + "... is not a decimal number"),
        ("3 4", 2, 1, "an operator is missing before 4"),
        ("2(3)", 1, 1, "an operator is missing before ("),
        ("(1 $x)", 3, 2, "an operator is missing before $x"),
        ("1, 2", 1, 1, "a comma is only allowed between the arguments of a function"),
        ("(1, 2)", 2, 1, "a comma is only allowed between the arguments of a function"),
        ("1 +", 2, 1, "a number is missing after +"),
        ("1 // ", 2, 2, "a number is missing after //"),
        ("1 + * 2", 4, 1, "a number is missing before *"),
        ("/ 2", 0, 1, "a number is missing before /"),
        ("()", 1, 1, "a number is missing before )"),
        ("max(1,)", 6, 1, "a number is missing before )"),
        ("max(,1)", 4, 1, "a number is missing before ,"),
        ("max(1", 3, 1, UNCLOSED),
        ("max(1,", 3, 1, UNCLOSED),
        ("2 * (1 + (2)", 4, 1, UNCLOSED),
        ("(", 0, 1, UNCLOSED),
        ("1)", 1, 1, "this ) has no opening parenthesis"),
        ("1 + )", 4, 1, "this ) has no opening parenthesis"),
        ("1 + rond(2)", 4, 4, "unknown function rond; did you mean round?"),
        (
            "sqrt(2)",
            0,
            4,
            "unknown function sqrt; known: min, max, round, floor, ceil, divisible",
        ),
        ("1 + max()", 4, 5, "max takes 1 or more arguments, not 0"),
        ("round(1, 2)", 0, 11, "round takes 1 argument, not 2"),
        ("ceil()", 0, 6, "ceil takes 1 argument, not 0"),
        ("divisible(8)", 0, 12, "divisible takes 2 arguments, not 1"),
        ("2 * width", 4, 5, f"width {NEITHER}"),
        ("round 2", 0, 5, "round needs its arguments in parentheses"),
    ],
)
def test_texts_that_are_no_expression(text: str, start: int, length: int, message: str) -> None:
    for use in (variables, lambda text: evaluate(text, {})):
        with pytest.raises(ExpressionError) as caught:
            use(text)
        error = caught.value
        assert (error.message, error.start, error.length) == (message, start, length)
        assert str(error) == message


@pytest.mark.parametrize(
    ("text", "names", "start", "length", "message"),
    [
        ("2 * $widht", {"width": 1}, 4, 6, "unknown variable $widht; did you mean $width?"),
        ("$q", {"mid": 1, "out": 2}, 0, 2, "unknown variable $q; known: $mid, $out"),
        ("$q", dict.fromkeys("abcdef", 1), 0, 2, "unknown variable $q"),
        ("$q", {}, 0, 2, "unknown variable $q; no variables are known here"),
        (
            "$" + "q" * 70,
            {},
            0,
            71,
            f"unknown variable ${'q' * 60}...; no variables are known here",
        ),
        (
            "2 * width",
            {"width": 1},
            4,
            5,
            "width is neither a number nor a function; did you mean $width?",
        ),
        ("2 * width", {"mid": 1}, 4, 5, f"width {NEITHER}"),
        ("min + 1", {"min": 1}, 0, 3, "min is not a number; did you mean $min?"),
        ("1 + $b", {"b": True}, 4, 2, "$b is true, not a number"),
        ("1 + $b", {"b": False}, 4, 2, "$b is false, not a number"),
        ("$p", {"p": "same"}, 0, 2, "$p is not a number"),
        ("$p", {"p": "3"}, 0, 2, "$p is not a number"),
        ("$p", {"p": [1, 2]}, 0, 2, "$p is not a number"),
        ("$p", {"p": None}, 0, 2, "$p is not a number"),
        ("$p", {"p": math.inf}, 0, 2, "$p is not a number"),
        ("$p", {"p": math.nan}, 0, 2, "$p is not a number"),
        ("1 + 6 / ($x - 3)", {"x": 3}, 8, 8, "division by zero"),
        ("6 // 0", {}, 5, 1, "division by zero"),
        ("6.5 % 0.0", {}, 6, 3, "division by zero"),
        ("1 / 3 / 0", {}, 8, 1, "division by zero"),
        ("divisible(8, 0)", {}, 13, 1, WHOLE_DIVISOR),
        ("divisible(8, -8)", {}, 13, 2, WHOLE_DIVISOR),
        ("divisible(8, 0.5)", {}, 13, 3, WHOLE_DIVISOR),
        ("2 ** -1", {}, 5, 2, "an exponent is a whole number from 0 to 64, not -1"),
        ("2 ** 65", {}, 5, 2, "an exponent is a whole number from 0 to 64, not 65"),
        ("1 + 2 ** (1 / 2)", {}, 9, 7, "an exponent is a whole number from 0 to 64, not 1/2"),
        ("9**64**64", {}, 3, 6, GROWS),
        ("(9**64)**64", {}, 1, 5, GROWS),
        ("0.1 ** 41", {}, 0, 9, GROWS),
        ("1 + $round", {"mid": 1}, 4, 6, f"unknown variable $round{NO_ROUND}"),
        ("$b + 1 and 1", {"b": True}, 0, 2, "$b is true, not a number"),
        ("1 + $x", {"x": 10**40 + 1}, 4, 2, GROWS),
        ("1 + $x", {"x": -(10**5000)}, 4, 2, GROWS),
        ("$x", {"x": 1e300}, 0, 2, GROWS),
        ("$x", {"x": 5e-324}, 0, 2, GROWS),
        ("1 + 2 * " + "9" * 41, {}, 8, 41, GROWS),
        ("0." + "0" * 40 + "1", {}, 0, 43, GROWS),
        ("1 - $x * $x / $x", {"x": 10**21}, 4, 7, GROWS),
        ("1 / $x / 3", {"x": 10**40}, 0, 10, GROWS),
    ],
)
def test_expressions_without_a_value(
    text: str, names: dict[str, object], start: int, length: int, message: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, names)
    error = caught.value
    assert (error.message, error.start, error.length) == (message, start, length)


TOKENS = (
    *("1", "0", "2.5", ".5", "1_000", "5.", "1e3", "0x1", "9" * 41, "$mid", "$width", "$q", "mid"),
    *(
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "^",
        "(",
        ")",
        ",",
        "<",
        "==",
        "=",
        ".",
        "$",
        "${mid}",
        ".a",
    ),
    *(" and ", " or ", " not ", ">=", "!="),
    *("min", "max(", "round(", "floor(", "ceil(", "divisible(", "sqrt", " ", "\n", "\u00e9"),
)
token_sequences = st.lists(st.sampled_from(TOKENS), max_size=30).map("".join)


@given(st.text() | st.text("0123456789._$ab(),+-*/% eE{}", max_size=40) | token_sequences)
def test_any_text_has_a_value_or_an_error_in_its_place(text: str) -> None:
    value = value_or_error(text)
    if isinstance(value, ExpressionError):
        assert value.message
        assert 0 <= value.start <= value.start + value.length <= len(text)
        assert value.length or not text
    else:
        assert type(value) in (int, Fraction)
        assert variables(text) <= set(NAMES)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(" * 50 + "1" + ")" * 50, 1),
        ("1+2*-(" * 49 + "1" + ")" * 49, (1 - 2**50) // 3),
        ("min(" * 50 + "1" + ")" * 50, 1),
        ("-" * 999 + "1", -1),
        ("1+" * 499 + "1", 500),
        ("1**" * 333 + "1", 1),
        ("--1**" * 199 + "1", 1),
        ("not " * 249 + "0", 1),
        ("1 or 0==1+1*-1**(" * 50 + "1" + ")" * 50, 1),
        ("1*" * 499 + "1", 1),
        ("min(" + "1," * 497 + "0)", 0),
    ],
)
def test_the_longest_and_deepest_expressions(text: str, value: int) -> None:
    assert evaluate(text, {}) == value


@pytest.mark.parametrize("text", ["(" * 1000, "max(" * 250, "-(" * 500, "1+(" * 333, "$" * 1000])
def test_endless_nesting_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, {})


def test_numbers_cannot_get_big_on_their_way() -> None:
    with pytest.raises(ExpressionError, match="exceeds 10"):
        evaluate("$x*" * 300 + "$x", {"x": 10**20})
    with pytest.raises(ExpressionError, match="exceeds 10"):
        evaluate("+".join(f"1/{n}" for n in range(1, 160)), {})
