"""CSV for spreadsheets: rows of layers, and text that cannot become a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from convcalc.facts.audit import LayerFacts
from convcalc.reference.results import RowVerification
from convcalc_cli.text import printable

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
    "receptive_field_step",
    "receptive_field_offset",
    "alive_bytes",
    "weight_bytes",
    "weights_of",
    "unknown",
    "training",
    "title",
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


def layers_csv(
    rows: Sequence[tuple[str, LayerFacts]],
    checked: Sequence[RowVerification | None] | None = None,
    more: Mapping[str, Sequence[CsvCell]] | None = None,
) -> str:
    """The header and the rows, what was seen of each where they were run, and more columns."""
    columns = dict(more or {})
    header = (*HEADER, *(VERIFIED_HEADER if checked is not None else ()), *columns)
    nothing: Sequence[tuple[()]] = [()] * len(rows)
    seen = nothing if checked is None else map(_checked_cells, checked)
    others = zip(*columns.values(), strict=True) if columns else nothing
    every = zip(rows, seen, others, strict=True)
    cells = ((*_cells(*row), *run, *figures) for row, run, figures in every)
    return csv_text(chain([header], cells))


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
        csv_sizes(row.receptive_field_step or ()),
        csv_sizes(row.receptive_field_offset or ()),
        row.alive_bytes,
        row.weight_bytes,
        row.weights_of,
        " ".join(row.unknown),
        "true" if row.training else "",
        row.title,
    ]


def csv_sizes(shape: Sequence[float]) -> str:
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
