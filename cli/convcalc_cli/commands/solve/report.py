"""What `convcalc solve` finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from convcalc.errors import SpecError
from convcalc.files.loading import ReadFile
from convcalc.fitting.budgets import budgets_of, own_budget
from convcalc.fitting.shapes import Window, solve_shape
from convcalc.fitting.variables import Largest, largest, largest_growing
from convcalc.language.document import Overrides
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
LARGE_BATCH = 1_024
"""So many inputs at once are tried, however few are written."""
MOST_VALUES = 20_000
GROWING = ("size", "batch")
"""What no total falls with; so it is with numbers that readers take, such as of classes."""


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
    written: int | float | None
    """None where the file has no number for it."""
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
    known = _numbers(read, fixed)
    names = [*dict.fromkeys([*known, *read.variables, *GROWING])]
    if name not in names:
        raise FlagError(f"solve {name}: unknown variable; there are {', '.join(names)}")
    try:
        network = varied_network(source, fixed)()
    except SpecError as error:
        raise FlagError(f"{file}: {error.spelled(with_value)}") from error
    given = {key.removeprefix("max_"): value for key, value in budgets.items() if value is not None}
    amounts = budgets_of(given or own_budget(network), network.audit())
    if not amounts:
        raise FlagError(f"no budget is given, and {file} has none of its own")
    known |= {"batch": network.batch, "size": max(network.input_shape[1:], default=1)}
    written = known.get(name)
    first, last, step = _range(name, text) if sign else _default_range(name, written)
    values = _values(name, first, last, step)
    search = largest_growing if name in (*GROWING, *read.reader.settings) else largest
    make = varied_network(source, fixed, is_attempt=True)
    found = search(values, amounts, totals_with(name, network, make))
    tried = _number(first), _number(last), _number(step)
    return VariableReport(file, name, written, amounts, tried, found, source.inputs)


def _numbers(read: ReadFile, fixed: Overrides) -> dict[str, int | float]:
    """What can be varied and is a number above 0, as it is set or written."""
    content = read.document.content
    variables = content.get("vars") if isinstance(content, dict) else None
    every = {**read.document.settings, **(variables or {}), **fixed.variables}
    return {
        name: value
        for name, value in every.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    }


def _range(name: str, text: str) -> tuple[Fraction, Fraction, Fraction]:
    match = RANGE.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        raise FlagError(f"solve {name}={text[:LONGEST]}: a range is LO:HI:STEP")
    first, last, step = map(Fraction, match.groups())
    if step == 0 or last < first:
        why = "the step is 0" if step == 0 else "the end is below the start"
        raise FlagError(f"solve {name}={text}: {why}")
    if name in ("size", "batch") and any(each.denominator > 1 for each in (first, last, step)):
        raise FlagError(f"solve {name}={text}: only whole numbers")
    return first, last, step


def _default_range(name: str, written: float | None) -> tuple[Fraction, Fraction, Fraction]:
    if written is None:
        raise FlagError(f"solve {name}: it is not a number in the file; give {name}=LO:HI:STEP")
    step = Fraction(1) if isinstance(written, int) else HUNDREDTH
    least = LARGE_BATCH if name == "batch" else 0
    return step, max(TIMES * Fraction(str(written)), Fraction(least)), step


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
