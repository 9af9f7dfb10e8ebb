"""Findings that a project accepts: `ignore` in convcalc.toml, and comments in the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.program import Run, run

NET = """\
input: [3, 16, 16]
layers:
  - {conv: 9, kernel_size: 3, name: stem}
  - {conv: 7, kernel_size: 5, name: body, repeat: 2}
  - {conv: 1, kernel_size: 1, name: head}
"""
LIMITS = "channels-multiple-of = 8\nkernel-sizes = [1, 3]\n"
ALL = [("CC105", "stem"), ("CC103", "body.0"), ("CC105", "body.0"), ("CC105", "head")]


@pytest.fixture(autouse=True)
def in_folder(nets: Path) -> Path:
    return nets


def found(capsys: pytest.CaptureFixture[str], text: str = NET, *ignored: str) -> Any:
    """Code and subject of each finding, and how many were ignored."""
    Path("net.yaml").write_text(text)
    Path("convcalc.toml").write_text(f"[[check]]\n{LIMITS}ignore = {json.dumps(ignored)}\n")
    content = json.loads(run(capsys, "check net.yaml -f json").out)
    pairs = [(each["code"], each["subject"]) for each in content["findings"]]
    return pairs, content["summary"]["ignored"]


def without(*left_out: tuple[str, str]) -> list[tuple[str, str]]:
    return [each for each in ALL if each not in left_out]


@pytest.mark.parametrize(
    ("entry", "left_out"),
    [
        ("CC105", [each for each in ALL if each[0] == "CC105"]),
        ("head", [("CC105", "head")]),
        ("CC103 body", [("CC103", "body.0")]),
        ("body", [("CC103", "body.0"), ("CC105", "body.0")]),
        ("b*", [("CC103", "body.0"), ("CC105", "body.0")]),
        ("CC103 head", []),
        ("bod", []),
        # The finding is about both rounds.
        ("body.0", []),
    ],
)
def test_an_entry(
    capsys: pytest.CaptureFixture[str], entry: str, left_out: list[tuple[str, str]]
) -> None:
    assert found(capsys) == (ALL, 0)
    assert found(capsys, NET, entry) == (without(*left_out), len(left_out))


@pytest.mark.parametrize(
    ("line", "left_out"),
    [
        ("  - {conv: 1, kernel_size: 1, name: head}  # convcalc: ignore CC105", True),
        ("  # convcalc: ignore CC105\n  - {conv: 1, kernel_size: 1, name: head}", True),
        ("  - {conv: 1, kernel_size: 1, name: head}  #convcalc:ignore CC103, CC105", True),
        ("  - {conv: 1, kernel_size: 1, name: head}  # convcalc: ignore CC103", False),
        ("  - {conv: 1, kernel_size: 1, name: head}  # convcalc: ignore", False),
        ("  - {conv: 1, kernel_size: 1, name: head}\n  # convcalc: ignore CC105", False),
        ("  # convcalc: ignore CC105\n\n  - {conv: 1, kernel_size: 1, name: head}", False),
    ],
)
def test_a_comment_is_about_its_line_or_the_one_below(
    capsys: pytest.CaptureFixture[str], line: str, left_out: bool
) -> None:
    *others, _ = NET.splitlines()
    left = without(("CC105", "head")) if left_out else ALL
    assert found(capsys, "\n".join([*others, line, ""])) == (left, int(left_out))


@pytest.mark.parametrize("head", ["", "# a network\n", "# convcalc: ignore CC103\n# more\n"])
def test_a_comment_atop_is_about_the_file(capsys: pytest.CaptureFixture[str], head: str) -> None:
    text = f"{head}# convcalc: ignore CC105\n{NET}"
    left = [] if "CC103" in head else [("CC103", "body.0")]
    assert found(capsys, text) == (left, len(ALL) - len(left))


def test_it_is_counted_in_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    found(capsys, NET, "CC105", "CC103")
    ran = run(capsys, "check net.yaml")
    assert (ran.code, ran.err) == (0, "1 file, 1 ok, 4 findings ignored\n")


def test_an_entry_that_no_finding_is_about_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    found(capsys, NET, "haed", "CC105 head")
    err = run(capsys, "check net.yaml").err
    message = "warning: convcalc.toml, check 1: ignore: no finding is about 'haed'"
    assert err.splitlines()[0] == message


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("CC999", "unknown rule CC999"),
        ("CC002", "CC002 cannot be ignored: the network was not checked"),
        ("CC105 CC103 head", "'CC105 CC103 head' is not a code, a layer or both"),
        ("", "'' is not a code, a layer or both"),
        ("a/b", "'a/b' is not a code, a layer or both"),
    ],
)
def test_what_is_no_entry(capsys: pytest.CaptureFixture[str], entry: str, message: str) -> None:
    Path("net.yaml").write_text(NET)
    Path("convcalc.toml").write_text(f"[[check]]\nignore = [{json.dumps(entry)}]\n")
    ran = run(capsys, "check net.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert f"convcalc.toml, check 1: ignore: {message}" in ran.err


def test_an_invalid_file_is_never_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text("# convcalc: ignore CC002\ninput: [3, 8, 8]\nlayers: [rellu]\n")
    assert run(capsys, "check net.yaml").code == 2


class TestQuiet:
    def test_only_the_findings(self, capsys: pytest.CaptureFixture[str]) -> None:
        found(capsys, NET, "CC105")
        line = "net.yaml:4:5: CC103 body.0 has a kernel of 5x5; allowed: 1, 3 (and 1 more layer)"
        assert run(capsys, "check net.yaml -q") == Run(1, f"{line} (convcalc.toml, check 1)\n", "")

    def test_nothing_where_nothing_is_found(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("net.yaml").write_text(NET)
        assert run(capsys, "check net.yaml --quiet") == Run(0, "", "")
        assert run(capsys, "check net.yaml -q --html all.html") == Run(0, "", "")
        assert Path("all.html").exists()

    def test_a_format_that_is_named_stays(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("net.yaml").write_text(NET)
        ran = run(capsys, "check net.yaml -q -f csv")
        assert (ran.out.splitlines()[0][:9], ran.err) == ("file,line", "")
