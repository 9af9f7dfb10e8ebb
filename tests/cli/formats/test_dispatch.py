"""Which format a report is written in: named, or by the ending of the output file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convcalc_cli.page.formats import PAGE_FORMATS
from support.program import run

LAYER = "layer --in 16 --out 32 -g 4"
NET = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)


@pytest.mark.parametrize(
    ("words", "name", "start"),
    [
        (LAYER, "x.json", '{\n  "convcalc"'),
        (LAYER, "x.csv", "network,name,"),
        (LAYER, "X.CSV", "network,name,"),
        (LAYER, "x.md", "## `Conv2d"),
        (LAYER, "x.markdown", "## `Conv2d"),
        (LAYER, "x.html", "<!doctype html>"),
        (LAYER, "x.htm", "<!doctype html>"),
        (LAYER, "x.txt", "Conv2d("),
        (LAYER, "x", "Conv2d("),
        (f"{LAYER} --format json", "x.txt", '{\n  "convcalc"'),
        ("check net.yaml", "x.xml", "<?xml"),
        ("check net.yaml", "x.sarif", "{"),
        ("check net.yaml", "x.json", '{\n  "convcalc"'),
        ("check net.yaml --format sarif", "x.json", "{"),
        ("check net.yaml --format gitlab", "x.json", "["),
        ("audit net.yaml", "x.html", "<!doctype html>"),
        ("diff net.yaml net.yaml", "x.md", "## `net.yaml"),
        ("sweep net.yaml --vary size=8,9", "x.csv", "size,"),
    ],
)
def test_the_ending_of_the_file_chooses(
    capsys: pytest.CaptureFixture[str], words: str, name: str, start: str
) -> None:
    ran = run(capsys, f"{words} -o {name}")
    assert (ran.code, ran.out) == (0, "")
    assert Path(name).read_text().startswith(start)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            f"{LAYER} -f csv -o x.json",
            "--format csv contradicts the ending of --output x.json",
        ),
        (
            "check net.yaml -f json -o x.sarif",
            "--format json contradicts the ending of --output x.sarif",
        ),
        (
            f"{LAYER} -o x.xml",
            "--output x.xml: convcalc layer has no format for .xml files; "
            f"its formats are {', '.join([*PAGE_FORMATS, 'json', 'csv'])}",
        ),
        (f"{LAYER} --html x.txt", "--html x.txt does not end in .html"),
        (f"{LAYER} --format jsn", "--format jsn: unknown format; did you mean json?"),
    ],
)
def test_contradictions_are_refused(
    capsys: pytest.CaptureFixture[str], words: str, message: str
) -> None:
    ran = run(capsys, words)
    assert (ran.code, ran.out, ran.err) == (2, "", f"error: {message}\n")
    assert not any(Path(name).exists() for name in ("x.json", "x.sarif", "x.xml", "x.txt"))


@pytest.mark.parametrize(
    "words",
    [
        LAYER,
        "audit net.yaml",
        "check net.yaml",
        "diff net.yaml net.yaml",
        "sweep net.yaml --vary size=8,9",
    ],
)
def test_every_page_is_written_as_html_beside_another_format(
    capsys: pytest.CaptureFixture[str], words: str
) -> None:
    ran = run(capsys, f"{words} --html page.html --format json")
    assert ran.code == 0
    json.loads(ran.out)
    assert Path("page.html").read_text().startswith("<!doctype html>")
