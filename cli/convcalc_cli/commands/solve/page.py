"""The page of `convcalc solve`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc.fitting.shapes import Window
from convcalc.fitting.variables import Broken
from convcalc_cli.commands.solve.report import ShapeReport, VariableReport
from convcalc_cli.flags.values import value_typed, with_value
from convcalc_cli.page.blocks import Block, Cell, Fact, Facts, LongTable, Page, Paragraph, Tone
from convcalc_cli.text import amount_text, name_text

MOST_WINDOWS = 60


def solve_pages(report: ShapeReport | VariableReport) -> Iterator[Page]:
    """What was found."""
    yield _shapes(report) if isinstance(report, ShapeReport) else _variable(report)


def _shapes(report: ShapeReport) -> list[Block]:
    asked = f"from {value_typed(report.size)} to {value_typed(report.to)}"
    if not report.windows:
        return [Paragraph(f"No window in these ranges leads {asked}.", Tone.BAD)]
    rows: list[list[Cell]] = [
        [_pytorch(windows, transposed=report.transposed), _sizes(windows)]
        for windows in report.windows[:MOST_WINDOWS]
    ]
    more = len(report.windows) - MOST_WINDOWS
    notes = [f"{more:,} more: see --format json."] if more > 0 else []
    number = len(report.windows)
    head = f"{number:,} {'window leads' if number == 1 else 'windows lead'} {asked}:"
    titles = ("in PyTorch", f"gives {value_typed(report.to)} for input sizes")
    return [Paragraph(head, Tone.GOOD), LongTable(titles, rows, notes=notes)]


def _pytorch(windows: Sequence[Window], *, transposed: bool) -> str:
    """The arguments of the layer; unequal padding is a layer of its own.

    >>> windows = [Window(3, 2, (0, 1), 1, 0, (6, 7)), Window(3, 2, 1, 1, 0, (5, 6))]
    >>> _pytorch(windows, transposed=False)
    'F.pad(x, (1, 1, 0, 1)), then kernel_size=3, stride=2'
    """
    given: dict[str, list[Any]] = {
        "kernel_size": [each.kernel_size for each in windows],
        "stride": [each.stride for each in windows],
        "padding": [each.padding for each in windows],
        "output_padding": [each.output_padding for each in windows],
        "dilation": [each.dilation for each in windows],
    }
    if not transposed or not any(given["output_padding"]):
        del given["output_padding"]
    if all(each == 1 for each in given["dilation"]):
        del given["dilation"]
    before = ""
    if any(isinstance(each, tuple) for each in given["padding"]):
        pairs = [each if isinstance(each, tuple) else (each, each) for each in given.pop("padding")]
        numbers = ", ".join([str(number) for pair in reversed(pairs) for number in pair])
        before = f"F.pad(x, ({numbers})), then "
    return before + ", ".join([f"{name}={_each(values)}" for name, values in given.items()])


def _each(values: Sequence[object]) -> str:
    """One value for all dimensions, or a tuple of them."""
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))


def _sizes(windows: Sequence[Window]) -> str:
    return " x ".join(
        [
            f"{first:,}" if first == last else f"{first:,} to {last:,}"
            for first, last in [each.sizes for each in windows]
        ]
    )


def _variable(report: VariableReport) -> list[Block]:
    found, name = report.found, report.name
    asked = " and ".join(
        [f"{TOTALS[key].title} {amount_text(TOTALS[key], n)}" for key, n in report.budgets.items()]
    )
    first, last, step = report.tried
    written = "" if report.written is None else f"as written: {report.written}"
    tried = Fact("tried", f"{first} to {last}, step {step}", written)
    if found.value is None or found.totals is None:
        verdict = Paragraph(f"{name_text(report.file)}: no {name} fits {asked}.", Tone.BAD)
        facts = [tried, *([_next(found.next)] if found.next else [])]
        return [verdict, Facts(facts)]
    verdict = Paragraph(
        f"{name_text(report.file)}: {name}={found.value} is the largest that fits {asked}.",
        Tone.GOOD,
    )
    keys = dict.fromkeys([*report.budgets, *MAIN_TOTALS])
    totals = [
        Fact(TOTALS[key].title, amount_text(TOTALS[key], getattr(found.totals, key)))
        for key in keys
    ]
    facts = [*totals, tried, *([_next(found.next)] if found.next else [])]
    return [verdict, Facts(facts)]


def _next(broken: Broken) -> Fact:
    if broken.reason is not None:
        return Fact(f"{broken.value}", "is impossible", broken.reason.spelled(with_value))
    above = [
        f"{TOTALS[key].title} {amount_text(TOTALS[key], n)}" for key, n in broken.totals.items()
    ]
    return Fact(f"{broken.value}", f"has {' and '.join(above) or 'unknown figures'}")
