"""A plain run draws the same examples wherever it runs; the profile "random" draws others."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from support.program import ROOT, process_environment

DRAWING = """
import runpy, sys
runpy.run_path({conftest!r})
import hypothesis, of_mine
from hypothesis import given, settings, strategies as st
if len(sys.argv) > 1:
    settings.load_profile(sys.argv[1])

@given(st.integers(), st.text(), st.lists(st.floats()))
def draw(number, text, floats):
    print(ascii((number, text, floats)))

draw()
"""


def drawn(folder: Path, constant: int, *profile: str, **environment: str) -> str:
    """What is drawn in a folder, beside a module with a constant of its own."""
    folder.mkdir()
    (folder / "of_mine.py").write_text(f"NUMBER = {constant}\nTEXT = 'mine-{constant}'\n")
    conftest = str(ROOT / "tests" / "conftest.py")
    (folder / "drawing.py").write_text(DRAWING.format(conftest=conftest))
    ended = subprocess.run(
        [sys.executable, "drawing.py", *profile],
        cwd=folder,
        env=process_environment(**environment),
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    return ended.stdout


def test_the_profile_is_the_fixed_one(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--hypothesis-profile", None):
        pytest.skip("another profile was asked for")
    assert settings.default is not None
    assert settings.default.derandomize
    assert settings.default.database is None
    assert settings.default.deadline is None


@pytest.mark.slow
def test_examples_are_the_same_everywhere(tmp_path: Path) -> None:
    here = drawn(tmp_path / "here", 123_456_789, PYTHONHASHSEED="1")
    in_ci = drawn(tmp_path / "tests", 987_654_321, PYTHONHASHSEED="2", CI="1", GITHUB_ACTIONS="1")
    assert here.count("\n") >= 100
    assert here == in_ci


@pytest.mark.slow
def test_random_ones_are_others(tmp_path: Path) -> None:
    fixed = drawn(tmp_path / "fixed", 1)
    random = [drawn(tmp_path / name, 1, "random") for name in ("one", "two")]
    assert len({fixed, *random}) == 3
