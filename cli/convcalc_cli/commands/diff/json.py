"""What changed from one network to another, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from convcalc.difference.changes import Change
from convcalc.difference.source_rows import RowChange, RowDifference
from convcalc.facts.audit import LayerFacts
from convcalc_cli.commands.diff.report import DiffReport
from convcalc_cli.formats.json import OnOneLine, document_pieces, row_facts
from convcalc_cli.reading.networks import NetworkFile


def diff_json(report: DiffReport) -> Iterator[str]:
    """Both networks, every total before and after, and every layer that changed."""
    old, new = report.difference.output_shapes
    totals = {
        each.total: {
            "old": each.old,
            "new": each.new,
            "change": each.new - each.old,
            "relative": (each.new - each.old) / each.old if each.old else None,
        }
        for each in report.difference.totals
    }
    unknown = report.difference.unknown
    return document_pieces(
        {
            "passed": report.code == 0,
            "old": _side(report.old),
            "new": _side(report.new),
            "output_shape": OnOneLine(old=old, new=new),
            "outputs": _both(report.difference.outputs),
            "totals": {name: OnOneLine(each) for name, each in totals.items()},
            **({"unknown": _both(unknown)} if any(unknown) else {}),
            **_rows(report.rows),
            "unchanged": report.difference.unchanged,
            "changes": map(_change, report.difference.changes),
            "grown": [
                OnOneLine({**each._asdict(), "message": each.message}) for each in report.grown
            ],
        }
    )


def _side(file: NetworkFile) -> OnOneLine:
    network = file.network
    return OnOneLine(
        file=file.file,
        name=network.name,
        input_shape=network.input_shape,
        inputs=dict(network.inputs),
        batch=network.batch,
        dtype=network.dtype,
    )


def _both(pair: tuple[Mapping[str, Any], Mapping[str, Any]]) -> OnOneLine:
    old, new = pair
    return OnOneLine(old=dict(old), new=dict(new))


def _rows(rows: RowDifference | None) -> dict[str, Any]:
    """What changed by the rows of the files, where both have numbered ones."""
    if rows is None:
        return {}
    return {
        "rows": {
            "unchanged": rows.unchanged,
            "renumbered": rows.renumbered,
            "changes": [_row_change(each) for each in rows.changes],
        }
    }


def _row_change(change: RowChange) -> OnOneLine:
    old, new = (
        each and {"number": each.number, "text": each.text} for each in (change.old, change.new)
    )
    return OnOneLine(
        kind=change.kind.value,
        old=old,
        new=new,
        old_params=change.params[0],
        new_params=change.params[1],
        old_macs=change.macs[0],
        new_macs=change.macs[1],
        **({"unknown": sorted(change.unknown)} if change.unknown else {}),
    )


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "parameters": [
            OnOneLine(parameter=name, old=old, new=new) for name, old, new in change.parameters
        ],
        "old": _row(change.old),
        "new": _row(change.new),
    }


def _row(row: LayerFacts | None) -> OnOneLine | None:
    return None if row is None else OnOneLine(row_facts(row))
