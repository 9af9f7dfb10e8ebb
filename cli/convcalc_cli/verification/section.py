"""What a run on real arrays adds to a page: columns, figures, and a last line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.redesign.of_layer import Comparison
from convcalc.reference.results import (
    KINDS,
    Check,
    Equivalence,
    LayerVerification,
    RowVerification,
    Values,
    Verification,
)
from convcalc.wording import counted
from convcalc_cli.page.blocks import (
    Block,
    Cell,
    Checks,
    Fact,
    Facts,
    Figure,
    Heading,
    Paragraph,
    Row,
    Table,
    Tone,
)
from convcalc_cli.text import (
    bytes_text,
    count_text,
    deviation_text,
    name_text,
    seconds_text,
    shape_text,
)

TITLES = ("checks", "deviation", "time", "GMAC/s")
OPTIONAL = ("GMAC/s", "time", "deviation")
"""The columns that a narrow screen does without, the first one first."""

NOTE = f"checks: {', '.join(KINDS).replace('macs', 'MACs')}; deviation: the largest, of a value"
MOST = 20
"""Mismatches that are shown; JSON has all of them."""

Part = tuple[str, Verification]
"""A verification, and what its rows belong to where there are several."""


def cells(rows: Sequence[RowVerification]) -> list[Cell]:
    """One row's columns, or those of several rows together."""
    failed = {check.kind for row in rows for check in row.failed}
    if not any(row.is_run for row in rows):
        return [None] * len(TITLES)
    macs, seconds = sum(row.macs for row in rows), sum(row.seconds for row in rows)
    deviation = max(row.deviation for row in rows)
    return [
        Checks({kind: kind not in failed for kind in KINDS}),
        Figure(deviation_text(deviation), deviation),
        Figure(seconds_text(seconds), seconds),
        Figure(_rate(macs, seconds), _gigamacs(macs, seconds)) if macs else None,
    ]


def network_section(verification: Verification) -> list[Block]:
    """What the run of a network says beyond its rows."""
    values = [
        check for row in verification.rows for check in row.checks if isinstance(check, Values)
    ]
    compared = sum(each.compared for each in values)
    peak = next(each for each in verification.totals if each.kind == "peak_activation_bytes")
    facts = [
        Fact("MACs counted", count_text(verification.macs), "from the operands of all products"),
        Fact("values compared", count_text(compared), "with the definition, in plain loops"),
        Fact("largest deviation", deviation_text(max(each.deviation for each in values))),
        Fact("peak activation", bytes_text(peak.found), "in memory while it ran"),
        Fact("time", seconds_text(verification.seconds), _speed(verification)),
    ]
    wrong = mismatches([("", verification)])
    return [Heading(f"Run on real arrays, seed {verification.seed}"), Facts(facts), *wrong]


def layer_section(comparison: Comparison, verification: LayerVerification) -> list[Block]:
    """What the designs of a layer are equal to, and what went wrong."""
    titles = [design.title for design in comparison.possible]
    facts = [_equivalence(comparison, each) for each in verification.equivalences]
    return [
        Heading(f"Run on real arrays, seed {verification.designs[0].seed}"),
        *([Facts(facts)] if facts else []),
        *mismatches(list(zip(titles, verification.designs, strict=True))),
    ]


def mismatches(parts: Iterable[Part]) -> list[Block]:
    """A table of what did not turn out as predicted, if there is anything."""
    rows = [Row(cells) for cells in mismatch_rows(parts)]
    if not rows:
        return []
    notes = [f"{len(rows) - MOST:,} more"] if len(rows) > MOST else []
    table = Table(("layer", "check", "predicted", "found"), rows[:MOST], notes=notes)
    return [Heading("Not as predicted"), table]


def mismatch_rows(parts: Iterable[Part]) -> list[list[str]]:
    """Layer, check, predicted and found, for all that did not turn out as predicted."""
    rows = []
    for part, verification in parts:
        found = [(row.name, check) for row in verification.rows for check in row.failed]
        found += [("total", check) for check in verification.totals if not check.passed]
        rows += [_mismatch(" ".join(filter(None, (part, name))), check) for name, check in found]
    return rows


def verdict(
    verifications: Sequence[Verification],
    equivalences: Sequence[Equivalence] = (),
    not_run: int = 0,
) -> Paragraph:
    """The last line: whether everything turned out as predicted."""
    rows = [row for each in verifications for row in each.rows]
    macs = sum(each.macs for each in verifications)
    passed = all(each.passed for each in verifications)
    passed = passed and all(each.passed for each in equivalences)
    wrong = sum(bool(row.failed) for row in rows)
    summary = f"{counted(len(rows), 'layer')}, {count_text(macs)} MACs counted"
    if not_run:
        summary += f"; {counted(not_run, 'network')} not run"
    if passed:
        return Paragraph(f"{summary}, all as predicted", Tone.BAD if not_run else Tone.GOOD)
    which = f"{wrong:,}" if wrong else "the whole"
    return Paragraph(f"{summary}, {which} not as predicted", Tone.BAD)


def _mismatch(name: str, check: Check | Values) -> list[str]:
    predicted, found = _text(check.kind, check.predicted), _text(check.kind, check.found)
    return [name_text(name), check.kind, predicted, found]


def _text(kind: str, value: object) -> str:
    match kind, value:
        case "weights", (dict(shapes), int(params)):
            lines = [f"{name} {shape_text(shape)}" for name, shape in shapes.items()]
            return f"{', '.join(lines) or 'none'}: {count_text(params)}"
        case _, int(number):
            return count_text(number)
        case _:
            return str(value)


def _equivalence(comparison: Comparison, equal: Equivalence) -> Fact:
    bias = equal.proof.bias if comparison.layer.operation.bias else ""
    result = (
        f"equal in all {count_text(equal.compared)} values"
        if equal.passed
        else f"NOT equal: off by {deviation_text(equal.deviation)}"
    )
    return Fact(equal.title, f"= {equal.proof.weight}{bias}", result)


def _speed(verification: Verification) -> str:
    macs, seconds = verification.macs, verification.seconds
    return f"{_rate(macs, seconds)} GMAC/s" if macs else ""


def _rate(macs: int, seconds: float) -> str:
    rate = _gigamacs(macs, seconds)
    return f"{rate:,.1f}" if rate >= 1 else f"{rate:.2g}"


def _gigamacs(macs: int, seconds: float) -> float:
    """Billions of MACs in a second."""
    return macs / seconds / 1e9 if seconds else 0
