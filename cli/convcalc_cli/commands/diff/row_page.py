"""What changed by the rows of model files, for the page of `convcalc diff`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from convcalc.difference.source_rows import RowChange, RowChangeKind, RowDifference
from convcalc.wording import counted
from convcalc_cli.page.blocks import UNKNOWN, Block, Cell, Figure, Heading, LongTable, Paragraph
from convcalc_cli.text import gain_text, printable

WHAT = "what changed"
TITLES = ("row", WHAT, "params change", "MACs change")
LONGEST = 160
"""Characters of a row that are shown."""
LONGEST_RUN = 12
"""Rows added, or removed, one behind the other that have a line each."""


def row_blocks(found: RowDifference, *, every: bool = False) -> list[Block]:
    """How many rows changed in which way, those rows, and those that follow.

    Args:
        found: what changed.
        every: whether long runs of rows that were added or removed have a line for each.
    """
    listed = [each for each in found.changes if each.kind is not RowChangeKind.FOLLOWS]
    following = [each for each in found.changes if each.kind is RowChangeKind.FOLLOWS]
    blocks: list[Block] = [Heading(_heading(found, following))]
    if listed:
        rows = [line for run in _runs(listed) for line in _lines(run, every=every)]
        blocks.append(LongTable(TITLES, rows, below=WHAT))
    if following:
        verb = "has" if len(following) == 1 else "have"
        kinds = f"{counted(len(following), 'row')} as before {verb} other inputs"
        numbers = ", ".join([str(each.new.number) for each in following if each.new])
        blocks.append(Paragraph(f"{kinds} ({numbers}){_gains(following)}."))
    return blocks


def _heading(rows: RowDifference, following: Sequence[RowChange]) -> str:
    """Such as: 6 rows added, 1 changed, 22 as before (7 of them with another number)."""
    parts = []
    for kind in RowChangeKind:
        number = sum(each.kind is kind for each in rows.changes)
        if number and kind is not RowChangeKind.FOLLOWS:
            parts.append(f"{number:,} {kind.value}")
    before = f"{rows.unchanged + len(following):,} as before"
    if rows.renumbered:
        before += f" ({rows.renumbered:,} with another number)"
    return f"Rows: {', '.join([*parts, before])}"


def _runs(changes: Sequence[RowChange]) -> Iterator[list[RowChange]]:
    """Rows that were added, or removed, one behind the other; others alone."""
    for kind, run in groupby(changes, key=lambda change: change.kind):
        if kind in (RowChangeKind.ADDED, RowChangeKind.REMOVED):
            yield list(run)
        else:
            yield from [[change] for change in run]


def _lines(run: Sequence[RowChange], *, every: bool) -> Iterator[list[Cell]]:
    if every or len(run) <= LONGEST_RUN:
        yield from map(_row, run)
        return
    rows = [each.new or each.old for each in run]
    numbers = [row.number for row in rows if row]
    kinds = Counter(row.kind for row in rows if row).most_common()
    names = ", ".join([f"{kind} x {number:,}" for kind, number in kinds])
    what = printable(f"{run[0].kind.value} {len(run):,} rows: {names}")
    yield [f"{numbers[0]}..{numbers[-1]}", what, *_gain_cells(run)]


def _row(change: RowChange) -> list[Cell]:
    texts = list(_texts(change))
    number = "" if change.new is None else str(change.new.number)
    if change.old is not None and change.new is None:
        number = str(change.old.number)
    elif change.old is not None and change.new and change.old.number != change.new.number:
        number = f"{change.old.number} -> {change.new.number}"
    return [number, printable(" ".join(texts)), *_gain_cells([change])]


def _texts(change: RowChange) -> Iterator[str]:
    """What became of a row, and how it is written."""
    yield change.kind.value
    old, new = (each and each.text for each in (change.old, change.new))
    if old is None or new is None:
        yield _cut(str(old or new))
    elif change.kind is RowChangeKind.MOVED:
        yield _cut(new)
    elif old == new:
        yield f"{_cut(new)}: {_why(change)}"
    else:
        yield _both(old, new)


def _why(change: RowChange) -> str:
    """How a row differs that is written as before."""
    should, now = [", ".join(map(str, side)) for side in change.reads]
    if should or now:
        return f"reads {now}, which was {should}"
    return "other parameters, by nc, the scale or another key of the file"


def _both(old: str, new: str) -> str:
    """A row before and after; of options those that differ.

    >>> _both("[yolo] classes=80 num=6", "[yolo] classes=3 num=6")
    '[yolo] classes=80 -> classes=3'
    """
    (kind, *was), (kind_now, *now) = old.split(" "), new.split(" ")
    if kind != kind_now or not all("=" in each for each in [*was, *now]):
        return f"{_cut(old)} -> {_cut(new)}"
    gone = [each for each in was if each not in now]
    come = [each for each in now if each not in was]
    return f"{kind} {_cut(' '.join(gone)) or '-'} -> {_cut(' '.join(come)) or '-'}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _gain_cells(changes: Sequence[RowChange]) -> Iterator[Cell]:
    """What rows have gained in params and MACs; nothing where there are none."""
    for name in ("params", "macs"):
        if any(name in each.unknown for each in changes):
            yield UNKNOWN
            continue
        old, new = (sum(side) for side in zip(*[getattr(c, name) for c in changes], strict=True))
        yield Figure(gain_text(old, new), new - old) if old or new else None


def _gains(changes: Sequence[RowChange]) -> str:
    sums = [
        ("params", [each.params for each in changes]),
        ("MACs", [each.macs for each in changes]),
    ]
    texts = []
    for name, pairs in sums:
        old, new = (sum(side) for side in zip(*pairs, strict=True))
        texts += [f"{gain_text(old, new)} {name}"] if old != new else []
    return f": {', '.join(texts)}" if texts else ""
