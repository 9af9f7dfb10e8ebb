"""What is shown of each kind of value."""

from __future__ import annotations

from functools import singledispatch

from convcalc.checks.checked_network import CheckedNetwork
from convcalc.checks.limits import own_findings
from convcalc.difference.changes import Difference
from convcalc.errors import value_text
from convcalc.facts.audit import Audit
from convcalc.facts.breakdown import breakdown
from convcalc.facts.tree import shown, tree
from convcalc.fitting.fit import Fitted
from convcalc.networks import Network
from convcalc.redesign.of_layer import Comparison
from convcalc.reference.results import Verification
from convcalc.wording import counted
from convcalc_cli.page.blocks import (
    Block,
    ByRoom,
    Facts,
    Folded,
    FullBlock,
    Heading,
    LongTable,
    Page,
    Paragraph,
    Tone,
)
from convcalc_cli.sections.audit.audited import Audited, network_title
from convcalc_cli.sections.audit.columns import USUAL, Context
from convcalc_cli.sections.audit.kinds import HEADING, kinds_table
from convcalc_cli.sections.audit.layer_table import layer_table, table_of
from convcalc_cli.sections.audit.totals import total_facts
from convcalc_cli.sections.audit.view import AuditView
from convcalc_cli.sections.changes import changed_layers, totals_table
from convcalc_cli.sections.designs import designs_table, layer_facts
from convcalc_cli.sections.fit_wording import NOTE, verdict
from convcalc_cli.sections.fitted import changed_convolutions, stuck_rows
from convcalc_cli.sections.pytorch import pytorch_text
from convcalc_cli.text import CONVENTION_LINE, bytes_text, name_text
from convcalc_cli.verification import section

MOST_CHECKED = 60
"""Layers of a verification that are listed, those that failed aside."""


@singledispatch
def page_of(value: object) -> Page:
    """The page of a value.

    Raises:
        TypeError: there is none for its kind.
    """
    raise TypeError(f"no table of {type(value).__name__}")


@page_of.register
def _network(network: Network) -> Page:
    facts = network.audit()
    unmet = own_findings(CheckedNetwork(network, facts=facts))
    page = _audited(Audited(facts, network, unmet=unmet))
    return [Heading(network_title(network), level=1), *page]


@page_of.register
def _audit(facts: Audit) -> Page:
    return _audited(Audited(facts))


def _audited(audited: Audited) -> Page:
    return [
        ByRoom(lambda: [_layers(audited)]),
        Facts(total_facts(audited)),
        ByRoom(full=lambda: _folded_layers(audited)),
        Heading(HEADING),
        kinds_table(breakdown(audited.facts.rows, audited.facts.layers), audited.facts.totals),
        Paragraph(CONVENTION_LINE),
    ]


def _layers(audited: Audited) -> LongTable:
    return layer_table(audited, AuditView(has_flags=False))


def _folded_layers(audited: Audited) -> list[FullBlock]:
    """The layers at a glance; below them every one, folded, if there are more."""
    glance, rows = _layers(audited), audited.facts.layers
    every = list(shown(tree(audited.facts.rows, rows)))
    if len(every) == len(glance.rows):
        return [glance]
    context = Context(audited.facts.totals, bytes_text)
    table = table_of(audited, every, USUAL, context)
    return [glance, Folded(f"All {counted(len(rows), 'layer')}", table)]


@page_of.register
def _comparison(comparison: Comparison) -> Page:
    conv, input_shape = comparison.layer.operation, comparison.network.input_shape
    return [
        Heading(pytorch_text(conv, input_shape), level=1),
        Facts(layer_facts(comparison)),
        designs_table(comparison, lambda name, value: f"{name}={value_text(value)}"),
        Paragraph(CONVENTION_LINE),
    ]


@page_of.register
def _difference(difference: Difference) -> Page:
    names = [name_text(side.network.name) for side in (difference.old, difference.new)]
    return [
        Heading(" -> ".join(dict.fromkeys(names)), level=1),
        totals_table(difference, has_changes=bool(difference.changes)),
        *changed_layers(difference, "changes of the difference has them"),
        Paragraph(CONVENTION_LINE),
    ]


@page_of.register
def _verification(verification: Verification) -> Page:
    rows = verification.rows
    cells = [[name_text(row.name), *section.cells([row])] for row in rows[:MOST_CHECKED]]
    left_out = len(rows) - len(cells)
    notes = [f"{left_out:,} more rows"] if left_out else []
    titles = ("layer", *section.TITLES)
    table = LongTable(titles, cells, section.OPTIONAL, [section.NOTE, *notes])
    return [*section.network_section(verification), table, section.verdict([verification])]


@page_of.register
def _fitted(fitted: Fitted) -> Page:
    changes: list[Block] = changed_convolutions(fitted) if fitted.fits else stuck_rows(fitted)
    return [
        Heading(name_text(fitted.network.name), level=1),
        Paragraph(verdict(fitted), Tone.GOOD if fitted.fits else Tone.BAD),
        *changes,
        Paragraph(NOTE),
        Paragraph(CONVENTION_LINE),
    ]
