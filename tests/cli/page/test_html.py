"""The HTML of every kind of block: text stays text, whatever it holds."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from convcalc import Conv
from convcalc.facts.connectivity import channel_grid
from convcalc.facts.explanation import Derivation
from convcalc_cli.page.blocks import (
    Axis,
    Branch,
    ByRoom,
    Cell,
    Chart,
    Checks,
    Derivations,
    Fact,
    Facts,
    Figure,
    Finds,
    Folded,
    Found,
    FullBlock,
    Graph,
    Heading,
    LongTable,
    Multiple,
    Page,
    Paragraph,
    Parts,
    Picture,
    Pictures,
    Place,
    Row,
    Scatter,
    Series,
    Share,
    Spot,
    Table,
    Tone,
    Word,
)
from convcalc_cli.page.html import page_html
from convcalc_cli.page.markdown import page_markdown
from convcalc_cli.page.terminal import page_table
from convcalc_cli.shell.screen import Screen
from convcalc_cli.ticks import Unit
from support.program import run

HOSTILE = '</style><script>alert(1)</script><img src=x onerror="x">&amp;\x1b[31m##vso[x]'
SHOWN = '</style><script>alert(1)</script><img src=x onerror="x">&amp;\\x1b[31m#\\#vso[x]'
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "footer", "script"),
    *("h1", "h2", "h3", "p", "b", "code", "pre", "small", "span", "dl", "div", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "rect"),
    *("details", "summary", "label", "input", "output", "figure", "figcaption", "ul", "li"),
    *("g", "line", "text", "nav", "a", "path", "circle", "section", "noscript"),
}


class Reader(HTMLParser):
    """The tags and the text of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.attributes = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += "".join([f"{value}\n" for _, value in attrs])
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


LONG = LongTable([HOSTILE, "n"], [[HOSTILE, 1]] * 30, notes=[HOSTILE])
CELLS = [HOSTILE, Parts([HOSTILE]), Figure(HOSTILE), Share(1, 2), Multiple(1, 2), None]
CHART = Chart(
    HOSTILE,
    [HOSTILE, "b", "c"],
    [Series(HOSTILE, [0, 20, 80]), Series("memory", [1024, 2048, 0], Unit.BYTES)],
    HOSTILE,
    HOSTILE,
    [HOSTILE, "b", "c"],
)
SCATTER = Scatter(
    HOSTILE,
    Axis(HOSTILE),
    Axis(HOSTILE),
    [Spot(HOSTILE, 1, 2, HOSTILE, HOSTILE), Spot("b", 2, 3, "")],
)
TREE = LongTable(
    [HOSTILE, "n"],
    [[Branch("a", 0, is_block=True), 1], [Branch(HOSTILE, 1, is_block=False), 2]],
    key="rows",
    places=[Place("block-a", HOSTILE), Place(f"layer-{HOSTILE}", "a.", 0, [-1])],
)
BLOCKS: list[FullBlock] = [
    Heading(HOSTILE, level=1),
    Heading(HOSTILE, level=3),
    Paragraph(HOSTILE),
    Paragraph(HOSTILE, Tone.BAD, on_stderr=True),
    Facts([Fact(HOSTILE, HOSTILE, HOSTILE)]),
    Table(
        [HOSTILE] * 7,
        [Row([*CELLS, Checks({"shape": True, HOSTILE: False})], marked=True)],
        mark=HOSTILE,
    ),
    LONG,
    Finds([Found(HOSTILE, HOSTILE, HOSTILE, [HOSTILE])]),
    Folded(HOSTILE, LONG),
    Derivations(HOSTILE, [Derivation(HOSTILE, HOSTILE, HOSTILE, 3)]),
    Pictures([Picture(HOSTILE, channel_grid(Conv(1, 1, 1)), [HOSTILE])]),
    TREE,
    CHART,
    SCATTER,
    Graph(HOSTILE, "rows", [HOSTILE]),
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_text_stays_text(block: Any) -> None:
    reader = read("".join(page_html([[ByRoom(full=lambda: [block])]], Screen())))
    shown = reader.text if not isinstance(block, Graph) else reader.attributes
    assert SHOWN in shown
    assert set(reader.tags) <= ALLOWED
    assert reader.tags.count("script") == reader.tags.count("style") == 1


def written(*blocks: FullBlock) -> str:
    """The blocks as HTML, without style and script."""
    text = "".join(page_html([[ByRoom(full=lambda: blocks)]], Screen()))
    return text.partition("</style>")[2].partition("<script>")[0]


def bars_of(text: str) -> list[dict[int, tuple[float, float]]]:
    """Of each series the top and the foot of its bars, by their place."""
    step = r"M(\d+)(?:\.\d+)? ([\d.]+)V([\d.]+)h[\d.]+V([\d.]+)"
    outlines = re.findall(r'<path class="series-\d" d="(.*?)"/>', text)
    return [
        {int(at): (float(top), float(foot)) for at, foot, top, _ in re.findall(step, outline)}
        for outline in outlines
    ]


def test_a_chart_has_a_bar_for_each_amount_on_the_scale_of_its_series() -> None:
    text = written(CHART)
    numbers, memory = bars_of(text)
    # An amount of 0 has no bar; the others are as long as the part they are of the longest.
    heights = {at: foot - top for at, (top, foot) in numbers.items()}
    assert heights == {1: pytest.approx(heights[2] / 4), 2: heights[2]}
    heights = {at: foot - top for at, (top, foot) in memory.items()}
    assert heights == {0: pytest.approx(heights[1] / 2), 1: heights[1]}
    assert re.findall(r'text-anchor="end">(.*?)<', text) == [
        *("0", "20", "40", "60", "80"),
        *("0", "0.5 KiB", "1.0 KiB", "1.5 KiB", "2.0 KiB"),
    ]
    assert 'aria-label="b: 20 ' in text
    assert ', 2 KiB memory"' in text


def test_a_bar_stands_over_its_number() -> None:
    bars = re.findall(r"M([\d.]+) [\d.]+V[\d.]+h([\d.]+)V", written(CHART))
    assert [(float(left) + float(width) / 2) % 1 for left, width in bars] == [
        pytest.approx(0.5) for _ in bars
    ]


def test_a_total_that_is_not_as_wanted_has_its_colour() -> None:
    over = Fact("params", "9", "9", Word("over its budget of 8", Tone.BAD))
    text = written(Facts([over, Fact("MACs", "7", verdict=Word("ok, at most 8", Tone.GOOD))]))
    assert '<small>9; <span class="verdict bad">over its budget of 8</span></small>' in text
    assert '<small><span class="verdict good">ok, at most 8</span></small>' in text


def test_charts_of_one_scale_are_drawn_to_it() -> None:
    def height(amounts: list[float]) -> float:
        chart = Chart("", ["a"], [Series("n", amounts, most=80)], "", "")
        ((top, foot),) = bars_of(written(chart))[0].values()
        return foot - top

    assert height([80]) == pytest.approx(4 * height([20]))


@pytest.mark.parametrize("amounts", [[0], [0, 0], [1], [1, 10**200]])
def test_a_chart_of_any_amounts(amounts: list[int]) -> None:
    series = [Series("a", amounts), Series("b", amounts, Unit.BYTES)]
    text = written(Chart("", list(map(str, amounts)), series, "", ""))
    assert text.count('class="touch"') == len(amounts)
    assert not re.search(r"\b(nan|inf)\b", text)


def spots_of(chart: Scatter) -> list[tuple[float, float]]:
    """Where the points are, in parts of the width and in pixels."""
    found = re.findall(r'<circle class="series-0" cx="([\d.]+)%" cy="([\d.]+)"', written(chart))
    return [(float(x), float(y)) for x, y in found]


def test_a_scatter_chart_of_like_amounts_begins_at_zero() -> None:
    axis = Axis("n")
    one, other = spots_of(Scatter("", axis, axis, [Spot("a", 2, 3, ""), Spot("b", 4, 6, "")]))
    assert other[0] == pytest.approx(2 * one[0])
    assert one[1] > other[1]


def test_a_scatter_chart_of_unlike_amounts_is_logarithmic() -> None:
    axis = Axis("n")
    spots = [Spot(name, 10.0**at, 10.0**at, "") for at, name in enumerate("abc", start=5)]
    (left, low), (middle, between), (right, high) = spots_of(Scatter("", axis, axis, spots))
    assert middle - left == pytest.approx(right - middle)
    assert low - between == pytest.approx(between - high, abs=0.11)
    assert ">100 k</text>" in written(Scatter("", axis, axis, spots))


@pytest.mark.parametrize("values", [[], [0], [0, 5], [7, 7], [1, 10**200]])
def test_a_scatter_chart_of_any_amounts(values: list[int]) -> None:
    axis = Axis("n")
    chart = Scatter("", axis, axis, [Spot("a", value, value, "") for value in values])
    assert len(spots_of(chart)) == len(values)
    assert not re.search(r"\b(nan|inf)\b", written(chart))


def test_rows_have_their_places() -> None:
    text = written(TREE)
    assert '<tr id="block-a" data-level="0">' in text
    assert 'data-level="1" data-row="0" data-reads="-1">' in text
    assert '<span class="above">a.</span>' in text


def test_what_there_is_room_for() -> None:
    """Text has the narrow blocks and HTML the full ones; what is not drawn is not made."""

    def never() -> list[Any]:
        pytest.fail("made, but not drawn")

    def pages(block: ByRoom) -> list[Page]:
        return [[Heading("title", level=1), block]]

    narrow = pages(ByRoom(lambda: [Paragraph("few")], never))
    for draw in (page_table, page_markdown):
        assert "few" in "".join(draw(narrow, Screen()))
        assert "".join(draw([[ByRoom(full=never)]], Screen())) == ""
    assert "many" in "".join(page_html(pages(ByRoom(never, lambda: [Paragraph("many")])), Screen()))


def test_a_page_of_parts_has_one_title_and_links_to_them() -> None:
    first = ByRoom(full=lambda: [Heading("all", level=1), Heading("beside")])
    parts = [Heading("a", level=1), Heading("b"), Heading("a", level=1)]
    text = "".join(page_html([[first, *parts]], Screen()))
    assert re.findall(r"<(h\d.*?)>(.*?)</h", text.partition("<main>")[2]) == [
        *(("h1", "all"), ('h2 id="about-beside"', "beside")),
        *(('h2 id="part-1"', "a"), ('h3 id="about-b"', "b")),
        ('h2 id="part-2"', "a"),
    ]
    assert re.findall(r'<a href="#(.*?)">(.*?)</a>', text) == [("part-1", "a"), ("part-2", "a")]
    assert "<nav" not in "".join(page_html([parts[:2]], Screen()))


def test_numbers_are_sorted_as_numbers() -> None:
    rows: list[list[Cell]] = [
        ["x", 1_000, Figure("2 KiB", 2048), Share(1, 4), Multiple(3, 2), Figure("?"), None]
    ]
    text = "".join(page_html([[LongTable(["t"] * 7, rows)]], Screen()))
    assert re.findall(r'<td class="number"(.*?)>', text) == [
        *(' data-value="1000"', ' data-value="2048"', ' data-value="0.25"', ' data-value="1.5"'),
        "",
    ]


def test_a_check_that_failed_is_named() -> None:
    rows: list[list[Cell]] = [
        ["x", Checks({"shape": True, "macs": False})],
        ["y", Checks({"shape": True})],
    ]
    text = "".join(page_html([[LongTable(["t", "checks"], rows)]], Screen()))
    assert '<td><span class="bad">✓✗ macs</span></td>' in text
    assert "<td>✓</td>" in text


def test_long_tables_are_filtered_sorted_and_folded() -> None:
    text = "".join(page_html([[LONG, Folded("more", LONG)]], Screen()))
    assert text.count("<tr>") == 2 * (1 + 30)
    assert text.count('<table class="sortable pending"') == 2
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
