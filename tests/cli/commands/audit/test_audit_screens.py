"""`convcalc audit` on every screen, and names that try to do something to it."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from convcalc_cli.shell.outcome import Outcome
from convcalc_cli.shell.screen import ASCII, UNICODE, Glyphs, Screen
from support.audits import (
    audit,
    example,
    spelled,
    text,
)
from support.program import run_process
from support.slow import slow_unless


def outcome(*files: Path) -> Outcome:
    """What is to be drawn, before it is known for which screen."""
    from typer.main import get_command

    from convcalc_cli.app import app

    result: Any = get_command(app).main(
        args=["audit", *map(str, files)], prog_name="convcalc", standalone_mode=False
    )
    assert isinstance(result, Outcome)
    return result


def drawn(files: Sequence[Path], width: int | None, glyphs: Glyphs) -> str:
    """What a terminal of some width shows."""
    return "".join(outcome(*files).render(Screen(width=width, glyphs=glyphs)))


NUMBERS = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w.,]*\d)")
COUNT = re.compile(r"[\d,]+")
NARROW = 36
EVERY = {"mobilenet-v1": 4, "resnet50": 1, "r3d18": 5, "unet": 6, "dcgan-generator": 7}
"""How many widths are passed over: the networks differ in names and numbers, not in columns."""


def layer_lines(page: str) -> list[str]:
    """The rows of the layer table, without its notes."""
    rows = page.split("\n\n")[1].splitlines()[2:]
    return [line for line in rows if not re.match(r"\*|x N|depth|not shown", line)]


@pytest.mark.parametrize("glyphs", [ASCII, UNICODE], ids=["ascii", "unicode"])
@pytest.mark.parametrize("name", slow_unless(lambda name: name == "unet", EVERY))
@pytest.mark.parametrize("widths", [(30, NARROW), (NARROW, 201)])
def test_every_width(name: str, glyphs: Glyphs, widths: tuple[int, int]) -> None:
    """No number is ever cut, and no line is wider than the screen where that is possible."""
    report = outcome(example(name))
    one = "".join(report.render(Screen(glyphs=glyphs)))
    cells = [re.split(r" {2,}", line.strip()) for line in layer_lines(one)]
    labels = {row[0] for row in cells}
    counts = {cell for row in cells for cell in row[1:] if COUNT.fullmatch(cell)}
    totals = set(NUMBERS.findall(one.split("Where the MACs")[0])) - counts
    for width in range(*widths, EVERY[name]):
        page = "".join(report.render(Screen(width=width, glyphs=glyphs)))
        shown = set(re.findall(r"[\d,]+", page))
        assert counts <= shown, (width, counts - shown)
        assert totals <= shown, (width, totals - shown)
        widest = max(map(len, page.splitlines()))
        assert widest <= max(width, 40), (width, widest)
        if glyphs is ASCII:
            assert page.isascii()
        if width >= 150:
            assert all(label in page for label in labels)


def test_a_file_is_as_wide_as_it_likes(capsys: pytest.CaptureFixture[str]) -> None:
    page = text(capsys, example("mobilenet-v1"))
    assert page == drawn([example("mobilenet-v1")], None, UNICODE)
    assert "~" not in page
    assert "…" not in page


def test_an_ascii_terminal() -> None:
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran = run_process(f"audit {example('resnet18')}", environment)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.isascii()
    assert "11,689,512" in ran.out


HOSTILE = [
    *("[bold]x[/]", "[/]", "\x1b[31mred\x1b[0m", "::error::x", "=1+1", "+1", "-1", "@x"),
    *("<script>alert(1)</script>", "\u202egnp.exe", "\u2066x\u2069", "a\nb", "a\r\n::error::x"),
    *("a|b", "`x`", "**x**", "\x9b31m", "\x00", "\x07", "a\u2028b", "{x}", "{0}", "%s", "--x"),
]


def hostile_file(folder: Path, name: str) -> Path:
    file = folder / "net.yaml"
    lines = "input: [3, 8, 8]\nlayers:\n  - {conv: 8, kernel_size: 3, name: stem}\n  - relu\n"
    file.write_text(f"name: {json.dumps(name)}\n{lines}", "utf-8")
    return file


def shown(name: str) -> str:
    """As at the start of a line, where what looks like a workflow command is in quotes."""
    text = spelled(name)
    return f"'{text}'" if text.startswith("::") else text


@pytest.mark.parametrize("width", [None, 80])
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_on_a_screen(name: str, width: int | None, tmp_path: Path) -> None:
    file = hostile_file(tmp_path, name)
    page = drawn([file, file], width, UNICODE)
    lines = page.split("\n")
    assert page.replace("\n", "").isprintable()
    assert not [line for line in lines if line.startswith("::")]
    assert f"{shown(name)}: (3, 8, 8)" in lines[0]
    assert [line for line in lines if line.startswith(f"{shown(name)} ")]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
class TestHostileNames:
    def test_json(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        written = text(capsys, hostile_file(tmp_path, name), "-f", "json")
        assert json.loads(written)["networks"][0]["name"] == name
        assert written.isascii()
        assert written.replace("\n", "").isprintable()

    def test_csv(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        written = text(capsys, hostile_file(tmp_path, name), "-f", "csv")
        _, *rows = csv.reader(io.StringIO(written, newline=""))
        guarded = spelled(name) if name[1:].isdigit() else f"'{spelled(name)}"
        guarded = guarded if name[0] in "=+-@\t\r:" else spelled(name)
        assert [row[0] for row in rows] == [guarded] * 2

    def test_markdown(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        written = text(capsys, hostile_file(tmp_path, name), "-f", "markdown")
        first = written.splitlines()[0]
        assert written.replace("\n", "").isprintable()
        code = re.fullmatch(r"## (`+) ?(.+?) ?\1", first)
        assert code
        assert code[2] == f"{shown(name)}: (3, 8, 8)"
        assert code[1] not in code[2]

    def test_a_summary(self, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = hostile_file(tmp_path, name)
        written = text(capsys, file, file, "-f", "markdown")
        assert written.replace("\n", "").isprintable()
        rows = [line for line in written.splitlines() if line.startswith("| ")]
        cells = [re.split(r"(?<!\\)\|", line) for line in rows[-2:]]
        assert [len(row) for row in cells] == [7, 7]
        assert "<script>" not in re.sub(r"\\.", "", rows[-1])


def test_hostile_places_in_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(
        'input: [3]\nlayers:\n  - "\\e[31m\\u202E\\n::error::x"\n  - {"[bold]{x}": 1}\n', "utf-8"
    )
    ran = audit(capsys, "net.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.replace("\n", "").isprintable()
    assert [line for line in ran.err.splitlines() if "error: " in line] == [
        "net.yaml:3:5: error: unknown operation \\x1b[31m\\u202e\\n::error::x",
        "net.yaml:4:6: error: unknown operation [bold]{x}",
    ]
