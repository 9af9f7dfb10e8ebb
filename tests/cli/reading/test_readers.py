"""What formats other than YAML need: binary files, places that are names, settings, targets."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.errors import SpecError
from convcalc.files import readers
from convcalc.files.loading import load, load_text, read_file
from convcalc.files.places import NamedPlace
from convcalc.files.readers import SourceFile
from convcalc.language.document import Overrides
from convcalc_cli.flags import completion
from support.program import Run, process_environment, run
from support.toy_reader import CONV, LSTM, RELU, TOY, WEIGHTS, toy

SMALL = toy(
    ("/stem/conv", CONV, 4), ("/stem/weights", WEIGHTS, 700), ("/relu", RELU, 0), ("/b", CONV, 4)
)
UNKNOWN = toy(("/stem/conv", CONV, 4), ("/lstm", LSTM, 0))
WRONG = toy(("/stem/conv", CONV, 4), ("/none", CONV, 0))
# 3*4*9 and 4 biases, 4*4*9 and 4 biases.
PARAMS = 112 + 148
OVER = "params 260 is 4.0 % over its budget of 250; the largest layer is b (56.9 %)"
SIZED = Overrides(size=8)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with the format known."""
    monkeypatch.setattr(readers, "READERS", (TOY, *readers.READERS))
    monkeypatch.chdir(tmp_path)
    Path("small.toy").write_bytes(SMALL)
    return tmp_path


@pytest.fixture
def sized(monkeypatch: pytest.MonkeyPatch) -> None:
    """The format with nothing that must be set, for commands without such flags."""
    monkeypatch.setattr(
        "support.toy_reader.read",
        lambda stream, name, settings, read=TOY.read: read(stream, name, {"size": 8, **settings}),
    )


def audited(capsys: pytest.CaptureFixture[str], words: str) -> Any:
    return json.loads(run(capsys, f"audit {words} --format json").out)


class TestChoice:
    @pytest.mark.parametrize("name", ["small.toy", "SMALL.TOY", "small.yaml", "small.bin", "-"])
    def test_by_ending_and_content(self, name: str) -> None:
        assert readers.reader_of(name, io.BytesIO(SMALL)) is TOY

    @pytest.mark.parametrize("name", ["net.yaml", "net.yml", "net.txt", "net", "-"])
    def test_what_is_nothing_else_is_yaml(self, name: str) -> None:
        assert readers.reader_of(name, io.BytesIO(b"input: [3]")).format == "yaml"

    def test_the_ending_says_what_a_broken_file_should_be(self) -> None:
        assert readers.reader_of("net.toy", io.BytesIO(b"version https://git-lfs")) is TOY
        (problem,) = load_text(b"oid", "net.toy", SIZED).problems[:1]
        assert problem.text == "this is not a toy file of version 1"

    def test_the_stream_is_left_at_its_start(self) -> None:
        stream = io.BytesIO(SMALL)
        readers.reader_of("-", stream)
        assert stream.tell() == 0

    def test_no_format_is_imported_before_it_is_read(self) -> None:
        told = (
            "import sys, convcalc.files.loading, convcalc_cli.reading.sources;"
            "print('yaml' in sys.modules)"
        )
        ran = subprocess.run(
            [sys.executable, "-c", told],
            capture_output=True,
            check=True,
            env=process_environment(),
            timeout=60,
        )
        assert ran.stdout.strip() == b"False"


class TestLoad:
    def test_a_file(self) -> None:
        assert load("small.toy", size=8).totals().params == PARAMS
        assert convcalc.load("small.toy", size=8).name == "small"

    def test_a_setting_that_is_missing_or_impossible(self) -> None:
        with pytest.raises(SpecError, match=r"^small\.toy: the input size is not in the file"):
            load("small.toy")
        with pytest.raises(SpecError, match="scale=3 is not 1, 2 or 4"):
            load("small.toy", vars={"scale": 3}, size=8)

    def test_every_variable_can_be_a_setting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        taking_all = TOY._replace(settings={"size": "", "*": ""})
        monkeypatch.setattr(readers, "READERS", (taking_all,))
        read = read_file(SourceFile.named("small.toy"), Overrides({"scale": 2, "depth": 3}, 8))
        assert read.settings == {"size": 8, "scale": 2, "depth": 3}
        assert (read.overrides, read.variables) == (Overrides({}), [])

    def test_a_place_is_a_name(self) -> None:
        (problem,) = load_text(WRONG, "net", SIZED).problems
        assert problem.place == NamedPlace("node", "/none", 2)
        Path("wrong.toy").write_bytes(WRONG)
        with pytest.raises(SpecError, match=r"^wrong\.toy: node /none: "):
            load("wrong.toy", size=8)

    def test_a_target(self) -> None:
        assert load("toys.small:net", size=8).totals().params == 3 * 8 * 9 + 8
        with pytest.raises(SpecError, match="input size"):
            load("toys.small:net")


class TestAudit:
    def test_rows_without_lines(self, capsys: pytest.CaptureFixture[str]) -> None:
        (network,) = audited(capsys, "small.toy --size 8")["networks"]
        assert network["totals"]["params"] == PARAMS
        assert [row["name"] for row in network["layers"]] == ["stem.conv", "relu_1", "b"]
        assert {(row["line"], row["column"]) for row in network["layers"]} == {(None, None)}

    def test_an_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("wrong.toy").write_bytes(WRONG)
        ran = run(capsys, "audit wrong.toy --size 8")
        assert ran.code == 2
        assert ran.err.startswith("wrong.toy: node /none: error: ")
        (error,) = audited(capsys, "wrong.toy --size 8")["errors"]
        assert (error["line"], error["column"]) == (None, None)
        assert error["message"].startswith("node /none: ")

    def test_settings(self, capsys: pytest.CaptureFixture[str]) -> None:
        (network,) = audited(capsys, "small.toy --size 8 --set scale=2")["networks"]
        assert network["totals"]["params"] == 3 * 8 * 9 + 8 + 8 * 8 * 9 + 8
        assert run(capsys, "audit small.toy") == Run(
            2, "", "small.toy: error: the input size is not in the file; set size\n"
        )
        assert run(capsys, "audit small.toy --set scale=3").err == (
            "small.toy: error: --scale 3 is not 1, 2 or 4\n"
        )

    def test_what_has_no_equivalent_is_a_warning(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("unknown.toy").write_bytes(UNKNOWN)
        ran = run(capsys, "audit unknown.toy --size 8")
        assert (ran.code, ran.err) == (
            0,
            "unknown.toy: node /lstm: warning: LSTM has no equivalent; its cost is missing\n",
        )

    def test_hostile_names(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("unknown.toy").write_bytes(
            toy(("\x1b[31m\n::error::x ##[x]", LSTM, 0), ("a", CONV, 4))
        )
        err = run(capsys, "audit unknown.toy --size 8").err
        assert err.splitlines()[0].startswith(
            r"unknown.toy: node \x1b[31m\n::error::x #\#[x]: warning: "
        )

    def test_verify(self, capsys: pytest.CaptureFixture[str]) -> None:
        pytest.importorskip("numpy")
        ran = run(capsys, "audit small.toy --size 8 --verify")
        assert (ran.code, ran.err) == (0, "")
        assert "stem.conv" in ran.out

    def test_a_target(self, capsys: pytest.CaptureFixture[str]) -> None:
        (network,) = audited(capsys, "toys.small:net --size 8")["networks"]
        assert network["totals"]["params"] == 3 * 8 * 9 + 8

    @pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
    def test_a_pipe(self) -> None:
        script = (
            "import sys; from convcalc.files import readers; from support.toy_reader import TOY;"
            "readers.READERS = (TOY, *readers.READERS); from convcalc_cli.program import main;"
            "sys.exit(main(sys.argv[1:]))"
        )
        environment = process_environment()
        tests = str(Path(__file__).parents[2])
        environment["PYTHONPATH"] += os.pathsep + tests
        ran = subprocess.run(
            [sys.executable, "-c", script, "audit", "/dev/stdin", "--size", "8", "-f", "json"],
            input=SMALL,
            capture_output=True,
            check=True,
            env=environment,
            timeout=60,
        )
        (network,) = json.loads(ran.stdout)["networks"]
        assert network["totals"]["params"] == PARAMS


@pytest.mark.usefixtures("sized")
class TestCheck:
    def test_folders(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("other.yaml").write_text("services: {}")
        Path("notes.txt").write_text("nothing")
        ran = run(capsys, "check . --format concise")
        assert ran == Run(
            1,
            f"small.toy: graph main: CC101 {OVER}\n",
            "1 file, 0 ok, 1 over budget, 1 other YAML file skipped\n",
        )

    def test_other_files_of_the_format(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("other.toy").write_bytes(b"something else")
        ran = run(capsys, "check .")
        assert ran.err == "1 file, 0 ok, 1 over budget, 1 other file skipped\n"
        Path("other.yaml").write_text("services: {}")
        assert run(capsys, "check .").err.endswith(", 2 other files skipped\n")

    def test_a_format_that_folders_are_not_searched_for(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        yaml = readers.YAML
        monkeypatch.setattr(readers, "READERS", (TOY._replace(in_folders=False), yaml))
        Path("good.yaml").write_text("input: [3, 8, 8]\nlayers: [relu]\n")
        assert run(capsys, "check .").err == "1 file, 1 ok\n"
        assert run(capsys, "check small.toy").code == 1

    def test_a_finding_of_a_row(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "check small.toy --kernel-sizes 1 --format concise")
        kernel = "has a kernel of 3x3; allowed: 1 (--kernel-sizes)"
        assert ran.out.splitlines() == [
            f"small.toy: graph main: CC101 {OVER}",
            f"small.toy: node /stem/conv: CC103 stem.conv {kernel}",
            f"small.toy: node /b: CC103 b {kernel}",
        ]

    def test_formats_with_lines_name_the_place(self, capsys: pytest.CaptureFixture[str]) -> None:
        def out(form: str) -> str:
            return run(capsys, f"check small.toy --format {form}").out

        told = f"graph main: {OVER}"
        (finding,) = json.loads(out("json"))["findings"]
        assert (finding["line"], finding["column"], finding["message"]) == (None, None, told)
        (row,) = csv.DictReader(io.StringIO(out("csv")))
        assert (row["line"], row["column"], row["message"]) == ("", "", told)
        (issue,) = json.loads(out("gitlab"))
        assert issue["location"]["lines"] == {"begin": 1}
        assert issue["description"] == f"CC101: {told}"
        assert out("github") == f"::error file=small.toy,title=CC101 over-budget::{told}\n".replace(
            "%", "%25"
        )
        (result,) = json.loads(out("sarif"))["runs"][0]["results"]
        assert result["message"]["text"] == told
        logical = {"name": "main", "kind": "graph", "fullyQualifiedName": "main"}
        assert result["locations"] == [
            {
                "physicalLocation": {"artifactLocation": {"uri": "small.toy"}},
                "logicalLocations": [logical],
            }
        ]
        assert f'message="{told}"' in out("junit")
        assert f"small.toy: graph main: CC101 {OVER}" in " ".join(out("table").split())

    def test_what_has_no_equivalent_is_a_warning(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("unknown.toy").write_bytes(UNKNOWN)
        ran = run(capsys, "check unknown.toy")
        assert ran.code == 0
        assert ran.err.splitlines() == [
            "unknown.toy: node /lstm: warning: LSTM has no equivalent; its cost is missing",
            "1 file, 1 ok",
        ]

    def test_a_snapshot(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "snapshot . -o base.json").code == 0
        assert list(json.loads(Path("base.json").read_text())["networks"]) == ["small.toy"]
        Path("small.toy").write_bytes(toy(("/stem/conv", CONV, 8)))
        ran = run(capsys, "check small.toy --against base.json --format concise")
        assert "small.toy: CC401" in ran.out
        assert run(capsys, "check small.toy --against base.json --update").code == 0
        assert run(capsys, "check small.toy --against base.json").err == "1 file, 1 ok\n"


class TestDiffAndSweep:
    @pytest.mark.usefixtures("sized")
    def test_diff(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("old.yaml").write_text(
            "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3, padding: 1, name: stem.conv}]\n"
        )
        ran = run(capsys, "diff old.yaml small.toy --format json")
        assert json.loads(ran.out)["totals"]["params"] == {
            "old": 112, "new": PARAMS, "change": 148, "relative": 148 / 112,
        }  # fmt: skip
        assert run(capsys, "diff toys.small:net small.toy --format json").code == 0

    @pytest.mark.usefixtures("sized")
    def test_diff_with_git(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        git = ["git", "-c", "user.name=x", "-c", "user.email=x"]
        for words in (["init", "-q"], ["add", "small.toy"], ["commit", "-qm", "x"]):
            subprocess.run([*git, *words], check=True, cwd=folder)
        Path("small.toy").write_bytes(UNKNOWN)
        ran = run(capsys, "diff HEAD:small.toy small.toy --format json")
        assert json.loads(ran.out)["totals"]["params"]["old"] == PARAMS

    def test_sweep_of_settings(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "sweep small.toy --vary scale=1,2,3 --vary size=8,16 --format json")
        points = json.loads(ran.out)["points"]
        assert [point.get("params") for point in points[:2]] == [PARAMS, PARAMS]
        assert points[1]["macs"] == 4 * points[0]["macs"]
        assert "is not 1, 2 or 4" in points[-1]["reason"]

    def test_sweep_without_a_setting_that_is_needed(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        ran = run(capsys, "sweep small.toy --vary scale=1,2")
        assert ran.code == 2
        assert "the input size is not in the file" in ran.err
        assert run(capsys, "sweep small.toy --size 8 --vary scale=1,2").code == 0

    def test_completion(self) -> None:
        assert completion._variables(["small.toy"]) == ["scale"]
