"""What `convcalc solve` finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from convcalc.errors import SpecError
from convcalc.fitting.budgets import budgets_of, own_budget
from convcalc.fitting.shapes import Window, solve_shape
from convcalc.fitting.variables import Largest, largest
from convcalc.language.document import Overrides
from convcalc.networks import Network
from convcalc.records import NamedTuple
from convcalc_cli.flags.values import FlagError, Sizes, with_value
from convcalc_cli.reading.sources import named
from convcalc_cli.reading.varied import readable, totals_with, varied_network
from convcalc_cli.shell.outcome import FAILED, FINE

RANGE = re.compile(r"([0-9]+(?:\.[0-9]+)?):([0-9]+(?:\.[0-9]+)?):([0-9]+(?:\.[0-9]+)?)", re.ASCII)
LONGEST = 60
TIMES = 4
"""Up to so many times the value as written is tried."""
HUNDREDTH = Fraction(1, 100)
MOST_VALUES = 20_000


class ShapeReport(NamedTuple):
    """The windows that make one size of another, one for each dimension."""

    size: Sizes
    to: Sizes
    transposed: bool
    windows: Sequence[tuple[Window, ...]]

    @property
    def code(self) -> int:
        """Whether there is one."""
        return FINE if self.windows else FAILED


class VariableReport(NamedTuple):
    """The largest value of a variable that fits."""

    file: str
    name: str
    written: Any
    budgets: Mapping[str, int]
    tried: tuple[Any, Any, Any]
    """The first and the last value, and the step."""
    found: Largest
    inputs: Sequence[str] = ()
    """The files that were read."""

    @property
    def code(self) -> int:
        """Whether there is one."""
        return FAILED if self.found.value is None else FINE


def shape_report(size: Sizes, to: Sizes, *, transposed: bool, **ranges: Any) -> ShapeReport:
    """The windows that make `to` positions of `size`."""
    dims = max([len(each) for each in (size, to) if isinstance(each, tuple)], default=1)
    every = size if isinstance(size, tuple) else (size,) * dims
    return ShapeReport(
        size, to, transposed, solve_shape(every, to, transposed=transposed, **ranges)
    )


def variable_report(
    what: str, file: str, budgets: Mapping[str, str | None], fixed: Overrides
) -> VariableReport:
    """The largest value of a variable for which a network fits its budgets.

    Raises:
        FlagError: there is no such variable, no budget, or no network.
    """
    name, sign, text = what.partition("=")
    (source,) = named([file], fixed)
    read = readable(source)
    make = varied_network(source, fixed)
    known = [*read.variables, "size", "batch"]
    if name not in known:
        raise FlagError(f"solve {name}: unknown variable; there are {', '.join(known)}")
    try:
        network = make()
    except SpecError as error:
        raise FlagError(f"{file}: {error.spelled(with_value)}") from error
    given = {key.removeprefix("max_"): value for key, value in budgets.items() if value is not None}
    amounts = budgets_of(given or own_budget(network), network.audit())
    if not amounts:
        raise FlagError(f"no budget is given, and {file} has none of its own")
    content = read.document.content
    variables = content.get("vars") if isinstance(content, dict) else None
    written = _written(name, network, {**(variables or {}), **fixed.variables})
    first, last, step = _range(name, text, written) if sign else _default_range(name, written)
    values = _values(name, first, last, step)
    found = largest(values, amounts, totals_with(name, network, make))
    tried = _number(first), _number(last), _number(step)
    return VariableReport(file, name, written, amounts, tried, found, source.inputs)


def _written(name: str, network: Network, variables: Mapping[str, Any]) -> int | float:
    if name == "batch":
        return network.batch
    if name == "size":
        return max(network.input_shape[1:], default=1)
    value = variables.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise FlagError(f"solve {name}: its value is no number above 0")
    return value


def _range(name: str, text: str, written: float) -> tuple[Fraction, Fraction, Fraction]:
    match = RANGE.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        raise FlagError(f"solve {name}={text[:LONGEST]}: a range is LO:HI:STEP")
    first, last, step = map(Fraction, match.groups())
    if step == 0 or last < first:
        why = "the step is 0" if step == 0 else "the end is below the start"
        raise FlagError(f"solve {name}={text}: {why}")
    if name in ("size", "batch") and any(each.denominator > 1 for each in (first, last, step)):
        raise FlagError(f"solve {name}={text}: only whole numbers")
    del written
    return first, last, step


def _default_range(name: str, written: float) -> tuple[Fraction, Fraction, Fraction]:
    del name
    step = Fraction(1) if isinstance(written, int) else HUNDREDTH
    return step, TIMES * Fraction(str(written)), step


def _values(name: str, first: Fraction, last: Fraction, step: Fraction) -> list[int | float]:
    number = int((last - first) / step) + 1
    if number > MOST_VALUES:
        raise FlagError(
            f"solve {name}: {number:,} values are more than {MOST_VALUES:,}; "
            f"give a range as {name}=LO:HI:STEP"
        )
    return [_number(first + at * step) for at in range(number)]


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
