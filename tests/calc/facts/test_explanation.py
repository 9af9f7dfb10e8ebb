"""Every line of an explanation is arithmetic that gives the result it shows."""

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc import Conv, ConvTranspose, SpecError
from convcalc.facts.explanation import explain, legend
from support.layers import convolutions

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {"floor": math.floor, "ceil": math.ceil, "max": max}


def value(node: ast.expr) -> Any:
    """What a line of arithmetic comes to, worked out by the rules of school."""
    match node:
        case ast.Constant(number):
            return number
        case ast.Tuple(parts):
            return tuple(value(part) for part in parts)
        case ast.BinOp(left, sign, right):
            return OPERATORS[type(sign)](value(left), value(right))
        case ast.Call(ast.Name(name), arguments):
            return FUNCTIONS[name](*map(value, arguments))
    raise AssertionError(ast.dump(node))


@settings(deadline=None)
@given(
    st.booleans().flatmap(lambda up: st.tuples(st.just(up), convolutions(transposed=up))),
    st.booleans(),
    st.integers(1, 3),
)
def test_the_numbers_give_the_result(drawn: Any, same: bool, batch: int) -> None:
    transposed, (parameters, input_shape) = drawn
    if same and not transposed:
        parameters["padding"] = "same"
    try:
        conv = (ConvTranspose if transposed else Conv)(**parameters)
        output_shape = conv.output_shape(input_shape)
    except SpecError:
        return
    lines = explain(conv, input_shape, batch)
    for line in lines:
        assert value(ast.parse(line.numbers, mode="eval").body) == line.result
    results = {line.quantity: line.result for line in lines}
    assert results["weight"] == conv.weight_shape
    assert results["params"] == conv.params
    assert results["MACs"] == batch * conv.macs(input_shape)
    sizes = {result for name, result in results.items() if name.startswith("output size")}
    assert sizes == set(output_shape[1:])


def test_every_word_of_every_formula_has_a_meaning() -> None:
    layers = [Conv(4, 4, 3, padding="same"), Conv(4, 4, 3, bias=False), ConvTranspose(4, 4, 3)]
    for layer in layers:
        lines = explain(layer, (4, 9, 9), batch=2)
        words = set(re.findall("[a-z_]+", " ".join(line.formula for line in lines)))
        words -= {"weight", "input", "output", "spatial"}  # of prod(weight), prod(input spatial)
        assert words <= set(legend(lines))


def test_dimensions_that_differ_are_told_apart() -> None:
    quantities = [line.quantity for line in explain(Conv(1, 1, (3, 3, 5)), (1, 9, 9, 9))]
    assert quantities[:2] == ["output size, dimensions 1, 2", "output size, dimension 3"]
