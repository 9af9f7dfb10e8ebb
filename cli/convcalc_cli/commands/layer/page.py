"""The page of `convcalc layer`: the facts, the designs side by side, the convention."""

from __future__ import annotations

from convcalc_cli.commands.layer.explanation import explanation
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.flags.values import with_value
from convcalc_cli.page.blocks import (
    Block,
    Facts,
    Heading,
    Page,
    Paragraph,
)
from convcalc_cli.sections.designs import designs_table, layer_facts
from convcalc_cli.sections.pytorch import pytorch_text
from convcalc_cli.text import CONVENTION_LINE
from convcalc_cli.verification.section import layer_section, verdict


def layer_pages(report: LayerReport) -> list[Page]:
    """All there is to say of one layer."""
    comparison, run = report.comparison, report.verification
    page: list[Block] = [
        Heading(pytorch_text(comparison.layer.operation, comparison.network.input_shape), level=1),
        Facts(layer_facts(comparison, _input_remark(report))),
        designs_table(comparison, with_value, run),
    ]
    if report.explained:
        page += explanation(comparison)
    if run:
        page += layer_section(comparison, run)
    page += _others(report)
    page.append(Paragraph(CONVENTION_LINE))
    if run:
        page.append(verdict(run.designs, run.equivalences))
    return [page]


def _input_remark(report: LayerReport) -> str:
    batch = report.comparison.network.batch
    remarks = [f"batch {batch:,}"] if batch > 1 else []
    if report.defaults:
        used = ", ".join([with_value(name, value) for name, value in report.defaults.items()])
        remarks.append(f"defaults used: {used}")
    return "; ".join(remarks)


def _others(report: LayerReport) -> list[Block]:
    """What other tools would print, if that was asked for."""
    if report.compared is None:
        return []
    from convcalc_cli.others.section import others_section

    return others_section(report.compared)
