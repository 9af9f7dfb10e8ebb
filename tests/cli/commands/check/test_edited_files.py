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


def test_a_model_that_is_no_yaml_is_not_skipped_in_a_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = (EDITED / "module-read.yaml").read_text("utf-8")
    (tmp_path / "broken.yaml").write_text(text.replace("  - [[-1, 3]", "   - [[-1, 3]"))
    (tmp_path / "detector.yaml").write_text("backbone: [\nneck: 1\n")
    ran = run(capsys, f"check {tmp_path} -f concise")
    assert ran.code == 2
    assert "broken.yaml:" in ran.out
    assert "check the indentation" in ran.out
    assert "detector.yaml" not in ran.out


class TestFolders:
    """Formats of other programs beside each other, as `check` finds them."""

    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("yolov8n-comment.yaml", "filters.cfg", "two-outputs.prototxt"):
            Path(name).write_bytes((EDITED / name).read_bytes())
        Path("setup.cfg").write_text("[metadata]\nname = net\n")
        Path("solver.prototxt").write_text('net: "two-outputs.prototxt"\n')
        Path("data.yaml").write_text("nc: 2\nnames: [cat, dog]\n")

    def test_networks_are_known_by_their_content(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = as_json(capsys, ".")
        assert [(each["file"], each["status"]) for each in found["files"]] == [
            ("filters.cfg", "ok"),
            ("two-outputs.prototxt", "ok"),
            ("yolov8n-comment.yaml", "ok"),
        ]
        assert found["summary"]["skipped"] == 3

    def test_formats_and_excluded_files(self, capsys: pytest.CaptureFixture[str]) -> None:
        def files(words: str) -> list[str]:
            return [each["file"] for each in as_json(capsys, words)["files"]]

        assert files(". --formats darknet,caffe") == ["filters.cfg", "two-outputs.prototxt"]
        assert files(". --formats ultralytics") == ["yolov8n-comment.yaml"]
        Path("convcalc.toml").write_text('exclude = ["*.cfg", "yolo*"]\n')
        assert files(".") == ["two-outputs.prototxt"]

    def test_budgets_by_pattern(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Two convolutions of 3 and 8 channels and a head are 29,580 params; see the comment."""
        Path("convcalc.toml").write_text(
            '[[check]]\nfiles = ["*.cfg", "yolov8*.yaml"]\nmax-params = "29k"\n'
            '[[check]]\nfiles = ["*.prototxt"]\nlevel = "warn"\nmax-params = 10\n'
        )
        found = as_json(capsys, ".")["findings"]
        assert [(each["file"], each["code"], each["level"], each["actual"]) for each in found] == [
            ("two-outputs.prototxt", "CC101", "warning", 1684),
            ("yolov8n-comment.yaml", "CC101", "error", 29580),
        ]

    @pytest.mark.parametrize(
        ("told", "places"),
        [
            ("budget: {params: 1k}", [("13:12", "CC101")]),
            ("budget: {params: 30k}", []),
            ("budgett: {params: 1k}", [("13:3", "CC002")]),
            ("budget: {param: 1k}\n  foo: 1", [("13:12", "CC002"), ("14:3", "CC002")]),
            ("expect: {params: 29580}", []),
            ("expect: {params: 9, macs: 9}", [("13:12", "CC201"), ("13:23", "CC201")]),
            ("expect: {shapes: {model.9: [1]}}", [("13:21", "CC002")]),
            ("5", [("13:3", "CC002")]),
        ],
    )
    def test_figures_in_the_file(
        self, told: str, places: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = Path("yolov8n-comment.yaml").read_text()
        Path("yolov8n-comment.yaml").write_text(f"{text}x-convcalc:\n  {told}\n")
        out = run(capsys, "check yolov8n-comment.yaml -f concise").out.splitlines()
        found = [line.split(":", 3) for line in out]
        assert [(f"{line}:{column}", rest.split()[0]) for _, line, column, rest in found] == places
