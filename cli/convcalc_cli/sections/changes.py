"""What changed from one network to another: the totals before and after, and the layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from convcalc.difference.changes import Change, ChangeKind, Difference, TotalChange
from convcalc.errors import value_text
from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc.values import Shape
from convcalc.wording import counted
from convcalc_cli.page.blocks import (
    NOT_KNOWN,
    UNKNOWN,
    Block,
    Cell,
    Figure,
    Folded,
    Heading,
    LongTable,
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


def edited(of: Difference) -> list[Change]:
    """The layers that were changed, those that cost most or save most before the others."""
    return _largest_first(of, follow=False)


def following(of: Difference) -> list[Change]:
    """The layers that changed because others did, in the same order."""
    return _largest_first(of, follow=True)


def edited_and_following(of: Difference) -> list[Change]:
    """All layers that changed, those that others changed at the end."""
    return [*edited(of), *following(of)]


def _largest_first(of: Difference, *, follow: bool) -> list[Change]:
    found = [each for each in of.changes if (each.kind is ChangeKind.FOLLOWS) == follow]
    return sorted(found, key=lambda change: change.size, reverse=True)


def changed_layers(of: Difference, instead: str = "") -> list[Block]:
    """The layers that changed, and those that changed because others did.

    Args:
        of: the difference.
        instead: how to see the latter and small changes, said where nothing can be folded.
    """
    own, others = edited(of), following(of)
    page: list[Block] = []
    if own:
        shown = SHOWN if instead else len(own)
        page += [Heading(_heading(of)), change_table(own[:shown])]
        if own[shown:]:
            smaller = counted(len(own) - shown, "smaller change")
            page.append(Folded(smaller, change_table(own[shown:]), instead))
    if others:
        verb = "follows" if len(others) == 1 else "follow"
        title = f"{counted(len(others), 'layer')} {verb} from that"
        page.append(Folded(title, change_table(others), instead))
    return page


def _heading(of: Difference) -> str:
    return f"{counted(len(edited(of)), 'layer')} changed, {of.unchanged:,} as before"


def totals_table(of: Difference, *, has_changes: bool) -> Table:
    """The totals before and after, and the shapes that go in and come out."""
    by_name = {each.total: each for each in of.totals}
    rows = [_total(by_name[name], of) for name in MAIN_TOTALS]
    rows += _outputs(*of.outputs)
    old, new = of.old.network, of.new.network
    if old.inputs != new.inputs:
        rows += _shapes("input", old.inputs, new.inputs)
    for name in ("batch", "dtype"):
        one, other = getattr(old, name), getattr(new, name)
        if one != other:
            rows.append(Row([name, str(one), str(other), "changed", None]))
    notes = [] if has_changes else ["no layer changed"]
    notes += [NOT_KNOWN] if any(of.unknown) else []
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


def change_table(changes: Sequence[Change]) -> LongTable:
    """Layers before and after."""
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


def what_changed(change: Change) -> Iterator[str]:
    """The parts of a layer that changed, each with its old and its new value."""
    old, new = change.old, change.new
    if old is None or new is None:
        row = old or new
        if row is not None:
            yield f"{change.kind.value} {row.operation}"
        return
    if change.kind is ChangeKind.RENAMED:
        yield f"renamed from {old.name}"
        return
    if old.operation != new.operation:
        yield f"{old.operation} -> {new.operation}"
    for name, was, now in change.parameters:
        yield f"{name} {value_text(was)} -> {value_text(now)}"
    if old.output_shape != new.output_shape:
        yield f"output {old.output_shape} -> {new.output_shape}"
    weights = (old.weights.get("weight"), new.weights.get("weight"))
    if not change.parameters and weights[0] != weights[1] and None not in weights:
        yield f"weight {old.weights.get('weight')} -> {new.weights.get('weight')}"
