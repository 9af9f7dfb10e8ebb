"""The blocks of a page as HTML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import singledispatch

from convcalc_cli.page.blocks import (
    Chart,
    Derivations,
    Details,
    Fact,
    Facts,
    Finds,
    Folded,
    FullBlock,
    Graph,
    Heading,
    LongTable,
    Paragraph,
    Pictures,
    Scatter,
    Table,
    Tone,
)
from convcalc_cli.page.grids import side_by_side
from convcalc_cli.page.html_tables import (
    grid_html,
    long_table_html,
    notes_html,
    text_html,
    wide_html,
)
from convcalc_cli.page.scatter import scatter_svg
from convcalc_cli.page.svg import chart_key, chart_svg
from convcalc_cli.shell.screen import UNICODE
from convcalc_cli.text import result_text

CLASSES = {Tone.PLAIN: "note", Tone.GOOD: "good", Tone.WARNING: "warning", Tone.BAD: "bad"}
TONES = {
    Tone.PLAIN: "note",
    Tone.GOOD: "verdict good",
    Tone.WARNING: "verdict warning",
    Tone.BAD: "verdict bad",
}


@singledispatch
def block_html(block: FullBlock, name: str) -> Iterator[str]:
    """How each kind of block but a heading is written, with a name that is unique on the page."""
    raise NotImplementedError(type(block))


@block_html.register
def _paragraph(block: Paragraph, _name: str) -> Iterator[str]:
    yield f'<p class="{TONES[block.tone]}">{text_html(block.text)}</p>\n'


@block_html.register
def _facts(block: Facts, _name: str) -> Iterator[str]:
    yield '<dl class="totals">\n'
    for fact in block.facts:
        remark = _remark_html(fact)
        more = f" <small>{remark}</small>" if remark else ""
        yield f"<div><dt>{text_html(fact.name)}</dt><dd>{text_html(fact.value)}{more}</dd></div>\n"
    yield "</dl>\n"


def _remark_html(fact: Fact) -> str:
    """What is said beside a fact, the verdict in its colour."""
    parts = [text_html(fact.remark)] if fact.remark else []
    if fact.verdict:
        tone = TONES[fact.verdict.tone]
        parts.append(f'<span class="{tone}">{text_html(fact.verdict.text)}</span>')
    return "; ".join(parts)


@block_html.register
def _table(block: Table, _name: str) -> Iterator[str]:
    yield from grid_html(block.titles, block.rows)
    if any(row.marked for row in block.rows):
        yield f'<p class="note"><b>Bold</b>: {text_html(block.mark)}</p>\n'
    yield from notes_html(block.notes)


@block_html.register
def _long_table(block: LongTable, name: str) -> Iterator[str]:
    yield from long_table_html(block, name)


@block_html.register
def _chart(block: Chart, name: str) -> Iterator[str]:
    yield f'<figure id="{name}">\n<div class="chart">\n'
    yield from chart_svg(block)
    yield f'</div>\n<figcaption><p>{text_html(block.caption)}</p>\n<ul class="keys">\n'
    yield from chart_key(block)
    yield "</ul></figcaption>\n</figure>\n"


@block_html.register
def _scatter(block: Scatter, name: str) -> Iterator[str]:
    yield f'<figure id="{name}">\n<div class="chart">\n'
    yield from scatter_svg(block)
    yield "</div>\n</figure>\n"


@block_html.register
def _graph(block: Graph, name: str) -> Iterator[str]:
    """What the script draws a graph of: the rows of the table are its nodes."""
    inputs = text_html(json.dumps(list(block.inputs)))
    yield (
        f'<figure class="graph" id="{name}" data-table="{text_html(block.table)}" '
        f'data-title="{text_html(block.title)}" data-inputs="{inputs}">\n'
        '<noscript><p class="note">The graph is drawn by a script, and this browser runs none. '
        "</p></noscript>\n</figure>\n"
    )


@block_html.register
def _finds(block: Finds, _name: str) -> Iterator[str]:
    for place, code, message, shown, tone in block.found:
        rule = f'<b class="{CLASSES[tone]}">{text_html(code)}</b>'
        yield f"<p><b>{text_html(place)}</b>: {rule} {text_html(message)}</p>\n"
        if shown:
            yield f"<pre>{chr(10).join(map(text_html, shown))}</pre>\n"


@block_html.register
def _folded(block: Folded, name: str) -> Iterator[str]:
    yield f"<details><summary>{text_html(block.title)}</summary>\n"
    yield from long_table_html(block.table, name)
    yield "</details>\n"


@block_html.register
def _details(block: Details, name: str) -> Iterator[str]:
    yield f"<details><summary>{text_html(block.title)}</summary>\n"
    for number, each in enumerate(block.blocks):
        if isinstance(each, Heading):
            yield f"<h{each.level + 1}>{text_html(each.text)}</h{each.level + 1}>\n"
        else:
            yield from block_html(each, f"{name}-{number}")
    yield "</details>\n"


@block_html.register
def _derivations(block: Derivations, _name: str) -> Iterator[str]:
    if block.title:
        yield f"<p><code>{text_html(block.title)}</code></p>\n"
    yield f"{wide_html('Where the numbers come from')}\n<table>\n<tbody>\n"
    for quantity, formula, numbers, result in block.derivations:
        cells = [f"<code>{text_html(each)}</code>" for each in (formula, numbers)]
        cells.append(f"<b>{text_html(result_text(result))}</b>")
        columns = "".join([f"<td>= {each}</td>" for each in cells])
        yield f'<tr><th scope="row">{text_html(quantity)}</th>{columns}</tr>\n'
    yield "</tbody></table>\n</div>\n"


@block_html.register
def _pictures(block: Pictures, _name: str) -> Iterator[str]:
    lines = map(text_html, side_by_side(block.pictures, UNICODE))
    yield f"<pre>{chr(10).join(lines)}</pre>\n"
