"""Figures that are not known are never shown as 0, and totals with them as lower bounds."""

import csv
import io
from pathlib import Path

import pytest

from support.program import report, run

OLD = """\
input: [8, 20, 20]
vars: {width: 4}
layers:
  - {conv: $width, kernel_size: 1, bias: false, name: stem}
  - {opaque: Mystery, shape: same, name: mystery}
"""
NEW = OLD.replace("same, name", "same, params: 7, name")
STEM = 8 * 4
MACS = STEM * 20 * 20


@pytest.fixture(autouse=True)
def _nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(OLD)
    Path("new.yaml").write_text(NEW)


def lines(capsys: pytest.CaptureFixture[str], command: str, code: int = 0) -> list[str]:
    ran = run(capsys, command)
    assert ran.code == code
    return [" ".join(line.split()) for line in ran.out.splitlines()]


def test_audit(capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines(capsys, "audit old.yaml new.yaml")
    assert any(line.startswith("mystery opaque Mystery (4, 20, 20) - ? ? -") for line in shown)
    assert f"MACs at least {MACS:,} {MACS / 1000:.1f} k" in shown
    summary = [line for line in shown if " old.yaml " in line or " new.yaml " in line]
    assert summary[0].startswith(f"old old.yaml at least {STEM} at least {MACS:,} ")
    assert summary[1].startswith(f"new new.yaml {STEM + 7} at least {MACS:,} ")


def test_diff(capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines(capsys, "diff old.yaml new.yaml")
    assert f"params at least {STEM} {STEM + 7} ? ?" in shown
    assert f"MACs at least {MACS:,} at least {MACS:,} 0 0 %" in shown
    assert "mystery params 'unknown' -> 7 7 ? ? ?" in shown
    ran = run(capsys, "diff old.yaml new.yaml -f csv")
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert [row[f"{side}_params"] for side in ("old", "new")] == ["", "7"]


def test_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    command = "sweep new.yaml --vary width=4,8"
    shown = lines(capsys, command)
    assert any(
        line.startswith(f"8 (8, 20, 20) {2 * STEM + 7} ")
        and f" at least {2 * MACS:,} 2.00x" in line
        for line in shown
    )
    points = report(capsys, f"{command} -f json")["points"]
    assert [point["unknown"] for point in points] == [["macs"], ["macs"]]
    rows = csv.DictReader(io.StringIO(run(capsys, f"{command} -f csv").out))
    assert [row["unknown"] for row in rows] == ["macs", "macs"]


def test_strict(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "check new.yaml").code == 0
    (found,) = [line for line in lines(capsys, "check new.yaml --strict", 1) if "CC203" in line]
    assert found == "new.yaml:5:5: CC203 mystery has unknown macs"
    assert run(capsys, "audit new.yaml").code == 0
    assert run(capsys, "audit new.yaml --strict").code == 1
