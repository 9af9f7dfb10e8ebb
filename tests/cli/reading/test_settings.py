"""`--set`, `--size` and `--input`: what readers take, in every command; and targets by name."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from convcalc.errors import SpecError
from convcalc.files import readers
from convcalc.files.loading import load, load_text, read_file
from convcalc.files.readers import SourceFile
from convcalc.language.document import Overrides
from convcalc_cli.flags.overrides import overrides_of
from convcalc_cli.program import main
from support.program import Run, run
from support.toy_reader import CONV, RELU, TOY, UNKNOWN, toy

SMALL = toy(("/stem/conv", CONV, 4), ("/relu", RELU, 0), ("/b", CONV, 4))
PARAMS = 112 + 148
ANY = TOY._replace(settings={**TOY.settings, "inputs": "Shapes of the inputs.", "*": "Arguments."})
PLAIN = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3, padding: 1, name: stem.conv}]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with the format known."""
    monkeypatch.setattr(readers, "READERS", (TOY, *readers.READERS))
    monkeypatch.chdir(tmp_path)
    Path("small.toy").write_bytes(SMALL)
    Path("plain.yaml").write_text(PLAIN)
    return tmp_path


@pytest.fixture
def takes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The format with every setting, and inputs."""
    monkeypatch.setattr(readers, "READERS", (ANY, *readers.READERS[1:]))


def settings_of(overrides: Overrides) -> Any:
    return read_file(SourceFile.named("small.toy"), overrides).settings


@pytest.mark.usefixtures("takes_all")
class TestValues:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("null", None),
            ("~", None),
            ("true", True),
            ("False", False),
            ("3", 3),
            ("-0.5", -0.5),
            ("1e-5", 1e-5),
            ("[1, 2]", [1, 2]),
            ("[[a, 1.5], []]", [["a", 1.5], []]),
            ("text", "text"),
            ("yes", "yes"),
            ('"3"', "3"),
            ("a=b", "a=b"),
            ("resnet50.a1_in1k", "resnet50.a1_in1k"),
        ],
    )
    def test_any_plain_value(self, text: str, value: Any) -> None:
        found = settings_of(overrides_of([f"x={text}"], [("", 8)]))
        assert found == {"size": 8, "x": value}
        assert type(found["x"]) is type(value)

    @pytest.mark.parametrize(
        "text", ["{a: 1}", "a: b", "[{a: 1}]", "[1, 2", "@x", "*a", "!t x", ""]
    )
    def test_nothing_else(self, text: str, capsys: pytest.CaptureFixture[str]) -> None:
        code = main(["audit", "small.toy", "--size", "8", "--set", f"x={text}"])
        err = capsys.readouterr().err
        assert code == 2
        assert err.startswith("error: --set ")
        assert err.count("\n") == 1

    def test_a_hostile_value(self, capsys: pytest.CaptureFixture[str]) -> None:
        for text in ("[" * 5_000, "9" * 5_000, "&a [" + "*a, " * 99 + "]", "a" * 100_000 + ": b"):
            assert main(["audit", "small.toy", "--set", f"x={text}"]) == 2
            err = capsys.readouterr().err
            assert (len(err) < 300, err.count("\n")) == (True, 1)

    def test_a_file_without_it_takes_numbers_only(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("wide.yaml").write_text(f"vars: {{width: 1}}\n{PLAIN}")
        for text in ("null", "wide", "[1]", "1e3", "true"):
            ran = run(capsys, f"audit wide.yaml --set width={text}")
            assert ran == Run(2, "", f"error: --set width={text} is not NAME=NUMBER\n")
        assert run(capsys, "audit wide.yaml --set width=2").code == 0

    def test_from_python(self) -> None:
        wide = f"vars: {{width: 1}}\n{PLAIN}".encode()
        for value in ("wide", None, [1], True, float("inf")):
            with pytest.raises(SpecError, match=r"^width=.* is not a number$"):
                load_text(wide, "wide", Overrides({"width": value}))


class TestInputs:
    @pytest.mark.usefixtures("takes_all")
    def test_in_the_order_they_are_given(self) -> None:
        given = [("", (3, 8, 8)), ("", 10), ("mask", (1, 8, 8))]
        assert settings_of(overrides_of(input_shape=given)) == {
            "inputs": [("", (3, 8, 8)), ("", (10,)), ("mask", (1, 8, 8))]
        }
        assert settings_of(Overrides(inputs={"a": (3, 8, 8)})) == {"inputs": [("a", (3, 8, 8))]}
        assert settings_of(Overrides(size=8)) == {"size": 8}

    @pytest.mark.usefixtures("takes_all")
    def test_on_the_command_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "audit toys.small:net --input 5x9x9 --input 7 -f json")
        (network,) = json.loads(ran.out)["networks"]
        assert network["input_shape"] == [5, 9, 9]
        assert network["totals"]["params"] == 5 * 8 * 9 + 8

    def test_where_the_reader_has_no_such_setting(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "audit small.toy --size 8 --input 5x9x9 -f json")
        assert json.loads(ran.out)["networks"][0]["input_shape"] == [5, 9, 9]
        for file in ("small.toy", "plain.yaml"):
            ran = run(capsys, f"audit {file} --size 8 --input 5x9x9 --input 5x9x9")
            assert ran == Run(2, "", "error: --input is given twice for one input\n")

    def test_from_python(self) -> None:
        twice = [("", (3, 8, 8)), ("input", (3, 9, 9))]
        with pytest.raises(SpecError, match="an input is given 2 shapes"):
            load("plain.yaml", inputs=twice)
        assert load("plain.yaml", inputs=[("", (5, 9, 9))]).input_shape == (5, 9, 9)


class TestEveryCommand:
    def test_check(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "check small.toy plain.yaml --size 16 -f json")
        files = json.loads(ran.out)["files"]
        assert [each["totals"]["params"] for each in files] == [PARAMS, 112]
        assert files[1]["totals"]["macs"] == 3 * 4 * 9 * 16 * 16
        scaled = run(capsys, "check small.toy --size 8 --set scale=2 -f json")
        assert json.loads(scaled.out)["files"][0]["totals"]["params"] == 224 + 584
        assert run(capsys, "check small.toy").code == 2

    def test_check_expects_nothing_of_what_is_overridden(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("net.yaml").write_text(
            f"{PLAIN}expect: {{macs: {3 * 4 * 9 * 64}}}\nbudget: {{macs: 10k}}"
        )
        assert run(capsys, "check net.yaml").code == 0
        ran = run(capsys, "check net.yaml --size 16 -f json")
        assert [each["code"] for each in json.loads(ran.out)["findings"]] == ["CC101"]
        assert run(capsys, "check net.yaml --input 1x8x8").err == "1 file, 1 ok\n"

    def test_snapshot(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "snapshot . -o base.json").code == 2
        assert run(capsys, "snapshot . -o base.json --size 16").code == 0
        found = json.loads(Path("base.json").read_text())["networks"]
        assert found["plain.yaml"]["totals"]["macs"] == 3 * 4 * 9 * 16 * 16
        assert run(capsys, "check plain.yaml --against base.json --size 16").code == 0
        assert run(capsys, "check plain.yaml --against base.json --size 32").code == 1

    def test_diff(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "diff plain.yaml small.toy --size 8 -f json")
        params = json.loads(ran.out)["totals"]["params"]
        assert (params["old"], params["new"]) == (112, PARAMS)
        assert run(capsys, "diff plain.yaml small.toy").code == 2
        ran = run(capsys, "diff plain.yaml plain.yaml --input 6x4x4 -f json")
        assert json.loads(ran.out)["totals"]["params"]["new"] == 6 * 4 * 9 + 4

    def test_diff_with_git(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        git = ["git", "-c", "user.name=x", "-c", "user.email=x"]
        for words in (["init", "-q"], ["add", "small.toy"], ["commit", "-qm", "x"]):
            subprocess.run([*git, *words], check=True, cwd=folder)
        ran = run(capsys, "diff HEAD:small.toy small.toy --size 8 --set scale=2 -f json")
        assert json.loads(ran.out)["totals"]["params"]["old"] == 224 + 584

    @pytest.mark.usefixtures("takes_all")
    def test_sweep(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "sweep toys.small:net --input 5x9x9 --vary scale=1,2 -f json")
        points = json.loads(ran.out)["points"]
        assert [each["params"] for each in points] == [5 * 8 * 9 + 8, 5 * 16 * 9 + 16]
        ran = run(capsys, "sweep toys.small:net --size 8 --vary depth=1,2 -f json")
        assert len(json.loads(ran.out)["points"]) == 2
        ran = run(capsys, "sweep --in 3 --out 4 --input 5x9x9 --vary groups=1,2")
        assert (
            ran.err == "error: --input describes the input of a network; of a layer, use --size\n"
        )


class TestTargets:
    def test_check(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "check toys.small:net --size 8 --max-params 300").err == "1 file, 1 ok\n"
        ran = run(capsys, "check toys.small:net --size 8 --max-params 100 -f sarif")
        (result,) = json.loads(ran.out)["runs"][0]["results"]
        function = {"name": "toys.small:net", "fullyQualifiedName": "toys.small:net"}
        (location,) = result["locations"]
        assert location["logicalLocations"][0] == {"kind": "function", **function}
        assert "physicalLocation" not in location

    def test_its_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "audit toys.small:net --size 8 -f json")
        assert json.loads(ran.out)["networks"][0]["name"] == "net"
        assert load("toys.small:net", size=8).name == "net"

    def test_never_in_a_folder(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("toys").mkdir()
        Path("toys/small.py").write_text("raise SystemExit(9)")
        ran = run(capsys, "check toys --size 8")
        assert (ran.code, ran.err) == (2, "error: there is no network in toys\n")

    def test_a_file_of_that_name_goes_first(self, capsys: pytest.CaptureFixture[str]) -> None:
        try:
            Path("toys.small:net").write_text(PLAIN)
        except OSError:
            pytest.skip("no colons in file names here")
        ran = run(capsys, "audit toys.small:net -f json")
        assert json.loads(ran.out)["networks"][0]["totals"]["params"] == 112

    @pytest.mark.parametrize("name", ["HEAD:nets/a.yaml", "HEAD:a.yaml", "main:a/b", "toys:x.net"])
    def test_a_revision_is_no_target(self, name: str) -> None:
        assert readers.target_reader(name) is None

    def test_a_snapshot(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("deep").mkdir()
        assert run(capsys, "snapshot toys.small:net --size 8 -o deep/base.json").code == 0
        found = json.loads(Path("deep/base.json").read_text())["networks"]
        assert list(found) == ["toys.small:net"]
        ran = run(capsys, "check toys.small:net --size 8 --against deep/base.json")
        assert (ran.code, ran.err) == (0, "1 file, 1 ok\n")
        ran = run(capsys, "check plain.yaml --against deep/base.json --update")
        assert ran.code == 0
        kept = json.loads(Path("deep/base.json").read_text())["networks"]
        assert sorted(kept) == ["../plain.yaml", "toys.small:net"]


class TestJson:
    def test_source(self, capsys: pytest.CaptureFixture[str]) -> None:
        ran = run(capsys, "audit small.toy plain.yaml --size 8 -f json")
        toy_file, plain = json.loads(ran.out)["networks"]
        assert toy_file["source"] == {"format": "toy", "version": 1}
        assert plain["source"] == {"format": "yaml"}

    def test_source_names(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("odd.toy").write_bytes(toy(("a", CONV, 4), ("/relu", RELU, 0), ("/odd", UNKNOWN, 0)))
        ran = run(capsys, "audit odd.toy plain.yaml --size 8 -f json")
        rows, plain = [each["layers"] for each in json.loads(ran.out)["networks"]]
        assert [(row["name"], row.get("source_name")) for row in rows] == [
            ("a", None),
            ("relu_1", "/relu"),
            ("odd", "/odd"),
        ]
        assert "source_name" not in plain[0]


@pytest.mark.parametrize("place", ["/stem/conv", "/stem\x1b"])
def test_logical_locations_in_sarif(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A named place is a logical location: SARIF 2.1.0, section 3.33."""
    Path("small.toy").write_bytes(toy((place, CONV, 0)))
    ran = run(capsys, "check small.toy --size 8 -f sarif")
    result, *_ = json.loads(ran.out)["runs"][0]["results"]
    (location,) = result["locations"]
    shown = place.replace("\x1b", "\\x1b")
    assert location == {
        "physicalLocation": {"artifactLocation": {"uri": "small.toy"}},
        "logicalLocations": [{"name": shown, "kind": "node", "fullyQualifiedName": shown}],
    }
