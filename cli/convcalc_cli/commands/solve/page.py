"""The page of `convcalc solve`."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc.fitting.shapes import Window
from convcalc.fitting.variables import Broken
from convcalc_cli.commands.solve.report import ShapeReport, VariableReport
from convcalc_cli.flags.values import with_value
from convcalc_cli.page.blocks import Block, Cell, Fact, Facts, LongTable, Page, Paragraph, Tone
from convcalc_cli.text import amount_text, name_text

MOST_WINDOWS = 60


def solve_pages(report: ShapeReport | VariableReport) -> Iterator[Page]:
    """What was found."""
    yield _shapes(report) if isinstance(report, ShapeReport) else _variable(report)


def _shapes(report: ShapeReport) -> list[Block]:
    asked = f"from {report.size:,} to {report.to:,}"
    if not report.windows:
        return [Paragraph(f"No window in these ranges leads {asked}.", Tone.BAD)]
    rows: list[list[Cell]] = [
        [_pytorch(window, transposed=report.transposed), _sizes(window)]
        for window in report.windows[:MOST_WINDOWS]
    ]
    more = len(report.windows) - MOST_WINDOWS
    notes = [f"{more:,} more: see --format json."] if more > 0 else []
    number = len(report.windows)
    head = f"{number:,} {'window leads' if number == 1 else 'windows lead'} {asked}:"
    titles = ("in PyTorch", f"gives {report.to:,} for input sizes")
    return [Paragraph(head, Tone.GOOD), LongTable(titles, rows, notes=notes)]


def _pytorch(window: Window, *, transposed: bool) -> str:
    """The arguments of the layer; unequal padding is a layer of its own."""
    words = [f"kernel_size={window.kernel_size}", f"stride={window.stride}"]
    before = ""
    if isinstance(window.padding, tuple):
        low, high = window.padding
        before = f"F.pad(x, ({low}, {high})), then "
    else:
        words.append(f"padding={window.padding}")
    if transposed and window.output_padding:
        words.append(f"output_padding={window.output_padding}")
    if window.dilation != 1:
        words.append(f"dilation={window.dilation}")
    return before + ", ".join(words)


def _sizes(window: Window) -> str:
    first, last = window.sizes
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _variable(report: VariableReport) -> list[Block]:
    found, name = report.found, report.name
    asked = " and ".join(
        [f"{TOTALS[key].title} {amount_text(TOTALS[key], n)}" for key, n in report.budgets.items()]
    )
    first, last, step = report.tried
    tried = Fact("tried", f"{first} to {last}, step {step}", f"as written: {report.written}")
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
