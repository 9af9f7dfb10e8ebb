"""One layer and its designs, side by side."""

from __future__ import annotations

from collections.abc import Callable

from convcalc.redesign.of_layer import Comparison, DesignFacts, MissingDesign
from convcalc.reference.results import LayerVerification
from convcalc_cli.page.blocks import Cell, Fact, Parts, Row, Share, Table
from convcalc_cli.text import bytes_text, count_text, shape_text, short_text
from convcalc_cli.verification.section import NOTE, cells
from convcalc_cli.verification.section import TITLES as CHECK_TITLES

MARK = "the layer asked for"
TITLES = ("design", "weight", "params", "of standard", "MACs", "of standard")

Spell = Callable[[str, object], str]
"""How a parameter and its value are written."""


def layer_facts(comparison: Comparison, remark: str = "") -> list[Fact]:
    """The facts of the layer itself, with a remark on its input."""
    network, totals = comparison.network, comparison.audit.totals
    row = comparison.audit.layers[0]
    conv = comparison.layer.operation
    in_use = f"{network.dtype}; {bytes_text(totals.peak_activation_bytes)} with the input"
    facts = [
        Fact("input", shape_text(network.input_shape), remark),
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


def _rounded(count: int) -> str:
    return short_text(count) if count >= 1000 else ""


def designs_table(
    comparison: Comparison, spell: Spell, run: LayerVerification | None = None
) -> Table:
    """The designs side by side, and what running them has shown.

    Args:
        comparison: the layer and its designs.
        spell: how a parameter and its value are written, in the reasons why there is no design.
        run: the designs on real arrays.
    """
    rows = [_design_row(comparison, design) for design in comparison.designs]
    if run:
        rows = [_with_checks(row, comparison, run) for row in rows]
    reasons = [
        f"{design.title}: {design.reason.spelled(spell)}"
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
