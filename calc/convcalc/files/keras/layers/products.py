"""Products of two values."""

from __future__ import annotations

import re
from math import prod

from convcalc.errors import value_text
from convcalc.files.graph.opaque import opaque
from convcalc.files.graph.products import matmul
from convcalc.files.graph.tensors import Tensor
from convcalc.files.keras.faults import KerasError, NoRuleError
from convcalc.files.keras.layers.options import option
from convcalc.files.keras.site import Site
from convcalc.records import NamedTuple

EQUATION = re.compile(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)")


def product_of_values(site: Site) -> Tensor:
    """The matrix product of two values; either may be transposed.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 6, 6), channel_axis=None)
    >>> product_of_values(Site.alone(rows, "Matmul", {}, x, x)).sizes
    (1, 6, 6)
    """
    one, other = site.exactly(2)
    if option(site, "transpose_a", 9):
        one = _swapped(one)
    if option(site, "transpose_b", 9):
        other = _swapped(other)
    return matmul(site.rows, one, other)


def _swapped(tensor: Tensor) -> Tensor:
    rank = tensor.rank
    return tensor.transposed([*range(rank - 2), rank - 1, rank - 2])


def einsum_of_values(site: Site) -> Tensor:
    """A product of two values by an equation; no axis twice in one of them.

    >>> from convcalc.files.graph.rows import Rows
    >>> rows = Rows()
    >>> x = rows.input("x", (1, 6, 8), channel_axis=None)
    >>> config = {"subscripts": "bij,bkj->bik"}
    >>> einsum_of_values(Site.alone(rows, "Einsum", config, x, x)).sizes
    (1, 6, 6)
    """
    one, other = site.exactly(2)
    text = option(site, "subscripts")
    equation = _equation(option(site, "equation") if text is None else text)
    letters = [*zip(equation.first, one.sizes, strict=False)]
    letters += zip(equation.second, other.sizes, strict=False)
    sizes = dict(letters)
    fits = (len(equation.first), len(equation.second)) == (one.rank, other.rank)
    if not fits or any(sizes[letter] != size for letter, size in letters):
        raise KerasError(f"the equation {equation} is not for {one.sizes} and {other.sizes}")
    macs = prod(size for letter, size in sizes.items() if letter != equation.first[0])
    written = [sizes[letter] for letter in equation.written]
    return opaque(site.rows, "Einsum", [one, other], written, params=0, macs=macs)


class _Equation(NamedTuple):
    """The letters of the axes of two values and their product; the first is the batch's."""

    first: str
    second: str
    written: str

    def __str__(self) -> str:
        return f"{self.first},{self.second}->{self.written}"


def _equation(text: object) -> _Equation:
    found = EQUATION.fullmatch(str(text).replace(" ", ""))
    equation = _Equation(*found.groups()) if found else None
    if equation is None or any(len({*each}) < len(each) for each in equation):
        raise NoRuleError(f"the equation {value_text(text)} has no rule")
    first, second, written = equation
    if written[0] != first[0] or not {*written} <= {*first, *second}:
        raise NoRuleError(f"the equation {value_text(text)} has no rule")
    return equation
