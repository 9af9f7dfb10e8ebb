"""Two networks as a page: totals before and after, what was edited, the layers that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convcalc.difference.changes import Change, Difference, TotalChange
from convcalc.difference.edits import ABSENT
from convcalc.difference.source_rows import RowDifference
from convcalc.errors import shortened
from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc.language.problems import value_written
from convcalc.values import Shape
from convcalc.wording import counted
from convcalc_cli.commands.diff.report import DiffReport, PlacedEdit, what_changed
from convcalc_cli.commands.diff.row_page import row_blocks
from convcalc_cli.formats.yaml_text import flow
from convcalc_cli.page.blocks import (
    NOT_KNOWN,
    UNKNOWN,
    Block,
    Cell,
    Figure,
    Fold,
    Folded,
    Heading,
    LongTable,
    Row,
    Table,
    Tone,
)
from convcalc_cli.reading.locations import location_text
from convcalc_cli.text import (
    bytes_text,
    change_text,
    count_text,
    gain_text,
    name_text,
    printable,
    shape_text,
    total_text,
)

SHOWN = 10
"""The changes that are seen at once where the others are folded."""

WHAT = "what changed"
EDIT_TITLES = ("edited", WHAT, "at")
CHANGE_TITLES = ("layer", WHAT, "params", "params change", "MACs", "MACs change")
OPTIONAL = ("params", "MACs")


def network_blocks(report: DiffReport, *, with_totals: bool = True) -> list[Block]:
    """What was edited, the largest changes, and what follows from them.

    Args:
        report: the two networks.
        with_totals: whether the totals before and after come first.
    """
    page: list[Block] = [_totals(report)] if with_totals else []
    if report.edits:
        page.append(LongTable(EDIT_TITLES, list(map(_edit, report.edits)), below=WHAT))
    rows = report.rows
    return [*page, *(_layers(report) if rows is None else _rows_and_layers(report, rows))]


def _edit(placed: PlacedEdit) -> list[Cell]:
    """What became of a value, and where."""
    edit = placed.edit
    what = f"{_value(edit.old)} -> {_value(edit.new)}"
    if edit.old is ABSENT:
        what = f"added {_value(edit.new)}"
    elif edit.new is ABSENT:
        what = f"removed {_value(edit.old)}"
    place = location_text(placed.file, placed.place)
    return [printable(shortened(edit.title)), printable(what), place]


def _value(value: Any) -> str:
    """A value as a file has it, or the beginning of one that is long."""
    return value_written(value) if not isinstance(value, dict) else shortened(flow(value))


def _layers(report: DiffReport) -> list[Block]:
    """The layers that changed, and those that changed because others did."""
    edited, following = report.edited, report.following
    page: list[Block] = []
    if edited:
        smaller = counted(len(edited) - SHOWN, "smaller change")
        fold = Fold(SHOWN, smaller) if edited[SHOWN:] else None
        page += [Heading(_heading(report)), _changes(edited)._replace(fold=fold)]
    if following:
        verb = "follows" if len(following) == 1 else "follow"
        title = f"{counted(len(following), 'layer')} {verb} from that"
        instead = "" if report.every_layer else "--all lists them"
        page.append(Folded(title, _changes(following), instead))
    return page


def _rows_and_layers(report: DiffReport, rows: RowDifference) -> list[Block]:
    """The rows of the files that changed; the layers in them are folded."""
    if not rows.changes:
        return _layers(report)
    page = row_blocks(rows, every=report.every_layer)
    changes = [*report.edited, *report.following]
    if report.every_layer:
        page += _layers(report)
    elif changes:
        title = f"{counted(len(changes), 'layer')} of these rows changed"
        page.append(Folded(title, _changes(changes), "--all lists every layer"))
    return page


def _heading(report: DiffReport) -> str:
    changed = counted(len(report.edited), "layer")
    return f"{changed} changed, {report.difference.unchanged:,} as before"


def _totals(report: DiffReport) -> Table:
    by_name = {each.total: each for each in report.difference.totals}
    rows = [_total(by_name[name], report.difference) for name in MAIN_TOTALS]
    rows += _outputs(*report.difference.outputs)
    old, new = report.old.network, report.new.network
    if old.inputs != new.inputs:
        rows += _shapes("input", old.inputs, new.inputs)
    for name in ("batch", "dtype"):
        one, other = getattr(old, name), getattr(new, name)
        if one != other:
            rows.append(Row([name, str(one), str(other), "changed", None]))
    changed = report.difference.changes or (report.rows and report.rows.changes)
    notes = [] if changed else ["no layer changed"]
    notes += [NOT_KNOWN] if any(report.difference.unknown) else []
    return Table(("total", "before", "after", "change", "in percent"), rows, notes=notes)


def _outputs(old: Mapping[str, Shape], new: Mapping[str, Shape]) -> Iterator[Row]:
    """The one output, whatever its name, or each of several."""
    if len(old) == len(new) == 1:
        yield _shape("output", *old.values(), *new.values())
    else:
        yield from _shapes("output", old, new)


def _shapes(what: str, old: Mapping[str, Shape], new: Mapping[str, Shape]) -> Iterator[Row]:
    for name in {**old, **new}:
        title = what if name == what else f"{what} {name_text(name)}"
        yield _shape(title, old.get(name), new.get(name))


def _shape(title: str, old: Shape | None, new: Shape | None) -> Row:
    texts = [None if shape is None else shape_text(shape) for shape in (old, new)]
    verdict = "as before" if old == new else "changed"
    if old is None or new is None:
        verdict = "added" if old is None else "removed"
    return Row([title, *texts, verdict, None])


def _total(change: TotalChange, of: Difference) -> Row:
    """A total before and after; the gain is not known if other rows are unknown than before."""
    key, total = change.total, TOTALS[change.total]
    sides = (of.old.facts.totals, of.new.facts.totals)
    figures = [Figure(total_text(each, key)) for each in sides]
    if sides[0].unknown_of(key) != sides[1].unknown_of(key):
        return Row([total.title, *figures, UNKNOWN, UNKNOWN])
    text = bytes_text if total.is_bytes else count_text
    tone = _tone(change.new - change.old)
    gain = Figure(gain_text(change.old, change.new, text), tone=tone)
    return Row(
        [total.title, *figures, gain, Figure(change_text(change.old, change.new), tone=tone)]
    )


def _tone(gain: int) -> Tone | None:
    """Growth in red, savings in green."""
    return None if gain == 0 else Tone.BAD if gain > 0 else Tone.GOOD


def _changes(changes: Sequence[Change]) -> LongTable:
    rows = [_change(change) for change in changes]
    return LongTable(CHANGE_TITLES, rows, OPTIONAL, below=WHAT)


def _change(change: Change) -> list[Cell]:
    row = change.new or change.old
    name = name_text(row.name) if row else ""
    what = printable("; ".join(what_changed(change)))
    # As in all tables, a layer without parameters shows none rather than 0.
    params = change.params if any(change.params) else (None, None)
    known = [_known(change, figure) for figure in ("params", "macs")]
    return [name, what, *_counted(params, known[0]), *_counted(change.macs, known[1])]


def _known(change: Change, figure: str) -> tuple[bool, bool]:
    """Whether a figure was known before, and is now."""
    old, new = (row is None or figure not in row.unknown for row in (change.old, change.new))
    return old, new


def _counted(counts: tuple[int | None, int | None], known: tuple[bool, bool]) -> list[Cell]:
    """What it is now, and what it has gained."""
    old, new = counts
    if not all(known):
        return [new if known[1] else UNKNOWN, UNKNOWN]
    if old is None and new is None:
        return [None, None]
    gain = (new or 0) - (old or 0)
    return [new, Figure(gain_text(old or 0, new or 0), gain, _tone(gain))]
