"""What changed from one network to another, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from convcalc.difference.changes import Change
from convcalc.difference.edits import ABSENT
from convcalc.difference.source_rows import RowChange, RowDifference
from convcalc.facts.audit import LayerFacts
from convcalc.facts.totals import TOTALS, Totals
from convcalc_cli.commands.diff.report import PlacedEdit
from convcalc_cli.commands.diff.tree_report import NetworkChange, Status, TreeReport
from convcalc_cli.formats.json import OnOneLine, document_pieces, row_facts
from convcalc_cli.reading.networks import NetworkFile


def diff_json(report: NetworkChange | TreeReport) -> Iterator[str]:
    """Both networks, every total before and after, and every layer that changed."""
    if isinstance(report, TreeReport):
        return tree_json(report)
    return document_pieces({"passed": report.code == 0, **network_json(report)})


def tree_json(report: TreeReport) -> Iterator[str]:
    """Every network that a revision has otherwise."""
    counts = Counter(each.status for each in report.changes)
    summary = {str(status): counts[status] for status in Status}
    return document_pieces(
        {
            "passed": report.code == 0,
            "revision": report.revision,
            "summary": OnOneLine(networks=len(report.changes), same_files=report.same, **summary),
            "networks": map(_of_tree, report.changes),
            "errors": [
                OnOneLine({"code": each.code, **each.error._asdict()}) for each in report.errors
            ],
        }
    )


def _of_tree(change: NetworkChange) -> dict[str, Any]:
    return {
        "file": change.file,
        "old_file": change.old_file or None,
        **network_json(change),
    }


def network_json(change: NetworkChange) -> dict[str, Any]:
    """What became of a network; what needs both sides is only there where there are both."""
    sides = {
        "status": str(change.status),
        "old": change.old and _side(change.old),
        "new": change.new and _side(change.new),
    }
    found = change.report
    if found is None:
        return {**sides, "totals": _totals(*change.totals)}
    old, new = found.difference.output_shapes
    unknown = found.difference.unknown
    return {
        **sides,
        "output_shape": OnOneLine(old=old, new=new),
        "outputs": _both(found.difference.outputs),
        "totals": _totals(*change.totals),
        **({"unknown": _both(unknown)} if any(unknown) else {}),
        "edits": [_edit(each) for each in found.edits],
        **_rows(found.rows),
        "unchanged": found.difference.unchanged,
        "changes": map(_change, found.difference.changes),
        "grown": [OnOneLine({**each._asdict(), "message": each.message}) for each in found.grown],
    }


def _totals(old: Totals | None, new: Totals | None) -> dict[str, OnOneLine]:
    """Each total before and after; null on the side where there is no network."""
    found = {}
    for name in TOTALS:
        was, now = (None if each is None else getattr(each, name) for each in (old, new))
        change = None if was is None or now is None else now - was
        relative = None if change is None or not was else change / was
        found[name] = OnOneLine(old=was, new=now, change=change, relative=relative)
    return found


def _edit(placed: PlacedEdit) -> OnOneLine:
    """An edit; null for what is not there."""
    edit, place = placed.edit, placed.place
    old, new = (None if each is ABSENT else each for each in (edit.old, edit.new))
    kind = "added" if edit.old is ABSENT else "removed" if edit.new is ABSENT else "changed"
    return OnOneLine(
        kind=kind,
        path=edit.path,
        old=old,
        new=new,
        file=placed.file,
        line=place.line if place else None,
        column=place.column if place else None,
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
