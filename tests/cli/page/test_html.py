"""The HTML of every kind of block: text stays text, whatever it holds."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from convcalc import Conv
from convcalc.facts.connectivity import channel_grid
from convcalc.facts.explanation import Derivation
from convcalc_cli.page.blocks import (
    Block,
    Checks,
    Derivations,
    Fact,
    Facts,
    Figure,
    Finds,
    Fold,
    Folded,
    Found,
    Heading,
    LongTable,
    Multiple,
    Paragraph,
    Parts,
    Picture,
    Pictures,
    Row,
    Share,
    Table,
    Tone,
)
from convcalc_cli.page.html import page_html
from convcalc_cli.shell.screen import Screen
from support.program import run

HOSTILE = '</style><script>alert(1)</script><img src=x onerror="x">&amp;\x1b[31m##vso[x]'
SHOWN = '</style><script>alert(1)</script><img src=x onerror="x">&amp;\\x1b[31m#\\#vso[x]'
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "footer", "script"),
    *("h1", "h2", "h3", "p", "b", "code", "pre", "small", "span", "dl", "div", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "rect"),
    *("details", "summary", "label", "input", "output"),
}


class Reader(HTMLParser):
    """The tags and the text of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


LONG = LongTable([HOSTILE, "n"], [[HOSTILE, 1]] * 30, notes=[HOSTILE], fold=Fold(25, HOSTILE))
CELLS = [HOSTILE, Parts([HOSTILE]), Figure(HOSTILE), Share(1, 2), Multiple(1, 2), None]
BLOCKS: list[Block] = [
    Heading(HOSTILE, level=1),
    Heading(HOSTILE, level=3),
    Paragraph(HOSTILE),
    Paragraph(HOSTILE, Tone.BAD, on_stderr=True),
    Facts([Fact(HOSTILE, HOSTILE, HOSTILE)]),
    Table([HOSTILE] * 7, [Row([*CELLS, Checks([True, False])], marked=True)], mark=HOSTILE),
    LONG,
    Finds([Found(HOSTILE, HOSTILE, HOSTILE, [HOSTILE])]),
    Folded(HOSTILE, LONG),
    Derivations(HOSTILE, [Derivation(HOSTILE, HOSTILE, HOSTILE, 3)]),
    Pictures([Picture(HOSTILE, channel_grid(Conv(1, 1, 1)), [HOSTILE])]),
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_text_stays_text(block: Any) -> None:
    reader = read("".join(page_html([[block]], Screen())))
    assert SHOWN in reader.text
    assert set(reader.tags) <= ALLOWED
    assert reader.tags.count("script") == reader.tags.count("style") == 1


def test_long_tables_are_filtered_sorted_and_folded() -> None:
    text = "".join(page_html([[LONG]], Screen()))
    assert text.count("<tr>") == 2 + 30
    assert text.count('<table class="sortable layers"') == 2
    assert text.count("<details>") == 1
    assert 'type="search"' in text
    assert '<td class="number" data-value="1">1</td>' in text


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("layer --in 16 --out 32 -g 4 --explain", lambda found: [found["totals"]["macs"]]),
        ("check net.yaml", lambda found: [found["files"][0]["totals"]["macs"]]),
        ("diff net.yaml net.yaml", lambda found: [found["totals"]["macs"]["new"]]),
        (
            "sweep net.yaml --vary size=8,9",
            lambda found: [point["macs"] for point in found["points"]],
        ),
        ("audit net.yaml", lambda found: [found["networks"][0]["totals"]["macs"]]),
    ],
)
def test_the_figures_are_those_of_json(
    words: str,
    figures: Any,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text("input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n")
    found = json.loads(run(capsys, f"{words} -f json").out)
    shown = read(run(capsys, f"{words} -f html").out).text
    for number in figures(found):
        assert f"{number:,}" in shown
