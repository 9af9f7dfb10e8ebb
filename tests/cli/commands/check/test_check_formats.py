"""The formats of `convcalc check`."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from convcalc.checks.rules import RULES
from convcalc_cli.commands.check.command import FORMATS
from support.checks import (
    GOOD,
    INVALID,
    MACS,
    OVER,
    TOO_MANY,
    check,
    write,
)
from support.program import utf8_names

HOSTILE = """\
name: "::error::x\\e[31m\\u202e<script>&|`[/b]\\r\\n::warning::y%0A=1+1"
input: [4, 9, 7]
layers:
  - {conv: 8, kernel_size: 3, name: stem}
budget: {params: 200}
"""


class TestFormats:
    @pytest.fixture
    def mixed(self, nets: Path) -> Path:
        write(nets, a=OVER, b=GOOD, c=INVALID)
        return nets

    @pytest.mark.parametrize("name", FORMATS.names)
    def test_hostile_names_do_nothing(
        self, nets: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        folder = nets / "::error::,%0A\n::error::z"
        folder.mkdir()
        write(folder, net=HOSTILE)
        ran = check(capsys, f". -f {name}")
        assert ran.code == 1
        assert all(each.isprintable() or each == "\n" for each in ran.out)
        commands = [line for line in ran.out.splitlines() if line.lstrip().startswith("::")]
        assert len(commands) == (1 if name == "github" else 0)
        assert "<script>&|" not in ran.out or name in ("json", "table", "concise", "csv")

    @pytest.mark.usefixtures("mixed")
    def test_github(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert check(capsys, ". -f github").out.splitlines() == [
            "::error file=a.yaml,line=7,col=3,endColumn=9,title=CC101 over-budget::"
            + TOO_MANY.replace("%", "%25"),
            "::error file=c.yaml,line=3,col=39,endColumn=40,title=CC002 invalid::"
            "groups=3 does not divide in_channels=4",
        ]

    def test_github_escapes_properties(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = nets / "a,b:c%"
        folder.mkdir()
        write(folder, net=OVER)
        (line,) = check(capsys, ". -f github").out.splitlines()
        assert line.startswith(f"::error file={Path('a%2Cb%3Ac%25/net.yaml')},line=7,")

    @pytest.mark.usefixtures("mixed")
    def test_junit(self, capsys: pytest.CaptureFixture[str]) -> None:
        suites = ET.fromstring(check(capsys, ". -f junit").out)  # noqa: S314 - our own
        assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == (
            "3",
            "1",
            "1",
        )
        cases = {
            case.get("classname"): [each.tag for each in case] for case in suites.iter("testcase")
        }
        assert cases == {"a.yaml": ["failure"], "b.yaml": [], "c.yaml": ["error"]}

    @pytest.mark.usefixtures("mixed")
    def test_junit_by_a_reader_of_others(self, capsys: pytest.CaptureFixture[str]) -> None:
        junitparser = pytest.importorskip("junitparser")
        xml = junitparser.JUnitXml.fromstring(check(capsys, ". -f junit").out.encode())
        (suite,) = xml
        assert (suite.tests, suite.failures, suite.errors) == (3, 1, 1)
        results = {case.classname: case.result for case in suite}
        assert results["a.yaml"][0].type == "CC101"
        assert results["b.yaml"] == []

    @pytest.mark.usefixtures("mixed")
    def test_gitlab(self, capsys: pytest.CaptureFixture[str]) -> None:
        issues = json.loads(check(capsys, ". -f gitlab").out)
        assert [(each["check_name"], each["severity"]) for each in issues] == [
            ("over-budget", "major"),
            ("invalid", "critical"),
        ]
        assert issues[0]["location"] == {"path": "a.yaml", "lines": {"begin": 7}}
        assert len({each["fingerprint"] for each in issues}) == 2

    def test_fingerprints_outlive_lines_and_numbers(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        marks = []
        for text in (OVER, "# moved\n" + OVER.replace("conv: 8", "conv: 9")):
            write(nets, a=text)
            (issue,) = json.loads(check(capsys, ". -f gitlab").out)
            marks.append(issue["fingerprint"])
        assert marks[0] == marks[1]

    def test_every_finding_has_a_fingerprint_of_its_own(
        self, nets: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(
            nets,
            a=OVER,
            b=INVALID.replace("[4, 9, 7]", "[4, 9, 0]") + "  - {conv: 8, kernel: 3}\n" * 2,
        )
        (nets / "convcalc.toml").write_text(
            "[[check]]\nmax-params = 5\n\n[[check]]\nmax-params = 6\n"
        )
        issues = json.loads(check(capsys, ". --max-params 7 -f gitlab").out)
        marks = [each["fingerprint"] for each in issues]
        assert len(marks) == len({*marks}) >= 7

    @pytest.mark.parametrize("name", ["table", "concise", "markdown", "junit", "github"])
    def test_what_github_takes_for_commands_or_people(
        self, nets: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        text = 'name: "##[error]x @octocat https://evil.example www.evil.example $x$"\n'
        write(
            nets, a=text + "input: [4, 9, 7]\n::error::pwned\nlayers: [relu]\n", b=text + GOOD[12:]
        )
        out = check(capsys, f". -f {name}").out
        assert "##[" not in out
        assert not re.search(r"^\s*::error::pwned", out, re.M)
        if name == "markdown":
            assert not re.search(r"@octo|https://|www\.|[^\\]\$", out)

    @pytest.mark.usefixtures("mixed")
    def test_sarif(self, capsys: pytest.CaptureFixture[str]) -> None:
        log = json.loads(check(capsys, ". -f sarif").out)
        (found,) = log["runs"]
        assert log["version"] == "2.1.0"
        rules = found["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
        over, invalid = found["results"]
        assert rules[over["ruleIndex"]]["id"] == over["ruleId"] == "CC101"
        place = over["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "a.yaml"}
        assert place["region"] == {"startLine": 7, "startColumn": 3, "endColumn": 9}
        assert invalid["message"]["text"] == "groups=3 does not divide in_channels=4"
        assert found["invocations"] == [{"executionSuccessful": False, "exitCode": 2}]

    @utf8_names
    def test_sarif_of_odd_paths(self, nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (nets / "a b#ä").mkdir()
        write(nets / "a b#ä", net=OVER)
        for path in (".", str(nets)):
            log = json.loads(check(capsys, f"{path} -f sarif").out)
            location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
            assert location["artifactLocation"]["uri"].endswith("a%20b%23%C3%A4/net.yaml")

    @pytest.mark.usefixtures("mixed")
    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = json.loads(check(capsys, ". -f json").out)
        assert found["passed"] is False
        assert found["summary"] == {
            "files": 3,
            "invalid": 1,
            "ok": 1,
            "over_budget": 1,
            "warnings": 0,
            "skipped": 0,
            "ignored": 0,
        }
        assert [(each["file"], each["status"]) for each in found["files"]] == [
            ("a.yaml", "over budget"),
            ("b.yaml", "ok"),
            ("c.yaml", "invalid"),
        ]
        assert found["files"][0]["totals"]["macs"] == MACS
        assert found["files"][2] == {
            "file": "c.yaml",
            "name": None,
            "status": "invalid",
            "totals": None,
        }
        assert found["findings"][0] == {
            "file": "a.yaml",
            "line": 7,
            "column": 3,
            "code": "CC101",
            "rule": "over-budget",
            "level": "error",
            "message": TOO_MANY,
            "subject": "params",
            "limit": 200,
            "actual": 296,
        }

    @pytest.mark.usefixtures("mixed")
    def test_csv(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = list(csv.DictReader(io.StringIO(check(capsys, ". -f csv").out)))
        assert [(row["file"], row["line"], row["code"]) for row in rows] == [
            ("a.yaml", "7", "CC101"),
            ("c.yaml", "3", "CC002"),
        ]

    @pytest.mark.usefixtures("mixed")
    def test_markdown(self, capsys: pytest.CaptureFixture[str]) -> None:
        shown = check(capsys, ". -f markdown").out
        assert f"| a.yaml:7:3 | CC101 | {TOO_MANY} |" in shown
        assert shown.endswith("**3 files, 1 ok, 1 over budget, 1 invalid**\n")

    @pytest.mark.parametrize("name", FORMATS.names)
    def test_where_nothing_is_found(
        self, nets: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        write(nets, a=GOOD)
        ran = check(capsys, f". -f {name}")
        assert (ran.code, ran.err) == (0, "1 file, 1 ok\n")
        assert (ran.out == "") == (name in ("concise", "github"))

    def test_into_a_file(self, mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        ran = check(capsys, ". -f sarif -o found.sarif")
        assert (ran.code, ran.out) == (2, "")
        assert json.loads((mixed / "found.sarif").read_text())["version"] == "2.1.0"
