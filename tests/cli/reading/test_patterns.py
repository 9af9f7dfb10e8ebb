"""Patterns of convcalc.toml, against a definition that tries everything; none of them hangs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc_cli.reading.patterns import matches, refusal
from support.program import run

GOOD = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"


def fits(pattern: str, path: str) -> bool:
    """The whole path, with every way to read every star."""
    if pattern.startswith("**/"):
        rests = [path[at + 1 :] for at, letter in enumerate(path) if letter == "/"]
        return fits(pattern[3:], path) or any(fits(pattern[3:], rest) for rest in rests)
    if pattern.startswith("**"):
        return any(fits(pattern[2:].lstrip("*"), path[at:]) for at in range(len(path) + 1))
    if pattern.startswith("*"):
        part = path.partition("/")[0]
        return any(fits(pattern[1:], path[at:]) for at in range(len(part) + 1))
    if not pattern or not path:
        return pattern == path
    return pattern[0] in (path[0], "?" if path[0] != "/" else "/") and fits(pattern[1:], path[1:])


def defined(pattern: str, path: str) -> bool:
    """The definition: the path, or a folder that it is in; without a slash, any part of it."""
    parts = path.split("/")
    if "/" in pattern or "**" in pattern:
        return any(fits(pattern, "/".join(parts[:end])) for end in range(1, len(parts) + 1))
    return any(fits(pattern, part) for part in parts)


def joined(parts: list[str]) -> str:
    return "/".join(parts)


PATTERN = st.lists(st.text("ab*?", min_size=1, max_size=5), min_size=1, max_size=4).map(joined)
NESTED = st.lists(st.sampled_from(["**", "a", "*", "?b", "a*"]), min_size=1, max_size=6).map(joined)
PATH = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5).map(joined)


@given(st.one_of(PATTERN, NESTED), PATH)
def test_against_the_definition(pattern: str, path: str) -> None:
    while "***" in pattern:  # more stars than two are two
        pattern = pattern.replace("***", "**")
    assert matches(pattern, path) == defined(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path", "fit"),
    [
        ("./a//b/./c", "a/b/c", True),
        ("a/**/**/b", "a/b", True),
        ("a/**/**/b", "a/x/y/b", True),
        ("a/**/**/b", "ab", False),
        ("a/**b", "a/x/yb", True),
        ("**.yaml", "a/b.yaml", True),
        ("a***b", "ax/yb", True),
        ("**/b", "xb", False),
        ("?", "/", False),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("a\nb", "a\nb", True),
        ("*", "a\nb", True),
    ],
)
def test_by_hand(pattern: str, path: str, fit: bool) -> None:
    assert matches(pattern, path) is fit


HANGS = [
    ("*a" * 25 + "b", "a" * 120),
    ("*a" * 25 + "b", "a" * 4_000),
    ("**/" * 12 + "z", "f/" * 25 + "a"),
    ("**/" * 300 + "z", "f/" * 500 + "a"),
    ("**/a/" * 100 + "z", "a/" * 500 + "a"),
    ("**a" * 300 + "b", "a/" * 500 + "a"),
    ("*" * 999 + "b", "a" * 1_000),
    ("?*" * 400 + "b", "a" * 1_000),
    ("*/" * 400 + "b", "a/" * 1_000),
    ("**/*" * 200 + "b", "a/" * 1_000),
]


@pytest.mark.parametrize(("pattern", "path"), HANGS, ids=range(len(HANGS)))
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    assert refusal(pattern) == ""
    begun = time.process_time()
    assert not matches(pattern, path)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("{a,b}.yaml", "braces have no meaning here: write a pattern for each"),
        ("nets/a}.yaml", "braces have no meaning here"),
        ("[ab].yaml", "brackets have no meaning here: write ?, or a pattern for each"),
        ("!a.yaml", "patterns that exclude files are not supported"),
        ("nets\\a.yaml", "a backslash has no meaning here: write / between folders"),
        ("a/../b", "*, ? and ** are known, and paths start at this file's folder"),
        ("/a", "*, ? and ** are known"),
        ("..", "*, ? and ** are known"),
        ("a" * 1_001, "it is longer than 1,000 characters"),
    ],
)
def test_what_is_refused(
    pattern: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(GOOD)
    Path("convcalc.toml").write_text(f"[[check]]\nfiles = ['*', '{pattern}']\nmax-macs = 1\n")
    ran = run(capsys, "check .")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: convcalc.toml, check 1: ")
    if len(pattern) < 100:
        assert f"is not a valid pattern: {told}" in ran.err


def test_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(GOOD)
    for count, code in ((1_000, 1), (1_001, 2)):
        names = ["*", *[f"n{at}.yaml" for at in range(count - 1)]]
        Path("convcalc.toml").write_text(f"[[check]]\nfiles = {names}\nmax-macs = 1\n")
        ran = run(capsys, "check .")
        assert ran.code == code
    assert ran.err.endswith("convcalc.toml: there are more than 1,000 patterns\n")
