"""The page of `convcalc layer`: the facts, the designs side by side, the convention."""

from __future__ import annotations

from convcalc.redesign.of_layer import Comparison, DesignFacts, MissingDesign
from convcalc.reference.results import LayerVerification
from convcalc_cli.commands.layer.explanation import explanation
from convcalc_cli.commands.layer.pytorch import pytorch_text
from convcalc_cli.commands.layer.report import LayerReport
from convcalc_cli.flags.values import with_value
from convcalc_cli.page.blocks import (
    Block,
    Cell,
    Fact,
    Facts,
    Heading,
    Page,
    Paragraph,
    Parts,
    Row,
    Share,
    Table,
)
from convcalc_cli.text import CONVENTION_LINE, bytes_text, count_text, shape_text, short_text
from convcalc_cli.verification.section import NOTE, cells, layer_section, verdict
from convcalc_cli.verification.section import TITLES as CHECK_TITLES

MARK = "the layer asked for"
TITLES = ("design", "weight", "params", "of standard", "MACs", "of standard")


def layer_pages(report: LayerReport) -> list[Page]:
    """All there is to say of one layer."""
    comparison = report.comparison
    page: list[Block] = [
        Heading(pytorch_text(comparison.layer.operation, comparison.network.input_shape), level=1),
        Facts(_facts(report)),
        _designs(report),
    ]
    if report.explained:
        page += explanation(comparison)
    run = report.verification
    if run:
        page += layer_section(comparison, run)
    page += _others(report)
    page.append(Paragraph(CONVENTION_LINE))
    if run:
        page.append(verdict(run.designs, run.equivalences))
    return [page]


def _facts(report: LayerReport) -> list[Fact]:
    network, totals = report.comparison.network, report.comparison.audit.totals
    row = report.comparison.audit.layers[0]
    conv = report.comparison.layer.operation
    in_use = f"{network.dtype}; {bytes_text(totals.peak_activation_bytes)} with the input"
    facts = [
        Fact("input", shape_text(network.input_shape), _input_remark(report)),
        Fact("output", shape_text(row.output_shape)),
        *[Fact(name, shape_text(shape)) for name, shape in row.weights.items()],
        Fact("params", count_text(totals.params), bytes_text(totals.weight_bytes)),
        Fact("MACs", count_text(totals.macs), _rounded(totals.macs)),
        Fact("FLOPs", count_text(totals.flops), "2 x MACs"),
        Fact("activation memory", bytes_text(totals.activation_bytes), in_use),
        Fact("receptive field", " x ".join(map(str, conv.receptive_field))),
    ]
    if conv.padding == "same":
        pads = ", ".join([f"{low}:{high}" for low, high in conv.pads(network.input_shape)])
        facts.insert(1, Fact("padding", f"same = {pads}", "low:high"))
    return facts


def _input_remark(report: LayerReport) -> str:
    batch = report.comparison.network.batch
    remarks = [f"batch {batch:,}"] if batch > 1 else []
    if report.defaults:
        used = ", ".join([with_value(name, value) for name, value in report.defaults.items()])
        remarks.append(f"defaults used: {used}")
    return "; ".join(remarks)


def _rounded(count: int) -> str:
    return short_text(count) if count >= 1000 else ""


def _designs(report: LayerReport) -> Table:
    comparison, run = report.comparison, report.verification
    rows = [_design_row(comparison, design) for design in comparison.designs]
    if run:
        rows = [_with_checks(row, comparison, run) for row in rows]
    reasons = [
        f"{design.title}: {design.reason.spelled(with_value)}"
        for design in comparison.designs
        if isinstance(design, MissingDesign)
    ]
    if run:
        return Table((*TITLES, *CHECK_TITLES), rows, MARK, [*reasons, NOTE])
    return Table(TITLES, rows, MARK, reasons)


def _with_checks(row: Row, comparison: Comparison, run: LayerVerification) -> Row:
    title = row.cells[0]
    found = {
        design.title: verification
        for design, verification in zip(comparison.possible, run.designs, strict=True)
    }
    more: list[Cell] = [None] * len(CHECK_TITLES)
    if title in found:
        more = cells(found[str(title)].rows)
    return row._replace(cells=[*row.cells, *more])


def _design_row(comparison: Comparison, design: DesignFacts | MissingDesign) -> Row:
    title = design.title
    if isinstance(design, MissingDesign):
        return Row([title, None, None, None, None, None])
    totals, whole = design.audit.totals, comparison.standard.audit.totals
    weights = [shape_text(row.weights["weight"]) for row in design.audit.layers]
    return Row(
        [
            title,
            Parts(weights),
            totals.params,
            Share(totals.params, whole.params),
            totals.macs,
            Share(totals.macs, whole.macs),
        ],
        marked=comparison.is_as_given(design),
    )


def _others(report: LayerReport) -> list[Block]:
    """What other tools would print, if that was asked for."""
    if report.compared is None:
        return []
    from convcalc_cli.others.section import others_section

    return others_section(report.compared)
