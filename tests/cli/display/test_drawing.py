"""Values of the engine as the tables of the commands, in text and in HTML."""

import io
import re
import sys
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

import convcalc
from convcalc_cli.display.drawing import html, text
from convcalc_cli.display.fragment import STYLE
from convcalc_cli.program import main
from convcalc_cli.shell.screen import Screen
from support.audits import example

CONV = convcalc.Conv(16, 32, 3, padding=1, groups=4)
FLAG = re.compile(r"--\w")


def loaded(name: str) -> convcalc.Network:
    return convcalc.load(str(example(name)))


VALUES: dict[str, Callable[[], Any]] = {
    "network": lambda: loaded("resnet50"),
    "audit": lambda: loaded("unet").audit(),
    "comparison": lambda: convcalc.compare(CONV, (16, 64, 64)),
    "missing design": lambda: convcalc.compare(convcalc.Conv(3, 7, 3), (3, 9, 9)),
    "difference": lambda: convcalc.diff(loaded("resnet18"), loaded("resnet50")),
    "no difference": lambda: convcalc.diff(loaded("m5"), loaded("m5")),
    "verification": lambda: convcalc.verify(loaded("m5")),
    "fitted": lambda: convcalc.fit(loaded("resnet20"), max_macs="80%"),
    "nothing fits": lambda: convcalc.fit(loaded("resnet20"), max_macs="0.1%"),
}
every_value = pytest.mark.parametrize("kind", VALUES)


class Elements(HTMLParser):
    """What a fragment consists of; a tag that is not closed is an error."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.feed(fragment)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update([name for name, _ in attrs])
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update([name for name, _ in attrs])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def of_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> list[str]:
    """What a command prints on a screen of 100 columns."""
    with monkeypatch.context() as here:
        here.setattr("convcalc_cli.program.screen_of", lambda *_: Screen(100))
        main(list(words))
    return capsys.readouterr().out.splitlines()


@every_value
def test_text_is_plain_and_fits_a_terminal(kind: str) -> None:
    lines = text(VALUES[kind]()).splitlines()
    assert max(map(len, lines)) <= 100
    assert all(line.isprintable() and line == line.rstrip() for line in lines)
    assert lines[0]
    assert lines[-1]


@pytest.mark.parametrize(("columns", "width"), [(20, 80), (90, 90), (500, 100)])
def test_the_width_is_that_of_the_terminal_within_bounds(
    columns: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    found = convcalc.fit(loaded("resnet20"), max_macs="80%")
    prose = text(found).splitlines()
    assert width - 20 < max(map(len, prose)) <= width


@every_value
def test_no_flags_where_there_are_none(kind: str) -> None:
    value = VALUES[kind]()
    assert not FLAG.search(text(value))
    assert not FLAG.search(html(value).partition("</style>")[2])


@every_value
def test_text_is_the_same_in_a_notebook(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich finds a notebook by its shell, and writes there by itself."""
    value = VALUES[kind]()
    expected = text(value)
    shell = type("ZMQInteractiveShell", (), {})
    monkeypatch.setattr("builtins.get_ipython", shell, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert text(value) == expected


def test_text_for_a_stream_without_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    for make in (VALUES["network"], VALUES["comparison"]):
        print(text(make()), file=stream)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("network", ["audit", str(example("resnet50"))]),
        (
            "comparison",
            ["layer", "--in", "16", "--out", "32", "-g", "4", "-p", "1", "--size", "64"],
        ),
        ("difference", ["diff", str(example("resnet18")), str(example("resnet50"))]),
    ],
)
def test_the_lines_of_the_command(
    kind: str,
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = text(VALUES[kind]()).splitlines()
    remarks = ("x N:", "depth ", "input  ")  # these name flags
    said = of_command(capsys, monkeypatch, *words)
    figures = [line for line in own[1:] if line and not line.startswith(remarks)]
    figures = [line for line in figures if not re.search(" from that: | smaller changes?: ", line)]
    assert [line for line in figures if line not in said] == []
    assert len(figures) >= 15


def test_unknown_kinds_have_no_table() -> None:
    for draw in (text, html):
        with pytest.raises(TypeError, match="no table of int"):
            draw(3)


@every_value
def test_html_is_whole_and_stays_in_its_place(kind: str) -> None:
    found = Elements(html(VALUES[kind]()))
    assert not {"script", "link", "input", "h1", "h2"} & set(found.tags)
    assert not {"id", "onclick", "href", "src"} & set(found.attributes)
    assert found.tags["style"] == 1


def test_every_rule_is_about_the_fragment() -> None:
    for rule in STYLE.read_text("utf-8").splitlines():
        assert rule.startswith(".convcalc.convcalc.convcalc")
        assert "," not in re.sub(r":is\([^)]*\)", "", rule.partition("{")[0])


def test_html_of_resnet50_is_small_and_folded() -> None:
    network = loaded("resnet50")
    fragment = html(network.audit())
    assert len(fragment.encode()) < 200_000
    seen, folded = fragment.split("<details>")
    assert "<summary>All 175 layers</summary>" in folded
    assert Elements(fragment).tags["tr"] > 175
    assert seen.count("<tr") < 60
    for name in ("25,557,032", "4,089,184,256"):  # Table 1 of the paper rounds these
        assert name in seen


def test_html_has_a_bound() -> None:
    layers = [{"conv": 4, "kernel_size": 1, "name": f"a{at}.b"} for at in range(5000)]
    big = convcalc.network({"input": [4, 8, 8], "layers": layers})
    fragment = html(big.audit())
    assert len(fragment.encode()) < 300_000
    assert "4,700 more rows" in fragment


def test_names_are_text() -> None:
    name = "<b>\x1b[31m"
    layers = [{"opaque": "<i>a", "shape": "same"}]
    network = convcalc.network({"input": [4, 8, 8], "layers": layers}).replace(name=name)
    assert "<b>" not in html(network)
    assert "&lt;i&gt;a" in html(network)
    assert "\x1b" not in text(network)
    assert "\x1b" not in repr(network)


def test_a_network_is_shown_with_its_budget() -> None:
    content = {"input": [3, 8, 8], "layers": [{"conv": 4, "kernel_size": 3}]}
    network = convcalc.network({**content, "budget": {"params": 100}})
    assert "over its budget of 100" in text(network)
    assert "over its budget of 100" in html(network)
    assert "budget" not in text(network.audit())
