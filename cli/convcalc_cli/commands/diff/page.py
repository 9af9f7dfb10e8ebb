"""The page of `convcalc diff`: of two networks, or of all that a revision has otherwise."""

from __future__ import annotations

from convcalc_cli.commands.diff.network_page import network_blocks
from convcalc_cli.commands.diff.tree_page import tree_blocks
from convcalc_cli.commands.diff.tree_report import NetworkChange, TreeReport
from convcalc_cli.page.blocks import Block, Heading, Page, Paragraph, Tone
from convcalc_cli.text import CONVENTION_LINE, name_text, total_text


def diff_pages(report: NetworkChange | TreeReport) -> list[Page]:
    """What was changed, the largest changes first, and what follows from that."""
    if isinstance(report, TreeReport):
        return [tree_blocks(report)]
    found = report.report
    if found is None:
        return [_added(report)]
    title = f"{name_text(found.old.file)} -> {name_text(found.new.file)}"
    blocks: list[Block] = [Heading(title, level=1), *network_blocks(found)]
    grown = [Paragraph(each.message, Tone.BAD) for each in found.grown]
    return [[*blocks, Paragraph(CONVENTION_LINE), *grown]]


def _added(change: NetworkChange) -> list[Block]:
    """The totals of a network that was not there before."""
    now = change.totals[1]
    counts = f"params {total_text(now, 'params')}, MACs {total_text(now, 'macs')}" if now else ""
    peak = f"peak activation {total_text(now, 'peak_activation_bytes')}" if now else ""
    return [
        Heading(name_text(change.file), level=1),
        Paragraph(f"new: {counts}, {peak}"),
        Paragraph(CONVENTION_LINE),
    ]
