"""Edited files of other frameworks: each mistake that people make is found; their twins are fine.

A file with a mistake says in the comment at its top what `check` finds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convcalc.checks.rules import RULES
from support.checks import check
from support.program import ROOT, run

EDITED = ROOT / "tests" / "cases" / "edited"
FILES = sorted(path.name for path in EDITED.iterdir())
CODES = {"CC004": 3, "CC005": 2, "CC006": 1, "CC007": 1, "CC008": 1, "CC201": 1}
"""How many files have each of the findings."""


def expected(name: str) -> str:
    """What a file says of itself, in the comment at its top."""
    lines = (EDITED / name).read_text("utf-8").split("\n")
    end = next(at for at, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join([line.removeprefix("# ") for line in lines[:end]])


BAD = [name for name in FILES if expected(name)]
GOOD = [name for name in FILES if not expected(name)]


def as_json(capsys: pytest.CaptureFixture[str], files: str) -> Any:
    return json.loads(check(capsys, f"{files} -f json").out)


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EDITED)


def test_there_is_a_case_of_every_kind_and_as_many_good_ones() -> None:
    found = [expected(name).split()[1] for name in BAD]
    assert {code: found.count(code) for code in found} == CODES
    assert {Path(name).suffix for name in GOOD} == {".yaml", ".cfg", ".prototxt"}
    assert len(GOOD) >= len(CODES)


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_found(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, f"check {name}")
    assert expected(name) in ran.out
    assert ran.code == (1 if "CC201" in expected(name) else 0)
    assert ran.out.count(f"{name}:") == 1


@pytest.mark.parametrize("name", BAD)
def test_audit_says_the_same(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the file expects is beside the total there."""
    ran = run(capsys, f"audit {name}")
    assert ran.code == 0
    if "CC201" not in expected(name):
        assert expected(name) in ran.err.replace("\r", "")


@pytest.mark.parametrize("name", GOOD)
def test_its_twin_is_fine(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, name)
    assert [each["status"] for each in found["files"]] == ["ok"]
    assert found["findings"] == []
    assert "CC" not in run(capsys, f"audit {name}").err


def test_every_format_has_the_codes(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, ".")["findings"]
    places = {(each["file"], each["line"], each["code"], each["level"]) for each in found}
    told = {
        (name, int(expected(name).split(":")[1]), code, "error" if code == "CC201" else "warning")
        for name in BAD
        for code in [expected(name).split()[1]]
    }
    assert places == told
    sarif = json.loads(run(capsys, "check . -f sarif").out)["runs"][0]
    assert {each["ruleId"] for each in sarif["results"]} == CODES.keys()
    texts = {
        rule["id"]: rule["fullDescription"]["text"] for rule in sarif["tool"]["driver"]["rules"]
    }
    github = run(capsys, "check . -f github").out
    for name, line, code, level in told:
        assert f"::{level} file={name},line={line}," in github
        assert texts[code] == next(rule.explanation for rule in RULES if rule.code == code)


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(capsys, f"rule {code}")
    assert ran.code == 0
    assert ran.out.startswith(code)


def test_what_heads_read_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """The strides are powers of two of the convolutions with stride 2 before each row."""
    out = run(capsys, "audit head-strides.yaml").out
    assert "Detect             rows 3, 7, 8" in out
    assert "strides 8, 8, 16" in out
    out = run(capsys, "audit strides-of-yolo.cfg").out
    assert "layers 1, 4" in out
    assert "strides 8, 8" in out
    (one,) = json.loads(run(capsys, "audit head-strides.yaml -f json").out)["networks"]
    assert one["source"]["heads"] == [{"head": "Detect", "rows": [3, 7, 8], "strides": [8, 8, 16]}]
    assert [each["code"] for each in one["warnings"]] == ["CC005"]
