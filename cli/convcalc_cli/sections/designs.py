"""One layer and its designs, side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from convcalc.redesign.of_layer import Comparison, DesignFacts, MissingDesign
from convcalc_cli.page.blocks import Fact, Parts, Row, Share, Table
from convcalc_cli.text import bytes_text, count_text, shape_text, short_text

if TYPE_CHECKING:  # only a run on real arrays has it
    from convcalc.reference.results import LayerVerification

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
    reasons = [
        f"{design.title}: {design.reason.spelled(spell)}"
        for design in comparison.designs
        if isinstance(design, MissingDesign)
    ]
    table = Table(TITLES, rows, MARK, reasons)
    return _with_checks(table, comparison, run) if run else table


def _with_checks(table: Table, comparison: Comparison, run: LayerVerification) -> Table:
    """The table with what running each design has shown."""
    from convcalc_cli.verification.section import NOTE, TITLES, cells

    titles = [design.title for design in comparison.possible]
    found = dict(zip(titles, run.designs, strict=True))
    rows = []
    for row in table.rows:
        design = found.get(str(row.cells[0]))
        more = cells(design.rows) if design else [None] * len(TITLES)
        rows.append(row._replace(cells=[*row.cells, *more]))
    return Table((*table.titles, *TITLES), rows, table.mark, [*table.notes, NOTE])


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
