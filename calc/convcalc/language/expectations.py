"""`budget` and `expect` of a specification: limits on totals, and expected totals and shapes."""

from __future__ import annotations

from typing import Any

from convcalc.checks.amounts import amount
from convcalc.errors import SpecError
from convcalc.facts.totals import RECEPTIVE_FIELD, TOTALS, Total, total_named
from convcalc.language.problems import Problems, spelled
from convcalc.layers import Path
from convcalc.values import Shape, shape_of, whole_list
from convcalc.wording import did_you_mean

SHAPES = ("output_shape", "shapes", RECEPTIVE_FIELD)
"""The keys of `expect` that are not totals."""


class ExpectationReader:
    """Reads a budget or an expectation, and reports what is wrong with it."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def budget(self, written: Any) -> dict[str, Any]:
        """The largest values of totals, by their keys."""
        return self._limits("budget", written, (RECEPTIVE_FIELD,))

    def expected(self, written: Any) -> dict[str, Any]:
        """The expected totals and shapes, by their keys."""
        return self._limits("expect", written, SHAPES)

    def _limits(self, part: str, written: Any, shapes: tuple[str, ...]) -> dict[str, Any]:
        limits: dict[str, Any] = {}
        for name, value in self._problems.mapping((part,), written).items():
            total = total_named(name)
            if total is None and name not in shapes:
                totals = [*[each.name for each in TOTALS.values()], *shapes]
                hint = did_you_mean(name, totals) or f"; the totals are {', '.join(totals)}"
                message = f"unknown total {name}{hint}"
                self._problems.add((part, name), message, at_key=True)
            elif total and total.key in limits:
                message = f"{total.name} is given twice"
                self._problems.add((part, name), message, at_key=True)
            else:
                try:
                    key = total.key if total else name
                    limits[key] = self._limit((part, name), total, value)
                except SpecError as error:
                    self._problems.add((part, name), spelled(error))
        return limits

    def _limit(self, path: Path, total: Total | None, value: Any) -> Any:
        key = str(path[-1])
        if total is not None:
            return amount(key, value, memory=total.is_bytes)
        if key == RECEPTIVE_FIELD:
            return field_of(key, value)
        return written_shape(key, value) if key == "output_shape" else self._shapes(path, value)

    def _shapes(self, path: Path, content: Any) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {}
        for name, shape in self._problems.mapping(path, content).items():
            try:
                shapes[name] = written_shape(name, shape)
            except SpecError as error:
                self._problems.add((*path, name), spelled(error))
        return shapes


def field_of(name: str, value: Any) -> Shape:
    """A receptive field that is written as a list: positions in each dimension.

    Raises:
        SpecError: it is anything else.

    >>> field_of("receptive_field", [70, 70])
    (70, 70)
    """
    if not isinstance(value, (list, tuple)) or len(value) > 3:
        fact = f"{{{name}}} is not a list of positions, one for each dimension"
        raise SpecError(fact, **{name: value})
    return whole_list(name, value)


def written_shape(name: str, value: Any) -> Shape:
    """A shape that is written as a list.

    Raises:
        SpecError: it is anything else.

    >>> written_shape("input", [3, 224, 224])
    (3, 224, 224)
    """
    if not isinstance(value, (list, tuple)):
        raise SpecError(f"{{{name}}} is not a list: write [C, *spatial]", **{name: value})
    return shape_of(name, value)
