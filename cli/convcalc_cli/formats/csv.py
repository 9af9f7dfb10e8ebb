"""Reports as CSV: the layer rows, for spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from convcalc.errors import SpecError
from convcalc.facts.audit import LayerFacts
from convcalc.reference.results import RowVerification
from convcalc.values import Shape
from convcalc_cli.commands.layer.report import LayerReport, design_title
from convcalc_cli.text import printable

if TYPE_CHECKING:  # a run reports one or the other
    from convcalc_cli.commands.audit.report import AuditReport
    from convcalc_cli.commands.check.report import CheckReport
    from convcalc_cli.commands.diff.report import DiffReport

CsvCell = str | float | None

HEADER = (
    "network",
    "name",
    "operation",
    "input_shape",
    "output_shape",
    "weight",
    "bias",
    "params",
    "macs",
    "receptive_field",
)
CHECK_HEADER = ("file", "line", "column", "code", "rule", "level", "subject", "message")
DIFF_HEADER = (
    *("kind", "old_name", "new_name", "what_changed"),
    *("old_params", "new_params", "old_macs", "new_macs"),
)
VERIFIED_HEADER = ("failed_checks", "deviation", "seconds")
"""What `--verify` adds to each row."""

NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?", re.ASCII)
FORMULA = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""How a formula begins, in letters of East Asian width too."""
RISKY = re.compile(rf"{FORMULA}|\s*::")
"""How text begins that a spreadsheet or a CI service would not take for text."""
NEXT_CELL = re.compile(rf"(;[\s\"']*)(?={FORMULA})")
"""Where a formula would begin a cell if the cells were parted by semicolons, as in much of Europe.

Source: https://owasp.org/www-community/attacks/CSV_Injection
"""
QUOTED = re.compile(r"[\",;\r\n]")
PLAIN = re.compile(r"[\w.]*", re.ASCII)


def layer_csv(report: LayerReport) -> str:
    """The layers of every design; the design is their network.

    Raises:
        SpecError: the rows have no place for what was asked.
    """
    if report.explained:
        raise SpecError("{explain} has no place in {format}", explain=True, format="csv")
    possible, run = report.comparison.possible, report.verification
    rows = [(design_title(design), row) for design in possible for row in design.audit.layers]
    checked = [row for each in run.designs for row in each.rows] if run else None
    return _written(rows, checked)


def audit_csv(report: AuditReport) -> str:
    """The layers of every network, those that are wanted."""
    rows: list[tuple[str, LayerFacts]] = []
    checked: list[RowVerification | None] = []
    for network in report.networks:
        chosen = report.view.chosen(network.audit.layers)
        rows += [(network.network.name, row) for row in chosen]
        checked += map(network.checked.get, [row.name for row in chosen])
    return _written(rows, checked if report.verifications else None)


def check_csv(report: CheckReport) -> str:
    """A row for each finding."""
    rows: list[Sequence[CsvCell]] = [CHECK_HEADER]
    for each in report.findings:
        place = each.place[:2] if each.place else (None, None)
        finding = each.finding
        cells = [each.file, *place, each.rule.code, each.rule.name, str(each.level)]
        rows.append([*cells, finding.subject, finding.message])
    return csv_text(rows)


def diff_csv(report: DiffReport) -> str:
    """A row for each layer that changed, as it was and as it is."""
    from convcalc_cli.commands.diff.report import what_changed  # a run reports one thing only

    rows: list[Sequence[CsvCell]] = [DIFF_HEADER]
    for change in report.difference.changes:
        names = [row.name if row else None for row in (change.old, change.new)]
        told = "; ".join(what_changed(change))
        rows.append([change.kind.value, *names, told, *change.params, *change.macs])
    return csv_text(rows)


def _written(
    rows: Sequence[tuple[str, LayerFacts]],
    checked: Sequence[RowVerification | None] | None = None,
) -> str:
    """The header and the rows, and what was seen of each where they were run."""
    if checked is None:
        return csv_text(chain([HEADER], (_cells(*row) for row in rows)))
    cells = (
        (*_cells(*row), *_checked_cells(seen)) for row, seen in zip(rows, checked, strict=True)
    )
    return csv_text(chain([(*HEADER, *VERIFIED_HEADER)], cells))


def _checked_cells(seen: RowVerification | None) -> tuple[CsvCell, ...]:
    """Nothing for a row that there was no memory to run."""
    if seen is None:
        return (None,) * len(VERIFIED_HEADER)
    return " ".join([check.kind for check in seen.failed]), seen.deviation, seen.seconds


def _cells(network: str, row: LayerFacts) -> list[CsvCell]:
    return [
        network,
        row.name,
        row.operation,
        " ".join([csv_sizes(shape) for shape in row.input_shapes]),
        csv_sizes(row.output_shape),
        csv_sizes(row.weights.get("weight", ())),
        csv_sizes(row.weights.get("bias", ())),
        row.params,
        row.macs,
        csv_sizes(row.receptive_field or ()),
    ]


def csv_sizes(shape: Shape) -> str:
    """A shape as one cell."""
    return "x".join(map(str, shape))


def csv_text(rows: Iterable[Iterable[CsvCell]]) -> str:
    """Rows as lines; the header is the first."""
    return "".join([f"{','.join(map(_cell, row))}\n" for row in rows])


def _cell(value: CsvCell) -> str:
    if not isinstance(value, str):
        return "" if value is None else repr(value)
    if PLAIN.fullmatch(value):
        return value
    text = _guarded(value)
    if QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _guarded(value: str) -> str:
    """Text that a spreadsheet would take for a formula becomes text to it."""
    risky = RISKY.match(value) and not NUMBER.fullmatch(value)
    text = printable(NEXT_CELL.sub(r"\1'", value) if ";" in value else value)
    return f"'{text}" if risky else text
