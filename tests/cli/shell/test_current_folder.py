"""Nothing of the current folder is run, however the program is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.program import process_environment
from support.slow import slow_unless

# Every module that the program or its libraries import once Python has come to its first line.
# What Python itself needs to find that line, it looks for in the folder before that.
MODULES = [
    *("yaml", "re", "rich", "typer", "pip", "convcalc", "json", "tomllib", "gc", "numpy", "shutil"),
    *("typing", "pathlib", "subprocess", "tempfile", "matplotlib", "decimal", "enum"),
    *("fractions", "difflib", "inspect", "shellingham", "click", "markdown_it", "pygments"),
    *("__future__", "usercustomize", "hashlib", "html", "csv", "io", "signal", "fcntl", "random"),
]
NET = "input: [3, 8, 8]\nlayers: [{conv: 4, kernel_size: 3}]\n"
COMMANDS = [
    "--version --verbose",
    "layer --in 3 --out 4 --explain --verify",
    "audit net.txt -f json",
    "audit net.txt --html page.html --plot plot.svg",
    "check net.txt",
    "sweep --in 3 --out 4 --vary groups=1",
]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder of modules and packages that leave a mark when they are imported."""
    for name in MODULES:
        code = f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n"
        if len(name) % 2:
            (tmp_path / f"{name}.py").write_text(code)
        else:
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").write_text(code)
    (tmp_path / "net.txt").write_text(NET)
    (tmp_path / "convcalc.toml").write_text("[[check]]\nmax-macs = 1000000\n")
    return tmp_path


def started(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=process_environment(**environment),
        timeout=120,
    )


@pytest.mark.parametrize("command", slow_unless(lambda command: "json" in command, COMMANDS))
def test_as_a_module(command: str, hostile: Path) -> None:
    ended = started(hostile, "-m", "convcalc_cli", *command.split())
    assert ended.returncode == 0, ended.stderr
    assert not (hostile / "ran").exists(), (hostile / "ran").read_text()


def test_the_modules_would_be_run(hostile: Path) -> None:
    """Else the test above could not fail."""
    assert started(hostile, "-c", "import yaml").returncode == 0
    assert (hostile / "ran").read_text() == "yaml"


def test_a_path_that_was_asked_for_stays(hostile: Path) -> None:
    """With PYTHONSAFEPATH nothing is added, and the first entry is not the folder's."""
    paths = os.pathsep.join([str(hostile), process_environment()["PYTHONPATH"]])
    ended = started(
        hostile, "-m", "convcalc_cli", "--version", PYTHONPATH=paths, PYTHONSAFEPATH="1"
    )
    assert (hostile / "ran").exists()
    del ended


@pytest.mark.skipif(os.name != "posix", reason="a folder in use cannot be removed elsewhere")
def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = (
        "import os, runpy, sys\n"
        f"os.rmdir({str(gone)!r})\n"
        "sys.argv = ['convcalc', '--version']\n"
        "runpy.run_module('convcalc_cli', run_name='__main__')\n"
    )
    ended = started(gone, "-P", "-c", script)
    assert (ended.returncode, ended.stderr) == (0, "")
