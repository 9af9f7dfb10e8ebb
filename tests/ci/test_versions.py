"""The versions that CI tries beside the newest, out of pyproject.toml."""

import re
import subprocess
import sys
import tomllib

import pytest

from support.program import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def versions(*words: str) -> list[str]:
    script = str(ROOT / ".ci" / "versions.py")
    ended = subprocess.run(
        [sys.executable, script, *words], check=True, capture_output=True, encoding="utf-8"
    )
    return ended.stdout.split()


def test_each_dependency_of_the_tests_has_a_lowest_version() -> None:
    wanted = [*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["report"], *EXTRAS["verify"]]
    bounds = [re.match(r"([\w-]+)>=([\d.]+)", text) for text in wanted if "[" not in text]
    assert None not in bounds
    assert versions("lowest", "test") == sorted(f"{each[1]}=={each[2]}" for each in bounds if each)


def test_typer_alone_is_bound_from_above() -> None:
    """And `.ci/tests newest` lifts that."""
    assert versions("bounded", "test") == ["typer"]


@pytest.mark.parametrize("which", ["readme", "slow", "lowest", "newest"])
def test_each_pass_is_run_in_ci(which: str) -> None:
    assert f'"{which} ' in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f"\n{which})\n" in (ROOT / ".ci" / "tests").read_text(encoding="utf-8")
