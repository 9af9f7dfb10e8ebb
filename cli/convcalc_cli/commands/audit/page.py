"""The page of `convcalc audit`: rows, totals, where they go, and the designs of the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.checks.findings import Finding
from convcalc.checks.rules import BUDGET, EXPECTED_SHAPE, EXPECTED_TOTAL
from convcalc.facts.audit import CONVENTION
from convcalc.facts.breakdown import Part
from convcalc.facts.totals import TOTALS, Totals
from convcalc.redesign.of_network import AS_WRITTEN, Kept, Redesign
from convcalc.wording import counted, percent_text
from convcalc_cli.commands.audit.folding import LONG, Line, folded, unfolded
from convcalc_cli.commands.audit.report import AuditReport, AuditView, NetworkReport
from convcalc_cli.page.blocks import (
    Block,
    Cell,
    Fact,
    Facts,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Row,
    Share,
    Table,
    Tone,
)
from convcalc_cli.text import bytes_text, count_text, name_text, shape_text, short_text
from convcalc_cli.verification.section import NOTE, TITLES, cells, network_section, verdict
from convcalc_cli.verification.section import OPTIONAL as VERIFICATION_OPTIONAL

LAYER_TITLES = ("layer", "operation", "output", "weight", "params", "MACs", "of all MACs")
DESIGN_TITLES = ("design", "params", "of standard", "MACs", "of standard", "changed", "kept")
DESIGN_NOTE = "changed and kept count convolutions; a depthwise separable pair counts as one"
MOST_REASONS = 3
"""Reasons for keeping layers that are shown for each design."""
MOST_NAMES = 2
"""Layers that are named for each reason."""
OPTIONAL = ("of all MACs", "operation", "weight", "output")
"""The columns that a narrow screen does without, the first one first."""
OPTIONAL_WITH_CHECKS = ("of all MACs", "operation", *VERIFICATION_OPTIONAL, "weight", "output")


def audit_pages(report: AuditReport) -> list[Page]:
    """All there is to say of some networks; nothing if there are none."""
    if not report.networks:
        return []
    page: list[Block] = []
    for network in report.networks:
        page += _network(network, report.view)
    if len(report.networks) > 1:
        page += [Heading("all networks", level=1), _summary(report.networks)]
    page.append(Paragraph(f"MACs: {CONVENTION}."))
    if report.verifications:
        not_run = len(report.networks) - len(report.verifications)
        page.append(verdict(report.verifications, not_run=not_run))
    return [page]


def _network(report: NetworkReport, view: AuditView) -> list[Block]:
    network = report.network
    batch = f", batch {network.batch:,}" if network.batch > 1 else ""
    return [
        Heading(f"{name_text(network.name)}: {shape_text(network.input_shape)}{batch}", level=1),
        _layer_table(report, view),
        Facts(totals_facts(report)),
        *[Paragraph(text, Tone.BAD) for text in unexpected_shapes(report)],
        Heading("Where the MACs and the params go"),
        _kinds(report),
        Heading("The designs of the whole network"),
        _designs(report),
        *_kept_layers(report),
        *(network_section(report.verification) if report.verification else ()),
    ]


def _kinds(report: NetworkReport) -> Table:
    *weights, others = report.parts
    whole = sum(part.params for part in weights)
    used = [part for part in weights if part.params or part.macs]
    rows = [_part(part, report.audit.totals, whole) for part in used]
    rows.append(_part(others, report.audit.totals, None))
    return Table(("kind", "params", "of params", "of weights", "MACs", "of MACs"), rows)


def _part(part: Part, totals: Totals, weights: int | None) -> Row:
    of_weights = None if weights is None else Share(part.params, weights)
    params: list[Cell] = [part.params, Share(part.params, totals.params), of_weights]
    cells = [part.kind, *(params if part.params or weights is None else [None] * 3)]
    macs: list[Cell] = [part.macs, Share(part.macs, totals.macs)] if part.macs else [None, None]
    return Row([*cells, *macs])


def totals_facts(report: NetworkReport) -> list[Fact]:
    """The totals of a network, each with what it means and what it should be instead."""
    totals = report.audit.totals
    remarks = {
        "params": short_text(totals.params),
        "macs": short_text(totals.macs),
        "flops": "2 x MACs",
        "input_bytes": report.network.dtype,
        "activation_bytes": "every layer's output",
        "peak_activation_bytes": f"while {totals.peak_layer} runs",
        "torchsummary_bytes": "as torchsummary estimates it",
    }
    facts = {"output_shape": Fact("output", shape_text(totals.output_shape))}
    for key, total in TOTALS.items():
        text = bytes_text if total.is_bytes else count_text
        facts[key] = Fact(total.title, text(getattr(totals, key)), remarks.get(key, ""))
    for finding in report.unmet:
        if finding.rule in (BUDGET, EXPECTED_TOTAL):
            fact = facts[str(finding.path[1])]
            remark = "; ".join(filter(None, (fact.remark, _unmet(finding))))
            facts[str(finding.path[1])] = fact._replace(remark=remark)
    return list(facts.values())


def _unmet(finding: Finding) -> str:
    """What a total should be, in the unit that it is shown in."""
    limit, actual = finding.limit, finding.actual
    if not isinstance(limit, int):
        return f"expected {shape_text(limit)}"
    total = TOTALS[str(finding.path[1])]
    text = bytes_text if total.is_bytes else count_text
    wanted = text(limit)
    if wanted == text(actual):  # rounded to the same figure
        wanted = f"{total.text(limit)}, found {total.text(actual)}"
    if finding.rule is EXPECTED_TOTAL:
        return f"expected {wanted}"
    return f"over its budget of {wanted}{_times(actual, limit)}"


def _times(actual: int, limit: int) -> str:
    """How much more than its limit a total is."""
    if not limit:
        return ""
    if actual < 2 * limit:
        return f" (by {percent_text(actual - limit, limit)})"
    times = f"{actual // limit:,}" if actual >= 100 * limit else f"{actual / limit:.3g}"
    return f" ({times} x)"


def unexpected_shapes(report: NetworkReport) -> list[str]:
    """The layers whose outputs are not as their file expects."""
    return [f"{each.message}." for each in report.unmet if each.rule is EXPECTED_SHAPE]


def _layer_table(report: NetworkReport, view: AuditView) -> LongTable:
    lines = _lines(report, view)
    whole = report.audit.totals.macs
    left_out = len(report.audit.layers) - sum(line.times for line in lines)
    run = report.verification
    checked = report.checked
    notes = [NOTE] if run else []
    if any(line.times > 1 for line in lines):
        notes.append("NAME.1-3 stands for three equal rounds; --all lists each")
    if left_out:
        notes.append(f"{left_out:,} more rows")
    rows = [
        [
            *_cells(line, whole),
            *(
                cells([checked[row.name] for row in line.rows if row.name in checked])
                if run
                else ()
            ),
        ]
        for line in lines
    ]
    if not run:
        return LongTable(LAYER_TITLES, rows, OPTIONAL, notes)
    return LongTable((*LAYER_TITLES, *TITLES), rows, OPTIONAL_WITH_CHECKS, notes)


def _lines(report: NetworkReport, view: AuditView) -> list[Line]:
    rows = report.audit.layers
    if view.sort is not None or view.top is not None:
        return unfolded(view.chosen(rows))
    if len(rows) <= LONG or view.unfolded:
        return unfolded(rows)
    return folded(rows, [layer.path for layer in report.network.rows])


def _cells(line: Line, whole: int) -> list[Cell]:
    row = line.facts
    macs = None if row.macs is None else row.macs * line.times
    weight = row.weights.get("weight")
    return [
        line.name,
        row.operation,
        shape_text(row.output_shape),
        None if weight is None else shape_text(weight),
        row.params * line.times or None,
        macs,
        None if macs is None else Share(macs, whole),
    ]


def _designs(report: NetworkReport) -> Table:
    _, standard, *_ = report.designs
    rows = [Row([*_costs(design, standard), *layer_counts(design)]) for design in report.designs]
    return Table(DESIGN_TITLES, rows, notes=[DESIGN_NOTE])


def _costs(design: Redesign, standard: Redesign) -> list[Cell]:
    return [
        design.title,
        *(design.params, Share(design.params, standard.params)),
        *(design.macs, Share(design.macs, standard.macs)),
    ]


def layer_counts(design: Redesign) -> tuple[int, int] | tuple[None, None]:
    """How many layers a design changes and keeps; nothing of the network as it is written."""
    if design.design == AS_WRITTEN:
        return None, None
    return design.changed, sum([len(each.layers) for each in design.kept])


def _kept_layers(report: NetworkReport) -> list[Block]:
    """The layers that each design leaves as written, and why: the first ones by name."""
    rows = [
        [_some_of(layers), design.title, reason]
        for design in report.designs
        for reason, layers in _most_frequent(design.kept)
    ]
    titles = ("layers", "in the design", "kept because")
    table = LongTable(titles, rows, optional=titles[1:2], below=titles[2])
    return [Heading("Layers that a design leaves as written"), table] if rows else []


def _most_frequent(kept: Sequence[Kept]) -> Iterator[Kept]:
    """The reasons that hold for most layers; what is left over goes into one row."""
    ordered = sorted(kept, key=lambda each: len(each.layers), reverse=True)
    yield from ordered[:MOST_REASONS]
    others = [name for each in ordered[MOST_REASONS:] for name in each.layers]
    if others:
        reasons = counted(len(ordered) - MOST_REASONS, "other reason")
        yield Kept(f"{reasons}, see --format json", tuple(others))


def _some_of(layers: Sequence[str]) -> str:
    names = ", ".join(map(name_text, layers[:MOST_NAMES]))
    more = len(layers) - MOST_NAMES
    return f"{names} and {more:,} more" if more > 0 else names


def _summary(reports: Sequence[NetworkReport]) -> LongTable:
    return LongTable(
        ("network", "file", "params", "MACs", "peak activation"),
        [
            [
                name_text(each.network.name),
                name_text(each.file),
                each.audit.totals.params,
                each.audit.totals.macs,
                bytes_text(each.audit.totals.peak_activation_bytes),
            ]
            for each in reports
        ],
        ("file", "peak activation"),
    )
