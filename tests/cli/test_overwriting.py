"""Nothing that was read is written over, and no file is written twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.program import run

NET = "name: net\ninput: [3, 8, 8]\nlayers:\n  - {conv: 4, kernel_size: 3}\n"


@pytest.mark.parametrize(
    "words",
    [
        "audit net.yaml -o net.yaml",
        "audit net.yaml -o ./net.yaml",
        "audit net.html --html net.html",
        "audit net.svg --plot net.svg",
        "audit net.yaml -o link.yaml",
        "check net.yaml -o net.yaml",
        "diff net.yaml other.yaml -o other.yaml",
        "snapshot net.yaml -o net.yaml",
        "sweep net.yaml --vary size=8,16 -o net.yaml",
        "audit net.yaml -o a.html --html a.html",
    ],
)
def test_what_was_read_stays(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("net.yaml", "net.html", "net.svg", "other.yaml"):
        Path(name).write_text(NET, "utf-8")
    Path("link.yaml").symlink_to("net.yaml")
    before = {path.name for path in tmp_path.iterdir()}
    ran = run(capsys, words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith("it is read or written already\n")
    assert {path.name for path in tmp_path.iterdir()} == before
    assert {path.read_text("utf-8") for path in tmp_path.iterdir()} == {NET}


def test_an_earlier_report_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, "utf-8")
    Path("out.csv").write_text("old", "utf-8")
    assert run(capsys, "audit net.yaml -f csv -o out.csv").code == 0
    assert Path("out.csv").read_text("utf-8").startswith("network,")


def test_a_layer_is_written_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "layer --in 16 --out 32 -g 4 -f json"
    shown = run(capsys, words).out
    assert run(capsys, f"{words} -o {tmp_path / 'a.json'}").out == ""
    assert (tmp_path / "a.json").read_text("utf-8") == shown
