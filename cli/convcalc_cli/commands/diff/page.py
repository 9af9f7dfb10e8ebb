"""The page of `convcalc diff`: the totals before and after, and the layers that changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.difference.changes import Change, Difference, TotalChange
from convcalc.facts.audit import CONVENTION
from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc.wording import counted
from convcalc_cli.commands.diff.report import DiffReport, what_changed
from convcalc_cli.page.blocks import (
    UNKNOWN,
    Block,
    Cell,
    Figure,
    Fold,
    Folded,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Row,
    Table,
    Tone,
)
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
CHANGE_TITLES = ("layer", WHAT, "params", "params change", "MACs", "MACs change")
OPTIONAL = ("params", "MACs")


def diff_pages(report: DiffReport) -> list[Page]:
    """What was changed, the largest changes first, and what follows from that."""
    edited, following = report.edited, report.following
    page: list[Block] = [
        Heading(f"{name_text(report.old.file)} -> {name_text(report.new.file)}", level=1),
        _totals(report),
    ]
    if edited:
        smaller = counted(len(edited) - SHOWN, "smaller change")
        fold = Fold(SHOWN, smaller) if edited[SHOWN:] else None
        page += [Heading(_heading(report)), _changes(edited)._replace(fold=fold)]
    if following:
        verb = "follows" if len(following) == 1 else "follow"
        title = f"{counted(len(following), 'layer')} {verb} from that"
        page.append(Folded(title, _changes(following)))
    page.append(Paragraph(f"MACs: {CONVENTION}."))
    return [[*page, *[Paragraph(each.message, Tone.BAD) for each in report.grown]]]


def _heading(report: DiffReport) -> str:
    changed = counted(len(report.edited), "layer")
    return f"{changed} changed, {report.difference.unchanged:,} as before"


def _totals(report: DiffReport) -> Table:
    by_name = {each.total: each for each in report.difference.totals}
    old, new = report.difference.output_shapes
    same = "as before" if old == new else "changed"
    rows = [_total(by_name[name], report.difference) for name in MAIN_TOTALS]
    rows.append(Row(["output", shape_text(old), shape_text(new), same, None]))
    for name in ("input_shape", "batch", "dtype"):
        one, other = (getattr(each.network, name) for each in (report.old, report.new))
        if one != other:
            rows.append(Row([name.replace("_shape", ""), str(one), str(other), "changed", None]))
    rows += _inputs(report)
    notes = [] if report.difference.changes else ["no layer changed"]
    return Table(("total", "before", "after", "change", "in percent"), rows, notes=notes)


def _inputs(report: DiffReport) -> Iterator[Row]:
    """The inputs that changed, where there are several."""
    old, new = (each.network.inputs for each in (report.old, report.new))
    if len(old) == len(new) == 1:
        return
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            shapes = [shape_text(each[name]) if name in each else "-" for each in (old, new)]
            yield Row([f"input {name_text(name)}", *shapes, "changed", None])


def _total(change: TotalChange, difference: Difference) -> Row:
    total = TOTALS[change.total]
    text = bytes_text if total.is_bytes else count_text
    before = Figure(total_text(difference.old.facts.totals, change.total))
    after = Figure(total_text(difference.new.facts.totals, change.total))
    gain = Figure(gain_text(change.old, change.new, text))
    return Row([total.title, before, after, gain, Figure(change_text(change.old, change.new))])


def _changes(changes: Sequence[Change]) -> LongTable:
    rows = [_change(change) for change in changes]
    return LongTable(CHANGE_TITLES, rows, OPTIONAL, below=WHAT)


def _change(change: Change) -> list[Cell]:
    row = change.new or change.old
    name = name_text(row.name) if row else ""
    what = printable("; ".join(what_changed(change)))
    # As in all tables, a layer without parameters shows none rather than 0.
    params = change.params if any(change.params) else (None, None)
    return [name, what, *_cells(change, "params", params), *_cells(change, "macs", change.macs)]


def _cells(change: Change, figure: str, counts: tuple[int | None, int | None]) -> list[Cell]:
    """A figure and its gain; a question mark for what is not known."""
    if not change.is_unknown(figure):
        return _counted(counts)
    is_known = change.new is None or figure not in change.new.unknown
    return [counts[1] if is_known else UNKNOWN, UNKNOWN]


def _counted(counts: tuple[int | None, int | None]) -> list[Cell]:
    """What it is now, and what it has gained."""
    old, new = counts
    if old is None and new is None:
        return [None, None]
    gain = (new or 0) - (old or 0)
    return [new, Figure(gain_text(old or 0, new or 0), gain)]
