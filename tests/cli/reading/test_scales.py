"""Scales of model files at the command line: all of them, one by its name, and files beside."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.models import conv, model
from support.program import run

SCALES = "nc: 3\nscales: {n: [1, 0.25, 1024], x: [1, 1.5, 1024]}"
ROWS = ("[-1, 1, Conv, [32, 3, 2]]", "[-1, 1, Conv, [64, 3, 2]]")
TEXT = model(*ROWS, top=SCALES)
SMALL, LARGE = (conv(3, c, 3) + conv(c, 2 * c, 3) for c in (8, 48))
NETWORK = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a model."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path


Capture = pytest.CaptureFixture[str]


def networks(capsys: Capture, words: str) -> list[tuple[str, str, int]]:
    """The file, the name and the params of each network of an audit."""
    found = json.loads(run(capsys, f"audit {words} -f json").out)["networks"]
    return [(each["file"], each["name"], each["totals"]["params"]) for each in found]


def test_all_scales(capsys: Capture) -> None:
    assert networks(capsys, "net.yaml --scale all") == [
        ("net.yaml@n", "net-n", SMALL),
        ("net.yaml@x", "net-x", LARGE),
    ]
    err = run(capsys, "audit net.yaml --scale all").err
    assert err == "net.yaml: warning: defaults used: size 640\n"  # once, for both


def test_other_files_have_one_network(capsys: Capture) -> None:
    Path("other.yaml").write_text(NETWORK, encoding="utf-8")
    Path("plain.yaml").write_text(model(*ROWS), encoding="utf-8")
    found = networks(capsys, "other.yaml plain.yaml --scale all")
    assert [file for file, _, _ in found] == ["other.yaml", "plain.yaml"]


def test_an_error_is_reported_once(capsys: Capture) -> None:
    Path("net.yaml").write_text(TEXT.replace("Conv, [64", "Cov, [64"), encoding="utf-8")
    ran = run(capsys, "audit net.yaml --scale all")
    assert ran.code == 2
    assert ran.err.count("unknown module Cov") == 1


def test_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(TEXT.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert [params for _, _, params in networks(capsys, "- --scale all")] == [SMALL, LARGE]


def test_a_scale_by_name(capsys: Capture) -> None:
    assert networks(capsys, "net.yaml@x") == [("net.yaml@x", "net-x", LARGE)]
    ran = run(capsys, "diff net.yaml@n net.yaml@x -f json")
    assert json.loads(ran.out)["totals"]["params"]["change"] == LARGE - SMALL
    assert "git" not in run(capsys, "diff nope.yaml@n net.yaml@x").err
    ran = run(capsys, "sweep net.yaml --vary scale=n,x,z -f json")
    points = json.loads(ran.out)["points"]
    assert [point.get("params") for point in points] == [SMALL, LARGE, None]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("audit net.yaml@z", "there is no scale z; the file has n, x"),
        ("audit net.yaml@x --scale n", "net.yaml@x has a scale already"),
        ("audit other.yaml@x", "other.yaml is a YAML file, which has no scales"),
        ("audit other.yaml --scale x", "--scale is for models of Ultralytics"),
        ("audit other.yaml --modules m.yaml", "--modules is for models of Ultralytics"),
        ("audit none.yaml@x", "none.yaml@x: error: cannot be read"),
        ("convert net.yaml --scale all", "--scale all is for audit, check and snapshot"),
        ("fit net.yaml --scale all --max-params 9", "--scale all is for audit, check and snapshot"),
    ],
)
def test_what_cannot_be(words: str, message: str, capsys: Capture) -> None:
    Path("other.yaml").write_text(NETWORK, encoding="utf-8")
    ran = run(capsys, words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_file_with_such_a_name_is_itself(capsys: Capture) -> None:
    Path("net.yaml@x").write_text(NETWORK, encoding="utf-8")
    assert networks(capsys, "net.yaml@x")[0][2] == 4 * 27 + 4


class TestNamesOfFamilies:
    """`yolov8s.yaml` is `yolov8.yaml` at a scale where it is not there itself."""

    def test_the_scale(self, capsys: Capture) -> None:
        Path("nets").mkdir()
        Path("nets/yolov8-p2.yaml").write_text(TEXT, encoding="utf-8")
        found = [("nets/yolov8x-p2.yaml", "yolov8x-p2", LARGE)]
        assert networks(capsys, "nets/yolov8x-p2.yaml") == found
        ran = run(capsys, "audit nets/yolov8s-p2.yaml")
        assert ran.err.startswith("nets/yolov8-p2.yaml")  # the file to look into
        assert "there is no scale s; the file has n, x" in ran.err

    def test_a_file_of_its_own(self, capsys: Capture) -> None:
        Path("yolov8.yaml").write_text(TEXT, encoding="utf-8")
        Path("yolov8x.yaml").write_text(TEXT.replace("[64,", "[128,"), encoding="utf-8")
        (found,) = networks(capsys, "yolov8x.yaml")
        assert found[2] == conv(3, 48, 3) + conv(48, 192, 3)

    def test_the_file_itself_is_not_overwritten(self, capsys: Capture) -> None:
        Path("yolov8.yaml").write_text(TEXT, encoding="utf-8")
        for words in ("yolov8n.yaml", "yolov8.yaml@n"):
            ran = run(capsys, f"convert {words} -o yolov8.yaml")
            assert ran.code == 2
            assert Path("yolov8.yaml").read_text(encoding="utf-8") == TEXT


class TestCheck:
    """Budgets, findings and snapshots, by scale."""

    def test_places_are_in_the_file_itself(self, capsys: Capture) -> None:
        words = f"check net.yaml --scale all --max-params {SMALL}"
        over = f"params {LARGE:,} is"
        assert run(capsys, f"{words} -f concise").out.startswith(f"net.yaml: CC101 scale x: {over}")
        ran = run(capsys, f"{words} --kernel-sizes 1 -f github")
        assert "::error file=net.yaml,line=4,col=5," in ran.out
        assert "::scale n: model.0.conv has a kernel of 3x3" in ran.out
        (issue,) = json.loads(run(capsys, f"{words} -f gitlab").out)
        assert issue["location"]["path"] == "net.yaml"
        assert issue["description"].startswith(f"CC101: scale x: {over}")
        (result,) = json.loads(run(capsys, f"{words} -f sarif").out)["runs"][0]["results"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "net.yaml"
        assert result["message"]["text"].startswith(f"scale x: {over}")
        assert (
            '<testcase classname="net.yaml@n" name="net-n"/>'
            in run(capsys, f"{words} -f junit").out
        )
        found = json.loads(run(capsys, f"{words} -f json").out)
        assert [(each["file"], each["status"]) for each in found["files"]] == [
            ("net.yaml@n", "ok"),
            ("net.yaml@x", "over budget"),
        ]

    def test_fingerprints_differ(self, capsys: Capture) -> None:
        ran = run(capsys, "check net.yaml --scale all --max-params 1 -f gitlab")
        one, other = [each["fingerprint"] for each in json.loads(ran.out)]
        alone = json.loads(run(capsys, "check net.yaml@x --max-params 1 -f gitlab").out)
        assert one != other == alone[0]["fingerprint"]

    def test_limits_of_one_scale(self, capsys: Capture) -> None:
        def statuses() -> list[Any]:
            found = json.loads(run(capsys, "check net.yaml --scale all -f json").out)
            return [each["status"] for each in found["files"]]

        config = Path("convcalc.toml")
        config.write_text('[[check]]\nfiles = ["*@x"]\nmax-params = 1\n', encoding="utf-8")
        assert statuses() == ["ok", "over budget"]
        config.write_text('[[check]]\nfiles = ["net.yaml"]\nmax-params = 1\n', encoding="utf-8")
        assert statuses() == ["over budget"] * 2
        assert "no file matches" not in run(capsys, "check net.yaml --scale all").err

    def test_the_budget_holds_for_every_scale_and_expectations_for_none(
        self, capsys: Capture
    ) -> None:
        own = f"x-convcalc: {{budget: {{params: {SMALL}}}, expect: {{params: {SMALL + 1}}}}}"
        Path("net.yaml").write_text(model(*ROWS, top=f"{SCALES}\n{own}"), encoding="utf-8")
        ran = run(capsys, "check net.yaml -f concise")
        assert "CC201" in ran.out  # as written
        ran = run(capsys, "check net.yaml --scale all -f json")
        found = json.loads(ran.out)["findings"]
        assert [(each["file"], each["code"]) for each in found] == [("net.yaml@x", "CC101")]

    def test_snapshots(self, capsys: Capture) -> None:
        Path("other.yaml").write_text(NETWORK, encoding="utf-8")
        assert run(capsys, "snapshot . --scale all -o base.json").code == 0
        recorded = json.loads(Path("base.json").read_text(encoding="utf-8"))["networks"]
        assert [*recorded] == ["net.yaml@n", "net.yaml@x", "other.yaml"]
        words = "check . --scale all --against base.json"
        assert run(capsys, words).code == 0
        Path("net.yaml").write_text(TEXT.replace("1.5", "2.0"), encoding="utf-8")
        ran = run(capsys, f"{words} -f json")
        assert {each["file"] for each in json.loads(ran.out)["findings"]} == {"net.yaml@x"}
        assert run(capsys, f"{words} --update").code == 0
        assert run(capsys, words).code == 0
        ran = run(capsys, "check net.yaml@n --against base.json -f json")
        assert json.loads(ran.out)["findings"] == []
        Path("net.yaml").unlink()
        ran = run(capsys, f"{words} -f concise")
        assert ran.out.count("is in the snapshot, but no longer there") == 2


class TestModules:
    """A file with modules is an input like others."""

    @pytest.fixture(autouse=True)
    def files(self, folder: Path) -> None:
        (folder / "mine.yaml").write_text("Mine: {like: Conv}\n", encoding="utf-8")
        text = TEXT.replace("Conv, [64", "Mine, [64")
        (folder / "net.yaml").write_text(text, encoding="utf-8")

    @pytest.mark.parametrize(
        "words",
        [
            "audit net.yaml",
            "check net.yaml",
            "check none.yaml",
            "snapshot net.yaml",
            "sweep net.yaml --vary scale=n,x",
            "diff net.yaml@n net.yaml@x",
            "convert net.yaml",
            "fit net.yaml --max-params 50%",
        ],
    )
    def test_it_is_read_and_never_overwritten(self, words: str, capsys: Capture) -> None:
        if "none" not in words:
            ran = run(capsys, f"{words} --modules mine.yaml")
            assert ran.code == 0, ran.err
        ran = run(capsys, f"{words} --modules mine.yaml -o mine.yaml")
        assert ran.code == 2
        assert Path("mine.yaml").read_text(encoding="utf-8") == "Mine: {like: Conv}\n"

    def test_scales_of_a_fit(self, capsys: Capture) -> None:
        words = "fit net.yaml --modules mine.yaml --scale x --max-params 50% -f json"
        assert json.loads(run(capsys, words).out)["network"] == "net-x"

    def test_solve(self, capsys: Capture) -> None:
        macs = 320 * 320 * 27 * 8 + 160 * 160 * 9 * 8 * 16
        words = f"solve batch=1:9:1 net.yaml --modules mine.yaml --scale n --max-macs {3 * macs}"
        assert json.loads(run(capsys, f"{words} -f json").out)["value"] == 3
