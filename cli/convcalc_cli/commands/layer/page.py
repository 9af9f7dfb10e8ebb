"""The page of `convcalc layer`: the facts, the designs side by side, the convention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcalc.redesign.of_layer import Comparison
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

if TYPE_CHECKING:  # only a run on real arrays has it
    from convcalc.reference.results import LayerVerification


def layer_pages(report: LayerReport) -> list[Page]:
    """All there is to say of one layer."""
    comparison, run = report.comparison, report.verification
    page: list[Block] = [
        Heading(pytorch_text(comparison.layer.operation, comparison.network.input_shape), level=1),
        Facts(layer_facts(comparison, _input_remark(report))),
        designs_table(comparison, with_value, run),
    ]
    if report.explained:
        page += _explanation(comparison)
    if run:
        page += _run(comparison, run)
    page += _others(report)
    page.append(Paragraph(CONVENTION_LINE))
    if run:
        page.append(_verdict(run))
    return [page]


def _explanation(comparison: Comparison) -> list[Block]:
    from convcalc_cli.commands.layer.explanation import explanation  # most runs have none

    return explanation(comparison)


def _run(comparison: Comparison, run: LayerVerification) -> list[Block]:
    from convcalc_cli.verification.section import layer_section  # most layers are not run

    return layer_section(comparison, run)


def _verdict(run: LayerVerification) -> Block:
    from convcalc_cli.verification.section import verdict

    return verdict(run.designs, run.equivalences)


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
