"""The layers of a network as a table: a tree, a list, or all of them in all columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.facts.tree import Node, TreeRow, fitting_depth, folded, shown, tree
from convcalc_cli.page.blocks import NOT_KNOWN, Branch, Cell, Figure, LongTable
from convcalc_cli.sections.audit import folding
from convcalc_cli.sections.audit.audited import Audited
from convcalc_cli.sections.audit.columns import (
    COLUMNS,
    LEFT_OUT,
    LUXURY,
    PEAK,
    USUAL,
    Context,
)
from convcalc_cli.sections.audit.view import AuditView
from convcalc_cli.text import alike_bytes, name_text

LINES = 50
"""Lines of a tree that are read at a glance; it is cut to a depth at which it has no more."""
NAME = 16
"""Characters of a name that are shown before a column is left out."""

LONG_NAME = 60
"""Characters of a name from which it is too long for a note below the table."""

Line = tuple[int, Node]
"""A node, and its level from 0 on."""


def layer_table(audited: Audited, view: AuditView) -> LongTable:
    """The rows that are wanted: blocks with what is in them, equal rounds as one."""
    lines, notes = _lines(audited, view)
    in_memory = [node.alive_bytes or 0 for _, node in lines]
    context = Context(audited.facts.totals, alike_bytes(in_memory))
    keys = view.columns or USUAL
    table = table_of(audited, lines, keys, context)
    if view.columns:
        extra: Sequence[str] = ()
        optional: Sequence[str] = [title for title in reversed(table.titles[1:]) for _ in (1, 2)]
    else:
        extra = LUXURY
        optional = (*table.optional, *LEFT_OUT)
    return table._replace(
        optional=optional,
        extra=extra,
        room=NAME,
        notes=[*table.notes, *notes],
        advice="--columns, or a wider terminal" if view.has_flags else "",
    )


def _legends(table: LongTable, peak: str) -> dict[str, str]:
    """What the mark of the peak means, if a row has it."""
    title = COLUMNS["alive"].title
    if title not in table.titles:
        return {}
    at = table.titles.index(title)
    found = [row[at] for row in table.rows]
    marked = any(isinstance(cell, Figure) and cell.tone for cell in found)
    name = name_text(peak)
    where = f", while {name} runs" if len(name) <= LONG_NAME else ""  # the totals name it too
    return {title: f"{PEAK} the peak{where}"} if marked else {}


def table_of(
    audited: Audited, lines: Sequence[Line], keys: Sequence[str], context: Context
) -> LongTable:
    """Lines in some of the columns, and those of the verification if there is one."""
    titles = ["layer", *[COLUMNS[key].title for key in keys]]
    rows: list[list[Cell]] = [
        [_name(level, node), *[COLUMNS[key].cell(node, context) for key in keys]]
        for level, node in lines
    ]
    table = LongTable(titles, rows)
    if audited.verification:
        table = _with_checks(table, audited, lines)
    return table._replace(
        notes=[*table.notes, *_meanings(audited)],
        legends=_legends(table, audited.facts.totals.peak_layer),
    )


def _with_checks(table: LongTable, audited: Audited, lines: Sequence[Line]) -> LongTable:
    """The table with what running each row has shown, and the columns that may be left out."""
    from convcalc_cli.verification.section import NOTE, OPTIONAL, TITLES, cells

    checked = audited.checked
    rows = []
    for (_, node), row in zip(lines, table.rows, strict=True):
        names = [each.facts.name for each in node.rows]
        rows.append([*row, *cells([checked[name] for name in names if name in checked])])
    return LongTable([*table.titles, *TITLES], rows, OPTIONAL, [NOTE])


def _name(level: int, node: Node) -> Cell:
    times = f" x {node.times:,}" if node.times > 1 else ""
    return Branch(f"{node.label}{times}", level, bool(node.children))


def _rows(audited: Audited) -> list[TreeRow]:
    return list(map(TreeRow, audited.facts.rows, audited.facts.layers))


def _meanings(audited: Audited) -> Iterator[str]:
    """What is to be said of the rows."""
    rows = audited.facts.layers
    if any(row.unknown for row in rows):
        yield NOT_KNOWN
    if any(row.training for row in rows):
        yield "training: only runs in training, without MACs or activation memory"


def _lines(audited: Audited, view: AuditView) -> tuple[list[Line], list[str]]:
    """The lines of the table, and what is to be said of them."""
    if not view.is_list:
        return _cut(_tree(audited, view), view)
    nodes = _list(audited, view)
    notes = []
    if any(len(node.rows) > 1 for node in nodes):
        notes.append("NAME.1-3 stands for three equal rounds; --all lists each")
    left_out = len(audited.facts.layers) - sum(len(node.rows) for node in nodes)
    if left_out:
        notes.append(f"{left_out:,} more rows")
    return [(0, node) for node in nodes], notes


def _tree(audited: Audited, view: AuditView) -> Sequence[Node]:
    nodes = tree(audited.facts.rows, audited.facts.layers)
    return nodes if view.unfolded else folded(nodes)


def _list(audited: Audited, view: AuditView) -> Sequence[Node]:
    rows = _rows(audited)
    if view.sort is not None or view.top is not None:
        by_name = {row.facts.name: row for row in rows}
        return folding.unfolded([by_name[row.name] for row in view.chosen(audited.facts.layers)])
    if len(rows) <= folding.LONG or view.unfolded:
        return folding.unfolded(rows)
    return folding.folded(rows)


def _cut(nodes: Sequence[Node], view: AuditView) -> tuple[list[Line], list[str]]:
    """The lines down to a depth, and what is to be said of them."""
    deepest = 1 + max((level for level, _ in shown(nodes)), default=0)
    depth = view.depth or (deepest if view.unfolded else fitting_depth(nodes, LINES))
    lines = list(shown(nodes, depth))
    notes = []
    if any(node.times > 1 for _, node in lines):
        more = _more("--all lists each", view)
        notes.append(f"x N: N equal rounds, their figures added up{more}")
    if depth < deepest:
        more = _more(f"--depth {depth + 1} shows more, --all each row", view)
        notes.append(f"depth {depth} of {deepest}{more}")
    return lines, notes


def _more(flags: str, view: AuditView) -> str:
    """Which flags show more, where there are flags."""
    return f"; {flags}" if view.has_flags else ""
