"""What other tools would print, as part of a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcalc_cli.others.comparer import Compared, Found
from convcalc_cli.page.blocks import Block, Cell, Figure, Heading, LongTable, Paragraph, Row, Table
from convcalc_cli.text import gain_text, total_text

if TYPE_CHECKING:
    from convcalc.others.figures import Other
    from convcalc.others.which import Match

OURS = "convcalc"
DIFFERENCE = "difference by cause"


def others_section(compared: Compared) -> list[Block]:
    """What was asked for of other tools."""
    blocks: list[Block] = []
    if len(compared.others) == 1:
        blocks += [Heading("What another tool prints"), *_one(compared)]
    elif compared.others:
        blocks += [Heading("What other tools print"), *_several(compared)]
    if compared.found is not None:
        blocks += _which(compared.found)
    return blocks


def _one(compared: Compared) -> Iterator[Block]:
    """The figure of a tool, ours, and what makes the difference."""
    (other,), (where,) = compared.others, compared.causes
    if other.total is None:
        yield Paragraph(f"{_title(other)} {_no_total(other)}.")
    else:
        rows = [
            Row([f"{_title(other)} prints", other.total, other.printed]),
            Row([OURS, _ours(compared), "MACs"]),
        ]
        if other.macs is not None:
            rows.insert(1, Row(["its MACs", other.macs, ""]))
        for cause, amount in other.causes:
            counts = where.get(cause, {}).items()
            words = ", ".join([f"{count:,} {word}" for word, count in counts])
            rows.append(Row([f"  {cause}", Figure(gain_text(0, amount)), words]))
        yield Table(("", other.counted, ""), rows)
    yield Paragraph(_assumed(other))


def _several(compared: Compared) -> Iterator[Block]:
    """A row for each tool."""
    ours: list[Cell] = [OURS, "MACs", _ours(compared), "", ""]
    rows = [ours, *[_cells(other) for other in compared.others]]
    titles = ("tool", "its word", "total", "as printed", DIFFERENCE)
    yield LongTable(titles, rows, ("as printed", "its word"), below=DIFFERENCE)
    yield Paragraph(_assumed(compared.others[0]._replace(note="")))


def _ours(compared: Compared) -> Figure:
    """The MACs of the network; at least so many where some are not known."""
    return Figure(total_text(compared.totals, "macs"))


def _cells(other: Other) -> list[Cell]:
    title, word = _title(other), other.counted
    if other.total is None:
        return [title, word, None, other.printed or "", _no_total(other)]
    amounts: dict[str, int] = {}
    for cause, amount in other.causes:
        short = cause.partition(", counted")[0]
        amounts[short] = amounts.get(short, 0) + amount
    causes = [f"{cause} {gain_text(0, amount)}" for cause, amount in amounts.items()]
    printed = other.printed or ""
    if other.macs is not None:
        printed += f", MACs {other.macs:,}"
    return [title, word, other.total, printed, "; ".join(causes) or "none"]


def _title(other: Other) -> str:
    return f"{other.tool.partition('@')[0]} {other.version}"


def _no_total(other: Other) -> str:
    if other.sizes is None:
        return f"has no figure: {other.error}"
    sizes = [
        f"{name.replace('_', '/')} {size / 2**20:.2f} MB" for name, size in other.sizes.items()
    ]
    return f"counts no operations, only sizes: {', '.join(sizes)}"


def _assumed(other: Other) -> str:
    note = f"; {other.note}" if other.note else ""
    return f"Assumed, unless the network says otherwise with as: {other.assumes}{note}."


def _which(found: Found) -> list[Block]:
    """The figures that read like the number."""
    blocks: list[Block] = [Heading(f"Which tool prints {found.number}")]
    titles = ("tool", "its word", "total", "how")
    if found.matches:
        blocks.append(LongTable(titles, [_match(each) for each in found.matches]))
    elif found.nearest is None:
        blocks.append(Paragraph("No figure of this network is known."))
    else:
        text = f"No tool prints {found.number} for this network; the nearest figure:"
        blocks += [Paragraph(text), LongTable(titles[:3], [_match(found.nearest)[:3]])]
    by_reason: dict[str, list[str]] = {}
    for tool, reason in found.unknown.items():
        by_reason.setdefault(reason, []).append(tool)
    blocks += [
        Paragraph(f"Without a figure: {', '.join(tools)}; {reason}.")
        for reason, tools in by_reason.items()
    ]
    return blocks


def _match(match: Match) -> list[Cell]:
    name = match.tool.partition("@")[0]
    tool = name if match.version is None else f"{name} {match.version}"
    return [tool, match.word, match.total, match.rounding]
