"""Nothing that was read is written over, and no file is written twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.program import process_environment, run

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
    assert ran.err.endswith("this command already reads or writes it\n")
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


SNAPSHOT = '{"convcalc_snapshot": 1, "networks": {}}\n'
FILES = {
    "net.yaml": NET,
    "other.yaml": "services: {}\n",
    "base.json": SNAPSHOT,
    "convcalc.toml": "[[check]]\nmax-macs = 1000000\n",
    "own.toml": "[[check]]\nmax-macs = 1000000\n",
    "inner/pyproject.toml": "[tool.other]\n",
    "inner/skipped.yaml": "kind: Service\n",
    "inner/good.yaml": NET,
}


@pytest.mark.parametrize(
    "words",
    [
        "check net.yaml --against base.json -o base.json",
        "check net.yaml -f json -o convcalc.toml",
        "check net.yaml --config own.toml -o own.toml",
        "check . -o other.yaml",
        "check . -o inner/skipped.yaml",
        "check . -o inner/good.yaml",
        "check --skip-other net.yaml other.yaml -o other.yaml",
        "snapshot . -o other.yaml",
        "snapshot net.yaml other.yaml --skip-other -o inner/../other.yaml",
        "check . -o link",
        "check . -o hard",
        "check net.yaml --against base.json -o hard.json",
        "check net.yaml --against base.json --update -o hard.json",
        "audit net.yaml -o A.html --html a.html",
    ],
)
def test_what_was_read_for_any_purpose_stays(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("inner").mkdir()
    for name, text in FILES.items():
        Path(name).write_text(text, "utf-8")
    Path("link").symlink_to("other.yaml")
    Path("hard").hardlink_to("other.yaml")
    Path("hard.json").hardlink_to("base.json")
    ran = run(capsys, words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(("this command already reads or writes it\n", "that --update writes\n"))
    assert {name: Path(name).read_text("utf-8") for name in FILES} == FILES
    assert not list(tmp_path.glob("[Aa].html"))


def test_settings_further_up_are_read_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also one that says nothing to us."""
    (tmp_path / "inner").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path / "inner")
    for name in ("pyproject.toml", "../convcalc.toml"):
        assert run(capsys, f"check good.yaml -o {name}").code == 2
    assert run(capsys, "check good.yaml -o ../base.json").code == 0


def test_standard_input_is_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, "utf-8")
    with Path("net.yaml").open("rb") as given:
        ended = subprocess.run(
            [sys.executable, "-m", "convcalc_cli", "audit", "-", "-o", "net.yaml"],
            stdin=given,
            capture_output=True,
            check=False,
            env=process_environment(),
            timeout=60,
        )
    assert (ended.returncode, Path("net.yaml").read_text("utf-8")) == (2, NET)


def test_an_update_writes_what_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, "utf-8")
    Path("base.json").write_text(SNAPSHOT, "utf-8")
    assert run(capsys, "check net.yaml --against base.json --update").code == 0
    assert '"net.yaml"' in Path("base.json").read_text("utf-8")
