"""Running the program as a person would, in this process or in one of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from convcalc_cli.program import main

ROOT = Path(__file__).parents[2]


class Run(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], command: str) -> Run:
    """The words behind `convcalc`, in this process."""
    code = main(command.split())
    captured = capsys.readouterr()
    return Run(code, captured.out, captured.err)


def report(capsys: pytest.CaptureFixture[str], command: str) -> Any:
    """The JSON of a run that goes well."""
    ran = run(capsys, f"{command} --format json")
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


def process_environment(**changes: str) -> dict[str, str]:
    """An environment in which a process finds the packages, and no settings of the caller's."""
    unwanted = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "PYTHONIOENCODING"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    paths = os.pathsep.join([str(ROOT / "calc"), str(ROOT / "cli")])
    return {**kept, "PYTHONPATH": paths, "PYTHONUTF8": "1", **changes}


def run_process(
    command: str, environment: Mapping[str, str] | None = None, python: tuple[str, ...] = ()
) -> Run:
    """The words behind `convcalc`, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, *python, "-m", "convcalc_cli", *command.split()],
        capture_output=True,
        check=False,
        env=process_environment(**(environment or {})),
        timeout=60,
    )
    return Run(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
