"""Einsum: products of values by the letters of their axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from string import ascii_letters

from convcalc.files.graph.products import linear, matmul
from convcalc.files.graph.tensors import Tensor
from convcalc.files.graph.weights import weighted_opaque
from convcalc.files.onnx.arrays import Constant
from convcalc.files.onnx.call import Call, Rule, as_weight
from convcalc.files.onnx.operators.products import batch_of
from convcalc.records import NamedTuple

DOTS = "..."
PAIR = 2


class Equation(NamedTuple):
    """The letters of each operand's axes, and of the output's."""

    terms: list[str]
    output: str

    @property
    def is_plain(self) -> bool:
        """Whether no operand has a letter twice.

        >>> Equation(["ij", "jk"], "ik").is_plain, Equation(["ii"], "i").is_plain
        (True, False)
        """
        return all(len({*term}) == len(term) for term in [*self.terms, self.output])


def equation_of(text: str, ranks: Sequence[int]) -> Equation | None:
    """An equation with letters in place of dots, and with its output; None if it is no such thing.

    >>> equation_of("...ij,jk", [3, 2])
    Equation(terms=['Zij', 'jk'], output='Zik')
    """
    left, arrow, output = text.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        return None
    free = [rank - len(term.replace(DOTS, "")) for term, rank in zip(terms, ranks, strict=True)]
    pairs = [*zip(terms, free, strict=True)]
    if any(count < 0 or (count and DOTS not in term) for term, count in pairs):
        return None
    spare = "".join(letter for letter in ascii_letters if letter not in text)
    dots = spare[len(spare) - max(free) :]
    filled = [term.replace(DOTS, dots[len(dots) - count :]) for term, count in pairs]
    together = "".join(filled)
    if not arrow:
        alone = sorted(letter for letter in {*together} if together.count(letter) == 1)
        output = DOTS + "".join(letter for letter in alone if letter not in dots)
    output = output.replace(DOTS, dots)
    if not set(output) <= set(together) or not together.isalpha():
        return None
    return Equation(filled, output)


def einsum(call: Call) -> Tensor:
    """Einsum of one or two values; of more, the order of the products is unknown."""
    values = call.values
    text = call.node.text("equation", "")
    equation = equation_of(text, [len(value.sizes) for value in values])
    if equation is None:
        raise call.fail(f"the equation {text} does not fit the operands")
    sizes = _sizes(call, text, equation, values)
    output = tuple([sizes[letter] for letter in equation.output])
    weights = [as_weight(value.as_learned) for value in values if isinstance(value, Constant)]
    tensors = [value for value in values if isinstance(value, Tensor)]
    if len(values) > PAIR or not equation.is_plain:
        return weighted_opaque(call.rows, "Einsum", tensors, output, weights, macs="unknown")
    if len(values) == PAIR and (made := _written(call, equation, values)) is not None:
        return made
    macs = _macs(equation, sizes) // batch_of(call, tensors)
    return weighted_opaque(call.rows, "Einsum", tensors, output, weights, macs=macs)


def _sizes(
    call: Call, text: str, equation: Equation, values: Sequence[Tensor | Constant]
) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for term, value in zip(equation.terms, values, strict=True):
        for letter, size in zip(term, value.sizes, strict=True):
            if sizes.setdefault(letter, size) != size and 1 not in (size, sizes[letter]):
                raise call.fail(f"{letter} in {text} is {sizes[letter]} and {size}")
            sizes[letter] = max(sizes[letter], size)
    return sizes


def _summed(equation: Equation) -> str:
    """The letters that both operands have, and the output has not."""
    one, other = equation.terms if len(equation.terms) == PAIR else (equation.terms[0], "")
    return "".join(letter for letter in one if letter in other and letter not in equation.output)


def _macs(equation: Equation, sizes: Mapping[str, int]) -> int:
    """A product of matrices for what both have; without a sum it is a product value by value."""
    summed = _summed(equation)
    letters = {*equation.output, *summed}
    return prod(sizes[letter] for letter in letters) if summed else 0


def _written(call: Call, equation: Equation, values: Sequence[Tensor | Constant]) -> Tensor | None:
    """As a linear layer, or a product of matrices, if it is one."""
    (one, other), summed = equation.terms, _summed(equation)
    first, second = values
    if len(summed) != 1:
        return None
    if isinstance(first, Constant):
        one, other, first, second = other, one, second, first
    if not isinstance(first, Tensor):
        return None
    if isinstance(second, Constant):
        new = other.replace(summed, "")
        if len(other) != PAIR or new in one or new not in equation.output:
            return None
        weight = as_weight(second.as_learned)
        at = one.index(summed)
        made = linear(call.rows, first, second.sizes[other.index(new)], [weight], axis=at)
        return _ordered(made, one.replace(summed, new), equation.output)
    return _product(call, equation, first, second, summed)


def _product(
    call: Call, equation: Equation, first: Tensor, second: Tensor, summed: str
) -> Tensor | None:
    one, other = equation.terms
    rows = [letter for letter in one if letter not in other]
    columns = [letter for letter in other if letter not in one]
    if len(rows) != 1 or len(columns) != 1 or not {*rows, *columns} <= {*equation.output}:
        return None
    lead = "".join(letter for letter in one if letter in other and letter != summed)
    left = _ordered(first, one, f"{lead}{rows[0]}{summed}")
    right = _ordered(second, other, f"{lead}{summed}{columns[0]}")
    if left is None or right is None:
        return None
    made = matmul(call.rows, left, right, "Einsum")
    return _ordered(made, f"{lead}{rows[0]}{columns[0]}", equation.output)


def _ordered(tensor: Tensor, letters: str, wanted: str) -> Tensor | None:
    if sorted(letters) != sorted(wanted):
        return None
    return tensor.transposed([letters.index(letter) for letter in wanted])


RULES: Mapping[str, Rule] = {"Einsum": einsum}
