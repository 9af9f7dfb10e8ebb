"""Files to check, and `convcalc check` of them."""

from pathlib import Path

import pytest

from support.program import Run, run

GOOD = """\
name: small
input: [4, 9, 7]
layers:
  - {conv: 8, kernel_size: 3, name: stem}
  - relu
"""
# 4*8*9 weights and 8 biases; at 7x5 outputs.
PARAMS, MACS = 296, 288 * 35
OVER = GOOD + "budget:\n  params: 200\n  macs: 1M\n"
TOO_MANY = "params 296 is 48.0 % over its budget of 200; the largest layer is stem (100.0 %)"
UNEXPECTED = GOOD + "expect:\n  shapes: {stem: [8, 7, 6]}\n"
INVALID = "input: [4, 9, 7]\nlayers:\n  - {conv: 8, kernel_size: 3, groups: 3}\n"
BROKEN = "input: [4, 9, 7]\nlayers: [\n"
OTHER = "services:\n  web: {image: nginx}\n"


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)


def check(capsys: pytest.CaptureFixture[str], command: str) -> Run:
    return run(capsys, f"check {command}")


def concise(capsys: pytest.CaptureFixture[str], command: str) -> list[str]:
    return check(capsys, f"{command} -f concise").out.splitlines()
