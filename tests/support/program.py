"""Running the program as a person would, in this process or in one of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from convcalc_cli.program import main

ROOT = Path(__file__).parents[2]


utf8_names = pytest.mark.skipif(
    sys.getfilesystemencoding().lower() != "utf-8", reason="needs file names in UTF-8"
)


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
    """An environment in which a process finds the packages; conftest.py has cleared the rest."""
    paths = os.pathsep.join([str(ROOT / "calc"), str(ROOT / "cli")])
    return {**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1", **changes}


def run_process(
    command: str, environment: Mapping[str, str] | None = None, python: tuple[str, ...] = ()
) -> Run:
    """The words behind `convcalc`, in a process of its own."""
    return run_python(*python, "-m", "convcalc_cli", *command.split(), **(environment or {}))


def run_python(*words: str, **environment: str) -> Run:
    """The words behind `python`, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        check=False,
        env=process_environment(**environment),
        timeout=60,
    )
    return Run(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


LAUNCH = """
import os, sys
from convcalc_cli.__main__ import run
os.write(int(sys.argv.pop(1)), b"!")
run()
"""


def interruptible() -> None:
    """For a child about to start: Ctrl-C ends it even where the tests run in the background.

    A shell starts background jobs with SIGINT ignored, and children inherit that.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run_interrupted(command: str, folder: Path | None = None, after: float = 1.0) -> Run:
    """The words behind `convcalc` in a process that gets Ctrl-C in the midst of its work.

    The clock starts when the program does, so that a slow start is not what is interrupted.
    """
    ready, when_ready = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(when_ready), *command.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=process_environment(),
        pass_fds=[when_ready],
        preexec_fn=interruptible,
    ) as process:
        os.close(when_ready)
        try:
            os.read(ready, 1)
            time.sleep(after)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            os.close(ready)
            process.kill()
    return Run(process.returncode, out.decode(), err.decode())
