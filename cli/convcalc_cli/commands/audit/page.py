"""The page of `convcalc audit`: rows, totals, where they go, and the designs of the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from convcalc.checks.rules import EXPECTED_SHAPE
from convcalc.facts.totals import MAIN_TOTALS, TOTALS
from convcalc.redesign.of_network import AS_WRITTEN, Kept, Redesign
from convcalc.wording import counted
from convcalc_cli.commands.audit.charts import Largest, largest
from convcalc_cli.commands.audit.full_table import RowAnchors, full_layer_table, graph_of
from convcalc_cli.commands.audit.page_charts import networks_scatter, rows_chart
from convcalc_cli.commands.audit.report import AuditReport, NetworkReport
from convcalc_cli.page.blocks import (
    Block,
    ByRoom,
    Cell,
    Fact,
    Facts,
    Figure,
    Finds,
    Folded,
    Found,
    FullBlock,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Row,
    Share,
    Table,
    Tone,
)
from convcalc_cli.reading.locations import location_text
from convcalc_cli.reading.networks import FileError
from convcalc_cli.sections.audit.audited import network_title
from convcalc_cli.sections.audit.kinds import HEADING, kinds_table
from convcalc_cli.sections.audit.layer_table import layer_table
from convcalc_cli.sections.audit.totals import total_facts
from convcalc_cli.sections.audit.view import AuditView
from convcalc_cli.text import (
    CONVENTION_LINE,
    name_text,
    total_text,
)

DESIGN_TITLES = ("design", "params", "of standard", "MACs", "of standard", "changed", "kept")
DESIGN_NOTE = "changed and kept count convolutions; a depthwise separable pair counts as one"
KEPT = "Layers that a design leaves as written"
MOST_REASONS = 3
"""Reasons for keeping layers that are shown for each design."""
MOST_NAMES = 2
"""Layers that are named for each reason."""
ROOM = 36
"""Characters of those names; where they take more, only the first layer is named."""


def audit_pages(report: AuditReport) -> list[Page]:
    """All there is to say of some networks."""
    page: list[Block | ByRoom] = [ByRoom(full=partial(_start, report))]
    most = cache(partial(largest, report.networks))
    for number, network in enumerate(report.networks, start=1):
        page += _network(network, report.view, number, most)
    page.append(ByRoom(partial(_all_networks, report)))
    if report.networks:
        page.append(Paragraph(CONVENTION_LINE))
    if report.verifications:
        page.append(_verdict(report))
    return [page]


def _verdict(report: AuditReport) -> Block:
    from convcalc_cli.verification.section import verdict  # most networks are not run

    not_run = len(report.networks) - len(report.verifications)
    return verdict(report.verifications, not_run=not_run)


def _start(report: AuditReport) -> list[FullBlock]:
    """What comes first where there is more than one network: them side by side, and other files."""
    if len(report.networks) == 1 and not report.errors:
        return []
    blocks: list[FullBlock] = [Heading(counted(len(report.networks), "network"), level=1)]
    if len(report.networks) > 1:
        blocks += [
            Heading("Side by side"),
            networks_scatter(report.networks),
            _summary(report.networks, shares=True),
        ]
    if report.errors:
        found = [Found(_place(each), "error", each.message) for each in report.errors]
        blocks += [Heading("Files that gave no network"), Finds(found)]
    return blocks


def _place(error: FileError) -> str:
    return ":".join([str(part) for part in error[:3] if part is not None])


def _all_networks(report: AuditReport) -> list[Block]:
    several = len(report.networks) > 1
    return [Heading("all networks", level=1), _summary(report.networks)] if several else []


def _network(
    report: NetworkReport, view: AuditView, number: int, most: Callable[[], Largest]
) -> list[Block | ByRoom]:
    anchors = RowAnchors(number)
    return [
        Heading(network_title(report.network), level=1),
        ByRoom(lambda: [layer_table(report.audited, view)], lambda: [Paragraph(report.file)]),
        Facts([*_heads(report), *total_facts(report.audited)]),
        ByRoom(full=partial(_warnings, report)),
        *[Paragraph(text, Tone.BAD) for text in _unexpected_shapes(report)],
        ByRoom(full=lambda: _rows(report, anchors, most())),
        Heading(HEADING),
        kinds_table(report.parts, report.audit.totals),
        Heading("The designs of the whole network"),
        _designs(report),
        ByRoom(partial(_some_kept_layers, report), partial(_kept_layers, report)),
        *_run(report),
        *_others(report),
    ]


def _heads(report: NetworkReport) -> Iterator[Fact]:
    """What the heads of the network read, where its reader knows that."""
    for head in report.document.source.get("heads", ()):
        from convcalc.files.head_inputs import HeadInputs  # few formats have them

        each = HeadInputs.of(head)
        yield Fact(name_text(each.head), each.rows_text, each.strides_text)


def _warnings(report: NetworkReport) -> list[Block]:
    """What is probably a mistake in the file."""
    found = [
        Found(location_text(report.file, each.place), each.rule.code, each.text)
        for each in report.warnings
        if each.rule
    ]
    return [Heading("Warnings"), Finds(found)] if found else []


def _rows(report: NetworkReport, anchors: RowAnchors, most: Largest) -> list[FullBlock]:
    """The rows of a network where there is room: their figures as bars, all facts, and a graph."""
    return [
        Heading("Layer by layer"),
        rows_chart(report, anchors, most),
        Heading("Layers"),
        full_layer_table(report, anchors),
        Heading("Graph"),
        graph_of(report, anchors),
    ]


def _unexpected_shapes(report: NetworkReport) -> list[str]:
    """The layers whose outputs are not as their file expects."""
    return [f"{each.message}." for each in report.unmet if each.rule is EXPECTED_SHAPE]


def _designs(report: NetworkReport) -> Table:
    _, standard, *_ = report.designs
    rows = [Row([*_costs(design, standard), *_layer_counts(design)]) for design in report.designs]
    return Table(DESIGN_TITLES, rows, notes=[DESIGN_NOTE])


def _costs(design: Redesign, standard: Redesign) -> list[Cell]:
    return [
        design.title,
        *(design.params, Share(design.params, standard.params)),
        *(design.macs, Share(design.macs, standard.macs)),
    ]


def _layer_counts(design: Redesign) -> tuple[int, int] | tuple[None, None]:
    """How many layers a design changes and keeps; nothing of the network as it is written."""
    if design.design == AS_WRITTEN:
        return None, None
    return design.changed, sum([len(each.layers) for each in design.kept])


def _some_kept_layers(report: NetworkReport) -> list[Block]:
    """The layers that each design leaves as written, and why: the first ones by name."""
    rows = [
        [_some_of(layers), design.title, reason]
        for design in report.designs
        for reason, layers in _most_frequent(design.kept)
    ]
    titles = ("layers", "in the design", "kept because")
    table = LongTable(titles, rows, optional=titles[1:2], below=titles[2])
    return [Heading(KEPT), table] if rows else []


def _kept_layers(report: NetworkReport) -> list[Block]:
    """The layers that each design leaves as written, and why: all of them."""
    rows: list[list[Cell]] = [
        [design.title, reason, len(layers), ", ".join(map(name_text, layers))]
        for design in report.designs
        for reason, layers in design.kept
    ]
    titles = ("design", "kept because", "layers", "which")
    return [Folded(KEPT, LongTable(titles, rows))] if rows else []


def _most_frequent(kept: Sequence[Kept]) -> Iterator[Kept]:
    """The reasons that hold for most layers; what is left over goes into one row."""
    ordered = sorted(kept, key=lambda each: len(each.layers), reverse=True)
    yield from ordered[:MOST_REASONS]
    others = [name for each in ordered[MOST_REASONS:] for name in each.layers]
    if others:
        reasons = counted(len(ordered) - MOST_REASONS, "other reason")
        yield Kept(f"{reasons}, see --format json", tuple(others))


def _some_of(layers: Sequence[str]) -> str:
    """The first layers, as many as there is room for, and how many more there are."""
    some = _first_of(layers, MOST_NAMES)
    return some if len(some) <= ROOM else _first_of(layers, 1)


def _first_of(layers: Sequence[str], number: int) -> str:
    names = ", ".join(map(name_text, layers[:number]))
    more = len(layers) - number
    return f"{names} and {more:,} more" if more > 0 else names


def _summary(reports: Sequence[NetworkReport], *, shares: bool = False) -> LongTable:
    """The main totals of each network; with shares, each total also as one of the largest."""
    titles = ["network", "file"]
    rows: list[list[Cell]] = [
        [name_text(each.network.name), name_text(each.file)] for each in reports
    ]
    for key in MAIN_TOTALS:
        all_totals = [each.audit.totals for each in reports]
        values = [getattr(each, key) for each in all_totals]
        titles += [TOTALS[key].title, *(["of the most"] if shares else [])]
        for row, totals, value in zip(rows, all_totals, values, strict=True):
            row.append(Figure(total_text(totals, key), value))
            row += [Share(value, max(values))] if shares else []
    return LongTable(titles, rows, ("file", "peak activation"))


def _run(report: NetworkReport) -> list[Block]:
    """What running the network has shown, if that was asked for."""
    if report.verification is None:
        return []
    from convcalc_cli.verification.section import network_section

    return network_section(report.verification)


def _others(report: NetworkReport) -> list[Block]:
    """What other tools would print, if that was asked for."""
    if report.compared is None:
        return []
    from convcalc_cli.others.section import others_section

    return others_section(report.compared)
